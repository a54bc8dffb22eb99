"""Both frameworks behind one face: an application with a login, and a browser that keeps its cookies."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx
from anyio.to_thread import run_sync
from fastapi import Depends, FastAPI, Request
from flask import Flask, jsonify

from cognitokit import (
    AccessToken,
    AsyncCognitoVerifier,
    AsyncManagedLogin,
    CognitoVerifier,
    ManagedLogin,
)
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.testing import FakePool, OAuthServer, TokenMint
from cognitokit.testing.oauth_provider import OAuthRequest
from cognitokit.weblogin import MemoryStore, WebSession

SITE = "https://app.example.com"
CALLBACK = f"{SITE}/callback"
CLIENT = "1example23456789"
KEY = "the key that cookies of these tests are sealed with"
PASSWORD = "correct horse battery staple"
PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

FRAMEWORKS = ("flask", "fastapi")
KEEPING = ("cookie", "store")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time, epoch seconds."""
        return self.now


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def header(self, name: str) -> str:
        """The only value of a header; empty where there is none."""
        return ", ".join(self.all(name))

    @property
    def location(self) -> str:
        """Where it redirects to."""
        return self.header("location")

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.text)


def sessions_in(store: MemoryStore) -> int:
    """How many sessions are in a store."""
    return len(store._kinds.get("session", {}))


Call = Callable[[str, str, Mapping[str, str], bytes], Answer]


class Browser:
    """Keeps the cookies of one site as a browser does, and looks at each that is set."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.cookies: dict[str, str] = {}
        self.attributes: dict[str, str] = {}

    def get(self, url: str, **headers: str) -> Answer:
        """Load a page."""
        return self.ask("GET", url, {**PAGE, **headers})

    def fetch(self, url: str, method: str = "GET", **headers: str) -> Answer:
        """Call an API, as a script of the page does."""
        given = {"accept": "*/*", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
        return self.ask(method, url, {**given, **headers})

    def post(self, url: str, form: Any = None, **headers: str) -> Answer:
        """Send a form of the site's own page."""
        given = {"origin": SITE, "content-type": "application/x-www-form-urlencoded"}
        body = urlencode(form or {}).encode()
        return self.ask("POST", url, {**PAGE, **given, **headers}, body)

    def send_json(self, url: str, content: Any, **headers: str) -> Answer:
        """Send JSON, as a script of the page does."""
        given = {"origin": SITE, "content-type": "application/json"}
        return self.ask("POST", url, {**given, **headers}, json.dumps(content).encode())

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request with the cookies, and take those of the response."""
        given = dict(headers)
        if self.cookies:
            given["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = self._call(method, target, given, body)
        for cookie in answer.all("set-cookie"):
            pair, _, attributes = cookie.partition("; ")
            name, _, value = pair.partition("=")
            self.attributes[name] = attributes
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def named(self, part: str) -> list[str]:
        """The names of the cookies with this in it."""
        return [name for name in self.cookies if part in name]


class Stage:
    """A pool's domain on loopback, and an application whose users sign in there."""

    def __init__(
        self, framework: str, keeping: str, server: OAuthServer, mint: TokenMint, clock: Clock
    ) -> None:
        self.framework = framework
        self.server = server
        self.mint = mint
        self.clock = clock
        self.store = MemoryStore(clock=clock) if keeping == "store" else None

    def verifier(self, **options: Any) -> CognitoVerifier[AccessToken]:
        """A verifier of the mint's access tokens."""
        return CognitoVerifier(
            self.mint.pool,
            client_id=CLIENT,
            token_use="access",
            jwks=self.mint.jwks,
            clock=self.clock,
            **options,
        )

    def managed(self, **options: Any) -> Any:
        """A ManagedLogin, or its async twin."""
        is_async = self.framework == "fastapi"
        cls: Any = AsyncManagedLogin if is_async else ManagedLogin
        verifier: Any = AsyncCognitoVerifier if is_async else CognitoVerifier
        settings: dict[str, Any] = {
            # Without sockets: what is tested here is on this side of them.
            "http_client": async_client(self.server) if is_async else client(self.server),
            "verifier": verifier(
                self.mint.pool,
                client_id=CLIENT,
                token_use=None,
                jwks=self.mint.jwks,
                clock=self.clock,
            ),
            "domain": self.server.url,
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "logout_uri": f"{SITE}/",
            "scopes": ["openid", "email"],
            "clock": self.clock,
        }
        return cls(self.server.pool, **{**settings, **options})

    def login(self, managed: Any = None, **options: Any) -> Any:
        """A CognitoLogin of the framework."""
        settings: dict[str, Any] = {
            "cookie_keys": [KEY],
            "store": self.store,
            "clock": self.clock,
        }
        module: Any = for_flask if self.framework == "flask" else for_fastapi
        return module.CognitoLogin(managed or self.managed(), **{**settings, **options})

    def app(self, login: Any = None, verifier: Any = None, **options: Any) -> "App":
        """An application with a login and some protected routes."""
        chosen = self.login(**options) if login is None else login
        return App(self.framework, chosen, verifier or self.verifier())

    def sign_in(self, browser: Browser, target: str = "/me", **options: Any) -> Answer:
        """Go through a whole login with a browser; the answer of the callback."""
        begun = browser.get(f"/login?{urlencode({'next': target})}")
        return browser.get(self.server.sign_in(begun.location, "jane", PASSWORD, **options))

    def token_requests(self) -> list[dict[str, str]]:
        """The forms that the token endpoint got."""
        return [seen.form for seen in self.server.requests if seen.path == "/oauth2/token"]


