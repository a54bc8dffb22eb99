"""Every exception that cognitokit raises.

The tree, with what each carries and the status that goes with it::

    CognitoKitError                     .http_status
    ├── TokenError                      .reason .claim .expected                       401
    │   ├── MalformedToken              "malformed"
    │   ├── UnsupportedAlgorithm        "algorithm"
    │   ├── UnknownKey                  "key_not_found"
    │   ├── UntrustedKey                "key_invalid"
    │   ├── InvalidSignature            "signature"
    │   ├── ExpiredToken                "expired"
    │   ├── NotYetValidToken            "not_yet_valid"
    │   └── InvalidClaim                "claim"
    ├── InsufficientPermission          "forbidden"                                    403
    │   ├── MissingScope
    │   └── MissingGroup
    ├── KeysUnavailable                 "keys_unavailable", retryable                  503
    ├── ConfigurationError              also a ValueError
    │   └── MissingCredentials
    ├── InvalidData                     also a ValueError: what from_dict() was given
    ├── MissingDependency               also an ImportError: names the pip command
    ├── ChallengeRequired               .challenge
    ├── UnsupportedChallenge            .challenge: SRP, which this library leaves out
    ├── TransportError                  no usable answer came back
    │   ├── ConnectionFailed
    │   ├── RequestTimeout
    │   └── UnexpectedReply
    ├── OAuthError                      .code, from the token endpoint
    ├── LoginError                      .reason, from the callback of managed login
    └── ServiceError                    .code .message .operation .request_id .retryable
        ├── NotAuthorized               RefreshTokenReuse, Unauthorized
        ├── UserStateError              UserNotConfirmed, PasswordResetRequired, ...
        ├── NotFoundError               UserNotFound, ResourceNotFound, ...
        ├── AlreadyExistsError          UsernameExists, AliasExists, GroupExists, ...
        ├── CodeError                   CodeMismatch, ExpiredCode, TooManyFailedAttempts, ...
        ├── PasswordError               InvalidPassword, PasswordHistoryPolicyViolation
        ├── MfaError                    MFAMethodNotFound, SoftwareTokenMFANotFound, ...
        ├── WebAuthnError               WebAuthnNotEnabled, WebAuthnOriginNotAllowed, ...
        ├── InvalidParameter            .reason_code; FlowNotEnabled: .flows
        ├── LimitError                  TooManyRequests (retryable), LimitExceeded, ...
        ├── LambdaError                 UnexpectedLambda, UserLambdaValidation, ...
        ├── PoolSettingError            WrongClientSecret, OperationNotEnabled, ...
        ├── AccessError                 AccessDenied, CredentialsRejected, Forbidden
        └── ServiceFault                InternalError, ConcurrentModification (retryable)

Messages are fixed sentences, with what was configured; other facts are attributes. No message,
attribute or repr holds a token, a password, a code, a session or a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType

    from cognitokit.errors.calls import *  # noqa: F403 - what __getattr__ finds
    from cognitokit.errors.service import *  # noqa: F403 - what __getattr__ finds

_MODULES = "calls", "service"
_MAX_TOLD = 4


class CognitoKitError(Exception):
    """The root: catch it to catch whatever this library raises on purpose."""

    http_status: int = 500
    """The status that a web application would usually answer with."""

    retryable: bool = False
    """Whether the same call may succeed a little later."""


class TokenError(CognitoKitError):
    """The token is refused. Ask the caller for another one; never say more than 401."""

    http_status = 401
    reason: str = "invalid"
    """Which check refused it: a stable word, safe to log and to count."""
    _message = "The token is not valid."

    def __init__(
        self,
        message: str | None = None,
        *,
        claim: str | None = None,
        expected: object = None,
    ) -> None:
        super().__init__(message or self._message)
        self.claim = claim
        """The claim at fault, or None where the fault is not in a claim."""
        self.expected = expected
        """What the verifier was configured to accept: never a part of the token."""


class MalformedToken(TokenError):
    """Not a compact JWS of three strict base64url segments over strict JSON (RFC 7515 7.1)."""

    reason = "malformed"
    _message = "The token is not a well-formed JSON Web Token."


class UnsupportedAlgorithm(TokenError):
    """The header's alg is not the one that the verifier accepts (RFC 8725 3.1)."""

    reason = "algorithm"
    _message = "The token is not signed with the expected algorithm."


