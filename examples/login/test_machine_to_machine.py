"""Machine-to-machine, offline."""

import asyncio
from collections.abc import Iterator

import httpx
import machine_to_machine as app
import pytest

from cognitokit import AccessToken, AsyncClientCredentials, ClientCredentials, CognitoVerifier
from cognitokit.testing import OAuthServer, TokenMint

SECRET = "S3cretOfTheAppClient0123456789"


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    """A domain that knows the machine's app client."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    with OAuthServer(
        mint, client_secret=SECRET, grants=["client_credentials"], scopes=["tasks/read"]
    ) as running:
        yield running


@pytest.fixture
def verifier(server: OAuthServer) -> CognitoVerifier[AccessToken]:
    """The API's verifier."""
    return CognitoVerifier(server.pool, client_id="1example23456789", token_use="access")


def settings(server: OAuthServer) -> dict[str, object]:
    """What the credentials need to know."""
    return {"domain": server.url, "client_id": "1example23456789", "client_secret": SECRET}


def test_a_machine_calls_an_api(
    server: OAuthServer, verifier: CognitoVerifier[AccessToken]
) -> None:
    """One token serves many requests, and the API knows who calls."""
    credentials = ClientCredentials(server.pool, scopes=["tasks/read"], **settings(server))  # type: ignore[arg-type]

    def api(request: httpx.Request) -> httpx.Response:
        raw = request.headers["authorization"].removeprefix("Bearer ")
        return httpx.Response(200, json={"client": app.verify(verifier, raw)})

    auth = app.make_client(credentials).auth
    with httpx.Client(auth=auth, transport=httpx.MockTransport(api)) as http:
        answers = [http.get(f"{app.API}/tasks").json() for _ in range(3)]

    assert answers == [{"client": "1example23456789"}] * 3
    assert sum(request.path == "/oauth2/token" for request in server.requests) == 1
    raw = app.header(credentials)["Authorization"].removeprefix("Bearer ")
    assert app.verify(verifier, raw) == "1example23456789"


def test_the_same_in_asyncio(server: OAuthServer) -> None:
    """The async client attaches the token as well."""
    credentials = AsyncClientCredentials(server.pool, **settings(server))  # type: ignore[arg-type]
    seen: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200)

    async def main() -> int:
        auth = app.make_async_client(credentials).auth
        async with httpx.AsyncClient(auth=auth, transport=httpx.MockTransport(api)) as http:
            return (await http.get(f"{app.API}/tasks")).status_code

    assert asyncio.run(main()) == 200
    assert seen[0].startswith("Bearer ")


def test_the_registered_machine() -> None:
    """The settings of the guide are complete."""
    assert app.make_credentials(SECRET).client_id == "1example23456789"
