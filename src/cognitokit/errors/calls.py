"""What calls of Cognito raise on top of what it answers: no way there, a step missing, a login refused.

Import the names from cognitokit.errors, which loads this module when one of them is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.challenges import SomeChallenge


class MissingCredentials(ConfigurationError):
    """The operation must be signed, and no AWS credentials were found."""


class ChallengeRequired(CognitoKitError):
    """Tokens were demanded, but Cognito asks for one more step first."""

    http_status = 401

    def __init__(
        self,
        challenge: SomeChallenge,
        advice: str = "Answer it with client.respond(challenge.answer(...)).",
    ) -> None:
        super().__init__(f"Cognito asks for {challenge.name} before it gives tokens. {advice}")
        self.challenge = challenge
        """What Cognito asks for: one of the challenges' classes, to be told apart with match."""
        self._advice = advice

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.challenge, self._advice)


class UnsupportedChallenge(CognitoKitError):
    """The challenge is SRP, which this library leaves out; the message names the way round it."""

    http_status = 501

    def __init__(self, message: str, *, challenge: str = "") -> None:
        super().__init__(message)
        self.challenge = challenge
        """Cognito's name of the challenge."""


class TransportError(CognitoKitError):
    """No usable answer came back, so it is not known whether the call took effect."""

    http_status = 503
    retryable = True
    _message = "Cognito could not be reached."

    def __init__(
        self, message: str | None = None, *, operation: str | None = None, sent: bool = True
    ) -> None:
        super().__init__(message or self._message)
        self.operation = operation
        """The Cognito operation, for instance "InitiateAuth"."""
        self.sent = sent
        """Whether the request may have reached Cognito. False: it surely did not take effect."""


class ConnectionFailed(TransportError):
    """No connection, or it broke."""

    _message = "The connection to Cognito failed; check the region, the endpoint and the network."


class RequestTimeout(TransportError):
    """Cognito did not answer in time."""

    http_status = 504
    _message = "Cognito did not answer in time."


class UnexpectedReply(TransportError):
    """The answer is not one that the operation can give, for instance a proxy's HTML page."""

    http_status = 502
    retryable = False
    _message = "The answer is not one of Cognito's; check the endpoint and any proxy on the way."


class OAuthError(CognitoKitError):
    """The token, revocation or userInfo endpoint refused (RFC 6749 5.2)."""

    http_status: int = 401

    def __init__(
        self, message: str = "The authorization server refused.", *, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        """One of the error codes of RFC 6749, 6750 or 7009, for instance "invalid_grant"; None where it gave no known one."""
        if code is not None and code not in {"invalid_grant", "invalid_token"}:
            # The app client's settings or ours are at fault, not the user.
            self.http_status = 500


class LoginError(CognitoKitError):
    """The callback of managed login is refused. Start over with a new login."""

    http_status: int = 400
    _messages: Mapping[str, str] = {
        "denied": "The login was cancelled or not allowed; start again.",
        "expired": "The login took too long; start again.",
        "state": "The callback does not belong to a login that this browser began; start again.",
        "unavailable": "The login could not be completed now; start again a little later.",
    }

    def __init__(self, reason: str, message: str | None = None, *, code: str | None = None) -> None:
        super().__init__(
            message or self._messages.get(reason, "The login could not be completed; start again.")
        )
        self.reason = reason
        """Which check refused it: a stable word, safe to log and to count."""
        self.code = code
        """The provider's error code, for instance "access_denied"; None where it gave no known one."""
        if reason == "unavailable":
            self.http_status = 503
            self.retryable = True
        elif reason == "forbidden":
            self.http_status = 403

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.args[0]), self.__dict__
