"""What handlers and authorizers share: a verifier that was given, and what it says of a token."""

from __future__ import annotations

from typing import Protocol, cast

from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.awaitables import is_async_callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.verifier.policy import Permissions


class Verifier(Protocol):
    """What is needed of a verifier: CognitoVerifier, or what its any_of() returns."""

    def verify(self, raw: str, /) -> AccessToken | IdToken:
        """Return the verified token, or raise one of our errors."""
        ...


def check_verifier(verifier: object) -> None:
    """Refuse what is no verifier for synchronous functions.

    Raises:
        ConfigurationError: It is none, or an asynchronous one.
    """
    verify = getattr(verifier, "verify", None)
    if verify is None:
        raise ConfigurationError("Give the verifier first: @require_cognito(verifier, ...).")
    if is_async_callable(verify):
        raise ConfigurationError(
            "Lambda calls functions synchronously: give a CognitoVerifier, not an asynchronous one."
        )


def verified(verifier: Verifier, raw: str) -> AccessToken | IdToken | CognitoKitError:
    """Return the verified token, or why it is refused.

    The error is returned, for the caller to raise it from a frame that does not hold the token: also
    a ConfigurationError, where the verifier returns something else than a token.
    """
    try:
        token = cast("object", verifier.verify(raw))
    except CognitoKitError as caught:
        return caught.with_traceback(None)
    if not isinstance(token, AccessToken | IdToken):
        return ConfigurationError("The verifier's verify() must return a verified token, or raise.")
    return token


def lacking(permissions: Permissions, token: AccessToken | IdToken) -> CognitoKitError | None:
    """Return which permission the token lacks; None where it has them all."""
    try:
        permissions.check(token)
    except CognitoKitError as caught:
        return caught.with_traceback(None)
    return None


def log_refusal(status: int, reason: str) -> None:
    """Write one line on a refusal, without anything of the request in it; reason is Refusal.logged."""
    import logging  # noqa: PLC0415 - not needed for a request that passes

    logging.getLogger("cognitokit").info("Refused with %d: %s", status, reason)
