"""Which authenticators serve an app, and the look through its routes for one that lost its guard.

FastAPI keeps routes in several places: an app's own, those of included routers (since 0.137 not
copied into the app), and those of mounted apps, which have a state of their own.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from types import FunctionType, MethodType
from typing import Any, TypeGuard
from weakref import WeakSet

from fastapi import FastAPI
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognitokit.asgi import keeping_private
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi.overrides import override_of, solve
from cognitokit.frames import without_our_frames
from cognitokit.guarded import GUARDS, MISPLACED
from cognitokit.tokens import AccessToken, IdToken

_AUTHENTICATORS = "cognitokit.authenticators"
"""Where a connection's scope says who authenticates. Mounted apps share the scope, but not the state of the app."""
_WATCHED = "cognitokit.watched"
"""Where it says which app's routes were looked through for this connection."""
_STATE = "cognitokit"
"""Where an app's own state keeps ours."""
_ASKED = "cognitokit.asked"
"""Where a connection's scope says that an authenticator was asked."""
_FAILED = "cognitokit.failed"
"""Where it keeps the application's own mistake, while FastAPI would take it for one in the body."""
_NO_BODY: Message = {"type": "http.request", "body": b"", "more_body": False}
_AMBIGUOUS = "Several CognitoAuth serve this app: say which, @require_cognito(auth=...)."
_UNSERVED = "No CognitoAuth serves this app: call its init_app()."
_UNWATCHED = (
    "init_app() was not called on this FastAPI app: a route that lost its protection is found only "
    "when a protected one is asked for."
)

_log = logging.getLogger("cognitokit")


class Authenticator(SecurityBase, ABC):
    """A dependency that authenticates: CognitoAuth, or its stand-in behind @require_cognito."""

    async def __call__(
        self, conn: HTTPConnection, security_scopes: SecurityScopes
    ) -> AccessToken | IdToken:
        """Return the connection's verified token: FastAPI calls this."""
        return await self.authenticate(conn, security_scopes.scopes)

    @abstractmethod
    async def authenticate(
        self, conn: HTTPConnection, scopes: Sequence[str]
    ) -> AccessToken | IdToken:
        """Return the connection's verified token, which has these scopes; raise the refusal otherwise."""

    async def before_body(self, conn: HTTPConnection) -> None:
        """Raise the refusal before the connection's body is read, if there is to be one."""
        await self.authenticate(conn, ())


class Asking(SecurityBase):
    """A dependency that asks an authenticator by itself, where FastAPI does not see it."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator

    async def before_body(self, conn: HTTPConnection) -> None:
        """Raise the refusal before the connection's body is read, if there is to be one."""
        await self.authenticator.before_body(conn)


class _OnlyAuthenticator(Authenticator):
    """Stands for the app's only authenticator where the code does not name it."""

    async def authenticate(
        self, conn: HTTPConnection, scopes: Sequence[str]
    ) -> AccessToken | IdToken:
        """Ask the authenticator that this stands for, or what a test has put in its place."""
        meant = _meant_by(conn.scope)
        override = override_of(conn, meant)
        if override is None:
            return await meant.authenticate(conn, scopes)
        token: AccessToken | IdToken = await solve(conn, override)
        return token

    def __getattr__(self, name: str) -> Any:
        """Describe, in OpenAPI, the authenticator that this stands for."""
        if name not in {"model", "scheme_name"}:
            raise AttributeError(name)
        meant = _documented.get()
        known = {id(each): each for app in list(_known) for each in state_of(app).authenticators}
        if meant is None and len(known) == 1:
            meant = next(iter(known.values()))
        if meant is not None:
            return getattr(meant, name)
        return HTTPBearer(bearerFormat="JWT") if name == "model" else "Cognito"


ONLY = _OnlyAuthenticator()
"""The app's only authenticator."""


class AppState:
    """What is known of one app."""

    def __init__(self) -> None:
        self.authenticators: list[Authenticator] = []
        self.told = False
        """Whether the log says that nothing watches the app."""
        self._guards = -1
        self._routes: list[tuple[Sequence[object], int]] = []

    def audit(self, app: Starlette) -> None:
        """Look through the app's routes for guards that came too late, unless nothing has changed.

        Raises:
            ConfigurationError: A route is served without the protection that was written for it,
                or @require_cognito cannot know which authenticator is meant.
        """
        if self._guards == GUARDS.count:
            for routes, length in self._routes:
                if len(routes) != length:
                    break
            else:
                return
        guards, seen = GUARDS.count, list(_route_lists(app))
        for routes in seen:
            for route in routes:
                _refuse_bare(route)
        if len(self.authenticators) > 1:
            for routes in _route_lists(app, of_its_own=True):
                if any(map(_names_no_authenticator, routes)):
                    raise ConfigurationError(_AMBIGUOUS)
        self._guards, self._routes = guards, [(routes, len(routes)) for routes in seen]


