"""Finds the routes of an application that answer without a token."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from cognitokit.errors import ConfigurationError
from cognitokit.testing.asgi_calls import ask_asgi
from cognitokit.testing.found_routes import MOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from cognitokit.testing.clients import Answer
    from cognitokit.testing.found_routes import FoundRoute, Public


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

    Each route is asked once for each method that it takes, by https and a path that leads to it and
    to no route before it. Where no made-up path does, that is reported. A view that does not say which
    methods it takes, such as an ASGI application, is asked for GET, POST, PUT, PATCH and DELETE,
    where 405 (Method Not Allowed) is no fault. OPTIONS is asked for where a view takes it, and not
    where the framework answers it; an empty answer with an Allow header is no fault. HEAD is left
    out where the view for GET answers it.

    A mounted application that keeps its routes to itself, such as static files or one of another
    framework, cannot be looked into, and is reported unless it is named in public: protect it and
    test it by itself. So is middleware of an unknown kind that stands around a mounted application
    or a Flask application, for it may answer by itself ("MOUNT /" is what stands before the whole
    application). What a view does for other paths, parameters or hosts than the one it is asked for
    is not seen, nor what the middleware of an ASGI application does before its routes.

    Args:
        app: A Flask, FastAPI or Starlette application. For a Django project ask each path with
            assert_rejects_bad_tokens: its views do not say which methods they take.
        public: The routes that are meant to be open: paths as they are written ("/tasks/<int:id>",
            "/tasks/{id}"), the same after a method ("GET /tasks"), endpoints or route names
            ("static", "auth.login"; a name must not be that of several views), view functions. And
            what cannot be looked into: "MOUNT /files", the mount's name or the middleware's class
            ("WhiteNoise"), the application or middleware itself.
        path_params: Values for placeholders in paths and hosts, by name, where a made-up one does
            not do.
        refused: The statuses that count as refused. A WebSocket that is closed instead of
            accepted counts as 403, and as refused.
        lifespan: Run the startup and shutdown of an ASGI application around the calls.

    Raises:
        AssertionError: A route answers, fails otherwise than by refusing, or cannot be looked
            into or reached, or public names something that is no route, or several.
        ConfigurationError: app is of a kind that is not known.
    """
    values = dict(path_params or {})
    ask: Callable[[Any, list[FoundRoute]], list[Answer]]
    if hasattr(app, "url_map") and hasattr(app, "test_client"):
        from cognitokit.testing.flask_routes import (  # noqa: PLC0415 - Starlette may be alone
            ask_flask,
            flask_routes,
        )

        routes, ask = list(flask_routes(app, values)), ask_flask
    elif hasattr(app, "routes") and hasattr(app, "router"):
        from cognitokit.testing.starlette_routes import (  # noqa: PLC0415 - Flask may be alone
            starlette_routes,
        )

        routes = list(starlette_routes(app, values))
        ask = functools.partial(ask_asgi, lifespan=lifespan)
    else:
        raise ConfigurationError("app must be a Flask, FastAPI or Starlette application.")
    open_ = list(public)
    failures = [failure for item in open_ for failure in _misnamed(item, routes)]
    private = [route for route in routes if not any(map(route.is_called, open_))]
    closed = [route for route in private if route.request is not None]
    answers = ask(app, closed)
    failures += [
        _describe(route, answer)
        for route, answer in zip(closed, answers, strict=True)
        if not route.refuses(answer, refused)
    ]
    failures += [_unseen(route) for route in private if route.request is None]
    if failures:
        listed = "\n".join(f"  {failure}" for failure in dict.fromkeys(failures))
        raise AssertionError(
            f"Not every route is protected:\n{listed}\n"
            "Protect them, or name them in public=[...] if everyone may call them."
        )


def _misnamed(public: Public, routes: Iterable[FoundRoute]) -> Iterator[str]:
    """What is wrong with a name in public."""
    called = [route for route in routes if route.is_called(public)]
    if not called:
        yield f"{getattr(public, '__name__', public)}: in public, but no route is called so"
    views = {id(route.view): route for route in called if public in route.names}
    if len(views) > 1:
        meant = ", ".join(map(str, views.values()))
        yield f"{public}: in public, but several routes are called so ({meant}): name one by its path"


def _unseen(route: FoundRoute) -> str:
    if route.method == MOUNT:
        called = f" ({', '.join(sorted(route.names))})" if route.names else ""
        return f"{route}{called}: cannot be looked into: test it by itself, and name it in public"
    names = ", ".join(route.placeholders)
    return (
        f"{route}: cannot be reached with a made-up path: give path_params ({names}) that lead to "
        "it, or remove it if other routes always come first"
    )


def _describe(route: FoundRoute, answer: Answer) -> str:
    if isinstance(answer.error, ConfigurationError):
        # Of the application as a whole, and so the same for every route.
        return str(answer.error)
    if answer.error is not None:
        return f"{route}: raised {type(answer.error).__name__} instead of refusing"
    return f"{route}: answered {answer.status} to a request without a token"
