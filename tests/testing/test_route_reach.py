"""assert_all_routes_protected asks each route by a path that leads to that route and no other."""

from __future__ import annotations

from typing import Any

import fastapi
import flask
import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from werkzeug.routing import BaseConverter, Rule

from tests.testing.open_routes import unprotected


def flask_app(**options: Any) -> flask.Flask:
    """A Flask application without routes."""
    return flask.Flask(__name__, static_folder=None, **options)


def flask_with(guarded: str, open_: str) -> flask.Flask:
    """A Flask application with a guarded route and an open one."""
    app = flask_app()
    app.add_url_rule(guarded, "guarded", lambda **_: ("no", 401))
    app.add_url_rule(open_, "open", lambda **_: "open")
    return app


async def closed(request: object) -> PlainTextResponse:
    """A view that refuses everyone."""
    return PlainTextResponse("no", 401)


async def opened(request: object) -> PlainTextResponse:
    """A view that anybody may call."""
    return PlainTextResponse("open")


def fastapi_with(guarded: str, open_: str) -> FastAPI:
    """A FastAPI application with a guarded route and an open one after it."""
    app = FastAPI(openapi_url=None)
    app.add_route(guarded, closed)
    router = APIRouter()
    router.get(open_)(lambda: "open")
    app.include_router(router)
    return app


@pytest.mark.parametrize(
    "guarded, open_",
    [
        ("/files/<name>", "/files/<path:rest>"),
        ("/t/x", "/t/<name>"),
        ("/t/1", "/t/<int:number>"),
        ("/t/<int:number>", "/t/<name>"),
        ("/t/<uuid:id>", "/t/<name>"),
        ("/<a>/x/<b>", "/<path:rest>"),
        ("/<any(x,made):word>/<name>", "/<first>/<second>"),
    ],
)
def test_flask_route_behind_a_guarded_one_is_found(guarded: str, open_: str) -> None:
    """A guarded route that takes some of the paths of an open one does not answer in its stead."""
    assert [f"GET {open_}: answered 200 to a request without a token"] == unprotected(
        flask_with(guarded, open_)
    )
    assert [] == unprotected(flask_with(guarded, open_), public=[open_])


@pytest.mark.parametrize(
    "guarded, open_",
    [
        ("/items/{id:int}", "/items/{name}"),
        ("/items/1", "/items/{name}"),
        ("/files/{name}", "/files/{rest:path}"),
        ("/{slug}", "/{rest:path}"),
        ("/{a}/{b:int}", "/{a}/{b}"),
    ],
)
def test_fastapi_route_behind_a_guarded_one_is_found(guarded: str, open_: str) -> None:
    """The same, where the first route that matches answers."""
    assert [f"GET {open_}: answered 200 to a request without a token"] == unprotected(
        fastapi_with(guarded, open_)
    )
    assert [] == unprotected(fastapi_with(guarded, open_), public=[open_])


def test_each_rule_of_a_flask_endpoint_is_asked() -> None:
    """Where a guard looks at the path, a view with two rules is open under one of them."""

    def app(other: str) -> flask.Flask:
        made = flask_app()

        @made.before_request
        def guard() -> None:
            if flask.request.path.startswith("/api/"):
                flask.abort(401)

        made.add_url_rule("/api/tasks/<int:number>", "tasks", lambda number: "secret")
        made.add_url_rule(other, "tasks")
        return made

    assert ["GET /tasks/<int:number>: answered 200 to a request without a token"] == unprotected(
        app("/tasks/<int:number>")
    )
    assert [] == unprotected(app("/api/old-tasks/<int:number>"))


def test_defaults_of_a_rule_belong_to_it() -> None:
    """Of two rules with one endpoint, the one that fixes a value is asked as well as the other."""
    app = flask_app()
    app.add_url_rule("/pages/", "page", lambda number: ("no", 401), defaults={"number": 1})
    app.add_url_rule("/pages/<int:number>", "page")

    assert [] == unprotected(app)


