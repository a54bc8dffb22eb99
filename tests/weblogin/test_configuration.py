"""Options that are wrong are found when the application starts, and the message names the cure."""

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from flask import Flask, g
from hypothesis import given, settings
from hypothesis import strategies as st

from cognitokit import AsyncManagedLogin, ManagedLogin
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.bearer import accepts_html, is_same_origin
from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool, assert_all_routes_protected
from cognitokit.weblogin import MemoryStore
from cognitokit.weblogin.exchange import WebRequest
from cognitokit.weblogin.options import ManagedSettings
from tests.weblogin.stage import (
    KEY,
    PAGE,
    SITE,
    App,
    Browser,
    Stage,
    fastapi_call,
    flask_call,
    password_app,
)

PASSWORD = "Passw0rd!"


class AsyncStore:
    """A store that is awaited."""

    def __init__(self) -> None:
        self._inner = MemoryStore()

    async def get(self, key: str, /) -> str | None:
        """Get."""
        return self._inner.get(key)

    async def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Put."""
        return self._inner.put(key, value, expected=expected, lifetime=lifetime)

    async def delete(self, key: str, /) -> None:
        """Delete."""
        self._inner.delete(key)

    async def pop(self, key: str, /) -> str | None:
        """Pop."""
        return self._inner.pop(key)


class PlainStore:
    """A store that is not awaited, and is not ours."""

    def __init__(self) -> None:
        self._inner = MemoryStore()
        self.get, self.delete, self.pop = self._inner.get, self._inner.delete, self._inner.pop
        self.put = self._inner.put


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cookie_keys": ["short"]}, "token_urlsafe"),
        ({"cookie_name": "a b"}, "cookie_name"),
        ({"store": "redis"}, "SessionStore"),
        ({"session_lifetime": 0}, "session_lifetime"),
        ({"session_lifetime": 1.5}, "session_lifetime"),
        ({"refresh_before": -1}, "refresh_before"),
        ({"login_path": "login"}, "login_path"),
        ({"logout_path": "//logout"}, "logout_path"),
        ({"after_login": "https://app.example.com/"}, "after_login"),
        ({"insecure_cookies": True}, "loopback"),
    ],
    ids=str,
)
def test_wrong_options(stage: Stage, options: dict[str, Any], message: str) -> None:
    """Each is refused by name."""
    with pytest.raises(ConfigurationError, match=message):
        stage.login(**options)


def test_a_login_without_a_place_to_go_to_after_logout(stage: Stage) -> None:
    """The ManagedLogin must have a logout_uri."""
    with pytest.raises(ConfigurationError, match="logout_uri"):
        stage.login(stage.managed(logout_uri=None))


def test_a_redirect_uri_of_a_native_application(stage: Stage) -> None:
    """Is nothing for a web application."""
    with pytest.raises(ConfigurationError, match="redirect_uri"):
        stage.login(stage.managed(redirect_uri="com.example.app:/callback"))


def test_the_wrong_twin(framework: str) -> None:
    """An async login is refused in Flask, a sync one in FastAPI."""
    options: dict[str, Any] = {
        "domain": "my-app",
        "client_id": "c",
        "redirect_uri": f"{SITE}/callback",
        "logout_uri": f"{SITE}/",
    }
    if framework == "flask":
        wrong: Any = AsyncManagedLogin("eu-west-1_AbCdEfGhI", **options)
        with pytest.raises(ConfigurationError, match="needs ManagedLogin"):
            for_flask.CognitoLogin(wrong, cookie_keys=[KEY])
    else:
        wrong = ManagedLogin("eu-west-1_AbCdEfGhI", **options)
        with pytest.raises(ConfigurationError, match="AsyncManagedLogin"):
            for_fastapi.CognitoLogin(wrong, cookie_keys=[KEY])


def test_stores_of_either_kind(framework: str) -> None:
    """FastAPI takes stores of both kinds, and runs what may block in threads; Flask takes no async one."""
    pool = FakePool()
    pool.add_user("jane", PASSWORD)
    stores: list[Any] = [AsyncStore(), PlainStore()]
    if framework == "flask":
        with pytest.raises(ConfigurationError, match="not async"):
            password_app(framework, pool, store=stores.pop(0))
    for store in stores:
        browser = password_app(framework, pool, store=store).browser()
        for _ in range(2):
            browser.post("/login", {"username": "jane", "password": PASSWORD})
        pool.advance(3_600)
        assert 200 == browser.fetch("/me").status
        assert 303 == browser.post("/logout").status


def test_an_unknown_flow(framework: str) -> None:
    """Only flows that sign in with a password are taken."""
    with pytest.raises(ConfigurationError, match="USER_AUTH"):
        password_app(framework, FakePool(), flow="USER_SRP_AUTH")


def test_insecure_cookies_are_for_loopback(stage: Stage) -> None:
    """Their names and attributes are those of plain http, and another host is an error at once."""
    managed = stage.managed(redirect_uri="http://localhost:8000/callback")
    app = stage.app(stage.login(managed, insecure_cookies=True))
    browser = app.browser()
    begun = browser.get("/login", host="localhost:8000")

    assert 303 == begun.status
    assert ["cognito-login-"] == [name[:14] for name in browser.cookies]
    assert "Secure" not in "".join(browser.attributes.values())
    assert 303 == browser.get("/login", host="127.0.0.1").status
    assert 303 == browser.get("/login", host="[::1]:80").status
    if stage.framework == "flask":
        app.app.testing = True
    for host in "app.example.com", "[", "":
        with pytest.raises(ConfigurationError, match="loopback"):
            browser.get("/login", host=host)


def test_one_login_for_an_app(framework: str) -> None:
    """A second one is refused; the same one again is not."""
    pool = FakePool()
    app = password_app(framework, pool)
    other = password_app(framework, pool)

    app.login.init_app(app.app)
    with pytest.raises(ConfigurationError, match="a login already"):
        other.login.init_app(app.app)


def test_init_app_comes_first() -> None:
    """After the first request the routes would come too late."""
    pool = FakePool()
    app = FastAPI()
    fastapi_call(app)("GET", "/", {}, b"")

    login = for_fastapi.CognitoPasswordLogin(pool.async_client(), cookie_keys=[KEY])
    with pytest.raises(ConfigurationError, match="before the app answers"):
        login.init_app(app)


def test_a_guard_without_init_app() -> None:
    """A guard whose login does not serve the app says so, instead of losing cookies."""
    pool = FakePool()
    login = for_fastapi.CognitoPasswordLogin(pool.async_client(), cookie_keys=[KEY])
    cognito = for_fastapi.CognitoAuth(login=login)
    app = FastAPI()
    app.get("/me")(cognito.require(lambda: None))

    with pytest.raises(ConfigurationError, match="init_app"):
        fastapi_call(app)("GET", "/me", {}, b"")


def test_the_current_session_without_a_login() -> None:
    """Says what is missing."""
    with Flask("x").test_request_context(), pytest.raises(ConfigurationError, match="no login"):
        assert for_flask.current_session.sub


def test_a_cookie_and_a_login(framework: str) -> None:
    """Two ways to carry a token in cookies are one too many."""
    login = password_app(framework, FakePool()).login
    module: Any = for_flask if framework == "flask" else for_fastapi
    with pytest.raises(ConfigurationError, match="not both"):
        module.CognitoAuth(login=login, cookie="token")


def test_no_verifier() -> None:
    """Without a login there must be one."""
    with pytest.raises(ConfigurationError, match="AsyncCognitoVerifier"):
        for_fastapi.CognitoAuth()


def test_the_verifier_that_a_login_brings(stage: Stage) -> None:
    """Is one of its pool's and app client's access tokens."""
    login = stage.login()
    module: Any = for_flask if stage.framework == "flask" else for_fastapi
    auth = module.CognitoAuth(login=login)
    verifier = auth._verifier if stage.framework == "flask" else auth._check._verifier

    assert stage.server.pool.id in repr(verifier)
    assert "token_use='access'" in repr(verifier)
    assert repr(login.provider) in repr(login)


def test_routes_of_the_login_are_public(framework: str, stage: Stage) -> None:
    """Even where everything else is protected; and those that are protected are."""
    app = stage.app()
    public = ["/login", "/callback", "/logout", "/", "/public"]
    if framework == "fastapi":
        public += ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"]
    if stage.framework == framework:
        flask_static = ["/static/<path:filename>"] if framework == "flask" else []
        assert_all_routes_protected(app.app, public=[*public, *flask_static])


def test_protect_all_leaves_the_login_alone() -> None:
    """protect_all() need not except the login's own routes."""
    pool = FakePool()
    pool.add_user("jane", PASSWORD)
    login = for_flask.CognitoPasswordLogin(pool.client(), cookie_keys=[KEY], clock=pool.now)
    app = Flask("x")
    cognito = for_flask.CognitoAuth(app, verifier=_verifier(pool), login=login)
    cognito.protect_all()

    @app.get("/all")
    def everything() -> str:
        return for_flask.current_token.username or ""

    @app.before_request
    def look() -> None:
        g.session = bool(for_flask.current_session)

    browser = Browser(flask_call(app))
    assert 303 == browser.get("/all").status
    assert 200 == browser.get("/login").status
    assert 303 == browser.post("/login", {"username": "jane", "password": PASSWORD}).status
    assert "jane" == browser.get("/all").text
    audited = {route.rule: route.protection for route in cognito.audit(app)}
    assert (None, "app") == (audited["/login"], audited["/all"])