_known: WeakSet[Starlette] = WeakSet()
"""The apps that were seen, to look for a view among their routes while its guard is being made."""
_documented: ContextVar[Authenticator | None] = ContextVar("cognitokit_documented", default=None)


def state_of(app: Starlette) -> AppState:
    """Return what is known of the app; made on first sight, so that apps without init_app() are looked through too."""
    # With the app and not beside it: the routes lead back to the app, and would keep it for ever.
    state: AppState | None = getattr(app.state, _STATE, None)
    if state is None:
        state = AppState()
        setattr(app.state, _STATE, state)
        _known.add(app)
    return state


def look_through(conn: HTTPConnection) -> None:
    """Look through the routes of the connection's app, unless the watch at its door has done so.

    Raises:
        ConfigurationError: A route is served without the protection that was written for it.
        Exception: What went wrong when this connection was authenticated before its body was read.
    """
    failed: Exception | None = conn.scope.get(_FAILED)
    if failed is not None:
        raise failed
    conn.scope[_ASKED] = True
    app = conn.scope["app"]
    watched = conn.scope.get(_WATCHED)
    if watched is app:
        return
    state = state_of(app)
    state.audit(app)
    if watched is None and not state.told:
        state.told = True
        _log.warning(_UNWATCHED)


def serve(app: Starlette, authenticator: Authenticator) -> AppState:
    """Make the authenticator one of the app's, and watch the app's routes.

    Raises:
        ConfigurationError: It is one already, another one would take its name in OpenAPI, or the
            app has answered requests.
    """
    state = state_of(app)
    for known in state.authenticators:
        if known is authenticator:
            raise ConfigurationError("This CognitoAuth serves this app already.")
        if known.scheme_name == authenticator.scheme_name and known.model != authenticator.model:
            raise ConfigurationError(
                f"Another CognitoAuth of this app is called {known.scheme_name!r} in OpenAPI, and "
                "takes its token elsewhere: give one of them another scheme_name=."
            )
    if not state.authenticators:
        if app.middleware_stack is not None:
            raise ConfigurationError("Call init_app() before the app answers its first request.")
        # Last means innermost: what a receive wrapper raises reaches the route as it is.
        app.user_middleware.append(Middleware(_Watch, served=app, state=state))
    state.authenticators.append(authenticator)
    return state


def document(app: FastAPI, authenticator: Authenticator) -> None:
    """Let the app's OpenAPI document know what the stand-in stands for."""
    inner = app.openapi

    def openapi() -> dict[str, Any]:
        before = _documented.set(authenticator)
        try:
            return inner()
        finally:
            _documented.reset(before)

    app.openapi = openapi  # type: ignore[method-assign]


def refuse_served(views: Sequence[object]) -> None:
    """Refuse functions that a known app serves without their guard."""
    meant = set(map(id, views))
    for route in _known_routes():
        endpoint = getattr(route, "endpoint", None)
        # One that has a guard of its own may be about to be served behind the other as well.
        if id(endpoint) in meant and not GUARDS.has_guard(endpoint):
            _refuse_bare(route)


def _refuse_bare(route: object) -> None:
    """Refuse a route whose function stands behind a guard that the route does not have."""
    endpoint = getattr(route, "endpoint", None)
    if GUARDS.is_bare(endpoint, (getattr(each, "endpoint", None) for each in _known_routes())):
        path = f"The route {getattr(route, 'path', '')!r}"
        raise ConfigurationError(
            MISPLACED.format(route=path, view=getattr(endpoint, "__name__", "it"))
        )


def _known_routes() -> Iterator[object]:
    for app in list(_known):
        for routes in _route_lists(app):
            yield from routes


class _Watch:
    """Middleware: no request is answered before the routes were looked through."""

    def __init__(self, app: ASGIApp, *, served: Starlette, state: AppState) -> None:
        self._app = app
        self._served = served
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        self._state.audit(self._served)
        scope[_AUTHENTICATORS] = self._state.authenticators
        scope[_WATCHED] = self._served
        if scope["type"] == "http":
            receive = self._authenticated_first(scope, receive)
        await self._app(scope, receive, keeping_private(scope, send))

    def _authenticated_first(self, scope: Scope, receive: Receive) -> Receive:
        """Authenticate before the body is read.

        FastAPI reads and parses the body before it solves dependencies: without this, anyone
        could make it read one, and a body that is no JSON would get 422 where 401 is due.
        """

        async def authenticated_receive() -> Message:
            # A mounted app may have a watch of its own.
            if _ASKED in scope or scope.get(_WATCHED) is not self._served:
                return await receive()
            conn = HTTPConnection(scope)
            try:
                for asked in _asked_by(scope):
                    await asked.before_body(conn)
            except Exception as error:
                # FastAPI lets these pass. A mounted app's middleware may put them into a group.
                if isinstance(error, HTTPException) and scope.get("app") is self._served:
                    raise
                # The rest FastAPI would answer with 400, as if the body were at fault. It is raised
                # once FastAPI asks the authenticator, and until then there is no body.
                scope[_FAILED] = without_our_frames(error)
                return _NO_BODY
            return await receive()

        return authenticated_receive


