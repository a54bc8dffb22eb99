"""Cognito's wire form, AWS JSON 1.1: a call to a request's parts, a response to a body or an error."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from cognitokit.client.failures import service_error, unnamed_error
from cognitokit.client.transports.defaults import user_agent
from cognitokit.errors import InvalidParameter, UnexpectedReply

if TYPE_CHECKING:
    from cognitokit.client.calls import Call

_TARGET = "AWSCognitoIdentityProviderService"
_CODE = re.compile(r"(?:.*#)?([A-Za-z][A-Za-z0-9_.]{0,99})(?::.*)?", re.ASCII | re.DOTALL)

TIMESTAMPS = frozenset(
    {
        "ClientSecretCreateDate",
        "CompletionDate",
        "CreateDate",
        "CreatedAt",
        "CreationDate",
        "DeviceCreateDate",
        "DeviceLastAuthenticatedDate",
        "DeviceLastModifiedDate",
        "FeedbackDate",
        "LastActiveDate",
        "LastModifiedDate",
        "StartDate",
        "UserCreateDate",
        "UserLastModifiedDate",
    }
)
"""Response members that are points in time: epoch seconds on the wire, datetimes for callers."""


def request_body(call: Call) -> bytes:
    """Return the body of a call's request.

    Raises:
        InvalidParameter: A member is not of a type that JSON or Cognito knows.
    """
    try:
        return json.dumps(
            dict(call.params), default=_on_the_wire, allow_nan=False, separators=(",", ":")
        ).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError):
        wrong = [name for name, value in call.params.items() if not _fits(value)]
    raise InvalidParameter(
        f"{call.operation} does not take these members as they are given: {', '.join(wrong)}.",
        operation=call.operation,
    )


def request_headers(operation: str) -> dict[str, str]:
    """Return the headers of a call's request, without a signature."""
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"{_TARGET}.{operation}",
        "User-Agent": user_agent(),
    }


def response_body(
    call: Call, status: int, headers: Mapping[str, str], content: bytes
) -> dict[str, Any]:
    """Return the members of a response.

    Args:
        call: What was sent.
        status: The HTTP status.
        headers: The response's headers, looked up without regard to case.
        content: The response's body.

    Raises:
        ServiceError: Cognito answered with an error.
        UnexpectedReply: The response is none of Cognito's.
    """
    members = json_object(content)
    if status == 200:  # noqa: PLR2004 - OK, RFC 9110 15.3.1
        if members is None:
            raise UnexpectedReply(operation=call.operation)
        return _with_moments(members)
    members = members or {}
    named = _CODE.fullmatch(str(members.get("__type") or headers.get("x-amzn-errortype") or ""))
    if named is None:
        raise unnamed_error(call.operation, status)
    reason_code = members.get("reasonCode")
    raise service_error(
        call,
        code=named[1],
        message=str(members.get("message") or members.get("Message") or ""),
        status=status,
        request_id=headers.get("x-amzn-requestid"),
        reason_code=reason_code if isinstance(reason_code, str) else None,
    )


def json_object(content: bytes) -> dict[str, Any] | None:
    """Return the members of a response's body; None where it is no JSON object."""
    if not content.strip():
        return {}
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _with_moments(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _moment(value) if name in TIMESTAMPS else _deeper(value)
        for name, value in members.items()
    }


def _deeper(value: object) -> object:
    if isinstance(value, dict):
        return _with_moments(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [_deeper(item) for item in cast("list[object]", value)]
    return value


def _moment(value: object) -> object:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return value


def _on_the_wire(value: object) -> object:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError


def _fits(value: object) -> bool:
    try:
        json.dumps(value, default=_on_the_wire, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
