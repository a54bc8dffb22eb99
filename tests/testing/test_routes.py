"""assert_all_routes_protected, on sound applications and on ones with a hole."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import fastapi
import flask
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from flask.views import MethodView
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from cognitokit import AccessToken, ConfigurationError
from cognitokit.fastapi import CognitoAuth as FastApiAuth
from cognitokit.flask import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint, assert_all_routes_protected

MINT = TokenMint()
DOCS = ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"]


def flask_app() -> flask.Flask:
    """A Flask application with a guard and no routes but its static files."""
    app = flask.Flask(__name__)
    CognitoAuth(app, verifier=MINT.verifier())
    return app


def fastapi_app(**options: Any) -> tuple[FastAPI, FastApiAuth[AccessToken]]:
    """A FastAPI application with a guard and no routes but its documentation."""
    app = FastAPI(**options)
    cognito = FastApiAuth(MINT.async_verifier())
    cognito.init_app(app)
    return app, cognito


def unprotected(app: Any, **options: Any) -> list[str]:
    """Return what the assertion says is wrong; an empty list where it passes."""
    try:
        assert_all_routes_protected(app, **options)
    except AssertionError as error:
        return [line.strip() for line in str(error).splitlines()[1:-1]]
    return []


def test_flask_app_with_every_route_guarded_passes() -> None:
    """Routes with every kind of converter are reached, and refused."""
    app = flask_app()
    for number, rule in enumerate(
        [
            "/a",
            "/a/<name>",
            "/a/<int(min=5):number>",
            "/a/<float:number>/x",
            "/a/<uuid:id>/x",
            "/a/<path:rest>/x",
            "/a/<any(one,two):which>/y",
            "/a/<string(length=2):code>/z",
        ]
    ):
        app.add_url_rule(
            rule,
            f"view{number}",
            require_cognito(lambda **_: "ok"),
            methods=["GET", "POST", "DELETE"],
        )

    assert [] == unprotected(app, public=["static"], path_params={"code": "ab"})


def test_flask_holes_are_found() -> None:
    """A forgotten decorator is found, by method, and a public route has to be named."""
    app = flask_app()
    app.get("/tasks")(require_cognito(lambda: "ok"))
    app.add_url_rule("/tasks", "create", lambda: ("made", 201), methods=["POST"])
    app.add_url_rule("/health", "health", lambda: "ok")

    assert [
        "GET /health: answered 200 to a request without a token",
        "GET /static/<path:filename>: answered 404 to a request without a token",
        "POST /tasks: answered 201 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["static", "/health", "POST /tasks"])


def test_public_routes_can_be_named_in_each_way() -> None:
    """A path, a method and path, an endpoint and a view function all name a route."""
    app = flask_app()

    def health() -> str:
        return "ok"

    @functools.wraps(health)
    def timed() -> str:
        return health()

    @functools.wraps(timed)
    def logged() -> str:
        return timed()

    app.add_url_rule("/health", view_func=logged)

    for name in ("/health", "GET /health", "health", health, logged):
        assert [] == unprotected(app, public=["static", name])
    assert ["GET /health: answered 200 to a request without a token"] == unprotected(
        app, public=["static"]
    )


def test_public_names_must_exist() -> None:
    """A name in public that is no route, any more, fails."""
    app = flask_app()

    assert ["/gone: in public, but no route is called so"] == unprotected(
        app, public=["static", "/gone"]
    )


def test_flask_decorator_in_the_wrong_order_is_found() -> None:
    """A guard above the route's decorator guards nothing, which the message explains."""
    app = flask_app()
    bare = app.get("/tasks")(lambda: "secret")
    with pytest.raises(ConfigurationError):
        require_cognito(bare)

    (found,) = unprotected(app, public=["static"])
    assert "write the decorator that protects" in found


def test_foreign_decorator_in_the_wrong_order_is_found() -> None:
    """The same mistake with a guard that is not ours is found by asking the route."""
    app = flask.Flask(__name__)

    def login_required(view: Callable[[], Any]) -> Callable[[], Any]:
        def guarded() -> Any:
            return flask.abort(401)

        return guarded

    @login_required
    @app.get("/wrong")
    def wrong() -> str:
        return "secret"

    @app.get("/right")
    @login_required
    def right() -> str:
        return "secret"

    assert ["GET /wrong: answered 200 to a request without a token"] == unprotected(
        app, public=["static"]
    )