def client(server: OAuthServer) -> httpx.Client:
    """A client whose requests the server answers directly."""
    return httpx.Client(transport=httpx.MockTransport(lambda request: _handled(server, request)))


def async_client(server: OAuthServer) -> httpx.AsyncClient:
    """The same, awaited."""

    async def handled(request: httpx.Request) -> httpx.Response:
        return await run_sync(_handled, server, request)

    return httpx.AsyncClient(transport=httpx.MockTransport(handled))


def _handled(server: OAuthServer, request: httpx.Request) -> httpx.Response:
    answer = server.handle(
        OAuthRequest(
            method=request.method,
            path=request.url.path,
            query=request.url.query.decode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.content,
        )
    )
    return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


class App:
    """The same application in either framework."""

    def __init__(self, framework: str, login: Any, verifier: Any, **options: Any) -> None:
        self.login = login
        if framework == "flask":
            self.app: Any = flask_app(login, verifier, **options)
            self._call: Call = flask_call(self.app)
        else:
            self.app = fastapi_app(login, verifier, **options)
            self._call = fastapi_call(self.app)

    def hold(self) -> None:
        """Hold what requests share, as one that never ends does."""
        renewal = self.login._parts.sessions._renewal
        share, held = renewal._share, []

        def sharing(name: str, make: Callable[[], Any]) -> Any:
            held.append(share(name, make))
            return held[-1]

        renewal._share = sharing

    def browser(self) -> Browser:
        """A new browser, without cookies."""
        return Browser(self._call)


def flask_app(login: Any, verifier: Any, **options: Any) -> Flask:
    app = Flask("app")
    for_flask.CognitoAuth(app, verifier=verifier, login=login, **options)

    @app.get("/me")
    @for_flask.require_cognito
    def me() -> Any:
        token = for_flask.current_token
        session: Any = for_flask.current_session
        has_id = session.tokens.id_token is not None if session else None
        return jsonify(user=token.username, sub=token.sub, raw=token.raw, id=has_id)

    @app.get("/admin")
    @for_flask.require_cognito(groups=["admin"])
    def admin() -> Any:
        return jsonify(ok=True)

    @app.route("/tasks", methods=["GET", "POST"])
    @for_flask.require_cognito
    def tasks() -> Any:
        return jsonify(ok=True)

    @app.route("/", methods=["GET", "POST"])
    def home() -> Any:
        session: Any = for_flask.current_session
        return jsonify(sub=session.sub if session else None)

    @app.get("/public")
    def public() -> Any:
        return jsonify(ok=True)

    @app.get("/cached")
    @for_flask.require_cognito
    def cached() -> Any:
        return jsonify(ok=True), 200, {"Cache-Control": "private, max-age=60"}

    return app


def fastapi_app(login: Any, verifier: Any, **options: Any) -> FastAPI:
    app = FastAPI()
    cognito = for_fastapi.CognitoAuth(verifier, login=login, **options)
    cognito.init_app(app)

    @app.get("/me")
    @for_fastapi.require_cognito
    async def me(
        token: AccessToken, session: Annotated[WebSession | None, Depends(login.session)]
    ) -> Any:
        has_id = session.tokens.id_token is not None if session else None
        return {"user": token.username, "sub": token.sub, "raw": token.raw, "id": has_id}

    @app.get("/admin")
    @cognito.require(groups=["admin"])
    async def admin() -> Any:
        return {"ok": True}

    @app.get("/tasks")
    @app.post("/tasks")
    @cognito.require
    async def tasks() -> Any:
        return {"ok": True}

    @app.get("/")
    @app.post("/")
    async def home(request: Request) -> Any:
        session = await login.session(request)
        return {"sub": session.sub if session else None}

    @app.get("/public")
    async def public() -> Any:
        return {"ok": True}

    @app.get("/cached")
    @cognito.require
    async def cached() -> Any:
        from fastapi.responses import JSONResponse

        return JSONResponse({"ok": True}, headers={"Cache-Control": "private, max-age=60"})

    return app


def flask_call(app: Flask) -> Call:
    asking = app.test_client(use_cookies=False)

    def call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        done = asking.open(target, method=method, headers=dict(headers), data=body, base_url=SITE)
        return Answer(done.status_code, list(done.headers.items()), done.text)

    return call


def fastapi_call(app: Any) -> Call:
    # An event loop for each request, in this thread: coverage's tracer and anyio's portal do not
    # get on with each other on Python 3.11.
    async def ask(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as asking:
            done = await asking.request(method, target, headers=dict(headers), content=body)
        return Answer(done.status_code, list(done.headers.multi_items()), done.text)

    return lambda *request: asyncio.run(ask(*request))


def password_app(framework: str, pool: FakePool, **options: Any) -> "App":
    """An application with forms of its own, whose users are a fake pool's."""
    settings: dict[str, Any] = {"cookie_keys": [KEY], "clock": pool.now, **options}
    verifier = CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="access", jwks=pool.jwks, clock=pool.now
    )
    if framework == "flask":
        return App(framework, for_flask.CognitoPasswordLogin(pool.client(), **settings), verifier)
    login = for_fastapi.CognitoPasswordLogin(pool.async_client(), **settings)
    return App(framework, login, verifier)
