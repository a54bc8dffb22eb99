"""Amazon Cognito for Python: a typed client, a token verifier, framework glue and a testing kit.

Every name is loaded from its module when it is first used, so that importing the package
costs next to nothing and needs none of the packages that only some parts need.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit import errors
    from cognitokit.client.aio.client import AsyncCognitoClient
    from cognitokit.client.calls import (
        AsyncTransport,
        Call,
        Transport,
    )
    from cognitokit.client.challenges import (
        Challenge,
        ChallengeAnswer,
        CustomChallenge,
        EmailOtp,
        MfaSetup,
        NewPasswordRequired,
        PasswordRequired,
        SelectChallenge,
        SelectMfaType,
        SignInResult,
        SmsMfa,
        SmsOtp,
        SoftwareTokenMfa,
        SomeChallenge,
        SrpChallenge,
        UnknownChallenge,
        WebAuthn,
    )
    from cognitokit.client.filters import UserFilter
    from cognitokit.client.results import (
        AuthEvent,
        AuthFactors,
        CodeDelivery,
        ConfirmSignUpResult,
        Device,
        Group,
        Passkey,
        SignUpResult,
        User,
        UserSession,
    )
    from cognitokit.client.retry import Retry
    from cognitokit.client.session import (
        AsyncTokenSession,
        TokenSession,
    )
    from cognitokit.client.sync.client import CognitoClient
    from cognitokit.client.totp import TotpSetup
    from cognitokit.client.transports.boto3 import Boto3Transport
    from cognitokit.client.transports.http import (
        AsyncHttpTransport,
        HttpTransport,
    )
    from cognitokit.client.user_context import UserContext
    from cognitokit.errors import (
        ChallengeRequired,
        CognitoKitError,
        ConfigurationError,
        InsufficientPermission,
        InvalidClaim,
        KeysUnavailable,
        LoginError,
        OAuthError,
        ServiceError,
        TokenError,
    )
    from cognitokit.oauth.aio import AsyncManagedLogin
    from cognitokit.oauth.auth import (
        AsyncBearerAuth,
        AsyncTokenSource,
        BearerAuth,
        TokenSource,
    )
    from cognitokit.oauth.callback import VerifiedTokens
    from cognitokit.oauth.client import ManagedLogin
    from cognitokit.oauth.credentials import (
        AsyncClientCredentials,
        ClientCredentials,
    )
    from cognitokit.oauth.login_state import (
        LoginRequest,
        LoginState,
    )
    from cognitokit.oauth.redirect_target import safe_redirect_target
    from cognitokit.oauth.user_info import UserInfo
    from cognitokit.pool import UserPool
    from cognitokit.tokens import (
        AccessToken,
        IdToken,
        NewDevice,
        Tokens,
        VerifiedToken,
    )
    from cognitokit.verifier.aio import AsyncCognitoVerifier
    from cognitokit.verifier.alb import (
        AlbToken,
        AlbVerifier,
        AsyncAlbVerifier,
    )
    from cognitokit.verifier.policy import Permissions
    from cognitokit.verifier.verifier import CognitoVerifier

_MODULE_OF = {
    "AccessToken": "tokens",
    "AlbToken": "verifier.alb",
    "AlbVerifier": "verifier.alb",
    "AsyncAlbVerifier": "verifier.alb",
    "AsyncBearerAuth": "oauth.auth",
    "AsyncClientCredentials": "oauth.credentials",
    "AsyncCognitoClient": "client.aio.client",
    "AsyncCognitoVerifier": "verifier.aio",
    "AsyncHttpTransport": "client.transports.http",
    "AsyncManagedLogin": "oauth.aio",
    "AsyncTokenSession": "client.session",
    "AsyncTokenSource": "oauth.auth",
    "AsyncTransport": "client.calls",
    "AuthEvent": "client.results",
    "AuthFactors": "client.results",
    "BearerAuth": "oauth.auth",
    "Boto3Transport": "client.transports.boto3",
    "Call": "client.calls",
    "Challenge": "client.challenges",
    "ChallengeAnswer": "client.challenges",
    "ChallengeRequired": "errors",
    "ClientCredentials": "oauth.credentials",
    "CodeDelivery": "client.results",
    "CognitoClient": "client.sync.client",
    "CognitoKitError": "errors",
    "CognitoVerifier": "verifier.verifier",
    "ConfigurationError": "errors",
    "ConfirmSignUpResult": "client.results",
    "CustomChallenge": "client.challenges",
    "Device": "client.results",
    "EmailOtp": "client.challenges",
    "Group": "client.results",
    "HttpTransport": "client.transports.http",
    "IdToken": "tokens",
    "InsufficientPermission": "errors",
    "InvalidClaim": "errors",
    "KeysUnavailable": "errors",
    "LoginError": "errors",
    "LoginRequest": "oauth.login_state",
    "LoginState": "oauth.login_state",
    "ManagedLogin": "oauth.client",
    "MfaSetup": "client.challenges",
    "NewDevice": "tokens",
    "NewPasswordRequired": "client.challenges",
    "OAuthError": "errors",
    "Passkey": "client.results",
    "PasswordRequired": "client.challenges",
    "Permissions": "verifier.policy",
    "Retry": "client.retry",
    "SelectChallenge": "client.challenges",
    "SelectMfaType": "client.challenges",
    "ServiceError": "errors",
    "SignInResult": "client.challenges",
    "SignUpResult": "client.results",
    "SmsMfa": "client.challenges",
    "SmsOtp": "client.challenges",
    "SoftwareTokenMfa": "client.challenges",
    "SomeChallenge": "client.challenges",
    "SrpChallenge": "client.challenges",
    "TokenError": "errors",
    "TokenSession": "client.session",
    "TokenSource": "oauth.auth",
    "Tokens": "tokens",
    "TotpSetup": "client.totp",
    "Transport": "client.calls",
    "UnknownChallenge": "client.challenges",
    "User": "client.results",
    "UserContext": "client.user_context",
    "UserFilter": "client.filters",
    "UserInfo": "oauth.user_info",
    "UserPool": "pool",
    "UserSession": "client.results",
    "VerifiedToken": "tokens",
    "VerifiedTokens": "oauth.callback",
    "WebAuthn": "client.challenges",
    "errors": "errors",
    "safe_redirect_target": "oauth.redirect_target",
}

__all__ = [
    "AccessToken",
    "AlbToken",
    "AlbVerifier",
    "AsyncAlbVerifier",
    "AsyncBearerAuth",
    "AsyncClientCredentials",
    "AsyncCognitoClient",
    "AsyncCognitoVerifier",
    "AsyncHttpTransport",
    "AsyncManagedLogin",
    "AsyncTokenSession",
    "AsyncTokenSource",
    "AsyncTransport",
    "AuthEvent",
    "AuthFactors",
    "BearerAuth",
    "Boto3Transport",
    "Call",
    "Challenge",
    "ChallengeAnswer",
    "ChallengeRequired",
    "ClientCredentials",
    "CodeDelivery",
    "CognitoClient",
    "CognitoKitError",
    "CognitoVerifier",
    "ConfigurationError",
    "ConfirmSignUpResult",
    "CustomChallenge",
    "Device",
    "EmailOtp",
    "Group",
    "HttpTransport",
    "IdToken",
    "InsufficientPermission",
    "InvalidClaim",
    "KeysUnavailable",
    "LoginError",
    "LoginRequest",
    "LoginState",
    "ManagedLogin",
    "MfaSetup",
    "NewDevice",
    "NewPasswordRequired",
    "OAuthError",
    "Passkey",
    "PasswordRequired",
    "Permissions",
    "Retry",
    "SelectChallenge",
    "SelectMfaType",
    "ServiceError",
    "SignInResult",
    "SignUpResult",
    "SmsMfa",
    "SmsOtp",
    "SoftwareTokenMfa",
    "SomeChallenge",
    "SrpChallenge",
    "TokenError",
    "TokenSession",
    "TokenSource",
    "Tokens",
    "TotpSetup",
    "Transport",
    "UnknownChallenge",
    "User",
    "UserContext",
    "UserFilter",
    "UserInfo",
    "UserPool",
    "UserSession",
    "VerifiedToken",
    "VerifiedTokens",
    "WebAuthn",
    "errors",
    "safe_redirect_target",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, rarely wanted

        return version("cognitokit")
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not by importlib, which a process that only verifies tokens would load for this alone.
    found = __import__(f"cognitokit.{module}", fromlist=(name,))
    value = found if name == module else getattr(found, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