def test_route_that_nothing_reaches_is_reported() -> None:
    """One whose every path belongs to routes before it is never asked, and so proves nothing."""
    hidden = (
        "GET /items/{b}: cannot be reached with a made-up path: give path_params (b) that lead to it, "
        "or remove it if other routes always come first"
    )
    app = Starlette(routes=[Route("/items/{a}", closed), Route("/items/{b}", opened)])

    assert [hidden] == unprotected(app)
    assert [] == unprotected(app, public=["/items/{b}"])
    assert [] == unprotected(Starlette(routes=app.routes[:1]))


def test_path_params_must_lead_to_the_route() -> None:
    """A value that leads to another route is no proof; the right one is."""
    app = flask_with("/t/x", "/t/<name>")
    app.view_functions["open"] = lambda name: ("no", 401)
    found = unprotected(app, path_params={"name": "x"})

    assert [True] == [line.startswith("GET /t/<name>: cannot be reached") for line in found]
    assert [] == unprotected(app, path_params={"name": "joe"})


def test_same_path_twice_is_asked_once_and_again() -> None:
    """A second route for the same path, which never answers, is judged by what answers for it."""
    app = Starlette(routes=[Route("/d", closed), Route("/d", opened)])
    reverse = Starlette(routes=[Route("/d", opened), Route("/d", closed)])

    assert [] == unprotected(app)
    assert ["GET /d: answered 200 to a request without a token"] == unprotected(reverse)


class Year(BaseConverter):
    """Four digits, as a number."""

    regex = r"\d{4}"

    def to_python(self, value: str) -> int:
        """Read it."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Write it."""
        return f"{value:04d}"


class Stock(BaseConverter):
    """What nobody makes up."""

    regex = r"[A-Z]{3}-\d{5}"


class Broken(BaseConverter):
    """Reads nothing."""

    def to_python(self, value: str) -> str:
        """Fail."""
        raise LookupError(value)


@pytest.mark.parametrize(
    "rule",
    [
        "/<int(max=0):number>",
        "/<int(min=5,max=9):number>",
        "/<int(fixed_digits=3):number>",
        "/<int(signed=True):number>",
        "/<float(min=2.5):number>",
        "/<string(length=5):word>",
        "/<string(minlength=20):word>",
        "/<any(one,two):word>",
        "/<year:year>",
    ],
)
def test_values_fit_their_converters(rule: str) -> None:
    """Bounds, lengths and converters of the application's own are met, so that the route answers."""
    app = flask_app()
    app.url_map.converters["year"] = Year
    app.add_url_rule(rule, "view", lambda **_: "open")

    assert [f"GET {rule}: answered 200 to a request without a token"] == unprotected(app)
    app.view_functions["view"] = lambda **_: ("no", 401)
    assert [] == unprotected(app)


def test_converter_that_takes_nothing_made_up_needs_a_value() -> None:
    """It is listed with the others, and path_params help."""
    app = flask_app()
    app.url_map.converters |= {"stock": Stock, "broken": Broken, "year": Year}
    app.add_url_rule("/<stock:item>", "stock", lambda item: ("no", 401))
    app.add_url_rule("/b/<broken:item>", "broken", lambda item: ("no", 401))
    app.add_url_rule("/y/<year:year>", "year", lambda year: ("no", 401))

    def reasons(**path_params: object) -> list[str]:
        return [
            line.partition(":")[2].partition(":")[0]
            for line in unprotected(app, path_params=path_params)
        ]

    assert 2 == len(reasons())
    assert 1 == len(reasons(item="ABC-12345"))
    assert 2 == len(reasons(item="ABC-12345", year="soon"))


