"""Any ASGI application behind the middleware."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from cognitokit import AccessToken, VerifiedToken
from cognitokit.asgi import CognitoMiddleware, TokenCheck, token_of
from cognitokit.bearer import TokenLocation
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.testing import TokenMint, assert_rejects_bad_tokens
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks.served import ask, by_uvicorn
from tests.frameworks.verifiers import CountingVerifier, NoKeys
from tests.frameworks.web_attacks import GROUPS, answers_to_bad_requests, with_token

Bearer = Callable[[str], dict[str, str]]


async def whoami(scope: Any, receive: Any, send: Any) -> None:
    """An application without any framework, which says who calls."""
    token = token_of(scope)
    body = (token.username or token.sub if token else "nobody").encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_tokens(
    mint: TokenMint,
    verifier: CognitoVerifier[AccessToken],
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    kind: str,
) -> None:
    """A good token reaches the application, which finds it; nothing else does."""
    app = CognitoMiddleware(
        whoami, verifier if kind == "sync" else async_verifier, groups=["admin"]
    )
    client = TestClient(app)
    admin = bearer(mint.access_token("jane", groups=["admin"]))

    assert (200, "jane") == (
        client.get("/", headers=admin).status_code,
        client.get("/any/path", headers=admin).text,
    )
    assert 403 == client.get("/", headers=bearer(mint.access_token())).status_code
    refused = client.get("/")
    assert (401, "Bearer") == (refused.status_code, refused.headers["WWW-Authenticate"])
    assert {"error": "unauthorized", "error_description": "Authentication is required."} == (
        refused.json()
    )
    assert_rejects_bad_tokens(client, "/", mint=mint, groups=["admin"])


def test_optional_authentication(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Those without a token are let in as nobody; those with a bad one are not let in."""
    client = TestClient(CognitoMiddleware(whoami, async_verifier, optional=True))

    assert "nobody" == client.get("/").text
    assert "jane" == client.get("/", headers=bearer(mint.access_token("jane"))).text
    assert 401 == client.get("/", headers=bearer("garbage")).status_code


def test_an_outage(mint: TokenMint, bearer: Bearer) -> None:
    """Where the keys cannot be had the answer is 503, with the time to come back."""
    response = TestClient(CognitoMiddleware(whoami, NoKeys())).get(
        "/", headers=bearer(mint.access_token())
    )

    assert (503, "7") == (response.status_code, response.headers["Retry-After"])


def test_other_places_for_the_token(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Header, raw token and cookie are options here too."""
    app = CognitoMiddleware(
        whoami, async_verifier, header="x-token", raw_token=True, cookie="token",
        trusted_origins=["https://app.example"],
    )  # fmt: skip
    client, token = TestClient(app), mint.access_token("jane")
    cookie = {"Cookie": f"token={token}"}

    assert "jane" == client.get("/", headers={"X-Token": token}).text
    assert "jane" == client.get("/", headers=cookie).text
    assert 403 == client.post("/", headers=cookie | {"Origin": "https://evil.example"}).status_code
    assert 200 == client.post("/", headers=cookie | {"Origin": "https://app.example"}).status_code


async def echo(websocket: WebSocket) -> None:
    """A WebSocket that says who opened it."""
    await websocket.accept()
    token = token_of(websocket.scope)
    await websocket.send_text(str(token and token.sub))
    await websocket.close()


def test_websockets(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A handshake gets a response of its own where the server can send one."""
    app = CognitoMiddleware(
        Starlette(routes=[WebSocketRoute("/", echo)]), async_verifier, groups=["admin"]
    )
    client = TestClient(app)
    admin = bearer(mint.access_token("jane", groups=["admin"]))

    with client.websocket_connect("/", headers=admin) as websocket:
        assert mint.sub("jane") == websocket.receive_text()
    for headers, status in (({}, 401), (bearer(mint.access_token()), 403)):
        with pytest.raises(WebSocketDenialResponse) as refused:
            client.websocket_connect("/", headers=headers).__enter__()
        assert status == refused.value.status_code
        assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("outage, code", [(False, 1008), (True, 1013)])
def test_websockets_of_servers_that_can_only_close(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    outage: bool,
    code: int,
) -> None:
    """Elsewhere the handshake is closed, with a code that tells a refusal from an outage."""
    guarded = CognitoMiddleware(whoami, NoKeys() if outage else async_verifier)

    async def older_server(scope: Any, receive: Any, send: Any) -> None:
        await guarded({**scope, "extensions": None}, receive, send)

    with pytest.raises(WebSocketDisconnect) as refused:
        TestClient(older_server).websocket_connect("/", headers=bearer("a.b.c")).__enter__()

    assert code == refused.value.code


def test_lifespans_pass() -> None:
    """Startup and shutdown reach the application."""
    seen = list[str]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        for phase in ("startup", "shutdown"):
            assert f"lifespan.{phase}" == (await receive())["type"]
            await send({"type": f"lifespan.{phase}.complete"})

    with TestClient(CognitoMiddleware(app, NoKeys())):
        pass

    assert ["lifespan"] == seen


def test_other_connections_do_not_pass() -> None:
    """A kind of connection that did not exist when this was written is no way in."""

    async def call() -> None:
        await CognitoMiddleware(whoami, NoKeys())({"type": "webtransport"}, None, None)  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError, match="webtransport"):
        anyio.run(call)


