"""Requests of a signed-in user, with a real token, so that authorization stays switched on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cognitokit.testing.clients import default_header
from cognitokit.testing.mint import SELF_SERVICE_SCOPE, TokenMint, list_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from contextlib import AbstractContextManager

    from cognitokit.testing.mint import TokenUse

ClientT = TypeVar("ClientT")


class AsCognitoUser(Protocol):
    """The type of the fixture as_cognito_user: the function below with the fixture's mint."""

    def __call__(
        self,
        client: ClientT,
        username: str = "jane",
        *,
        groups: Iterable[str] = (),
        scopes: Iterable[str] = (),
        token_use: TokenUse = "access",
        claims: Mapping[str, Any] | None = None,
        mint: TokenMint | None = None,
        token: str | None = None,
        header: str = "Authorization",
        scheme: str = "Bearer",
    ) -> AbstractContextManager[ClientT]:
        """See cognitokit.testing.as_cognito_user."""
        ...


@contextlib.contextmanager
def as_cognito_user(
    client: ClientT,
    username: str = "jane",
    *,
    groups: Iterable[str] = (),
    scopes: Iterable[str] = (),
    token_use: TokenUse = "access",
    claims: Mapping[str, Any] | None = None,
    mint: TokenMint | None = None,
    token: str | None = None,
    header: str = "Authorization",
    scheme: str = "Bearer",
) -> Generator[ClientT]:
    """Make a test client send a user's token while the context is open, and yield the client.

    Nothing of the application is replaced: its verifier checks the token as it would any.

        with as_cognito_user(client, "jane", groups=["admin"]):
            assert client.get("/tasks").status_code == 200

    Args:
        client: A test client: Flask's, Starlette's, Django's, an httpx client (asynchronous ones too), or
            LambdaClient.
        username: The user's name.
        groups: The user's groups.
        scopes: Scopes besides aws.cognito.signin.user.admin; access tokens alone have any.
        token_use: Which token to send: "access" or "id".
        claims: Further claims.
        mint: What makes tokens that the application accepts. Default: TokenMint(), which is what
            the fixture cognito_mint gives.
        token: The token to send, in place of a new one.
        header: Where the application reads it.
        scheme: What stands before it; "" to send it bare.

    Raises:
        ConfigurationError: The client is of a kind that is not known.
    """
    if token is None:
        mint = mint or TokenMint()
        mint.key(token_use)
        if token_use == "id":
            token = mint.id_token(username, groups=groups, claims=claims)
        else:
            token = mint.access_token(
                username,
                groups=groups,
                scopes=[*list_of("scopes", scopes), SELF_SERVICE_SCOPE],
                claims=claims,
            )
    with default_header(client, header, f"{scheme} {token}".strip(" ")):
        yield client