def test_below_a_path(framework: str, stage: Stage) -> None:
    """An application that is mounted sends people to its own login page and back."""
    app = stage.app()
    if stage.framework != framework:
        return
    if framework == "flask":
        from werkzeug.middleware.dispatcher import DispatcherMiddleware

        app.app.wsgi_app = DispatcherMiddleware(Flask("outer"), {"/sub": app.app.wsgi_app})
        assert "/sub/login?next=%2Fsub%2Fme%3Fa" == app.browser().get("/sub/me?a").location
        return
    outer = FastAPI()
    outer.mount("/sub", app.app)
    browser = Browser(fastapi_call(outer))
    assert "/sub/login?next=%2Fsub%2Fme%3Fa" == browser.get("/sub/me?a").location
    # A proxy has taken the path away.
    app.app.root_path = "/sub"
    assert "/sub/login?next=%2Fsub%2Fme%3Fa" == app.browser().get("/me?a").location


@pytest.mark.parametrize("root", ["//evil.example", "/%2fevil.example", "/\\evil.example"])
def test_a_root_that_leads_elsewhere(stage: Stage, root: str) -> None:
    """Is not believed, whoever named it: the login page is the application's own."""
    app = stage.app()
    if stage.framework == "flask":
        answers = [
            app.app.test_client(use_cookies=False).get(
                "/me", headers=PAGE, base_url=SITE, environ_overrides={"SCRIPT_NAME": each}
            )
            for each in (root, "/sub")
        ]
        locations = [answer.location for answer in answers]
    else:
        locations = []
        for each in (root, "/sub"):
            app.app.root_path = each
            locations.append(app.browser().get("/me").location)

    assert locations[0] in {"/login", "/login?next=%2Fme"}
    assert "/sub/login?next=%2Fsub%2Fme" == locations[1]


