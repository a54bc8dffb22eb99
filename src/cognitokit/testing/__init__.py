"""The testing kit: real tokens, user pools on this machine, and checks of an application's authorization.

Every name is loaded from its module when it is first used, so that a part costs nothing, and needs
none of its packages, until a test asks for it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.testing.attacks import assert_rejects_bad_tokens
    from cognitokit.testing.clock import Clock
    from cognitokit.testing.fake.authenticator import SoftwareAuthenticator
    from cognitokit.testing.fake.pool import FakePool, RecordedCall
    from cognitokit.testing.fake.refusal import NotInFakePool, ServiceModelMismatch
    from cognitokit.testing.forgery import BadToken, bad_tokens
    from cognitokit.testing.jwks_server import JwksServer
    from cognitokit.testing.lambda_client import (
        AuthorizerClient,
        LambdaClient,
        LambdaContext,
        LambdaResponse,
    )
    from cognitokit.testing.lambda_events import (
        alb_event,
        http_api_authorizer_event,
        http_api_event,
        request_authorizer_event,
        rest_event,
        token_authorizer_event,
        websocket_authorizer_event,
        websocket_event,
    )
    from cognitokit.testing.local import AppClient, LocalPool, LocalPoolFailed, LocalServer
    from cognitokit.testing.mint import FederatedIdentity, TokenMint
    from cognitokit.testing.oauth_provider import OAuthAnswer, OAuthRequest
    from cognitokit.testing.oauth_server import NotSignedIn, OAuthServer
    from cognitokit.testing.outbox import Message, NoMessage
    from cognitokit.testing.routes import assert_all_routes_protected
    from cognitokit.testing.signed_in import AsCognitoUser, as_cognito_user
    from cognitokit.testing.totp import totp_code

_MODULE_OF = {
    "AppClient": "local",
    "AsCognitoUser": "signed_in",
    "AuthorizerClient": "lambda_client",
    "BadToken": "forgery",
    "Clock": "clock",
    "FakePool": "fake.pool",
    "FederatedIdentity": "mint",
    "JwksServer": "jwks_server",
    "LambdaClient": "lambda_client",
    "LambdaContext": "lambda_client",
    "LambdaResponse": "lambda_client",
    "LocalPool": "local",
    "LocalPoolFailed": "local",
    "LocalServer": "local",
    "Message": "outbox",
    "NoMessage": "outbox",
    "NotInFakePool": "fake.refusal",
    "NotSignedIn": "oauth_server",
    "OAuthAnswer": "oauth_provider",
    "OAuthRequest": "oauth_provider",
    "OAuthServer": "oauth_server",
    "RecordedCall": "fake.pool",
    "ServiceModelMismatch": "fake.refusal",
    "SoftwareAuthenticator": "fake.authenticator",
    "TokenMint": "mint",
    "alb_event": "lambda_events",
    "as_cognito_user": "signed_in",
    "assert_all_routes_protected": "routes",
    "assert_rejects_bad_tokens": "attacks",
    "bad_tokens": "forgery",
    "http_api_authorizer_event": "lambda_events",
    "http_api_event": "lambda_events",
    "request_authorizer_event": "lambda_events",
    "rest_event": "lambda_events",
    "token_authorizer_event": "lambda_events",
    "totp_code": "totp",
    "websocket_authorizer_event": "lambda_events",
    "websocket_event": "lambda_events",
}

__all__ = [
    "AppClient",
    "AsCognitoUser",
    "AuthorizerClient",
    "BadToken",
    "Clock",
    "FakePool",
    "FederatedIdentity",
    "JwksServer",
    "LambdaClient",
    "LambdaContext",
    "LambdaResponse",
    "LocalPool",
    "LocalPoolFailed",
    "LocalServer",
    "Message",
    "NoMessage",
    "NotInFakePool",
    "NotSignedIn",
    "OAuthAnswer",
    "OAuthRequest",
    "OAuthServer",
    "RecordedCall",
    "ServiceModelMismatch",
    "SoftwareAuthenticator",
    "TokenMint",
    "alb_event",
    "as_cognito_user",
    "assert_all_routes_protected",
    "assert_rejects_bad_tokens",
    "bad_tokens",
    "http_api_authorizer_event",
    "http_api_event",
    "request_authorizer_event",
    "rest_event",
    "token_authorizer_event",
    "totp_code",
    "websocket_authorizer_event",
    "websocket_event",
]


def __getattr__(name: str) -> object:
    import importlib  # noqa: PLC0415 - as in cognitokit/__init__.py

    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"cognitokit.testing.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