def test_what_the_scope_shows(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Who prints a connection's scope sees the token among the headers alone, which such reports leave out."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope))
        await whoami(scope, receive, send)

    headers = bearer(mint.access_token())
    client = TestClient(CognitoMiddleware(app, async_verifier))
    assert 200 == client.get("/", headers=headers).status_code

    signature = headers["Authorization"].rpartition(".")[2]
    assert signature in repr(seen[0].pop("headers"))
    assert "cognitokit.verified" in seen[0]
    assert signature not in repr(seen)


def test_an_application_without_the_middleware() -> None:
    """Asking for the token where nothing verified one is an error, and not None."""
    with pytest.raises(ConfigurationError, match="CognitoMiddleware"):
        TestClient(whoami).get("/")


def test_a_mistake_of_the_application_s_own(mint: TokenMint, bearer: Bearer) -> None:
    """What is not the client's fault is raised, and lets nobody in."""

    class Misconfigured:
        def verify(self, raw: str, /) -> AccessToken:
            raise ConfigurationError("The file is gone.")

    class Odd:
        def verify(self, raw: str, /) -> AccessToken:
            raise CognitoKitError("Something else.")

    for verifier in (Misconfigured(), Odd()):
        with pytest.raises(ConfigurationError):
            TestClient(CognitoMiddleware(whoami, verifier)).get(
                "/", headers=bearer(mint.access_token())
            )


def test_wrong_options(async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """What could never work is refused when the middleware is made."""
    with pytest.raises(ConfigurationError):
        CognitoMiddleware(whoami, None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        CognitoMiddleware(whoami, async_verifier, groups=[])
    with pytest.raises(ConfigurationError):
        CognitoMiddleware(whoami, async_verifier, header="")


def test_really_served(mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """On a server, two headers are refused, and the host that a client names decides nothing."""
    good = f"Authorization: Bearer {mint.access_token('jane')}"

    with by_uvicorn(CognitoMiddleware(whoami, async_verifier)) as port:
        answers = [
            ask(port, "/", good),
            ask(port, "/", good, good),
            ask(port, "/", "X-Forwarded-Host: localhost/public?"),
            ask(port, "//public/../"),
            ask(port, "/public", method="OPTIONS"),
        ]

    assert [200, 400, 401, 401, 401] == [answer.status for answer in answers]
    assert "jane" in answers[0].body


def test_around_a_part_of_an_application(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Mounted, the middleware covers its part, and the rest stays public."""

    async def public(request: Request) -> PlainTextResponse:
        return PlainTextResponse("public")

    app = Starlette(routes=[Route("/", public)])
    app.mount("/api", CognitoMiddleware(whoami, async_verifier))
    client = TestClient(app)

    assert "public" == client.get("/").text
    assert 401 == client.get("/api/x").status_code
    assert "jane" == client.get("/api/x", headers=bearer(mint.access_token())).text


def test_requests_that_let_nobody_in(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Headers, schemes and places that carry no one token are refused on a server, and the answer has nothing of them."""
    good = mint.access_token("jane")

    with by_uvicorn(CognitoMiddleware(whoami, async_verifier)) as port:
        assert [] == answers_to_bad_requests(port, "/", good)
        assert 200 == with_token(port, "/", good).status


@pytest.mark.parametrize("groups", GROUPS, ids=repr)
def test_groups_that_are_none(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    groups: Any,
) -> None:
    """A group counts if it is in a list of strings, as a whole; a claim of another type grants nothing."""
    client = TestClient(CognitoMiddleware(whoami, async_verifier, groups=["admin"]))
    bad = mint.access_token(claims={"cognito:groups": groups})
    good = mint.access_token(groups=["admin"])

    assert 403 == client.get("/", headers=bearer(bad)).status_code
    assert 200 == client.get("/", headers=bearer(good)).status_code


@pytest.mark.parametrize(
    "set_by_the_app, expected",
    [
        ([], {"vary": "Cookie", "cache-control": "private, no-store"}),
        (
            [(b"Vary", b"Accept"), (b"Cache-Control", b"no-cache")],
            {"vary": "Accept, Cookie", "cache-control": "no-cache"},
        ),
        (
            [(b"vary", b"Accept, COOKIE")],
            {"vary": "Accept, COOKIE", "cache-control": "private, no-store"},
        ),
        ([(b"vary", b"*")], {"vary": "*", "cache-control": "private, no-store"}),
        (None, {"vary": "Cookie", "cache-control": "private, no-store"}),
    ],
)
def test_caches_are_kept_from_responses_to_a_cookie(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    set_by_the_app: list[tuple[bytes, bytes]] | None,
    expected: dict[str, str],
) -> None:
    """Where a cookie may carry the token the response says so to caches, and keeps what the application says."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": 200}
        if set_by_the_app is not None:
            start["headers"] = set_by_the_app
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    client = TestClient(CognitoMiddleware(app, async_verifier, cookie="token", optional=True))
    cookie = {"Cookie": f"token={mint.access_token()}"}

    for headers in (cookie, {}):
        response = client.get("/", headers=headers)
        assert expected == {name: response.headers[name] for name in expected}
    refused = client.get("/", headers={"Cookie": "token=garbage"})
    assert (401, "Cookie", "no-store") == (
        refused.status_code,
        refused.headers["Vary"],
        refused.headers["Cache-Control"],
    )


def test_responses_to_a_header_alone_are_the_application_s(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """The twin: where no cookie is looked at nothing is added, since caches know of Authorization (RFC 9111 3.5)."""
    client = TestClient(CognitoMiddleware(whoami, async_verifier))

    response = client.get("/", headers=bearer(mint.access_token()))

    assert {"vary", "cache-control"}.isdisjoint(response.headers)


@pytest.mark.parametrize("kind", ["sync", "async", "thread"])
@pytest.mark.parametrize("way", ["connection", "token"])
def test_what_a_check_raises_shows_no_frame_that_held_the_token(
    mint: TokenMint, kind: str, way: str
) -> None:
    """An error of the caller's own check goes on as it is, with the check's frame, and without ours."""

    def check(token: VerifiedToken) -> bool:
        raise ZeroDivisionError

    made: dict[str, Any] = {
        "sync": mint.verifier(check=check),
        "async": mint.async_verifier(check=check),
        "thread": CountingVerifier(mint.verifier(check=check)),
    }
    verifying: TokenCheck[AccessToken] = TokenCheck(made[kind], TokenLocation())
    raw = mint.access_token()

    async def ask() -> object:
        if way == "token":
            return await verifying.verify(raw)
        header = (b"authorization", f"Bearer {raw}".encode())
        return await verifying({"type": "http", "method": "GET", "headers": [header]})

    with pytest.raises(ZeroDivisionError) as raised:
        anyio.run(ask)
    frames = {
        frame.f_code.co_name: repr(frame.f_locals)
        for frame, _ in traceback.walk_tb(raised.tb)
        if frame.f_globals["__name__"].partition(".")[0] not in {"tests", "test_asgi"}
        and frame.f_code.co_name != "ask"
    }

    assert "check" in {frame.f_code.co_name for frame, _ in traceback.walk_tb(raised.tb)}
    assert [] == [name for name, shown in frames.items() if raw.rpartition(".")[2] in shown]
