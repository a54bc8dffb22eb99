"""The routes of a Starlette or FastAPI application, those of mounted applications with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.endpoints import HTTPEndpoint
from starlette.routing import Match, Router

from cognitokit.included_routes import original_of, with_included
from cognitokit.testing.asgi_calls import request_scope
from cognitokit.testing.found_routes import (
    GUESSES,
    NONE,
    SOCKET,
    FoundRoute,
    Request,
    choices,
    mount,
    texts_for,
    worth_asking,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ENDPOINT_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY")
"""What a class-based endpoint of Starlette may define."""

_PLACEHOLDER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::[a-zA-Z_][a-zA-Z0-9_]*)?\}")
"""A placeholder in a path, as Starlette has it."""

_INNER = ("app", "_app", "application", "wrapped", "asgi_app")
"""What ASGI middleware calls the application that it wraps."""

_KNOWN = frozenset({"starlette", "fastapi", "cognitokit"})
"""Whose middleware answers nothing by itself that it is not asked to refuse."""


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A route, and the routes of what is mounted there."""

    route: Any
    below: tuple[_Node, ...] = ()
    root_path: str = ""
    """The root path that a mounted application has by itself."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a list of routes is mounted."""

    rule: str = ""
    host: str | None = None
    convertors: Mapping[str, Any] | None = None

    def at(self, route: Any) -> _Place:
        """The place of a route, or below it."""
        own: Mapping[str, Any] = getattr(route, "param_convertors", None) or {}
        host = getattr(route, "host", None)
        rule = self.rule + (getattr(route, "path", None) or "")
        return _Place(rule, host or self.host, {**(self.convertors or {}), **own})


def starlette_routes(app: Any, values: Mapping[str, object]) -> Iterator[FoundRoute]:
    """Find the routes of a Starlette or FastAPI application, and what keeps its routes to itself.

    Args:
        app: The application.
        values: Values for placeholders, by name.
    """
    return _Walk(app, values).all()


class _Walk:
    def __init__(self, app: Any, values: Mapping[str, object]) -> None:
        self._app = app
        self._values = values
        self._nodes = _nodes(app.routes)
        self._root_path: str = getattr(app, "root_path", "")

    def all(self) -> Iterator[FoundRoute]:
        yield from self._below(self._nodes, _Place())
        yield from _besides(self._app, "")

    def _below(self, nodes: Iterable[_Node], place: _Place) -> Iterator[FoundRoute]:
        for node in nodes:
            here = place.at(node.route)
            if getattr(node.route, "endpoint", None) is not None:
                yield from self._endpoint(node, here)
                continue
            mounted = getattr(node.route, "app", None)
            inner, stranger = _look_into(mounted)
            name = getattr(node.route, "name", None)
            where = here.rule or here.host or "/"
            if inner is None:
                yield mount(where, (name,), mounted)
                continue
            if stranger is not None:
                yield mount(where, (name, type(stranger).__name__), mounted)
            yield from self._below(node.below, here)
            yield from _besides(inner, here.rule)

    def _endpoint(self, node: _Node, place: _Place) -> Iterator[FoundRoute]:
        route = node.route
        methods, guesses = getattr(route, "methods", None), NONE
        if methods is None and "WebSocket" in type(original_of(route)).__name__:
            asked = [SOCKET]
        else:
            if not methods:
                # To Starlette an empty set of methods means any.
                methods, guesses = _methods_of(route.endpoint)
            asked = worth_asking(methods | guesses, route.endpoint)
        requests = list(dict.fromkeys(self._requests(place)))
        placeholders = _placeholders(place)
        # Without placeholders there is one path, and whatever answers there is what it is judged by.
        otherwise = None if placeholders else requests[0]
        for method in asked:
            reaching = (each for each in requests if self._reached(method, each) is node)
            yield FoundRoute(
                method,
                place.rule,
                frozenset({route.name} if getattr(route, "name", None) else ()),
                route.endpoint,
                next(reaching, otherwise),
                placeholders,
                is_guess=method in guesses,
            )

    def _requests(self, place: _Place) -> Iterator[Request]:
        names, convertors = _placeholders(place), place.convertors or {}
        possible: list[list[object]] = [
            [self._values[name]]
            if name in self._values
            else list(texts_for(getattr(convertors.get(name), "regex", "[^/]+")))
            for name in names
        ]
        for chosen in choices(possible):
            arguments = dict(zip(names, map(str, chosen), strict=True))
            host = None if place.host is None else _filled(place.host, arguments)
            path = quote(_filled(place.rule, arguments))
            yield Request(path, host)
            if self._root_path:
                # Below a mount only the path that has it is understood.
                yield Request(self._root_path + path, host)

    def _reached(self, method: str, request: Request) -> _Node | None:
        """The route that the application gives a request to."""
        nodes = self._nodes
        scope = request_scope(method, request.path, request.host)
        scope["root_path"] = self._root_path
        while True:
            node, child = _first_match(nodes, scope)
            if node is None or not node.below:
                return node
            scope = {**scope, **child}
            scope["root_path"] = node.root_path or scope.get("root_path", "")
            nodes = node.below