def test_flask_blueprints_and_class_based_views_are_asked() -> None:
    """Each method of a view class counts by itself."""
    app = flask_app()

    class Tasks(MethodView):
        @require_cognito
        def get(self) -> str:
            return "ok"

        def delete(self) -> str:
            return "gone"

    blueprint = flask.Blueprint("api", __name__, url_prefix="/api")
    blueprint.add_url_rule("/tasks", view_func=Tasks.as_view("tasks"))
    app.register_blueprint(blueprint)

    assert ["DELETE /api/tasks: answered 200 to a request without a token"] == unprotected(
        app, public=["static"]
    )
    assert [] == unprotected(app, public=["static", "api.tasks"])


def test_crash_before_the_guard_is_found() -> None:
    """A view that raises instead of refusing is not protected; the application's settings stay as they were."""
    app = flask.Flask(__name__)

    @app.get("/tasks")
    def tasks() -> str:
        raise RuntimeError

    assert ["GET /tasks: raised RuntimeError instead of refusing"] == unprotected(
        app, public=["static"]
    )
    assert app.config["PROPAGATE_EXCEPTIONS"] is None


def test_other_refusals_can_be_named() -> None:
    """An application that answers 403, or redirects, to strangers says so."""
    app = flask.Flask(__name__)
    app.add_url_rule("/tasks", view_func=lambda: ("no", 403), endpoint="tasks")

    assert [] == unprotected(app, public=["static"], refused=(403,))
    assert 1 == len(unprotected(app, public=["static"]))


def test_fastapi_app_with_every_route_guarded_passes() -> None:
    """Routes, routers, typed path parameters, bodies and WebSockets are reached, and refused."""
    app, cognito = fastapi_app()
    router = APIRouter(prefix="/v1", dependencies=[fastapi.Security(cognito)])

    @router.get("/items/{key}/{kind:path}")
    async def item(key: uuid.UUID, kind: str) -> None: ...

    @router.post("/items/{number:int}")
    async def create(number: int, body: dict[str, str]) -> None: ...

    app.include_router(router, prefix="/api")

    @app.websocket("/live", dependencies=[fastapi.Security(cognito)])
    async def live(socket: WebSocket) -> None:
        await socket.accept()

    @app.get("/tasks")
    @cognito.require(groups=["admin"])
    def tasks() -> None: ...

    assert [] == unprotected(app, public=DOCS)


