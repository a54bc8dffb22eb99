"""When a view, a store, a transport or the network fails: cookies stay right, and no frame shows a secret."""

import asyncio
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import PlainTextResponse
from flask import Flask
from starlette.requests import ClientDisconnect

import cognitokit
from cognitokit import AsyncCognitoClient, CognitoClient, CognitoVerifier
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.client.calls import Call
from cognitokit.testing import FakePool
from cognitokit.weblogin import MemoryStore
from tests.weblogin.stage import KEY, SITE, Answer, App, Browser, password_app

PACKAGE = str(Path(cognitokit.__file__).parent)
PASSWORD = "Passw0rd!"
FORM = {"username": "jane", "password": PASSWORD}


@pytest.fixture
def pool() -> FakePool:
    """A pool with a user."""
    made = FakePool()
    made.add_user("jane", PASSWORD)
    return made


def with_failing_view(app: App) -> None:
    """Add a view that fails after it has used the session."""
    if isinstance(app.app, Flask):

        @app.app.get("/boom")
        def boom() -> Any:
            assert for_flask.current_session
            raise RuntimeError("the view fails")

        return

    @app.app.get("/boom")
    async def async_boom(request: Request) -> Any:
        assert await app.login.session(request)
        raise RuntimeError("the view fails")


def forgiving(app: App) -> Browser:
    """A browser that gets the 500, as it does from a server."""
    if isinstance(app.app, Flask):
        return app.browser()

    async def ask(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        transport = httpx.ASGITransport(app.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as asking:
            done = await asking.request(method, target, headers=dict(headers), content=body)
        return Answer(done.status_code, list(done.headers.multi_items()), done.text)

    return Browser(lambda *request: asyncio.run(ask(*request)))


@pytest.mark.parametrize("has_handler", [False, True])
def test_a_view_that_fails_after_a_refresh(
    framework: str, pool: FakePool, has_handler: bool
) -> None:
    """Answers 500 with the refreshed cookie, which no cache may keep."""
    app = password_app(framework, pool)
    with_failing_view(app)
    if has_handler and isinstance(app.app, FastAPI):

        @app.app.exception_handler(Exception)
        async def handler(request: Request, error: Exception) -> PlainTextResponse:
            return PlainTextResponse("sorry", 500)

    browser = forgiving(app)
    browser.post("/login", FORM)
    before = browser.get("/me").json["raw"]
    pool.advance(3_550)
    failed = browser.get("/boom")

    assert 500 == failed.status
    assert "no-store" == failed.header("cache-control")
    assert "Cookie" in failed.header("vary")
    assert any("session" in cookie for cookie in failed.all("set-cookie"))
    pool.fail_next("GetTokensFromRefreshToken", "NotAuthorizedException")
    assert before != browser.get("/me").json["raw"]


def test_an_app_that_is_mounted_in_one_with_the_same_login(pool: FakePool) -> None:
    """Takes part in the same visit: one refresh, whoever asks first, and one cookie."""
    app = password_app("fastapi", pool)
    verifier = CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="access", jwks=pool.jwks, clock=pool.now
    )
    app.app.mount("/sub", App("fastapi", app.login, verifier).app)

    @app.app.middleware("http")
    async def look_first(request: Request, call_next: Any) -> Any:
        await app.login.session(request)
        return await call_next(request)

    browser = app.browser()
    browser.post("/login", FORM)
    pool.advance(3_550)
    answer = browser.get("/sub/me")

    assert 200 == answer.status
    assert 1 == len(answer.all("set-cookie"))
    assert 1 == sum(call.operation == "GetTokensFromRefreshToken" for call in pool.calls)
    assert answer.json["raw"] == browser.get("/me").json["raw"]
    assert "/login?next=%2Fsub%2Fme" == app.browser().get("/sub/me").location


def test_a_handshake_that_is_refused_after_a_refresh(pool: FakePool) -> None:
    """Is answered with the refreshed cookie as well, where the server can answer one."""
    app = password_app("fastapi", pool)

    @app.app.websocket("/ws")
    async def ws(websocket: WebSocket) -> None:
        assert await app.login.session(websocket)
        await websocket.send_denial_response(PlainTextResponse("full", 503))

    browser = app.browser()
    browser.post("/login", FORM)
    pool.advance(3_550)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    given = {"host": "app.example.com", "origin": SITE, "cookie": cookie}
    scope = {
        "type": "websocket",
        "path": "/ws",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "extensions": {"websocket.http.response": {}},
    }
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    asyncio.run(app.app(scope, receive, send))
    headers = {name: value.decode() for name, value in said[0]["headers"]}

    assert ("websocket.http.response.start", 503) == (said[0]["type"], said[0]["status"])
    assert "session=" in headers[b"set-cookie"]
    assert "no-store" == headers[b"cache-control"]


def test_a_view_that_asks_for_nobody(framework: str, pool: FakePool) -> None:
    """Gets neither a cookie nor a word on caches, whoever is signed in."""
    browser = password_app(framework, pool).browser()
    browser.post("/login", FORM)
    answer = browser.get("/public")

    assert 200 == answer.status
    assert [] == answer.all("set-cookie") + answer.all("cache-control") + answer.all("vary")


def test_middleware_that_answers_by_itself(pool: FakePool) -> None:
    """Is inside too, though it was added later and looks at the session before any route."""
    app = password_app("fastapi", pool)

    @app.app.middleware("http")
    async def who(request: Request, call_next: Any) -> Any:
        if request.url.path != "/who":
            return await call_next(request)
        session = await app.login.session(request)
        return PlainTextResponse(session.sub if session else "nobody")

    browser = app.browser()
    assert "nobody" == browser.get("/who").text
    browser.post("/login", FORM)
    pool.advance(3_550)
    answer = browser.get("/who")

    assert "nobody" != answer.text
    assert [True] == ["session" in cookie for cookie in answer.all("set-cookie")]
    assert "no-store" == answer.header("cache-control")


class FailingTransport:
    """Has a bug of its own."""

    def send(self, call: Call) -> Mapping[str, Any]:
        """Fail as no transport should."""
        raise RuntimeError("a bug of the transport")


class AsyncFailingTransport:
    """The same, awaited."""

    async def send(self, call: Call) -> Mapping[str, Any]:
        """Fail as no transport should."""
        raise RuntimeError("a bug of the transport")


class FailingStore(MemoryStore):
    """Cannot be reached."""

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Fail as a database does."""
        raise ConnectionError("the database is gone")


def frames_of(error: BaseException | None) -> Iterator[traceback.FrameSummary]:
    """Every frame of an error and of those behind it, with its variables."""
    while error is not None:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        yield from told.stack
        error = error.__cause__ or error.__context__


def assert_nothing_shown(error: BaseException) -> None:
    """No frame of ours has the password, nor the cookies' key, nor a token among its variables."""
    ours = [frame for frame in frames_of(error) if frame.filename.startswith(PACKAGE)]
    shown = [
        (frame.filename, frame.name, secret)
        for frame in ours
        for secret in (PASSWORD, "Passw0rd", KEY, "eyJ")
        if secret in str(frame.locals)
    ]

    assert ours
    assert [] == shown


def failing_app(framework: str, pool: FakePool) -> App:
    """An application whose client has a transport with a bug."""
    who: dict[str, Any] = {"client_id": pool.client_id}
    if framework == "flask":
        client = CognitoClient(pool.pool, transport=FailingTransport(), **who)
        app = App("flask", for_flask.CognitoPasswordLogin(client, cookie_keys=[KEY]), None)
        app.app.testing = True
        return app
    async_client = AsyncCognitoClient(pool.pool, transport=AsyncFailingTransport(), **who)
    login = for_fastapi.CognitoPasswordLogin(async_client, cookie_keys=[KEY])
    return App("fastapi", login, None)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/login", FORM),
        ("/login/reset-password", {"username": "jane", "code": "1", "new_password": PASSWORD}),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_transport_s_bug(
    framework: str, pool: FakePool, path: str, form: Any, as_json: bool
) -> None:
    """Is the application's error; no frame of ours shows what was typed."""
    browser = failing_app(framework, pool).browser()
    send = browser.send_json if as_json else browser.post

    with pytest.raises(RuntimeError, match="a bug of the transport") as caught:
        send(path, form)
    assert_nothing_shown(caught.value)


def test_a_store_that_cannot_be_reached(framework: str, pool: FakePool) -> None:
    """Is the application's error, with the store's own frames and without our variables."""
    app = password_app(framework, pool, store=FailingStore(clock=pool.now))
    if framework == "flask":
        app.app.testing = True

    with pytest.raises(ConnectionError, match="the database is gone") as caught:
        app.browser().post("/login", FORM)
    assert_nothing_shown(caught.value)
    assert __file__ in [frame.filename for frame in frames_of(caught.value) if frame.name == "put"]


def test_a_connection_that_ends_in_the_middle_of_a_form(pool: FakePool) -> None:
    """Leaves no piece of the password in a variable."""
    app = password_app("fastapi", pool)
    messages: Any = iter(
        [
            {"type": "http.request", "body": b"username=jane&password=Passw0rd", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/login",
        "query_string": b"",
        "headers": [
            (b"origin", SITE.encode()),
            (b"host", b"app.example.com"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
        "scheme": "https",
        "server": ("app.example.com", 443),
    }

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        """Nobody listens."""

    async def serve() -> None:
        await app.app(scope, receive, send)

    with pytest.raises(ClientDisconnect) as caught:
        asyncio.run(serve())
    assert_nothing_shown(caught.value)