def test_a_path_with_a_percent_sign(stage: Stage) -> None:
    """Comes back as the page that was asked for, and not as one that is named alike."""
    app = stage.app()
    if stage.framework == "flask":
        app.app.add_url_rule("/p/<path:name>", "p", for_flask.require_cognito(lambda name: name))
    else:

        @app.app.get("/p/{name:path}")
        @for_fastapi.require_cognito
        def page(name: str) -> PlainTextResponse:
            return PlainTextResponse(name)

    browser = app.browser()
    asked = browser.get("/p/a%252Fb")
    done = stage.sign_in(browser, unquote(asked.location.partition("?next=")[2]))

    assert "/p/a%252Fb" == done.location
    assert "a%2Fb" == browser.get(done.location).text


def test_a_path_with_odd_characters(stage: Stage) -> None:
    """Comes back as it was, percent-encoded."""
    app = stage.app()
    if stage.framework == "flask":
        app.app.add_url_rule("/caf\u00e9 1", "odd", for_flask.require_cognito(lambda: "x"))
    else:
        app.app.get("/caf\u00e9 1")(for_fastapi.require_cognito(lambda: "x"))
    browser = app.browser()
    asked = browser.get("/caf%C3%A9%201?a=%2F")
    done = stage.sign_in(browser, "/caf%C3%A9%201?a=%2F")

    assert "/login?next=%2Fcaf%25C3%25A9%25201%3Fa%3D%252F" == asked.location
    assert "/caf%C3%A9%201?a=%2F" == done.location
    assert 200 == browser.get(done.location).status


