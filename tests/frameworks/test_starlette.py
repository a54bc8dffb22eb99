"""Starlette: request.user, request.auth and @requires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthenticationError, requires
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from cognitokit import AccessToken
from cognitokit.fastapi import CognitoAuth
from cognitokit.starlette import CognitoAuthenticationMiddleware, CognitoBackend
from cognitokit.testing import TokenMint, assert_rejects_bad_tokens
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks.served import by_uvicorn
from tests.frameworks.verifiers import AsyncCountingVerifier, NoKeys
from tests.frameworks.web_attacks import GROUPS, answers_to_bad_requests, with_token

Bearer = Callable[[str], dict[str, str]]


async def whoami(request: Request) -> JSONResponse:
    """Say who calls."""
    user = request.user
    return JSONResponse([user.is_authenticated, user.display_name, request.auth.scopes])


async def identity(request: Request) -> JSONResponse:
    """Say by which id, and by which token."""
    return JSONResponse([request.user.identity, request.user.token.sub])


def app_with(backend: CognitoBackend[Any], *, on_error: bool = True) -> Starlette:
    """An application with a public route, and some that demand something."""
    handler = {"on_error": backend.on_error} if on_error else {}

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(websocket.user.display_name)
        await websocket.close()

    return Starlette(
        routes=[
            Route("/", whoami),
            Route("/closed", requires("authenticated", status_code=401)(identity)),
            Route("/scope", requires("tasks/read")(identity)),
            Route("/group", requires("group:admin")(identity)),
            WebSocketRoute("/socket", socket),
        ],
        middleware=[Middleware(AuthenticationMiddleware, backend=backend, **handler)],
    )


def test_users(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A token's user, scopes and groups are what Starlette's own decorator goes by."""
    client = TestClient(app_with(CognitoBackend(async_verifier)))
    reader = bearer(mint.access_token("jane", scopes=["tasks/read", "a"]))
    admin = bearer(mint.access_token("joe", groups=["admin"]))

    assert [True, "jane", ["authenticated", "a", "tasks/read"]] == client.get(
        "/", headers=reader
    ).json()
    assert [False, "", []] == client.get("/").json()
    assert [mint.sub("jane")] * 2 == client.get("/closed", headers=reader).json()
    assert [200, 403] == [client.get("/scope", headers=h).status_code for h in (reader, admin)]
    assert [403, 200] == [client.get("/group", headers=h).status_code for h in (reader, admin)]
    assert 401 == client.get("/closed").status_code


def test_machines_and_id_tokens(mint: TokenMint, bearer: Bearer) -> None:
    """A machine is called by its app client's id; an id token brings groups and no scopes."""
    verifier = CognitoVerifier(mint.pool, client_id=mint.client_id, token_use=None, jwks=mint.jwks)
    client = TestClient(app_with(CognitoBackend(verifier)))
    machine = bearer(mint.machine_token(["tasks/read"]))
    person = bearer(mint.id_token("jane", groups=["admin"]))

    assert [True, mint.client_id, ["authenticated", "tasks/read"]] == client.get(
        "/", headers=machine
    ).json()
    assert [True, "jane", ["authenticated", "group:admin"]] == client.get(
        "/", headers=person
    ).json()


