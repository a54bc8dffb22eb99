"""Finds the routes of an application that answer without a token."""

from __future__ import annotations

import inspect
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cognitokit.errors import ConfigurationError
from cognitokit.testing.asgi_calls import REFUSED_SOCKET, ask_asgi
from cognitokit.testing.clients import Answer, send

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    Public = str | Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    """GET, POST, ..., or WEBSOCKET."""
    rule: str
    """The path as it was written, placeholders included."""
    names: frozenset[str]
    """What else it may be called: its endpoint or name."""
    view: object
    path: str
    """A path that leads to it."""

    def is_called(self, public: Public) -> bool:
        """Whether this is meant: a path, method and path, a name, or a view function."""
        if not isinstance(public, str):
            view: Any = self.view
            return callable(view) and inspect.unwrap(view, stop=lambda f: f is public) is public
        return public in {self.rule, f"{self.method} {self.rule}", *self.names}

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def assert_all_routes_protected(
    app: Any,
    *,
    public: Iterable[Public] = (),
    path_params: Mapping[str, object] | None = None,
    refused: Collection[int] = (401,),
    lifespan: bool = False,
) -> None:
    """Call every route of an application without a token, and fail with the list of those that answer.

    It finds whatever leaves a route open: a forgotten decorator, one written above the decorator
    that registers the route, a router included without its dependency, a mounted application, a
    WebSocket that accepts anyone. Views that are open are run, so give it an application whose
    database is a test's. OPTIONS is left out, since preflights carry no credentials, and HEAD,
    which goes with GET.

    Args:
        app: A Flask, FastAPI or Starlette application.
        public: The routes that are meant to be open: paths as they are written ("/tasks/<int:id>",
            "/tasks/{id}"), the same after a method ("GET /tasks"), endpoints or route names
            ("static", "auth.login"), view functions.
        path_params: Values for placeholders in paths, by name, where a made-up one does not do.
        refused: The statuses that count as refused. A WebSocket that is closed instead of
            accepted counts as 403, and as refused.
        lifespan: Run the startup and shutdown of an ASGI application around the calls.

    Raises:
        AssertionError: A route answers, fails otherwise than by refusing, or public names
            something that is no route.
        ConfigurationError: app is of a kind that is not known.
    """
    values = dict(path_params or {})
    is_flask = hasattr(app, "url_map") and hasattr(app, "test_client")
    if is_flask:
        routes = list(_flask_routes(app, values))
    elif hasattr(app, "routes") and hasattr(app, "router"):
        routes = list(_starlette_routes(app.routes, "", values))
    else:
        raise ConfigurationError("app must be a Flask, FastAPI or Starlette application.")
    open_ = list(public)
    failures = [
        f"{getattr(item, '__name__', item)}: in public, but no route is called so"
        for item in open_
        if not any(route.is_called(item) for route in routes)
    ]
    closed = [route for route in routes if not any(map(route.is_called, open_))]
    answers = _ask_flask(app, closed) if is_flask else ask_asgi(app, closed, lifespan=lifespan)
    for route, answer in zip(closed, answers, strict=True):
        is_closed_socket = route.method == "WEBSOCKET" and answer.status == REFUSED_SOCKET
        if answer.status not in refused and not is_closed_socket:
            failures.append(_describe(route, answer))
    if failures:
        listed = "\n".join(f"  {failure}" for failure in dict.fromkeys(failures))
        raise AssertionError(
            f"Not every route is protected:\n{listed}\n"
            "Protect them, or name them in public=[...] if everyone may call them."
        )


def _describe(route: _Route, answer: Answer) -> str:
    if isinstance(answer.error, ConfigurationError):
        # Of the application as a whole, and so the same for every route.
        return str(answer.error)
    if answer.error is not None:
        return f"{route}: raised {type(answer.error).__name__} instead of refusing"
    return f"{route}: answered {answer.status} to a request without a token"


def _flask_routes(app: Any, values: Mapping[str, object]) -> Iterator[_Route]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        arguments = {
            name: values.get(name, _flask_value(converter))
            for name, converter in rule._converters.items()
        }
        path = adapter.build(rule.endpoint, {**(rule.defaults or {}), **arguments})
        for method in _worth_asking(rule.methods):
            yield _Route(
                method,
                rule.rule,
                frozenset({rule.endpoint}),
                app.view_functions.get(rule.endpoint),
                path.removeprefix("http://localhost"),
            )


def _flask_value(converter: Any) -> object:
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return min(converter.items)
    if kind == "UUIDConverter":
        return uuid.UUID(int=1)
    if kind == "FloatConverter":
        return 1.5
    if kind == "IntegerConverter":
        return converter.min or 1
    return "x"


def _ask_flask(app: Any, routes: Iterable[_Route]) -> list[Answer]:
    propagate = app.config.get("PROPAGATE_EXCEPTIONS")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    try:
        return [_ask(app.test_client(), route) for route in routes]
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = propagate


def _ask(client: Any, route: _Route) -> Answer:
    try:
        return send(client, route.method, route.path)
    except ConfigurationError as error:
        return Answer(500, error)


def _starlette_routes(
    routes: Iterable[Any], prefix: str, values: Mapping[str, object]
) -> Iterator[_Route]:
    for route in _with_included(routes):
        rule = prefix + (getattr(route, "path", None) or "")
        names = frozenset({name} if (name := getattr(route, "name", None)) else ())
        view = getattr(route, "endpoint", None)
        inner = getattr(route, "routes", None)
        if view is not None:
            path = _starlette_path(rule, getattr(route, "param_convertors", None) or {}, values)
            methods = getattr(route, "methods", None)
            is_socket = methods is None and "WebSocket" in type(_original(route)).__name__
            for method in ("WEBSOCKET",) if is_socket else _worth_asking(methods or {"GET"}):
                yield _Route(method, rule, names, view, path)
        elif inner:
            yield from _starlette_routes(inner, rule, values)
        else:
            # A mounted application that keeps its routes to itself: static files, WSGI.
            yield _Route("GET", rule, names, getattr(route, "app", None), f"{rule}/x")


def _with_included(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes, those of included routers with the paths and names that they have in the app."""
    try:
        # Since FastAPI 0.137 an app keeps included routers, not copies of their routes.
        from fastapi.routing import (  # noqa: PLC0415 - not for Starlette, which may be alone
            iter_route_contexts,
        )
    except ImportError:  # pragma: no cover - Starlette alone, or an older FastAPI
        return iter(routes)
    return iter(iter_route_contexts(list(routes)))


def _original(route: Any) -> Any:
    return getattr(route, "original_route", route)


def _starlette_path(rule: str, convertors: Mapping[str, Any], values: Mapping[str, object]) -> str:
    path = rule
    for name, convertor in convertors.items():
        value = values.get(name, _STARLETTE_VALUES.get(type(convertor).__name__, "1"))
        for placeholder in (f"{{{name}}}", *(f"{{{name}:{kind}}}" for kind in _kinds(rule, name))):
            path = path.replace(placeholder, str(value))
    return path


def _kinds(rule: str, name: str) -> Iterator[str]:
    for part in rule.split(f"{{{name}:")[1:]:
        yield part.partition("}")[0]


_STARLETTE_VALUES = {
    "FloatConvertor": 1.5,
    "IntegerConvertor": 1,
    "UUIDConvertor": uuid.UUID(int=1),
}


def _worth_asking(methods: Iterable[str] | None) -> list[str]:
    return sorted(set(methods or {"GET"}) - {"HEAD", "OPTIONS"})