def test_websockets(stage: Stage) -> None:
    """A handshake counts as the session's where it comes from the site's own pages, and as nobody's else."""
    if stage.framework == "flask":
        return
    from fastapi import WebSocket

    app = stage.app()
    cognito = for_fastapi.CognitoAuth(stage.verifier(), login=app.login)

    @app.app.websocket("/ws")
    @cognito.require
    async def ws(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    browser = app.browser()
    stage.sign_in(browser)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    for headers, expected in (
        ({"cookie": cookie, "origin": SITE}, "websocket.accept"),
        ({"cookie": cookie, "origin": "https://evil.example"}, "websocket.close"),
        ({"origin": SITE}, "websocket.close"),
    ):
        scope = {"type": "websocket", "path": "/ws", "query_string": b"", "scheme": "wss"}
        given = {"host": "app.example.com", **headers}
        pairs = [(name.encode(), value.encode()) for name, value in given.items()]
        assert expected == spoken(app.app, {**scope, "headers": pairs}, "websocket.connect")[0]


def test_the_lifespan_passes(stage: Stage) -> None:
    """What is no connection is left to the app."""
    if stage.framework == "fastapi":
        said = spoken(
            stage.app().app, {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown"
        )
        assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == said


def spoken(app: Any, scope: dict[str, Any], *heard: str) -> list[str]:
    """The kinds of messages that an ASGI app sends where these come in."""
    said: list[str] = []
    coming = iter(heard)

    async def receive() -> dict[str, Any]:
        return {"type": next(coming)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message["type"])

    asyncio.run(app(scope, receive, send))
    return said


def test_starlette_s_own_middleware(stage: Stage) -> None:
    """AuthenticationMiddleware knows the session's user too."""
    if stage.framework == "flask":
        return
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.authentication import AuthenticationMiddleware
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from cognitokit.starlette import CognitoBackend

    login = stage.login()
    backend = CognitoBackend(stage.verifier(), login=login)

    async def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.user.display_name)

    app = Starlette(
        routes=[Route("/who", who)],
        middleware=[
            Middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error)
        ],
    )
    login.init_app(app)
    browser = Browser(fastapi_call(app))
    assert "" == browser.get("/who").text
    stage.sign_in(browser)
    assert "jane" == browser.get("/who").text


def test_what_looks_for_names_finds_them() -> None:
    """The lazily loaded names are found, and misspelt ones are not."""
    for module in for_flask, for_fastapi:
        assert all(hasattr(module, name) for name in module.__all__)
        with pytest.raises(AttributeError, match="CognitoLogn"):
            _ = module.CognitoLogn


def test_settings_hide_the_keys() -> None:
    """No key is in a repr."""
    assert KEY not in repr(ManagedSettings(cookie_keys=[KEY], store=None))


def test_an_unknown_option(framework: str) -> None:
    """Is no option."""
    with pytest.raises(TypeError, match="colour"):
        password_app(framework, FakePool(), colour="red")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["text/html"], True),
        (["application/json, text/html;q=0.5"], True),
        (["TEXT/HTML;level=1"], True),
        (["text/html;q=0"], False),
        (["text/html; q=0.000"], False),
        (["*/*"], False),
        (["application/json"], False),
        ([], False),
    ],
)
def test_who_wants_a_page(values: list[str], expected: bool) -> None:
    """HTML must be named, and not refused."""
    assert expected is accepts_html(values)


@given(st.lists(st.text()))
def test_any_accept_header(values: list[str]) -> None:
    """Any text is read without an error; the same holds for origins."""
    assert isinstance(accepts_html(values), bool)
    assert isinstance(is_same_origin(lambda _: values), bool)


def test_a_post_is_no_page() -> None:
    """Nobody is sent to the login in the middle of a form."""
    html = {"accept": ["text/html"]}
    made = [
        WebRequest(method=method, values_of=lambda name: html.get(name, []))
        for method in ("GET", "HEAD", "POST", None)
    ]

    assert [True, True, False, False] == [request.is_page for request in made]


def _verifier(pool: FakePool) -> Any:
    from cognitokit import CognitoVerifier

    return CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="access", jwks=pool.jwks, clock=pool.now
    )


class _Attacked:
    """An application whose session cookie is attacked; made once."""

    def __init__(self) -> None:
        pool = FakePool()
        pool.add_user("jane", PASSWORD)
        self.apps: list[App] = [password_app(name, pool) for name in ("flask", "fastapi")]
        self.signed_in = self.apps[0].browser()
        self.signed_in.post("/login", {"username": "jane", "password": PASSWORD})


_attacked: list[_Attacked] = []


@settings(deadline=None)  # the first example makes the application
@given(st.data())
def test_any_tampering_with_the_session(data: st.DataObject) -> None:
    """Whatever stands in the cookies, there is no session and no error."""
    if not _attacked:
        _attacked.append(_Attacked())
    attacked = _attacked[0]
    cookies = dict(attacked.signed_in.cookies)
    name = data.draw(st.sampled_from(sorted(cookies)))
    whole = cookies[name]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    text = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20))
    cookies[name] = whole[:start] + text + whole[end:]
    # Blanks and quotes around a value are not part of it.
    expected = 200 if cookies[name].strip('"') == whole else 401
    for app in attacked.apps:
        browser = app.browser()
        browser.cookies = {key: value for key, value in cookies.items() if ";" not in value}
        assert expected == browser.fetch("/me").status or ";" in text
        browser.cookies = {name: text.replace(";", "")}
        assert 401 == browser.fetch("/me").status