def test_bad_tokens(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A bad token is refused on every route, public ones included, as RFC 6750 says."""
    client = TestClient(app_with(CognitoBackend(async_verifier)))

    refused = client.get("/", headers=bearer(mint.access_token(expires_in=0)))
    twice = client.get("/", headers=[("Authorization", "Bearer a"), ("Authorization", "Bearer b")])

    assert (401, 'Bearer error="invalid_token"') == (
        refused.status_code,
        refused.headers["WWW-Authenticate"],
    )
    assert 400 == twice.status_code
    assert_rejects_bad_tokens(client, "/closed", mint=mint)


def test_an_outage(mint: TokenMint, bearer: Bearer) -> None:
    """Where the keys cannot be had the answer is 503."""
    client = TestClient(app_with(CognitoBackend(NoKeys())))

    assert 503 == client.get("/", headers=bearer(mint.access_token())).status_code


def test_without_our_error_handler(
    async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """The middleware's own answer to a bad token is 400, and it says nothing of the token either."""
    client = TestClient(app_with(CognitoBackend(async_verifier), on_error=False))
    response = client.get("/", headers=bearer("garbage"))

    assert (400, "The token is not accepted.") == (response.status_code, response.text)


def test_another_backend_s_errors(async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """The handler answers errors that are not ours with 401, and does not show their text."""
    response = CognitoBackend.on_error(
        Request({"type": "http", "headers": []}), AuthenticationError("secret")
    )

    assert 401 == response.status_code
    assert b"secret" not in response.body


def test_websockets(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A handshake with a bad token is not accepted; one with a good token has its user."""
    client = TestClient(app_with(CognitoBackend(async_verifier)))

    with client.websocket_connect("/socket", headers=bearer(mint.access_token("jane"))) as socket:
        assert "jane" == socket.receive_text()
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/socket", headers=bearer("garbage")).__enter__()


def test_options(mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """Header, raw token and cookie are options here too."""
    backend = CognitoBackend(async_verifier, header="x-token", raw_token=True, cookie="token")
    client, token = TestClient(app_with(backend)), mint.access_token("jane")

    assert 200 == client.get("/closed", headers={"X-Token": token}).status_code
    assert 200 == client.get("/closed", headers={"Cookie": f"token={token}"}).status_code


def test_beside_fastapi(
    mint: TokenMint, async_counting: AsyncCountingVerifier, bearer: Bearer
) -> None:
    """With the backend as middleware and the authenticator on a route, a token is verified once."""
    from fastapi import Depends, FastAPI

    app = FastAPI()
    backend = CognitoBackend(async_counting)
    app.add_middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error)
    cognito = CognitoAuth(async_counting)
    cognito.init_app(app)

    async def home(request: Request) -> str:
        return str(request.user.display_name)

    app.get("/", dependencies=[Depends(cognito)])(home)

    assert "jane" == TestClient(app).get("/", headers=bearer(mint.access_token("jane"))).json()
    assert 1 == async_counting.calls


def test_requests_that_let_nobody_in(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Headers, schemes and places that carry no one token are refused on a server, and the answer has nothing of them."""
    good = mint.access_token("jane")

    with by_uvicorn(app_with(CognitoBackend(async_verifier))) as port:
        assert [] == answers_to_bad_requests(port, "/closed", good)
        assert 200 == with_token(port, "/closed", good).status


@pytest.mark.parametrize("groups", GROUPS, ids=repr)
def test_groups_that_are_none(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    groups: Any,
) -> None:
    """A group counts if it is in a list of strings, as a whole; a claim of another type grants nothing."""
    client = TestClient(app_with(CognitoBackend(async_verifier)))
    bad = mint.access_token(claims={"cognito:groups": groups})
    good = mint.access_token(groups=["admin"])

    assert 403 == client.get("/group", headers=bearer(bad)).status_code
    assert 200 == client.get("/group", headers=bearer(good)).status_code


def test_the_middleware_that_knows_the_answers(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """CognitoAuthenticationMiddleware refuses as RFC 6750 says, over HTTP and WebSocket, with nothing else to set."""

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(websocket.user.display_name)
        await websocket.close()

    app = Starlette(
        routes=[Route("/", whoami), WebSocketRoute("/socket", socket)],
        middleware=[
            Middleware(CognitoAuthenticationMiddleware, backend=CognitoBackend(async_verifier))
        ],
    )
    with TestClient(app) as client:
        refused = client.get("/", headers=bearer("garbage"))
        public = client.get("/")
        good = client.get("/", headers=bearer(mint.access_token("jane")))
        with client.websocket_connect("/socket", headers=bearer(mint.access_token())) as opened:
            name = opened.receive_text()

    assert (401, 'Bearer error="invalid_token"') == (
        refused.status_code,
        refused.headers["WWW-Authenticate"],
    )
    assert [[False, ""], [True, "jane"]] == [public.json()[:2], good.json()[:2]]
    assert "jane" == name
    assert "Vary" not in good.headers
    assert "Cache-Control" not in good.headers


def test_caches_are_kept_from_responses_to_a_cookie(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Where a cookie may carry the token no cache gives one user's page to another."""
    app = Starlette(
        routes=[Route("/", whoami)],
        middleware=[
            Middleware(
                CognitoAuthenticationMiddleware,
                backend=CognitoBackend(async_verifier, cookie="token"),
            )
        ],
    )
    client = TestClient(app)

    for token in (mint.access_token("jane"), "garbage"):
        response = client.get("/", headers={"Cookie": f"token={token}"})
        assert "Cookie" == response.headers["Vary"]
        assert "no-store" in response.headers["Cache-Control"]