def watch_lifespan(
    app: Starlette, state: AppState, prefetch: Callable[[], Awaitable[None]] | None
) -> None:
    """Look through the routes when the app starts, so that a mistake stops it."""
    inner = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(started: Any) -> AsyncGenerator[Any]:
        state.audit(app)
        if prefetch is not None:
            await prefetch()
        async with inner(started) as shared:
            yield shared

    app.router.lifespan_context = lifespan


def _route_lists(app: object, *, of_its_own: bool = False) -> Iterator[Sequence[object]]:
    """Every list of routes below an app or router; of_its_own leaves out apps with authenticators of their own."""
    seen: dict[int, object] = {}  # holds what it has seen, so that no id is used twice
    pending: list[object] = [app]
    while pending:
        item = pending.pop()
        if item is None or id(item) in seen:
            continue
        seen[id(item)] = item
        if of_its_own and item is not app and _has_its_own(item):
            continue
        # A mount's routes are those of the app that it mounts, which comes by itself.
        routes = None if isinstance(item, Mount | Host) else _attribute(item, "routes")
        if _is_sequence(routes) and id(routes) not in seen:
            seen[id(routes)] = routes
            yield routes
            # Most lead nowhere, and at every decorator all of them are looked through.
            pending.extend(route for route in routes if not _is_leaf(route))
        if isinstance(item, BaseRoute | Router | Starlette):
            pending.extend(_led_to(item))
        else:
            pending.extend(filter(_may_be_an_app, _held_by(item)))


def _led_to(item: BaseRoute | Router | Starlette) -> Iterator[object]:
    """The included router or the mounted app, what is wrapped around it, and what a router falls back to."""
    for name in ("original_router", "app", "_base_app", "router", "default"):
        found = _attribute(item, name)
        # A router's own functions lead nowhere else.
        if isinstance(item, Mount | Host) or not isinstance(found, FunctionType | MethodType):
            yield found


def _is_leaf(route: object) -> bool:
    """Whether a route is for a view: its app is then a function around the view."""
    return isinstance(route, Route | WebSocketRoute) and isinstance(route.app, FunctionType)


def _held_by(wrapper: Any) -> Iterator[object]:
    """What a middleware of any make holds: the app that it wraps is among it."""
    if isinstance(wrapper, functools.partial):
        yield from (wrapper.func, *wrapper.args, *wrapper.keywords.values())
    elif isinstance(wrapper, MethodType):
        yield wrapper.__self__
    elif isinstance(wrapper, FunctionType):
        for cell in wrapper.__closure__ or ():
            yield _attribute(cell, "cell_contents")  # an empty cell has none
    yield from (_attribute(wrapper, "__dict__") or {}).values()


def _may_be_an_app(value: object) -> bool:
    return callable(value) and not isinstance(value, type)


def _attribute(item: Any, name: str) -> Any:
    try:
        return getattr(item, name, None)
    except Exception:  # noqa: BLE001 - a proxy that stands for nothing at the moment
        return None


def _has_its_own(item: object) -> bool:
    return isinstance(item, Starlette) and bool(state_of(item).authenticators)


def _is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence)


def _asked_by(scope: Scope) -> Iterator[Authenticator | Asking]:
    """What the matched route asks for a token, overridden authenticators left out."""
    overrides = getattr(scope.get("app"), "dependency_overrides", {})
    context = scope.get("fastapi", {}).get("effective_route_context")
    route = scope.get("route")
    if route is not None and getattr(context, "original_route", None) is route:
        route = context
    for found in _below(getattr(route, "dependant", None), overrides):
        # The same authenticator may stand there by name.
        if _asked(found) is not ONLY or _meant_by(scope) not in overrides:
            yield found


def _meant_by(scope: Scope) -> Authenticator:
    authenticators: list[Authenticator] = scope.get(_AUTHENTICATORS, [])
    if not authenticators:
        raise ConfigurationError(_UNSERVED)
    if len(authenticators) > 1:
        raise ConfigurationError(_AMBIGUOUS)
    return authenticators[0]


def _asked(dependency: Authenticator | Asking) -> Authenticator:
    return dependency.authenticator if isinstance(dependency, Asking) else dependency


def _below(dependant: Any, overrides: Any) -> Iterator[Authenticator | Asking]:
    for child in getattr(dependant, "dependencies", ()):
        call = child.call
        if call in overrides:
            continue
        if isinstance(call, Authenticator | Asking) and _asked(call) not in overrides:
            yield call
        yield from _below(child, overrides)


def _names_no_authenticator(route: object) -> bool:
    dependant = getattr(route, "dependant", None)
    return any(_asked(found) is ONLY for found in _below(dependant, {}))
