"""FastAPI: a protecting decorator above the one that registers the route is never a public route."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

import functools
import gc
import weakref
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket, routing
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from cognitokit import AccessToken
from cognitokit.asgi import CognitoMiddleware
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier
from tests.frameworks.verifiers import NoKeys

Bearer = Callable[[str], dict[str, str]]
Misplace = Callable[[FastAPI | APIRouter], None]
"""Puts a misplaced decorator on a route /open."""


@pytest.fixture
def cognito(async_verifier: AsyncCognitoVerifier[AccessToken]) -> CognitoAuth[AccessToken]:
    """The authenticator."""
    return CognitoAuth(async_verifier)


def by_require_cognito(target: FastAPI | APIRouter) -> None:
    """The decorator without the authenticator."""

    @require_cognito
    @target.get("/open")
    async def view() -> str:
        return "in"


def by_arguments(target: FastAPI | APIRouter) -> None:
    """The decorator with arguments, on a view that is no coroutine."""

    @require_cognito(groups=["admin"])
    @target.api_route("/open", methods=["POST", "GET"])
    def view() -> str:
        return "in"


def by_websocket(target: FastAPI | APIRouter) -> None:
    """The decorator on a WebSocket."""

    @require_cognito
    @target.websocket("/open")
    async def view(websocket: WebSocket) -> None:
        await websocket.accept()


def passing(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of another kind."""

    @functools.wraps(view)
    def passed(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return passed


def by_a_decorator_in_between(target: FastAPI | APIRouter) -> None:
    """The decorator above another one, which stands above the one that registers the route."""

    @require_cognito
    @passing
    @target.get("/open")
    async def view() -> str:
        return "in"


EVERY_WAY = pytest.mark.parametrize(
    "misplace", [by_require_cognito, by_arguments, by_websocket, by_a_decorator_in_between]
)


def on_the_app(app: FastAPI, misplace: Misplace) -> None:
    """On the app itself."""
    misplace(app)


def on_a_router(app: FastAPI, misplace: Misplace) -> None:
    """On an included router."""
    router = APIRouter()
    misplace(router)
    app.include_router(router, prefix="/router")


def on_a_router_that_is_filled_later(app: FastAPI, misplace: Misplace) -> None:
    """On a router that is included before it has routes."""
    if not hasattr(routing, "iter_route_contexts"):
        pytest.skip("this FastAPI does not serve what a router gets after it was included")
    router = APIRouter()
    app.include_router(router)
    misplace(router)


def on_a_nested_router(app: FastAPI, misplace: Misplace) -> None:
    """On a router in a router."""
    outer, inner = APIRouter(), APIRouter()
    misplace(inner)
    outer.include_router(inner, prefix="/inner")
    app.include_router(outer, prefix="/outer")


def on_a_mounted_app(app: FastAPI, misplace: Misplace) -> None:
    """On a mounted app."""
    inner = FastAPI()
    misplace(inner)
    app.mount("/inner", inner)


def on_a_mounted_app_behind_a_middleware(app: FastAPI, misplace: Misplace) -> None:
    """On a mounted app that a middleware wraps."""
    inner = FastAPI()
    misplace(inner)
    app.mount("/inner", GZipMiddleware(inner))


def on_a_mount_with_middleware(app: FastAPI, misplace: Misplace) -> None:
    """On an app below a Mount that has middleware of its own."""
    inner = FastAPI()
    misplace(inner)
    app.router.routes.append(Mount("/inner", inner, middleware=[Middleware(GZipMiddleware)]))


def on_a_router_of_a_mounted_app_in_a_router(app: FastAPI, misplace: Misplace) -> None:
    """On a router of an app that is mounted in a router of Starlette's that is mounted."""
    router, inner = APIRouter(), FastAPI()
    misplace(router)
    inner.include_router(router)
    app.mount("/outer", Router(routes=[Mount("/inner", inner)]))


class Wrapper:
    """Middleware that keeps the app under a name of its own, and whose call may be what is mounted."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        await self._inner(scope, receive, send)

    __call__ = serve


class Unbound(Wrapper):
    """A proxy that stands for nothing outside of a request."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def wrapped_by_a_function(app: ASGIApp) -> ASGIApp:
    """Middleware that is a function, with a variable that has no value yet."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        if scope["path"] == "/later":
            await later(scope, receive, send)

    later: ASGIApp
    if not callable(app):
        later = app
    return serve


async def pass_on(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Middleware that is told its app."""
    await app(scope, receive, send)


def on_a_mounted_app_behind_middleware_of_any_make(app: FastAPI, misplace: Misplace) -> None:
    """On a mounted app that is wrapped in one middleware after the other."""
    inner = FastAPI()
    misplace(inner)
    verifier: Any = NoKeys()
    served: ASGIApp = CognitoMiddleware(inner, verifier, optional=True)
    served = Wrapper(functools.partial(pass_on, wrapped_by_a_function(served))).serve
    app.mount("/inner", Unbound(Wrapper(functools.partial(pass_on, app=served))))


def on_what_a_router_falls_back_to(app: FastAPI, misplace: Misplace) -> None:
    """On an app that answers where no route does."""
    inner = FastAPI()
    misplace(inner)
    app.router.default = inner


def on_an_app_that_is_a_route_s_endpoint(app: FastAPI, misplace: Misplace) -> None:
    """On an app that serves a route."""
    inner = FastAPI()
    misplace(inner)
    endpoint: Any = Wrapper(inner)
    app.router.routes.append(Route("/inner/{rest:path}", endpoint))


EVERYWHERE = pytest.mark.parametrize(
    "place",
    [
        on_the_app,
        on_a_router,
        on_a_router_that_is_filled_later,
        on_a_nested_router,
        on_a_mounted_app,
        on_a_mounted_app_behind_a_middleware,
        on_a_mount_with_middleware,
        on_a_router_of_a_mounted_app_in_a_router,
        on_a_mounted_app_behind_middleware_of_any_make,
        on_an_app_that_is_a_route_s_endpoint,
        on_what_a_router_falls_back_to,
    ],
)
Place = Callable[[FastAPI, Misplace], None]


@EVERYWHERE
@EVERY_WAY
def test_it_stops_the_app_from_starting(
    cognito: CognitoAuth[AccessToken], place: Place, misplace: Misplace
) -> None:
    """The app does not start, and says which route and which view are meant."""
    app = FastAPI()
    place(app, misplace)
    cognito.init_app(app)

    with pytest.raises(ConfigurationError, match=r"/open' is served without protection.*view"):
        TestClient(app).__enter__()


@EVERYWHERE
@EVERY_WAY
def test_without_a_start_no_request_is_answered(
    cognito: CognitoAuth[AccessToken], place: Place, misplace: Misplace
) -> None:
    """Where nothing starts the app, every request fails, the first as well as the second."""
    app = FastAPI()

    @app.get("/public")
    async def public() -> str:
        return "public"

    place(app, misplace)
    cognito.init_app(app)
    client = TestClient(app, raise_server_exceptions=False)

    assert [500, 500] == [client.get("/public").status_code for _ in range(2)]
    with pytest.raises(ConfigurationError, match="/open"):
        TestClient(app).get("/public")


@EVERY_WAY
def test_it_fails_on_the_very_line(cognito: CognitoAuth[AccessToken], misplace: Misplace) -> None:
    """Where the app is known already, the decorator itself raises; and what it left behind stays closed."""
    app = FastAPI()
    cognito.init_app(app)

    with pytest.raises(ConfigurationError, match="/open"):
        misplace(app)
    assert 500 == TestClient(app, raise_server_exceptions=False).get("/open").status_code


def test_a_mounted_app_that_is_served_by_itself(
    cognito: CognitoAuth[AccessToken],
) -> None:
    """A mounted app with an authenticator of its own looks through its routes when the first request comes."""
    inner, outer, router = FastAPI(), FastAPI(), APIRouter()
    cognito.init_app(inner)
    by_require_cognito(router)
    inner.include_router(router)
    outer.mount("/inner", inner)

    with TestClient(outer) as client, pytest.raises(ConfigurationError, match="/open"):
        client.get("/inner/open")


def test_routes_that_are_added_while_the_app_runs(
    cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """The look through the routes is repeated when there are new ones."""
    app, router = FastAPI(), APIRouter()
    target: FastAPI | APIRouter = router if hasattr(routing, "iter_route_contexts") else app
    cognito.init_app(app)
    app.include_router(router)

    async def view() -> str:
        return "in"

    guarded = require_cognito(view)
    app.get("/guarded")(guarded)

    with TestClient(app) as client:
        before = client.get("/guarded", headers=bearer(mint.access_token())).json()
        target.get("/open")(view)
        with pytest.raises(ConfigurationError, match="/open"):
            client.get("/guarded", headers=bearer(mint.access_token()))

    assert "in" == before


@pytest.mark.parametrize("kind", ["dependency", "decorator", "optional"])
def test_an_app_without_init_app_is_looked_through_by_its_first_protected_request(
    cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer, kind: str
) -> None:
    """Where init_app() was forgotten, any route that is protected rightly brings the mistake to light."""
    app = FastAPI()
    by_require_cognito(app)

    async def by_dependency(token: Annotated[AccessToken, Depends(cognito)]) -> None:
        return None

    async def by_optional(token: Annotated[AccessToken | None, Depends(cognito.optional)]) -> None:
        return None

    @cognito.require()
    async def by_decorator() -> None:
        return None

    view: Any = {
        "dependency": by_dependency, "optional": by_optional, "decorator": by_decorator,
    }[kind]  # fmt: skip
    app.get("/right")(view)

    with pytest.raises(ConfigurationError, match="/open"):
        TestClient(app).get("/right", headers=bearer(mint.access_token()))


@pytest.mark.parametrize("place", ["itself", "above"])
@pytest.mark.parametrize("watched", [True, False])
def test_the_log_says_once_that_init_app_was_forgotten(
    cognito: CognitoAuth[AccessToken],
    mint: TokenMint,
    bearer: Bearer,
    caplog: pytest.LogCaptureFixture,
    place: str,
    watched: bool,
) -> None:
    """An app that nothing watches says so at its first protected request; a mounted one is watched with the app above."""
    app, outer = FastAPI(), FastAPI()
    app.get("/")(cognito.require(lambda: "in"))
    outer.mount("/inner", app)
    served, path = (app, "/") if place == "itself" else (outer, "/inner/")
    if watched:
        cognito.init_app(served)
    client = TestClient(served)

    statuses = [client.get(path, headers=bearer(mint.access_token())).status_code for _ in "12"]

    assert [200, 200] == statuses
    assert (not watched) == ("init_app() was not called" in caplog.text)
    assert len(caplog.records) <= 1


def test_the_right_order_passes(
    cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """The twin: the same decorators in the right order, in every place, start and protect."""
    app, router, inner = FastAPI(), APIRouter(), FastAPI()
    cognito.init_app(app)
    for target in (app, router, inner):

        @target.get("/closed")
        @require_cognito
        async def view() -> str:
            return "in"

    app.include_router(router, prefix="/router")
    app.mount("/inner", inner)
    app.mount("/wrapped", Wrapper(wrapped_by_a_function(inner)))

    with TestClient(app) as client:
        for path in ("/closed", "/router/closed", "/inner/closed", "/wrapped/closed"):
            assert 401 == client.get(path).status_code
            assert "in" == client.get(path, headers=bearer(mint.access_token())).json()


def test_a_guard_for_each_of_two_routes(
    cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """A function may have two routes with a guard each, also with a decorator in between."""
    app = FastAPI()
    cognito.init_app(app)

    @app.post("/plain")
    @cognito.require(groups=["admin"])
    @app.get("/plain")
    @cognito.require
    async def plain() -> str:
        return "in"

    @app.post("/between")
    @passing
    @cognito.require(groups=["admin"])
    @passing
    @app.get("/between")
    @cognito.require
    async def between() -> str:
        return "in"

    user, admin = bearer(mint.access_token()), bearer(mint.access_token(groups=["admin"]))
    with TestClient(app) as client:
        for path in ("/plain", "/between"):
            assert [401, 200] == [client.get(path, headers=h).status_code for h in ({}, user)]
            assert [401, 403, 200] == [
                client.post(path, headers=h).status_code for h in ({}, user, admin)
            ]


@pytest.mark.parametrize("between", [passing, lambda view: view])
def test_a_second_guard_that_came_too_late(
    cognito: CognitoAuth[AccessToken], between: Callable[[Any], Any]
) -> None:
    """A demand that is written above the route is not lost because another is written below it."""
    app = FastAPI()
    cognito.init_app(app)

    @cognito.require(groups=["admin"])
    @between
    @app.get("/open")
    @cognito.require
    async def view() -> str:
        return "in"

    with pytest.raises(ConfigurationError, match=r"/open' is served without protection"):
        TestClient(app).__enter__()


def test_a_callable_object_with_slots(
    cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """An object that cannot be referenced weakly is guarded, and found where it is not, like any other."""

    class View:
        __slots__ = ()

        def __call__(self) -> str:
            return "in"

    app, view = FastAPI(), View()
    app.get("/closed")(cognito.require(view))
    cognito.init_app(app)

    assert 401 == TestClient(app).get("/closed").status_code
    assert "in" == TestClient(app).get("/closed", headers=bearer(mint.access_token())).json()
    app.get("/open")(view)
    with pytest.raises(ConfigurationError, match="/open"):
        TestClient(app).get("/closed")


def test_a_starlette_app_is_watched_too(cognito: CognitoAuth[AccessToken]) -> None:
    """init_app() takes an app of Starlette's, and finds views that lost their guard there."""

    async def view(request: Request) -> PlainTextResponse:
        return PlainTextResponse("in")

    app = Starlette(routes=[Route("/open", view)])
    cognito.init_app(app)
    before = TestClient(app).get("/open").text
    require_cognito_of_view: Any = None
    with pytest.raises(ConfigurationError, match="/open"):
        require_cognito_of_view = require_cognito(view)

    assert "in" == before
    assert require_cognito_of_view is None
    assert 500 == TestClient(app, raise_server_exceptions=False).get("/open").status_code


def test_apps_are_not_kept(async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """An app that is no longer used, as in tests, goes, and with it what was known of it."""
    app = FastAPI()
    CognitoAuth(async_verifier).init_app(app)

    @app.get("/")
    @require_cognito
    async def home() -> None:
        return None

    assert 401 == TestClient(app).get("/").status_code
    reference = weakref.ref(app)
    del app, home
    gc.collect()

    assert reference() is None
