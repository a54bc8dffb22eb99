"""A refusal as the exception that FastAPI turns into a response, or into the end of a WebSocket."""

from __future__ import annotations

from fastapi import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

from cognitokit.asgi import POLICY_VIOLATION, TRY_AGAIN_LATER, Denial
from cognitokit.bearer import Refusal
from cognitokit.errors import CognitoKitError


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


def refused(conn: HTTPConnection, denial: Denial) -> Exception:
    """Return the exception that refuses this request or this WebSocket handshake."""
    denial.log()
    if conn.scope["type"] == "websocket":
        is_outage = denial.refusal.retry_after is not None
        code = TRY_AGAIN_LATER if is_outage else POLICY_VIOLATION
        return WebSocketException(code, denial.refusal.message)
    return AccessRefused(*denial)
