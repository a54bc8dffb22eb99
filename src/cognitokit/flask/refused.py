"""A refusal as the exception that Flask turns into a response."""

from __future__ import annotations

import json
import logging
from typing import Any

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    ServiceUnavailable,
    Unauthorized,
)
from werkzeug.wrappers import Response

from cognitokit.bearer import Refusal
from cognitokit.errors import CognitoKitError

_log = logging.getLogger("cognitokit")


class AccessRefused(HTTPException):
    """The request is refused: 400, 401, 403 or 503, with its challenge and a small JSON body.

    Also werkzeug's exception of the same status, so that each of Flask's ways to handle errors
    finds it: `@app.errorhandler(401)`, `@app.errorhandler(HTTPException)`, or this class. A
    handler takes the headers to send from `.refusal`.
    """

    refusal: Refusal
    """Status, headers and body that go out unless an error handler makes others."""
    error: CognitoKitError | None
    """What the verifier said; None where it was not asked."""

    @classmethod
    def of(cls, refusal: Refusal, error: CognitoKitError | None = None) -> AccessRefused:
        """Make the exception of the refusal's status."""
        refused = _CLASS_OF[refusal.status](refusal.message)
        refused.refusal = refusal
        refused.error = error
        return refused

    @property
    def reason(self) -> str:
        """Which check refused: a stable word for logs and counters, not for the response."""
        return self.refusal.reason

    def log(self) -> None:
        """Note the status, a fixed word for the reason, and which claim is at fault."""
        _log.info("Refused with %d: %s", self.refusal.status, self.refusal.logged)

    def get_response(self, environ: Any = None, scope: Any = None) -> Response:  # noqa: ARG002 - werkzeug's signature
        """Return the response that goes out unless an error handler makes another."""
        return Response(
            json.dumps(self.refusal.body),
            self.refusal.status,
            self.refusal.headers,
            content_type="application/json",
        )


class _BadRequest(AccessRefused, BadRequest): ...


class _Unauthorized(AccessRefused, Unauthorized): ...


class _Forbidden(AccessRefused, Forbidden): ...


class _ServiceUnavailable(AccessRefused, ServiceUnavailable): ...


_CLASS_OF: dict[int, type[AccessRefused]] = {
    400: _BadRequest,
    401: _Unauthorized,
    403: _Forbidden,
    503: _ServiceUnavailable,
}
