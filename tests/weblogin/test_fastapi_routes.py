"""FastAPI: the login's routes beside the application's own."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from cognitokit import AccessToken
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, CognitoPasswordLogin
from cognitokit.testing import FakePool
from tests.weblogin.stage import KEY, PAGE, SITE

Register = Callable[[FastAPI], object]


def password_login(pool: FakePool) -> CognitoPasswordLogin:
    """A login with forms of its own."""
    return CognitoPasswordLogin(pool.async_client(), cookie_keys=[KEY])


async def own() -> str:
    """A view of the application's own."""
    return "own"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """An application without any framework, which sets no headers."""
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"plain"})


def included(app: FastAPI) -> None:
    """A route on an included router."""
    router = APIRouter()
    router.get("/challenge")(own)
    app.include_router(router, prefix="/login")


TAKEN: dict[str, Register] = {
    "get": lambda app: app.get("/login")(own),
    "post": lambda app: app.post("/login")(own),
    "logout": lambda app: app.api_route("/logout", methods=["GET", "POST"])(own),
    "included": included,
    "every method": lambda app: app.router.routes.append(Route("/login", answer)),
    "starlette": lambda app: app.add_route("/login/reset-password", lambda _: PlainTextResponse()),
}


@pytest.mark.parametrize("register", TAKEN.values(), ids=TAKEN)
def test_a_route_where_the_login_has_one(register: Register) -> None:
    """Is refused, when the login comes or when the app starts, since one of the two would never be reached."""
    before, after = FastAPI(), FastAPI()
    register(before)
    with pytest.raises(ConfigurationError, match=r"has a route for (GET|POST) /log"):
        password_login(FakePool()).init_app(before)
    password_login(FakePool()).init_app(after)
    register(after)

    with pytest.raises(ConfigurationError, match="login_path="):
        TestClient(after).__enter__()
    assert "cognitokit_login" not in before.state._state


@pytest.mark.parametrize("is_first", [True, False])
def test_routes_beside_those_of_the_login(is_first: bool) -> None:
    """A catch-all, protected or not, a mount, also on an included router, another method and a longer path take nothing away."""
    app, login = FastAPI(), password_login(FakePool())
    cognito = CognitoAuth(login=login)

    def register() -> None:
        app.put("/login")(own)
        app.get("/logout")(own)
        app.get("/login/help")(own)
        app.router.routes.append(Mount("/login/more", answer))
        app.host("other.example.com", Router(routes=[Route("/login", answer)]))

        @app.get("/{path:path}")
        async def everything(token: Annotated[AccessToken, Depends(cognito)]) -> str:
            return token.sub

        pages = APIRouter()
        pages.get("/{page}")(own)
        pages.mount("/login", answer)
        app.include_router(pages)
        app.mount("/", answer)

    if is_first:
        register()
    cognito.init_app(app)
    if not is_first:
        register()
    client = TestClient(app, base_url=SITE, follow_redirects=False)

    page = client.get("/login", headers=PAGE)
    assert 200 == page.status_code
    assert "password" in page.text
    assert "/login?next=%2Fanything" == client.get("/anything", headers=PAGE).headers["Location"]
    assert ["own", "own", "own"] == [
        client.request(method, path).json()
        for method, path in (("PUT", "/login"), ("GET", "/logout"), ("GET", "/login/help"))
    ]
    assert "plain" == client.get("/login/more/x").text


def test_responses_without_headers() -> None:
    """An application that is mounted may leave out the headers, and gets those of the visit all the same."""
    login = password_login(FakePool())
    app: Any = Starlette()

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        login.to_login_page(HTTPConnection(scope))
        await answer(scope, receive, send)

    app.mount("/", looking)
    login.init_app(app)
    response = TestClient(app, base_url=SITE).get("/", headers=PAGE)

    assert (200, "Cookie") == (response.status_code, response.headers["Vary"])
    assert "no-store" == response.headers["Cache-Control"]
