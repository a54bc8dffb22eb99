"""What handlers and authorizers share: a verifier that was given, and what it says of a token."""

from __future__ import annotations

from typing import Protocol, cast

from cognitokit.bearer import TokenLocation
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.awaitables import is_async_callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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
    if not callable(verify) or isinstance(verifier, type):
        raise ConfigurationError("Give the verifier first: @require_cognito(verifier, ...).")
    if is_async_callable(verify):
        raise ConfigurationError(
            "Lambda calls functions synchronously: give a CognitoVerifier, not an asynchronous one."
        )


def check_switches(**given: object) -> None:
    """Refuse what is neither True nor False: a text such as "no" would be taken for a yes.

    Raises:
        ConfigurationError: One is not; it is named.
    """
    for name, value in given.items():
        if not isinstance(value, bool):
            raise ConfigurationError(f"{name} must be True or False.")


def location_of(header: object, *, raw: bool) -> TokenLocation:
    """Return where requests carry their token.

    Raises:
        ConfigurationError: It is no header's name.
    """
    # What is no str is no name either, and the sentence is the same.
    return TokenLocation(header=header if isinstance(header, str) else "", raw=raw)


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


def log_left_out(names: Sequence[str]) -> None:
    """Write one line on claims that were chosen for the context and could not be handed on: names, no values."""
    import logging  # noqa: PLC0415 - as above

    logging.getLogger("cognitokit").warning(
        "Not handed on, because API Gateway could not carry what the token says there: %s",
        ", ".join(names),
    )