class UnknownKey(TokenError):
    """No key of the pool has the token's kid, and the key set is fresh."""

    reason = "key_not_found"
    _message = "The token names a key that the user pool does not publish."


class UntrustedKey(TokenError):
    """The pool's key set has an entry of that kid, which is too weak, ambiguous or not for signing."""

    reason = "key_invalid"
    _message = "The token names a key that is not fit to verify signatures."


class InvalidSignature(TokenError):
    """The signature does not match (RFC 7515 5.2)."""

    reason = "signature"
    _message = "The token's signature is not valid."


class ExpiredToken(TokenError):
    """exp has passed (RFC 7519 4.1.4: refused on and after that second)."""

    reason = "expired"
    _message = "The token has expired."


class NotYetValidToken(TokenError):
    """nbf, iat or auth_time lies ahead by more than clocks differ (RFC 7519 4.1.5)."""

    reason = "not_yet_valid"
    _message = "The token is not valid yet; check that this machine's clock is right."


class InvalidClaim(TokenError):
    """A claim is missing, of a wrong type, or not what the verifier accepts."""

    reason = "claim"

    def __init__(self, claim: str, message: str | None = None, *, expected: object = None) -> None:
        super().__init__(
            message or f"The token's {claim} claim is not acceptable{self._told(expected)}.",
            claim=claim,
            expected=expected,
        )

    @staticmethod
    def _told(expected: object) -> str:
        if not isinstance(expected, tuple) or not expected:
            return ""
        values = cast("tuple[object, ...]", expected)
        shown = ", ".join(map(str, values[:_MAX_TOLD]))
        return f"; expected: {shown}, ..." if len(values) > _MAX_TOLD else f"; expected: {shown}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.claim, self.args[0]), self.__dict__


class InsufficientPermission(CognitoKitError):
    """The token is good, but does not grant what is asked (RFC 6750 3.1, insufficient_scope)."""

    http_status = 403
    reason = "forbidden"
    claim: str = ""
    _message = "The token does not grant what this request needs."

    def __init__(self, message: str | None = None, *, expected: Collection[str] = ()) -> None:
        super().__init__(message or self._message)
        self.expected: tuple[str, ...] = tuple(expected)
        """The scopes or groups that were asked for."""


class MissingScope(InsufficientPermission):
    """A scope is missing."""

    claim = "scope"
    _message = "The token lacks a scope that this request needs."


class MissingGroup(InsufficientPermission):
    """The user is in none of the groups asked for, or not in all of them."""

    claim = "cognito:groups"
    _message = "The user is not in a group that this request needs."


class KeysUnavailable(CognitoKitError):
    """The pool's keys could not be fetched: our side is at fault, not the token. Answer 503."""

    http_status = 503
    reason = "keys_unavailable"
    retryable = True

    def __init__(
        self,
        message: str = "The user pool's keys could not be fetched.",
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until the next fetch is allowed, or None where that is not known."""


class ConfigurationError(CognitoKitError, ValueError):
    """An option is missing or wrong. Raised when an object is built, never at a first request."""


class InvalidData(CognitoKitError, ValueError):
    """from_dict() was given something that to_dict() did not write."""

    http_status = 400


class MissingDependency(CognitoKitError, ImportError):
    """A package that this feature needs is not installed; the message is the pip command."""

    def __init__(self, package: str, extra: str | None = None) -> None:
        wanted = f"cognitokit[{extra}]" if extra else package
        # Double quotes, because they are quotes in every shell, that of Windows included.
        super().__init__(f'{package} is not installed. Install it with: pip install "{wanted}"')
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.package, self.extra)


def __getattr__(name: str) -> object:
    """What only calls of Cognito raise: a process that only verifies tokens never makes these classes."""
    for module in () if name.startswith("_") else _MODULES:
        found = getattr(_load(module), name, None)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    late = {name for module in _MODULES for name in dir(_load(module)) if not name.startswith("_")}
    return sorted({*globals(), *late})


def _load(module: str) -> ModuleType:
    from importlib import import_module  # noqa: PLC0415 - not needed to verify tokens

    return import_module(f"cognitokit.errors.{module}")
