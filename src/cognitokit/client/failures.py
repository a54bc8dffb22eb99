"""Cognito's error answers as our errors, without anything secret that they may quote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cognitokit.errors import (
    CognitoKitError,
    InvalidParameter,
    ServiceError,
    ServiceFault,
    TooManyRequests,
    UnexpectedReply,
    WrongClientSecret,
    service_error_class,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.client.calls import Call

SECRET_MEMBERS = frozenset(
    {
        "AccessToken",
        "ActorToken",
        "ClientSecret",
        "Code",
        "ConfirmationCode",
        "Credential",
        "DeviceSecretVerifierConfig",
        "EncodedData",
        "FeedbackToken",
        "Password",
        "PreviousPassword",
        "ProposedPassword",
        "ProviderDetails",
        "RefreshToken",
        "Secret",
        "SecretHash",
        "Session",
        "SubjectToken",
        "TemporaryPassword",
        "Token",
        "UserCode",
    }
)
"""Request members whose values must not reach a message, at any depth."""

SECRET_MAPS = frozenset({"AuthParameters", "ChallengeResponses"})
"""Request members that are maps of secrets, but for PUBLIC_KEYS."""

PUBLIC_KEYS = frozenset(
    {
        "CHALLENGE_NAME",
        "DEVICE_KEY",
        "MAX_AGE",
        "PREFERRED_CHALLENGE",
        "TARGET_ACR_VALUES",
        "TIMESTAMP",
        "USERNAME",
    }
)
"""Keys of AuthParameters and ChallengeResponses whose values are no secrets."""

_SECRET_REFUSED: Mapping[str, re.Pattern[str]] = {
    code: re.compile(words, re.IGNORECASE)
    for code, words in {
        "NotAuthorizedException": r"unable to verify secret|secret_?hash was not received",
        "UnauthorizedException": r"unable to verify secret",
        "InvalidParameterException": r"not configured (?:for|with) secret",
    }.items()
}
"""Error code -> the words by which Cognito refuses the app client and not the user."""

_REDACTED = "***"
_SHORT = 6  # a shorter value is redacted only where it stands alone: "1" is not a leak of "2016"


def service_error(
    call: Call,
    *,
    code: str,
    message: str = "",
    status: int = 400,
    request_id: str | None = None,
    reason_code: str | None = None,
) -> ServiceError:
    """Return the error of Cognito's answer, its message free of the request's secrets.

    Args:
        call: What was sent.
        code: Cognito's error code without a namespace, for instance "NotAuthorizedException".
        message: Cognito's own text.
        status: The HTTP status; it decides the class where the code is unknown.
        request_id: The answer's x-amzn-RequestId.
        reason_code: The answer's reasonCode.
    """
    cls = WrongClientSecret if _refuses_secret(call, code, message) else service_error_class(code)
    if cls is ServiceError and status >= 500:  # noqa: PLR2004 - HTTP's server errors
        cls = ServiceFault
    elif cls is ServiceError and status == 429:  # noqa: PLR2004 - Too Many Requests, RFC 6585 4
        cls = TooManyRequests
    error = cls(
        redacted(message, call.params), code=code, operation=call.operation, request_id=request_id
    )
    if isinstance(error, InvalidParameter):
        error.reason_code = reason_code
    return error


def _refuses_secret(call: Call, code: str, message: str) -> bool:
    words = _SECRET_REFUSED.get(code)
    if words is None or words.search(message) is None:
        return False
    # The hash of a refresh is over the user's real name: a wrong one gives the same words as a
    # wrong secret, and is the caller's to correct.
    return call.params.get("AuthFlow") != "REFRESH_TOKEN_AUTH" or "not received" in message


def unnamed_error(operation: str, status: int) -> CognitoKitError:
    """Return the error of an answer that carries no error code of Cognito's, only an HTTP status."""
    if status >= 500:  # noqa: PLR2004 - HTTP's server errors
        return ServiceFault(
            f"The answer has HTTP status {status} and no error code.", operation=operation
        )
    return UnexpectedReply(operation=operation)


def redacted(text: str, params: Mapping[str, Any]) -> str:
    """Return the text with every secret value of the request's members replaced by three stars."""
    found = {value for value in _secrets(params) if value in text}
    for value in sorted(found, key=len, reverse=True):
        pattern = re.escape(value)
        if len(value) < _SHORT:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(pattern, _REDACTED, text)
    return text


def _secrets(value: object, *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if secret and value:
            yield value
    elif isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            if name in SECRET_MAPS and isinstance(item, Mapping):
                for key, entry in cast("Mapping[str, object]", item).items():
                    yield from _secrets(entry, secret=key not in PUBLIC_KEYS)
            else:
                yield from _secrets(item, secret=secret or name in SECRET_MEMBERS)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[object]", value):
            yield from _secrets(item, secret=secret)
