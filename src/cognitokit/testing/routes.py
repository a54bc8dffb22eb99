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

_SOCKET = "WEBSOCKET"
_MOUNT = "MOUNT"

_ENDPOINT_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY")
"""What a class-based endpoint of Starlette may define, OPTIONS apart."""

_GUESSES: frozenset[str] = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
"""What to ask of a view that does not say which methods it takes."""

_NONE: frozenset[str] = frozenset()

_METHOD_NOT_ALLOWED = 405


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    """GET, POST, ..., WEBSOCKET, or MOUNT for an application that keeps its routes to itself."""
    rule: str
    """The path as it was written, placeholders included."""
    names: frozenset[str]
    """What else it may be called: its endpoint or name."""
    view: object
    path: str
    """A path that leads to it."""
    is_guess: bool = False
    """Whether nothing says that it takes this method."""

    def is_called(self, public: Public) -> bool:
        """Whether this is meant: a path, method and path, a name, a view, or a mounted application."""
        if not isinstance(public, str):
            view: Any = self.view
            return callable(view) and inspect.unwrap(view, stop=lambda f: f is public) is public
        # The path of a mount is no name of it: it may be that of a route too, and all below is meant.
        paths = {str(self)} if self.method == _MOUNT else {str(self), self.rule}
        return public in paths | self.names

    def refuses(self, answer: Answer, refused: Collection[int]) -> bool:
        """Whether that is a refusal, or says that there is nothing to refuse."""
        if self.method == _SOCKET and answer.status == REFUSED_SOCKET:
            return True
        if self.is_guess and answer.status == _METHOD_NOT_ALLOWED:
            return True
        return answer.status in refused

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

    It finds what leaves a route open: a forgotten decorator, one written above the decorator
    that registers the route, a router included without its dependency, a mounted application, a
    WebSocket that accepts anyone. Views that are open are run, so give it an application whose
    database is a test's.

    Each route is asked once for each method that it takes. A view that does not say which, such as
    an ASGI application, is asked for GET, POST, PUT, PATCH and DELETE, where 405 (Method Not
    Allowed) is no fault. OPTIONS is left out, since preflights carry no credentials, and so is HEAD
    where the view for GET answers it. A mounted application that keeps its routes to itself, such
    as static files or one of another framework, cannot be looked into, and is reported unless it is
    named in public: protect it and test it by itself. What a view does for other paths, parameters
    or hosts than the one it is asked for is not seen.

    Args:
        app: A Flask, FastAPI or Starlette application.
        public: The routes that are meant to be open: paths as they are written ("/tasks/<int:id>",
            "/tasks/{id}"), the same after a method ("GET /tasks"), endpoints or route names
            ("static", "auth.login"), view functions. And mounted applications that cannot be looked
            into: "MOUNT /files", the mount's name, the application itself.
        path_params: Values for placeholders in paths, by name, where a made-up one does not do.
        refused: The statuses that count as refused. A WebSocket that is closed instead of
            accepted counts as 403, and as refused.
        lifespan: Run the startup and shutdown of an ASGI application around the calls.

    Raises:
        AssertionError: A route answers, fails otherwise than by refusing, or cannot be looked
            into, or public names something that is no route.
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
    private = [route for route in routes if not any(map(route.is_called, open_))]
    closed = [route for route in private if route.method != _MOUNT]
    answers = _ask_flask(app, closed) if is_flask else ask_asgi(app, closed, lifespan=lifespan)
    failures += [
        _describe(route, answer)
        for route, answer in zip(closed, answers, strict=True)
        if not route.refuses(answer, refused)
    ]
    failures += [
        f"{route}: cannot be looked into: test it by itself, and name it in public"
        for route in private
        if route.method == _MOUNT
    ]
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
        view = app.view_functions.get(rule.endpoint)
        yield from _for_each_method(
            rule.methods,
            rule.rule,
            frozenset({rule.endpoint}),
            view,
            path.removeprefix("http://localhost"),
        )
    yield from _flask_mounts(app.wsgi_app)


def _flask_mounts(wsgi: Any) -> Iterator[_Route]:
    from werkzeug.middleware.dispatcher import (  # noqa: PLC0415 - not for Starlette, which may be alone
        DispatcherMiddleware,
    )

    while wsgi is not None:
        if isinstance(wsgi, DispatcherMiddleware):
            for path, mounted in wsgi.mounts.items():
                yield _Route(_MOUNT, path, frozenset(), mounted, path)
        wsgi = getattr(wsgi, "app", None)


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
        if view is None:
            mounted = getattr(_original(route), "app", None)
            inner = _routes_of(mounted)
            if inner is None:
                where = rule or getattr(route, "host", None) or "/"
                yield _Route(_MOUNT, where, names, mounted, rule)
            else:
                yield from _starlette_routes(inner, rule, values)
            continue
        path = _starlette_path(rule, getattr(route, "param_convertors", None) or {}, values)
        methods = getattr(route, "methods", None)
        if methods is None and "WebSocket" in type(_original(route)).__name__:
            yield _Route(_SOCKET, rule, names, view, path)
        else:
            # To Starlette an empty set of methods means any.
            yield from _for_each_method(methods or None, rule, names, view, path)


def _routes_of(app: Any) -> Iterable[Any] | None:
    """The routes of a mounted application, found through what wraps it; None where it shows none."""
    while app is not None:
        routes: Iterable[Any] | None = getattr(app, "routes", None)
        if routes is not None:
            return routes
        # Starlette's middleware calls it app, ours _app.
        app = getattr(app, "app", getattr(app, "_app", None))
    return None


def _for_each_method(
    methods: Iterable[str] | None, rule: str, names: frozenset[str], view: object, path: str
) -> Iterator[_Route]:
    guesses = _NONE
    if methods is None:
        methods, guesses = _methods_of(view)
    worth = {*methods, *guesses} - {"OPTIONS"}
    made_by = view if isinstance(view, type) else getattr(view, "view_class", None)
    if "GET" in worth and not hasattr(made_by, "head"):
        worth.discard("HEAD")
    for method in sorted(worth):
        yield _Route(method, rule, names, view, path, is_guess=method in guesses)


def _methods_of(view: object) -> tuple[frozenset[str], frozenset[str]]:
    """The methods that a view takes by its looks, and those that it may take."""
    try:
        from starlette.endpoints import HTTPEndpoint  # noqa: PLC0415 - not for Flask, which may be alone
    except ImportError:  # pragma: no cover - Flask alone
        return _NONE, _GUESSES
    if not (isinstance(view, type) and issubclass(view, HTTPEndpoint)):
        return _NONE, _GUESSES
    defined = frozenset(
        name for name in _ENDPOINT_METHODS if getattr(view, name.lower(), None) is not None
    )
    is_plain = all(
        getattr(view, name) is getattr(HTTPEndpoint, name) for name in ("dispatch", "__await__")
    )
    return defined, _NONE if is_plain else _GUESSES - defined


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
