"""The routes of a Flask application, and requests to them."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing.converters import AnyConverter, NumberConverter

from cognitokit.errors import ConfigurationError
from cognitokit.testing.clients import Answer, send
from cognitokit.testing.found_routes import (
    GUESSES,
    FoundRoute,
    Request,
    choices,
    mount,
    texts_for,
    worth_asking,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_UPGRADE = (("Connection", "Upgrade"), ("Upgrade", "websocket"))

_BY_HTTPS = {"wsgi.url_scheme": "https"}
"""An application that redirects from http would never come to its routes."""

_INNER = ("app", "wsgi_app", "application", "wrapped", "_app", "_wsgi_app", "_application")
"""What WSGI middleware calls the application that it wraps."""

_PASSES_ON = re.compile(r"werkzeug\.middleware\.(?!shared_data|http_proxy)")
"""Where the middleware is defined that answers nothing by itself."""


def flask_routes(app: Any, values: Mapping[str, object]) -> Iterator[FoundRoute]:
    """Find the routes of a Flask application, and what stands before it.

    Args:
        app: The application.
        values: Values for placeholders, by name.
    """
    for rule in app.url_map.iter_rules():
        if not rule.build_only:
            yield from _found(app, rule, values)
    yield from _mounts(app)


def ask_flask(app: Any, routes: Iterable[FoundRoute]) -> list[Answer]:
    """Ask for each route without credentials and return what the application answers."""
    propagate = app.config.get("PROPAGATE_EXCEPTIONS")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    try:
        return [_ask(app.test_client(), route) for route in routes]
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = propagate


def _ask(client: Any, route: FoundRoute) -> Answer:
    try:
        return send(
            client,
            route.method,
            route.path,
            route.headers,
            environ_overrides=_BY_HTTPS,
            **_base_url(route.host),
        )
    except ConfigurationError as error:
        return Answer(500, error)


def _base_url(host: str | None) -> dict[str, Any]:
    return {} if host is None else {"base_url": f"http://{host}"}


def _found(app: Any, rule: Any, values: Mapping[str, object]) -> Iterator[FoundRoute]:
    view = app.view_functions.get(rule.endpoint)
    headers = _UPGRADE if rule.websocket else ()
    requests = list(dict.fromkeys(_requests(app, rule, values)))
    # One that answers with a redirect, and never with its view, cannot be matched.
    is_certain = not rule._converters or rule.alias or rule.redirect_to is not None
    methods = set(GUESSES if rule.methods is None else rule.methods)
    if getattr(rule, "provide_automatic_options", False):
        methods.discard("OPTIONS")  # Flask answers it, and not the view
    for method in worth_asking(methods, view):
        reaching = (
            request
            for request in requests
            if is_certain or _reaches(app, rule, method, request, headers)
        )
        yield FoundRoute(
            method,
            rule.rule,
            frozenset({rule.endpoint}),
            view,
            next(reaching, None),
            tuple(rule._converters),
            is_guess=rule.methods is None,
            headers=headers,
        )


def _requests(app: Any, rule: Any, values: Mapping[str, object]) -> Iterator[Request]:
    names = list(rule._converters)
    possible = [
        [values[name]] if name in values else _values(rule._converters[name]) for name in names
    ]
    for chosen in choices(possible):
        arguments: dict[str, object] = {
            **(rule.defaults or {}),
            **dict(zip(names, chosen, strict=True)),
        }
        with contextlib.suppress(Exception):  # whatever a converter may raise
            domain, path = rule.build(arguments, append_unknown=False)
            yield Request(path, _host(app, domain))


def _host(app: Any, domain: str) -> str | None:
    if not domain or app.url_map.host_matching:
        return domain or None
    return f"{domain}.{app.config['SERVER_NAME'] or 'localhost'}"


def _values(converter: Any) -> list[object]:
    """What a converter makes of made-up texts."""
    likely: Sequence[str] = ()
    if isinstance(converter, AnyConverter):
        likely = sorted(converter.items)
    elif isinstance(converter, NumberConverter):
        numbers = (converter.min, 1, converter.max)
        likely = [
            str(converter.num_convert(number)).zfill(converter.fixed_digits)
            for number in numbers
            if number is not None
        ]
    values: list[object] = []
    for text in texts_for(converter.regex, *likely):
        with contextlib.suppress(Exception):  # whatever a converter may raise
            values.append(converter.to_python(text))
    return values


def _reaches(
    app: Any, rule: Any, method: str, request: Request, headers: Sequence[tuple[str, str]]
) -> bool:
    context = app.test_request_context(
        request.path, method=method, headers=list(headers), **_base_url(request.host)
    )
    try:
        adapter = app.create_url_adapter(context.request)
        found: tuple[Any, Any] = adapter.match(return_rule=True)
    except Exception:  # noqa: BLE001 - that nothing matches, or whatever a converter may raise
        return False
    return found[0] is rule


def _mounts(app: Any) -> Iterator[FoundRoute]:
    """What stands before the application and answers by itself, or may."""
    wsgi, seen = app.wsgi_app, set[int]()
    while not _is_own(wsgi, app) and id(wsgi) not in seen:
        seen.add(id(wsgi))
        name = getattr(wsgi, "__name__", type(wsgi).__name__)
        if isinstance(wsgi, DispatcherMiddleware):
            for path, mounted in wsgi.mounts.items():
                yield mount(path, (), mounted)
        elif not _PASSES_ON.match(type(wsgi).__module__):
            yield mount("/", (name,), wsgi)
        inner = [getattr(wsgi, each) for each in _INNER if callable(getattr(wsgi, each, None))]
        if not inner:
            return
        wsgi = inner[0]


def _is_own(wsgi: Any, app: Any) -> bool:
    return wsgi is app or getattr(wsgi, "__self__", None) is app