def test_subdomains_and_hosts_of_flask_are_asked() -> None:
    """A rule for a host of its own is asked there."""
    by_subdomain = flask_app(subdomain_matching=True)
    by_subdomain.config["SERVER_NAME"] = "example.com"
    by_host = flask_app(host_matching=True)
    cases: list[tuple[flask.Flask, dict[str, Any]]] = [
        (by_subdomain, {"subdomain": "<tenant>"}),
        (by_host, {"host": "<tenant>.example.com"}),
    ]
    for app, options in cases:
        app.add_url_rule("/open", "open", lambda tenant: "open", **options)
        app.add_url_rule("/closed", "closed", lambda tenant: ("no", 401), **options)

        assert ["GET /open: answered 200 to a request without a token"] == unprotected(app)
        assert [] == unprotected(app, public=["open"])


def test_subdomain_that_nothing_serves_is_found() -> None:
    """Without subdomain_matching a rule for a subdomain answers nobody, which is no refusal."""
    app = flask_app()
    app.add_url_rule("/tasks", "tasks", lambda: ("no", 401), subdomain="api")

    assert ["GET /tasks: answered 404 to a request without a token"] == unprotected(app)


def test_rules_that_serve_no_view_are_asked_all_the_same() -> None:
    """An alias and a redirect answer with a redirect, which is no refusal; a rule to build with is none."""
    app = flask_app()
    app.add_url_rule("/tasks/<int:number>", "tasks", lambda number: ("no", 401))
    app.url_map.add(Rule("/jobs/<int:number>", endpoint="tasks", methods=["GET"], alias=True))
    app.url_map.add(
        Rule("/old/<int:number>", endpoint="old", methods=["GET"], redirect_to="tasks/<number>")
    )
    app.url_map.add(Rule("/cdn/<int:number>", endpoint="cdn", build_only=True))

    assert [
        "GET /jobs/<int:number>: answered 308 to a request without a token",
        "GET /old/<int:number>: answered 308 to a request without a token",
    ] == sorted(unprotected(app))


def test_websocket_rules_of_flask_are_asked_as_such() -> None:
    """A rule for WebSockets is reached by a request for an upgrade alone."""
    app = flask_app()
    app.url_map.add(Rule("/open/<name>", endpoint="open", websocket=True))
    app.url_map.add(Rule("/closed/<name>", endpoint="closed", websocket=True))
    app.view_functions |= {
        "open": lambda name: flask.request.headers["Upgrade"],
        "closed": lambda name: ("no", 401),
    }

    assert {
        f"{method} /open/<name>: answered 200 to a request without a token"
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    } == set(unprotected(app))


class Language(Convertor[str]):
    """Two small letters."""

    regex = "[a-z]{2}"

    def convert(self, value: str) -> str:
        """Read it, if it is known."""
        return {"en": "English"}[value]

    def to_string(self, value: str) -> str:
        """Write it."""
        return value


def test_prefixes_and_hosts_with_placeholders_are_filled() -> None:
    """Mounts and hosts may have placeholders, with convertors too."""
    register_url_convertor("language", Language())

    def app(view: Any) -> Starlette:
        inside = [Route("/x", view, name="view")]
        return Starlette(
            routes=[
                Mount("/m/{tenant:int}", routes=inside),
                Mount("/l/{language:language}", routes=inside),
                Host("{tenant}.example.com", Starlette(routes=[Route("/h/{number:int}", view)])),
            ]
        )

    assert [] == unprotected(app(closed))
    assert [
        "GET /h/{number:int}: answered 200 to a request without a token",
        "GET /l/{language:language}/x: answered 200 to a request without a token",
        "GET /m/{tenant:int}/x: answered 200 to a request without a token",
    ] == sorted(unprotected(app(opened)))


def test_convertor_that_fails_reaches_nothing() -> None:
    """A value at which a convertor raises leads to no route, and is not taken for a refusal."""
    register_url_convertor("language", Language())
    app = Starlette(routes=[Route("/{language:language}", closed)])
    found = unprotected(app, path_params={"language": "xx"})

    assert [True] == [line.startswith("GET /{language:language}: cannot") for line in found]
    assert [] == unprotected(app, path_params={"language": "en"})


