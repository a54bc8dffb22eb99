"""Cognito's error answers as our errors, without anything secret that they may quote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cognitokit.client.operations import ENABLING_FLOWS
from cognitokit.client.redaction import redacted
from cognitokit.errors import (
    CognitoKitError,
    FlowNotEnabled,
    InvalidParameter,
    ServiceError,
    ServiceFault,
    TooManyRequests,
    UnexpectedReply,
    WrongClientSecret,
    service_error_class,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Call

_SECRET_REFUSED: Mapping[str, re.Pattern[str]] = {
    code: re.compile(words, re.IGNORECASE)
    for code, words in {
        "NotAuthorizedException": r"unable to verify secret|secret_?hash was not received",
        "UnauthorizedException": r"unable to verify secret",
        "InvalidParameterException": r"not configured (?:for|with) secret",
    }.items()
}
"""Error code -> the words by which Cognito refuses the app client and not the user."""

_NOT_ENABLED = re.compile(r"not enabled for (?:this|the) client", re.IGNORECASE)


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
    said = redacted(message, call.params)
    enabling = flows_to_enable(call, code, message)
    if enabling:
        flow_error = FlowNotEnabled(
            said, flows=enabling, operation=call.operation, request_id=request_id
        )
        flow_error.reason_code = reason_code
        return flow_error
    cls = WrongClientSecret if _refuses_secret(call, code, message) else service_error_class(code)
    if cls is ServiceError and status >= 500:  # noqa: PLR2004 - HTTP's server errors
        cls = ServiceFault
    elif cls is ServiceError and status == 429:  # noqa: PLR2004 - Too Many Requests, RFC 6585 4
        cls = TooManyRequests
    error = cls(said, code=code, operation=call.operation, request_id=request_id)
    if isinstance(error, InvalidParameter):
        error.reason_code = reason_code
    return error


def flows_to_enable(call: Call, code: str, message: str) -> tuple[str, ...]:
    """Return what to enable where Cognito says that the app client does not allow a call's flow; else nothing."""
    if code != InvalidParameter.code or _NOT_ENABLED.search(message) is None:
        return ()
    return ENABLING_FLOWS.get(call.params.get("AuthFlow", ""), ())


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
    if status == 429:  # noqa: PLR2004 - Too Many Requests, RFC 6585 4
        return TooManyRequests(
            "The answer has HTTP status 429 and no error code.", operation=operation
        )
    return UnexpectedReply(operation=operation)