def test_fastapi_holes_are_found() -> None:
    """A router included without its dependency, an open route and an open WebSocket are found."""
    app, _ = fastapi_app(openapi_url=None)
    router = APIRouter(prefix="/v1")
    nested = APIRouter()

    @nested.get("/items/{key}")
    async def item(key: int) -> dict[str, int]:
        return {"key": key}

    router.include_router(nested, prefix="/nested")
    app.include_router(router, prefix="/api")

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()

    @app.put("/tasks")
    async def tasks(body: dict[str, str]) -> None: ...

    assert [
        "GET /api/v1/nested/items/{key}: answered 200 to a request without a token",
        "PUT /tasks: answered 422 to a request without a token",
        "WEBSOCKET /live: answered 101 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["item", "/tasks", "WEBSOCKET /live"])


@pytest.mark.filterwarnings("ignore:The `__fields__` attribute is deprecated")  # FastAPI's own
def test_fastapi_documentation_is_public_only_when_named() -> None:
    """The pages that FastAPI serves by itself are open, and count."""
    app, _ = fastapi_app()

    assert {f"GET {path}: answered 200 to a request without a token" for path in DOCS} == set(
        unprotected(app)
    )


def test_fastapi_decorator_in_the_wrong_order_is_found() -> None:
    """Our guard above the route's decorator is reported once, with what to do."""
    app, cognito = fastapi_app(openapi_url=None)
    bare = app.get("/tasks")(lambda: "secret")
    app.get("/other")(lambda: "open")
    with pytest.raises(ConfigurationError):
        cognito.require()(bare)

    (found,) = unprotected(app)
    assert "'/tasks'" in found
    assert "write the decorator that protects" in found


def test_mounted_applications_are_looked_into() -> None:
    """Routes of a mounted app are asked under their prefix; one that hides its routes is asked as a whole."""
    inner = FastAPI(openapi_url=None)
    inner.get("/open")(lambda: "open")
    app, _ = fastapi_app(openapi_url=None)
    app.mount("/inner", inner)
    app.mount("/files", StaticFiles(directory="/"), name="files")

    assert [
        "GET /files: answered 404 to a request without a token",
        "GET /inner/open: answered 200 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["files", "/inner/open"])


def test_starlette_apps_are_asked() -> None:
    """A plain Starlette application is walked, function routes, mounts and sockets alike."""

    async def hello(request: object) -> PlainTextResponse:
        return PlainTextResponse("hello")

    async def denied(request: object) -> PlainTextResponse:
        return PlainTextResponse("no", 401)

    async def live(socket: Any) -> None:
        await socket.close()

    app = Starlette(
        routes=[
            Route("/hello/{number:int}", hello),
            Route("/denied/{share:float}/{id:uuid}", denied, methods=["POST"]),
            Mount("/v1", routes=[Route("/hello", hello, name="greeting")]),
            WebSocketRoute("/live", live),
        ]
    )

    assert [
        "GET /hello/{number:int}: answered 200 to a request without a token",
        "GET /v1/hello: answered 200 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["greeting", hello])


def test_endless_answers_do_not_hang() -> None:
    """A stream without an end is seen to be open by its first word."""
    app = FastAPI(openapi_url=None)

    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0)

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(forever())

    assert ["GET /stream: answered 200 to a request without a token"] == unprotected(app)


def test_crash_in_fastapi_is_found() -> None:
    """An endpoint that raises is named with what it raised."""
    app = FastAPI(openapi_url=None)

    @app.get("/tasks")
    async def tasks() -> None:
        raise RuntimeError

    assert ["GET /tasks: raised RuntimeError instead of refusing"] == unprotected(app)


def test_websocket_may_be_refused_with_a_response() -> None:
    """A handshake that is answered with a status of its own is judged by it."""
    app = FastAPI(openapi_url=None)

    @app.websocket("/refuses")
    async def refuses(socket: WebSocket) -> None:
        await socket.send_denial_response(PlainTextResponse("no", 401))

    @app.websocket("/answers")
    async def answers(socket: WebSocket) -> None:
        await socket.send_denial_response(PlainTextResponse("what?", 404))

    assert ["WEBSOCKET /answers: answered 404 to a request without a token"] == unprotected(app)


def test_lifespan_is_run_when_asked_for() -> None:
    """What the startup makes is there for the calls, and the shutdown comes after."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, int]]:
        seen.append("up")
        yield {"status": 401}
        seen.append("down")

    app = FastAPI(openapi_url=None, lifespan=lifespan)

    @app.get("/tasks")
    async def tasks(request: fastapi.Request) -> None:
        raise fastapi.HTTPException(request.state.status)

    assert ["GET /tasks: raised AttributeError instead of refusing"] == unprotected(app)
    assert [] == seen
    assert [] == unprotected(app, lifespan=True)
    assert ["up", "down"] == seen


def test_startup_that_fails_is_reported() -> None:
    """An application that does not start has no route that refuses."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        raise RuntimeError
        yield

    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.get("/tasks")(lambda: None)

    assert ["GET /tasks: raised RuntimeError instead of refusing"] == unprotected(
        app, lifespan=True
    )


def test_application_without_a_lifespan_is_reported() -> None:
    """One that does not know the lifespan protocol cannot be asked to run it."""

    class Deaf(Starlette):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                raise NotImplementedError
            await super().__call__(scope, receive, send)

    async def denied(request: object) -> PlainTextResponse:
        return PlainTextResponse("no", 401)

    app = Deaf(routes=[Route("/denied", denied)])

    assert [] == unprotected(app)
    assert ["GET /denied: raised NotImplementedError instead of refusing"] == unprotected(
        app, lifespan=True
    )


def test_it_can_be_called_within_a_running_loop() -> None:
    """A test that is a coroutine itself may use the assertion."""
    app, cognito = fastapi_app(openapi_url=None)

    @app.get("/tasks")
    @cognito.require()
    async def tasks() -> None: ...

    async def test() -> None:
        assert_all_routes_protected(app)

    asyncio.run(test())


def test_path_values_can_be_given() -> None:
    """Where a route needs a certain value to be reached, it is given by the placeholder's name."""
    app = FastAPI(openapi_url=None)

    @app.get("/{language}/tasks")
    async def tasks(language: str) -> None:
        raise fastapi.HTTPException(401 if language == "en" else 404)

    assert ["GET /{language}/tasks: answered 404 to a request without a token"] == unprotected(app)
    assert [] == unprotected(app, path_params={"language": "en"})


def test_other_objects_are_no_apps() -> None:
    """What is neither Flask's nor Starlette's is refused."""
    with pytest.raises(ConfigurationError, match="Flask, FastAPI or Starlette"):
        assert_all_routes_protected(object())
