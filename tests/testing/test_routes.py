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
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from cognitokit import AccessToken, ConfigurationError
from cognitokit.asgi import CognitoMiddleware
from cognitokit.fastapi import CognitoAuth as FastApiAuth
from cognitokit.flask import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint, assert_all_routes_protected
from tests.testing.open_routes import unprotected

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


class ByMethod:
    """An ASGI application that answers each method with its status, and the others with 401."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""
        status = self.statuses.get(scope["method"], 401)
        await PlainTextResponse("", status)(scope, receive, send)


async def unguarded(request: object) -> PlainTextResponse:
    """A view that anybody may call."""
    return PlainTextResponse("open")


def test_flask_app_with_every_route_guarded_passes() -> None:
    """Routes with every kind of converter are reached, and refused."""
    app = flask_app()
    for number, rule in enumerate(
        [
            "/a",
            "/a/<name>",
            "/a/<int(min=5):number>",
            "/a/<float:number>/w",
            "/a/<uuid:id>/w",
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
    """Routes of a mounted app are asked under their prefix, through whatever wraps it."""
    inner = FastAPI(openapi_url=None)
    inner.get("/open")(lambda: "open")
    wrapped = Starlette(routes=[Route("/below", unguarded)])
    app, _ = fastapi_app(openapi_url=None)
    app.mount("/inner", inner)
    app.mount("/nothing", Starlette())
    app.mount("/guarded", CognitoMiddleware(wrapped, MINT.verifier()))
    app.mount("/zipped", GZipMiddleware(wrapped))

    assert [
        "GET /inner/open: answered 200 to a request without a token",
        "GET /zipped/below: answered 200 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["/zipped/below", "/inner/open"])


def test_mounts_that_hide_their_routes_are_reported() -> None:
    """One that cannot be looked into is reported whatever it answers, until it is named itself."""
    refusing = ByMethod()
    files = StaticFiles(directory="/")
    app = Starlette(
        routes=[
            Route("/files", endpoint=ByMethod()),
            Mount("/files", files, name="files"),
            Host("admin.example.com", refusing),
            Mount("/", refusing),
        ]
    )
    found = [
        f"MOUNT {where}: cannot be looked into: test it by itself, and name it in public"
        for where in ("/files (files)", "admin.example.com", "/")
    ]

    assert found == unprotected(app)
    for name in ("files", "MOUNT /files", files):
        assert found[1:] == unprotected(app, public=[name])
    assert found[:1] == unprotected(app, public=[refusing])
    # The path is that of the route, which would otherwise excuse all that is below it.
    assert found == unprotected(app, public=["/files"])


def test_flask_mounts_are_reported() -> None:
    """Applications beside a Flask app are reported, however the dispatcher is wrapped."""
    app = flask_app()
    other = flask.Flask("other")
    app.wsgi_app = ProxyFix(DispatcherMiddleware(app.wsgi_app, {"/admin": other}))  # type: ignore[method-assign]

    assert ["MOUNT /admin: cannot be looked into: test it by itself, and name it in public"] == (
        unprotected(app, public=["static"])
    )
    assert [] == unprotected(app, public=["static", "MOUNT /admin"])
    assert [] == unprotected(app, public=["static", other])


def test_endpoint_classes_are_asked_for_what_they_define() -> None:
    """Each method of a Starlette endpoint class counts by itself, and no other does."""

    class Tasks(HTTPEndpoint):
        async def get(self, request: object) -> PlainTextResponse:
            return PlainTextResponse("no", 401)

        async def delete(self, request: object) -> PlainTextResponse:
            return PlainTextResponse("gone")

        async def options(self, request: object) -> PlainTextResponse:
            return PlainTextResponse("GET, DELETE")

    class Created(HTTPEndpoint):
        async def post(self, request: object) -> PlainTextResponse:
            return PlainTextResponse("no", 401)

    class Headed(Created):
        async def get(self, request: object) -> PlainTextResponse:
            return PlainTextResponse("no", 401)

        async def head(self, request: object) -> PlainTextResponse:
            return PlainTextResponse(headers={"X-Balance": "42"})

    app, _ = fastapi_app(openapi_url=None)
    app.add_route("/tasks", Tasks)  # type: ignore[arg-type]
    app.add_route("/created", Created)  # type: ignore[arg-type]
    app.add_route("/headed", Headed)  # type: ignore[arg-type]

    assert [
        "DELETE /tasks: answered 200 to a request without a token",
        "HEAD /headed: answered 200 to a request without a token",
        "OPTIONS /tasks: answered 200 to a request without a token",
    ] == sorted(unprotected(app))
    assert [] == unprotected(app, public=["DELETE /tasks", "HEAD /headed", "OPTIONS /tasks"])


def test_options_where_a_view_takes_it() -> None:
    """A view that runs for OPTIONS is found; an answer that only names the methods is none of its own."""
    app = flask_app()
    guarded = require_cognito(lambda: "tasks")

    class Own(MethodView):
        @require_cognito
        def get(self) -> str:
            return "tasks"

        def options(self) -> str:
            return ""

    class Guarded(Own):
        decorators = [require_cognito]  # noqa: RUF012 - as Flask has it

    app.add_url_rule("/guarded", "guarded", guarded, methods=["GET", "OPTIONS"])
    app.add_url_rule("/open", "open", lambda: "", methods=["OPTIONS"])
    app.add_url_rule("/stock", "stock", guarded, methods=["GET"])
    app.add_url_rule("/own", view_func=Own.as_view("own"))
    app.add_url_rule("/own-guarded", view_func=Guarded.as_view("own-guarded"))

    assert [
        "OPTIONS /open: answered 200 to a request without a token",
        "OPTIONS /own: answered 200 to a request without a token",
    ] == sorted(unprotected(app, public=["static"]))
    assert [] == unprotected(app, public=["static", "OPTIONS /open", "OPTIONS /own"])


def test_options_of_fastapi() -> None:
    """A route for OPTIONS is asked for it, and a guarded one refuses."""
    app, cognito = fastapi_app(openapi_url=None)
    app.options("/open")(lambda: "open")
    app.options("/closed")(cognito.require(lambda: "closed"))

    assert ["OPTIONS /open: answered 200 to a request without a token"] == unprotected(app)
    assert [] == unprotected(app, public=["/open"])


def test_endpoint_classes_that_dispatch_by_themselves_are_asked_for_more() -> None:
    """A class that has a way of its own from a request to an answer may take any method."""

    class Anything(HTTPEndpoint):
        async def dispatch(self) -> None:
            request = Request(self.scope)
            answers = {"GET": 401, "PUT": 200}
            response = PlainTextResponse("", answers.get(request.method, 405))
            await response(self.scope, self.receive, self.send)

        async def get(self, request: object) -> None: ...

        async def post(self, request: object) -> None: ...

    app = Starlette(routes=[Route("/tasks", Anything)])

    assert [
        "POST /tasks: answered 405 to a request without a token",
        "PUT /tasks: answered 200 to a request without a token",
    ] == unprotected(app)
    assert [] == unprotected(app, public=["POST /tasks", "PUT /tasks"])


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_views_that_name_no_methods_are_asked_for_the_usual_ones(method: str) -> None:
    """An ASGI application as an endpoint may answer any method; 405 says that it does not."""
    closed = Starlette(routes=[Route("/tasks", endpoint=ByMethod(PATCH=405))])
    open_ = Starlette(routes=[Route("/tasks", endpoint=ByMethod(**{method: 200}))])
    empty = Starlette(routes=[Route("/tasks", ByMethod(**{method: 200}), methods=[])])
    flask_ = flask_app()
    flask_.url_map.add(Rule("/tasks", endpoint="tasks"))
    flask_.view_functions["tasks"] = lambda: ("", 200 if flask.request.method == method else 401)

    assert [] == unprotected(closed)
    found = [f"{method} /tasks: answered 200 to a request without a token"]
    assert found == unprotected(open_)
    assert found == unprotected(empty)
    assert found == unprotected(flask_, public=["static"])


def test_head_is_asked_where_no_get_answers_it() -> None:
    """A route for HEAD alone, or a view class with a HEAD of its own, is a way in like any other."""
    api, cognito = fastapi_app(openapi_url=None)
    api.head("/open")(lambda: fastapi.Response(headers={"X-Balance": "42"}))
    api.head("/closed", dependencies=[fastapi.Security(cognito)])(lambda: None)
    app = flask_app()
    app.add_url_rule("/open", "open", lambda: "", methods=["HEAD"])
    app.add_url_rule("/closed", "closed", require_cognito(lambda: ""), methods=["HEAD"])

    class Tasks(MethodView):
        @require_cognito
        def get(self) -> str:
            return "ok"

        def head(self) -> str:
            return ""

    app.add_url_rule("/tasks", view_func=Tasks.as_view("tasks"))

    assert ["HEAD /open: answered 200 to a request without a token"] == unprotected(api)
    assert [
        "HEAD /open: answered 200 to a request without a token",
        "HEAD /tasks: answered 200 to a request without a token",
    ] == unprotected(app, public=["static"])
    assert [] == unprotected(app, public=["static", "/open", "HEAD /tasks"])


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
