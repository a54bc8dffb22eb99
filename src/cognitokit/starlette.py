"""Protection for Starlette applications by authentication middleware, request.user and @requires.

middleware = [Middleware(CognitoAuthenticationMiddleware, backend=CognitoBackend(verifier))]
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from typing_extensions import override

from cognitokit.asgi import (
    AsyncVerifier,
    Denial,
    SessionSource,
    TokenCheck,
    Verifier,
    keeping_private,
)
from cognitokit.bearer import MALFORMED, Refusal, TokenLocation
from cognitokit.errors import CognitoKitError, MissingDependency
from cognitokit.tokens import AccessToken, IdToken

if find_spec("starlette") is None:
    raise MissingDependency("starlette", "fastapi")

from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
)
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = [
    "CognitoAuthenticationMiddleware",
    "CognitoBackend",
    "CognitoUser",
    "RefusedCredentials",
]

TokenT = TypeVar("TokenT", bound=AccessToken | IdToken)


class CognitoUser(BaseUser, Generic[TokenT]):
    """The user of a verified token: `request.user`."""

    def __init__(self, token: TokenT) -> None:
        self.token: TokenT = token
        """The verified token."""

    @property
    def is_authenticated(self) -> bool:
        """True: the token is good."""
        return True

    @property
    def display_name(self) -> str:
        """The user's name in the pool; in a machine's token the app client's id."""
        return self.token.username or self.token.sub

    @property
    def identity(self) -> str:
        """sub: stable for ever, within one user pool."""
        return self.token.sub


class RefusedCredentials(AuthenticationError):
    """The credentials are refused."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.refusal.message)
        self.refusal: Refusal = denial.refusal
        """Status, headers and body of the response."""
        self.error: CognitoKitError | None = denial.error
        """What the verifier said; None where it was not asked."""


class CognitoBackend(AuthenticationBackend, Generic[TokenT]):
    """Says to AuthenticationMiddleware who a connection's user is.

    A connection without a token is let through as nobody: what needs a user says so with
    `@requires("authenticated")`, `@requires("tasks/read")` for a scope, or
    `@requires("group:admin")` for a group. One with a bad token is refused. Give it to
    CognitoAuthenticationMiddleware; Starlette's own needs `on_error=backend.on_error`, because its
    answer is 400 for every kind of refusal, and leaves it to the application to keep caches from
    responses to a cookie.

    Args:
        verifier: An AsyncCognitoVerifier, or a CognitoVerifier.
        header: The name of the header that carries the token.
        raw_token: Take a bare token as well, without "Bearer " before it.
        cookie: The name of a cookie to read the token from as well. Requests that change something,
            and WebSocket handshakes, are then accepted from the same origin only.
        trusted_origins: Further origins that may send requests with the cookie.
        login: A CognitoLogin or CognitoPasswordLogin of cognitokit.fastapi, whose sessions are then
            as good as a token. Call its init_app(app) too, which works with Starlette apps as well.

    Raises:
        ConfigurationError: An option is missing or wrong.
    """

    def __init__(
        self,
        verifier: AsyncVerifier[TokenT] | Verifier[TokenT],
        *,
        header: str = "Authorization",
        raw_token: bool = False,
        cookie: str | None = None,
        trusted_origins: Collection[str] = (),
        login: SessionSource | None = None,
    ) -> None:
        location = TokenLocation(
            header=header, raw=raw_token, cookie=cookie, trusted_origins=trusted_origins
        )
        self._check: TokenCheck[TokenT] = TokenCheck(verifier, location, login)

    async def authenticate(
        self, conn: HTTPConnection
    ) -> tuple[AuthCredentials, CognitoUser[TokenT]] | None:
        """Return the scopes and the user of the connection's token; None where there is none.

        Raises:
            RefusedCredentials: The token is not good, or cannot be checked.
        """
        outcome = await self._check(conn.scope)
        if outcome is None:
            return None
        if isinstance(outcome, Denial):
            outcome.log()
            raise RefusedCredentials(outcome)
        scopes = sorted(outcome.scopes) if isinstance(outcome, AccessToken) else []
        groups = [f"group:{group}" for group in outcome.groups]
        return AuthCredentials(["authenticated", *scopes, *groups]), CognitoUser(outcome)

    @staticmethod
    def on_error(conn: HTTPConnection, error: AuthenticationError) -> Response:  # noqa: ARG004 - Starlette's signature
        """Answer as RFC 6750 says: for AuthenticationMiddleware(on_error=...)."""
        refusal = error.refusal if isinstance(error, RefusedCredentials) else MALFORMED
        return JSONResponse(refusal.body, refusal.status, refusal.headers)


class CognitoAuthenticationMiddleware(AuthenticationMiddleware):
    """Starlette's AuthenticationMiddleware with the answers of a CognitoBackend.

    A bad token is refused as RFC 6750 says. Where a cookie may carry the token, responses get
    `Vary: Cookie`, and `Cache-Control: private, no-store` unless they have a Cache-Control.

    Args:
        app: The application; Starlette gives it.
        backend: The CognitoBackend.
    """

    def __init__(self, app: ASGIApp, backend: CognitoBackend[Any]) -> None:
        super().__init__(app, backend, on_error=backend.on_error)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, keeping_private(scope, send))
