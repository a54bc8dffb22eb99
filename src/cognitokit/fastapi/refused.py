"""A refusal as the exception that FastAPI turns into a response, or into the end of a WebSocket."""

from __future__ import annotations

import logging

from fastapi import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from cognitokit.bearer import Refusal
from cognitokit.errors import CognitoKitError

_POLICY_VIOLATION = 1008  # RFC 6455 7.4.1
_TRY_AGAIN_LATER = 1013  # IANA's registry of WebSocket close codes
_UNAVAILABLE = 503

_log = logging.getLogger("cognitokit")


class AccessRefused(HTTPException):
    """The request is refused: 400, 401, 403 or 503, with its challenge.

    An HTTPException, so that FastAPI answers it by itself. Another answer is an exception handler
    for this class away; it takes the headers to send from `.headers`.
    """

    def __init__(self, refusal: Refusal, error: CognitoKitError | None = None) -> None:
        super().__init__(refusal.status, detail=refusal.message, headers=refusal.headers)
        self.refusal = refusal
        """Status, headers and sentence."""
        self.error = error
        """What the verifier said; None where it was not asked."""

    @property
    def reason(self) -> str:
        """Which check refused: a stable word for logs and counters, not for the response."""
        return self.refusal.reason


def refused(
    conn: HTTPConnection, refusal: Refusal, error: CognitoKitError | None = None
) -> Exception:
    """Return the exception that refuses this request or this WebSocket handshake."""
    _log.info("Refused with %d: %s", refusal.status, refusal.reason)
    if conn.scope["type"] == "websocket":
        code = _TRY_AGAIN_LATER if refusal.status == _UNAVAILABLE else _POLICY_VIOLATION
        return WebSocketException(code, refusal.message)
    return AccessRefused(refusal, error)