def _nodes(routes: Iterable[Any]) -> tuple[_Node, ...]:
    return tuple(map(_node, with_included(routes)))


def _node(route: Any) -> _Node:
    if getattr(route, "endpoint", None) is not None:
        return _Node(route)
    inner, _ = _look_into(getattr(route, "app", None))
    if inner is None:
        return _Node(route)
    return _Node(route, _nodes(inner.routes), getattr(inner, "root_path", ""))


def _first_match(nodes: Iterable[_Node], scope: dict[str, Any]) -> tuple[_Node | None, Any]:
    for node in nodes:
        try:
            match, child = node.route.matches(dict(scope))
        except Exception:  # noqa: BLE001 - whatever a convertor may raise
            break
        if match is Match.FULL:
            return node, child
    return None, None


def _look_into(app: Any) -> tuple[Any, Any]:
    """What shows its routes, found through what wraps it; and a wrapper that may answer by itself."""
    stranger = None
    while app is not None:
        if getattr(app, "routes", None) is not None:
            return app, stranger
        if stranger is None and not _passes_on(app):
            stranger = app
        app = next((getattr(app, each) for each in _INNER if hasattr(app, each)), None)
    return None, stranger


def _passes_on(middleware: object) -> bool:
    kind = type(middleware)
    # What this one does is up to a function that it was given.
    is_open = kind.__name__ == "BaseHTTPMiddleware"
    return kind.__module__.partition(".")[0] in _KNOWN and not is_open


def _besides(app: Any, prefix: str) -> Iterator[FoundRoute]:
    """What an application answers with where none of its routes matches."""
    router = getattr(app, "router", app)
    default = getattr(router, "default", None)
    if default is not None and getattr(default, "__func__", None) is not Router.not_found:
        yield mount(prefix or "/", (getattr(default, "__name__", None),), default)
    # FastAPI keeps the files of a frontend apart from the routes, which all come before them.
    for each in getattr(router, "_iter_low_priority_routes", tuple)():
        where = prefix + getattr(each, "frontend_prefix", "")
        for route in getattr(original_of(each), "routes", ()):
            yield mount(where + route.path, (), route.app)


def _methods_of(view: object) -> tuple[frozenset[str], frozenset[str]]:
    """The methods that a view takes by its looks, and those that it may take."""
    if not (isinstance(view, type) and issubclass(view, HTTPEndpoint)):
        return NONE, GUESSES
    defined = frozenset(
        name for name in _ENDPOINT_METHODS if getattr(view, name.lower(), None) is not None
    )
    is_plain = all(
        getattr(view, name) is getattr(HTTPEndpoint, name) for name in ("dispatch", "__await__")
    )
    return defined, NONE if is_plain else GUESSES - defined


def _placeholders(place: _Place) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall((place.host or "") + place.rule))


def _filled(template: str, arguments: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: arguments[match[1]], template)