def test_values_are_encoded_in_paths() -> None:
    """A value with a space or a letter beyond ASCII arrives as it was given."""
    seen: list[str] = []
    app = FastAPI(openapi_url=None)

    @app.get("/{name}")
    def tasks(name: str) -> None:
        seen.append(name)
        raise fastapi.HTTPException(401)

    assert [] == unprotected(app, path_params={"name": "Zoë Q"})
    assert ["Zoë Q"] == seen


def test_sockets_and_methods_are_reached_each_by_its_own_path() -> None:
    """What hides a route from GET need not hide it from POST, and sockets are apart from both."""

    async def live(socket: Any) -> None:
        await socket.accept()

    app = Starlette(
        routes=[
            Route("/{a:path}", closed, methods=["GET"]),
            Route("/{b}", opened, methods=["POST", "GET"]),
            WebSocketRoute("/{c}", live),
        ]
    )

    assert [
        "GET /{b}: cannot be reached",
        "POST /{b}: answered 200 to a request without a token",
        "WEBSOCKET /{c}: answered 101 to a request without a token",
    ] == [line.partition(" with a made-up")[0] for line in sorted(unprotected(app))]


@pytest.mark.filterwarnings(
    "ignore:The `root_path` parameter is deprecated"
)  # older ones have no other
def test_root_paths_do_not_hide_routes() -> None:
    """An application behind a proxy, and one with a root path that is mounted, are reached."""

    def app(inner: FastAPI) -> FastAPI:
        inner.add_route("/{name}", closed)
        inner.add_route("/open/at-once", opened)
        outer = FastAPI(openapi_url=None, root_path="/api")
        outer.add_route("/tasks/{number:int}", closed)
        outer.mount("/inner", inner)
        return outer

    found = ["GET /inner/open/at-once: answered 200 to a request without a token"]

    assert found == unprotected(app(FastAPI(openapi_url=None)))
    assert found == unprotected(app(FastAPI(openapi_url=None, root_path="/api/inner")))


def test_routes_behind_a_redirect_to_https_are_asked() -> None:
    """They are asked by https, so that the answer is the route's, over HTTP and WebSocket."""

    async def live(socket: Any) -> None:
        await socket.accept()

    def app(*routes: Any) -> Starlette:
        return Starlette(
            routes=[Route("/closed", closed), *routes],
            middleware=[Middleware(HTTPSRedirectMiddleware)],
        )

    assert [] == unprotected(app())
    assert [
        "GET /open: answered 200 to a request without a token",
        "WEBSOCKET /live: answered 101 to a request without a token",
    ] == unprotected(app(Route("/open", opened), WebSocketRoute("/live", live)))


def test_flask_routes_behind_a_redirect_to_https_are_asked() -> None:
    """The same for Flask, with a host of its own and without."""
    app = flask_app(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com:8443"

    @app.before_request
    def redirect() -> Any:
        return None if flask.request.is_secure else flask.redirect("https://example.com")

    app.add_url_rule("/closed", "closed", lambda: ("no", 401))
    app.add_url_rule("/open", "open", lambda: "open")
    app.add_url_rule("/", "api", lambda: "open", subdomain="api")

    assert [
        "GET /open: answered 200 to a request without a token",
        "GET /: answered 200 to a request without a token",
    ] == unprotected(app)
    assert [] == unprotected(app, public=["open", "api"])


def test_name_of_several_views_is_no_name() -> None:
    """A name that two functions share would open both, and has to be a path instead."""
    app = FastAPI(openapi_url=None)

    def add(path: str) -> None:
        @app.get(path)
        async def index() -> str:
            return path

    add("/")
    add("/admin")

    assert [
        "index: in public, but several routes are called so (GET /, GET /admin): name one by its path"
    ] == unprotected(app, public=["index"])
    assert ["GET /admin: answered 200 to a request without a token"] == unprotected(
        app, public=["/"]
    )
