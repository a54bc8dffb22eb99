"""An MCP server on fastmcp, protected by Cognito's access tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from cognitokit import AccessToken
from cognitokit.errors import ConfigurationError, KeysUnavailable
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks.verifiers import NoKeys

fastmcp = pytest.importorskip("fastmcp", reason="fastmcp is not installed")

Bearer = Callable[[str], dict[str, str]]

HEADERS = {"Accept": "application/json, text/event-stream"}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "whoami", "arguments": {}},
}


def server(verifier: Any, **options: Any) -> Any:
    """A server with one tool, which says who calls."""
    from fastmcp.server.dependencies import get_access_token

    from cognitokit.mcp import CognitoTokenVerifier

    mcp = fastmcp.FastMCP("tasks", auth=CognitoTokenVerifier(verifier, **options))

    @mcp.tool
    def whoami() -> str:
        """Say who calls."""
        token = get_access_token()
        assert token is not None
        return f"{token.claims['username']} {token.client_id} {' '.join(token.scopes)}"

    return mcp.http_app(path="/mcp", stateless_http=True, json_response=True)


@pytest.fixture
def client(async_verifier: AsyncCognitoVerifier[AccessToken]) -> Iterator[TestClient]:
    """A client of a server that wants the scope tasks/read."""
    with TestClient(
        server(async_verifier, required_scopes=["tasks/read"]), base_url="http://localhost"
    ) as made:
        yield made


def call(client: TestClient, *headers: tuple[str, str]) -> Any:
    """Call the tool."""
    return client.post("/mcp", json=CALL, headers=[*HEADERS.items(), *headers])


def test_a_good_token_reaches_the_tool(client: TestClient, mint: TokenMint) -> None:
    """An ordinary access token of Cognito's, without aud, is let in, and the tool finds its claims."""
    token = mint.access_token("jane", scopes=["tasks/read"])

    response = call(client, ("Authorization", f"Bearer {token}"))

    assert 200 == response.status_code
    assert f"jane {mint.client_id} tasks/read" in response.text


def test_the_token_is_in_no_repr(mint: TokenMint) -> None:
    """What fastmcp gets to know and a tool may log shows the claims, and not the token."""
    from cognitokit.mcp import CognitoTokenVerifier

    raw = mint.access_token("jane")
    token = anyio.run(CognitoTokenVerifier(mint.async_verifier()).verify_token, raw)

    assert token is not None
    assert raw == token.token
    assert "jane" in repr(token)
    assert raw.rpartition(".")[2] not in repr(token) + str(token)


@pytest.mark.parametrize("token_use", ["id", None])
def test_a_verifier_that_takes_id_tokens(
    mint: TokenMint, token_use: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """An id token grants no access to an API: 401, whatever the verifier takes; an access token that it takes is let in."""
    from cognitokit.mcp import CognitoTokenVerifier

    verifier = mint.async_verifier(token_use)
    access, identity = mint.access_token("jane"), mint.id_token("jane")

    with TestClient(server(verifier), base_url="http://localhost") as client:
        caplog.set_level("INFO", logger="cognitokit")
        refused = call(client, ("Authorization", f"Bearer {identity}"))
        other = call(client, ("Authorization", f"Bearer {access}"))

    assert 401 == refused.status_code
    assert "Refused with 401: claim token_use" in caplog.text
    assert (200 if token_use is None else 401) == other.status_code
    assert anyio.run(CognitoTokenVerifier(verifier).verify_token, identity) is None


@pytest.mark.parametrize("kind", ["missing", "garbage", "expired", "id", "other client", "basic"])
def test_bad_tokens(client: TestClient, mint: TokenMint, kind: str) -> None:
    """Whatever is not a good access token of the app client gets 401."""
    tokens = {
        "missing": "",
        "garbage": "Bearer a.b.c",
        "expired": f"Bearer {mint.access_token(scopes=['tasks/read'], expires_in=0)}",
        "id": f"Bearer {mint.id_token()}",
        "other client": f"Bearer {mint.access_token(scopes=['tasks/read'], client_id='other')}",
        "basic": "Basic dTpw",
    }

    response = call(client, ("Authorization", tokens[kind]))

    assert 401 == response.status_code
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_missing_scope(client: TestClient, mint: TokenMint) -> None:
    """A good token without the scope that the server wants gets 403."""
    response = call(client, ("Authorization", f"Bearer {mint.access_token(scopes=['other'])}"))

    assert 403 == response.status_code
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


def test_two_headers(client: TestClient, mint: TokenMint) -> None:
    """Of two Authorization headers none counts."""
    good = ("Authorization", f"Bearer {mint.access_token(scopes=['tasks/read'])}")

    assert 400 == call(client, good, ("Authorization", "Bearer a.b.c")).status_code


def test_an_outage(mint: TokenMint) -> None:
    """Where the keys cannot be had the answer is 503, so that clients keep their tokens."""
    with TestClient(server(NoKeys()), base_url="http://localhost") as client:
        response = call(client, ("Authorization", f"Bearer {mint.access_token()}"))

    assert (503, "7") == (response.status_code, response.headers["Retry-After"])


def test_a_group_that_the_verifier_demands(mint: TokenMint) -> None:
    """What the verifier itself demands is 403 for those who lack it."""
    verifier = CognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks, groups=["ops"]
    )
    with TestClient(server(verifier), base_url="http://localhost") as client:
        statuses = [
            call(client, ("Authorization", f"Bearer {token}")).status_code
            for token in (mint.access_token(), mint.access_token(groups=["ops"]))
        ]

    assert [403, 200] == statuses


def test_as_a_part_of_another_provider(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """fastmcp's other providers ask verify_token(): the token, None for a bad one, an error in an outage."""
    from cognitokit.mcp import CognitoTokenVerifier

    verifier = CognitoTokenVerifier(async_verifier)
    token = mint.access_token("jane", scopes=["a", "b"])

    good = anyio.run(verifier.verify_token, token)

    assert good is not None
    assert (token, mint.client_id, ["a", "b"], mint.sub("jane"), None) == (
        good.token, good.client_id, good.scopes, good.subject, good.resource,
    )  # fmt: skip
    assert "access" == good.claims["token_use"]
    assert anyio.run(verifier.verify_token, mint.id_token()) is None
    with pytest.raises(KeysUnavailable):
        anyio.run(CognitoTokenVerifier(NoKeys()).verify_token, token)


def test_a_token_that_is_bound_to_a_resource(mint: TokenMint) -> None:
    """With audience= the verifier takes tokens of that resource only, and names it to fastmcp."""
    from cognitokit.mcp import CognitoTokenVerifier

    url = "https://mcp.example.com/mcp"
    verifier = CognitoTokenVerifier(
        AsyncCognitoVerifier(
            mint.pool, client_id=None, token_use="access", jwks=mint.jwks, audience=url
        )
    )

    bound = anyio.run(verifier.verify_token, mint.access_token(aud=url))

    assert bound is not None
    assert url == bound.resource
    assert anyio.run(verifier.verify_token, mint.access_token()) is None


def test_what_is_no_verifier() -> None:
    """A mistake is told when the server is made."""
    from cognitokit.mcp import CognitoTokenVerifier

    with pytest.raises(ConfigurationError):
        CognitoTokenVerifier("eu-west-1_AbCdEfGhI")  # type: ignore[arg-type]
