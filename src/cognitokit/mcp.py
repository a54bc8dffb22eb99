"""Protection for MCP servers on fastmcp by a token verifier that knows Cognito's access tokens.

    mcp = FastMCP("tasks", auth=CognitoTokenVerifier(verifier))

Cognito's access tokens name the app client in client_id and have no aud, so that a verifier for
JWTs at large refuses them all, or accepts those of any app client.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from cognitokit.errors import InsufficientPermission, InvalidClaim, MissingDependency, TokenError

if find_spec("fastmcp") is None:
    # Before anything of Starlette, which comes with it.
    raise MissingDependency("fastmcp", "mcp")

from fastmcp.server.auth import AccessToken as McpAccessToken
from fastmcp.server.auth import TokenVerifier
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from pydantic import Field
from starlette.authentication import AuthCredentials, AuthenticationBackend
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection

from cognitokit.asgi import AsyncVerifier, Denial, TokenCheck, Verifier
from cognitokit.bearer import TokenLocation, refusal_of
from cognitokit.starlette import CognitoBackend, RefusedCredentials
from cognitokit.tokens import AccessToken, IdToken

__all__ = ["CognitoTokenVerifier"]

_UNAUTHORIZED = 401


class CognitoTokenVerifier(TokenVerifier):
    """Verifies the access tokens that MCP clients send.

    Accepts what the verifier accepts: its client_id says which app clients, its audience= to which
    resource tokens must be bound, where the user pool binds them (RFC 8707). A tool finds the claims
    with fastmcp's get_access_token().

    Args:
        verifier: An AsyncCognitoVerifier, or a CognitoVerifier, of access tokens. An id token is
            refused in any case, also where the verifier accepts it.
        base_url: The server's own URL, for its metadata.
        required_scopes: Scopes that every request must have; fastmcp answers 403 without them.

    Raises:
        ConfigurationError: The verifier is none.
    """

    def __init__(
        self,
        verifier: AsyncVerifier[AccessToken] | Verifier[AccessToken],
        *,
        base_url: str | None = None,
        required_scopes: Iterable[str] = (),
    ) -> None:
        self._check: TokenCheck[AccessToken | IdToken] = TokenCheck(verifier, TokenLocation())
        super().__init__(base_url=base_url, required_scopes=list(required_scopes))

    async def verify_token(self, token: str) -> McpAccessToken | None:
        """Return the token as fastmcp knows tokens; None where it is not good.

        Raises:
            KeysUnavailable: The user pool's keys could not be fetched, so nothing can be said.
        """
        try:
            return _as_mcp(await self._check.verify(token))
        except (TokenError, InsufficientPermission):
            return None

    def get_middleware(self) -> list[Middleware]:
        """Return fastmcp's middleware, which knows who calls, with our reading of the headers in it."""
        theirs: list[Any] = super().get_middleware()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        ours = Middleware(
            AuthenticationMiddleware,
            backend=_Backend(self._check),
            on_error=CognitoBackend.on_error,
        )
        return [ours if each.cls is AuthenticationMiddleware else each for each in theirs]


class _Backend(AuthenticationBackend):
    """Two tokens are 400, an outage 503. To the rest fastmcp answers: 401 with its metadata."""

    def __init__(self, check: TokenCheck[AccessToken | IdToken]) -> None:
        self._check = check

    async def authenticate(
        self, conn: HTTPConnection
    ) -> tuple[AuthCredentials, AuthenticatedUser] | None:
        outcome = await self._check(conn.scope)
        if isinstance(outcome, Denial):
            outcome.log()
            if outcome.refusal.status != _UNAUTHORIZED:
                raise RefusedCredentials(outcome)
            return None
        token = None if outcome is None else _as_mcp(outcome)
        if token is None:
            return None
        user = AuthenticatedUser(token)
        return AuthCredentials(user.scopes), user


class _McpToken(McpAccessToken):
    """fastmcp's own, without the token in its repr."""

    token: str = Field(repr=False)


def _as_mcp(token: AccessToken | IdToken) -> McpAccessToken | None:
    """The token as fastmcp knows tokens; None for an id token, which grants no access to an API."""
    if isinstance(token, IdToken):
        Denial(refusal_of(InvalidClaim("token_use"))).log()
        return None
    return _McpToken(
        token=token.raw,
        client_id=token.client_id,
        scopes=sorted(token.scopes),
        expires_at=token.expires_at,
        resource=token.audience,
        subject=token.sub,
        claims=token.to_dict(),
    )
