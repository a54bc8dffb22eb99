"""assert_all_routes_protected reports what answers beside the routes that it can ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import flask
import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, Router
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware

from tests.testing.open_routes import unprotected


def mounts(*where: str) -> list[str]:
    """What is said of applications that keep their routes to themselves."""
    return [
        f"MOUNT {each}: cannot be looked into: test it by itself, and name it in public"
        for each in where
    ]


def flask_app() -> flask.Flask:
    """A Flask application that refuses everyone."""
    app = flask.Flask(__name__, static_folder=None)
    app.add_url_rule("/tasks", "tasks", lambda: ("no", 401))
    return app


async def closed(request: object) -> PlainTextResponse:
    """A view that refuses everyone."""
    return PlainTextResponse("no", 401)


async def answer_all(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that answers everyone."""
    await PlainTextResponse("open")(scope, receive, send)


async def opened(request: object) -> PlainTextResponse:
    """A view that anybody may call."""
    return PlainTextResponse("open")


ROUTES = [Route("/tasks", closed)]


def middleware(attribute: str) -> Callable[[Any], Any]:
    """A class of WSGI middleware that calls what it wraps by that name."""

    def start(self: Any, app: Any) -> None:
        setattr(self, attribute, app)

    def call(self: Any, environ: Any, start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = getattr(self, attribute)(environ, start_response)
        return answer

    return type("Timing", (), {"__init__": start, "__call__": call})


@pytest.mark.parametrize("attribute", ["app", "wsgi_app", "application", "wrapped", "_app"])
def test_wsgi_middleware_is_looked_through(attribute: str) -> None:
    """What a dispatcher mounts is found below middleware, which is reported itself, for it may answer too."""
    app, other = flask_app(), flask.Flask("other")
    timing = middleware(attribute)
    app.wsgi_app = timing(DispatcherMiddleware(app.wsgi_app, {"/admin": other}))  # type: ignore[method-assign]

    assert mounts("/ (Timing)", "/admin") == unprotected(app)
    assert [] == unprotected(app, public=["Timing", "MOUNT /admin"])
    assert [] == unprotected(app, public=[app.wsgi_app, other])
    app = flask_app()
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    assert [] == unprotected(app)


def test_function_before_a_flask_app_is_reported() -> None:
    """A function hides what it calls, and may answer by itself."""
    app = flask_app()
    inner = app.wsgi_app

    def route(environ: Any, start_response: Any) -> Any:
        return inner(environ, start_response)

    app.wsgi_app = route  # type: ignore[method-assign]

    assert mounts("/ (route)") == unprotected(app)
    assert [] == unprotected(app, public=["route"])
    assert [] == unprotected(app, public=[route])


def test_files_that_werkzeug_serves_are_reported(tmp_path: Path) -> None:
    """Shared data answers before the application does."""
    app = flask_app()
    app.wsgi_app = SharedDataMiddleware(app.wsgi_app, {"/files": str(tmp_path)})  # type: ignore[method-assign]

    assert mounts("/ (SharedDataMiddleware)") == unprotected(app)
    assert [] == unprotected(app, public=["SharedDataMiddleware"])


def test_middleware_may_wrap_the_flask_app_itself_or_another() -> None:
    """The search ends at the application, and where it goes round in circles."""
    app, circle = flask_app(), flask_app()
    app.wsgi_app = DispatcherMiddleware(app, {"/admin": flask_app()})  # type: ignore[method-assign]
    timing = middleware("app")(None)
    timing.app = timing
    circle.wsgi_app = timing  # type: ignore[method-assign]

    assert mounts("/admin") == unprotected(app, public=["tasks"])
    assert mounts("/ (Timing)") == unprotected(circle, public=["tasks"])


class Debugging:
    """ASGI middleware that answers one path by itself."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer it, or pass the request on."""
        answers = scope["path"].endswith("/debug")
        await (answer_all if answers else self.app)(scope, receive, send)


async def pass_on(request: Any, call_next: Any) -> Any:
    """Decide nothing."""
    return await call_next(request)


@pytest.mark.parametrize("is_route", [True, False])
def test_unknown_middleware_of_a_mount_is_reported(is_route: bool) -> None:
    """It may answer by itself, so it is named; what lies below it is asked all the same."""
    below = Starlette(routes=[*ROUTES, Route("/open", opened)])

    def app(kind: Any, **options: Any) -> Starlette:
        mount = (
            Mount("/v1", routes=below.routes, middleware=[Middleware(kind, **options)], name="v1")
            if is_route
            else Mount("/v1", kind(below, **options), name="v1")
        )
        return Starlette(routes=[mount])

    found = ["GET /v1/open: answered 200 to a request without a token"]

    assert [*found, *mounts("/v1 (Debugging, v1)")] == unprotected(app(Debugging))
    assert [*found, *mounts("/v1 (BaseHTTPMiddleware, v1)")] == unprotected(
        app(BaseHTTPMiddleware, dispatch=pass_on)
    )
    assert found == unprotected(app(Debugging), public=["v1"])
    assert found == unprotected(app(GZipMiddleware))
    assert [] == unprotected(app(Debugging), public=["Debugging", "/v1/open"])


def test_default_of_a_router_is_reported() -> None:
    """What a router answers with where no route matches is a way in, of an application or of a mount."""
    app = FastAPI(openapi_url=None)
    app.add_route("/tasks", closed)
    app.mount("/inner", Router(routes=ROUTES, default=answer_all))

    assert mounts("/inner (answer_all)") == unprotected(app)
    app.router.default = answer_all
    assert mounts("/inner (answer_all)", "/ (answer_all)") == unprotected(app)
    assert [] == unprotected(app, public=["answer_all"])
    assert [] == unprotected(app, public=[answer_all])


def test_frontend_files_are_reported(tmp_path: Path) -> None:
    """FastAPI serves a frontend where no route matches; its files are public, or tested by themselves."""
    app, router = FastAPI(openapi_url=None), APIRouter()
    app.add_route("/tasks", closed)
    if not hasattr(app, "frontend"):
        pytest.skip("this FastAPI serves no frontends")
    app.frontend("/site", directory=tmp_path)
    router.frontend("/", directory=tmp_path)
    app.include_router(router, prefix="/included")

    assert ["/site", "/included"] == [line.split()[1].rstrip("/:") for line in unprotected(app)]
    assert [] == unprotected(app, public=[line.partition(":")[0] for line in unprotected(app)])


def test_streams_that_never_pause_do_not_hang() -> None:
    """An endless stream without a single pause is seen to be open by its first word."""
    app = FastAPI(openapi_url=None)

    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"."

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(forever())

    assert ["GET /stream: answered 200 to a request without a token"] == unprotected(app)
