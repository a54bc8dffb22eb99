"""Login for FastAPI and Starlette apps: /login, /callback and /logout, and the session behind the guards.

CognitoLogin sends people to managed login, CognitoPasswordLogin has forms of its own.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from io import BytesIO
from typing import Any, Unpack

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognitokit.asgi import header_values
from cognitokit.bearer import Refusal
from cognitokit.client.aio.client import AsyncCognitoClient
from cognitokit.errors import ConfigurationError
from cognitokit.included_routes import original_of, with_included
from cognitokit.oauth.aio import AsyncManagedLogin
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.weblogin.configure import (
    Rule,
    Surroundings,
    callback_of,
    managed_routes,
    managed_rules,
    parts_of,
    password_routes,
    password_rules,
)
from cognitokit.weblogin.drive import run_async
from cognitokit.weblogin.exchange import (
    MAX_BODY,
    Fields,
    Flow,
    Reply,
    WebRequest,
    mounted_at,
    percent_encoded,
    read_fields,
)
from cognitokit.weblogin.gate import checked_host
from cognitokit.weblogin.memory import MemoryStore
from cognitokit.weblogin.options import (
    ManagedOptions,
    ManagedSettings,
    PasswordOptions,
    PasswordSettings,
    Settings,
)
from cognitokit.weblogin.record import WebSession
from cognitokit.weblogin.replies import foreign, too_large, unreadable
from cognitokit.weblogin.shared import SharedSessions
from cognitokit.weblogin.store import AsyncSessionStore, SessionStore
from cognitokit.weblogin.visit import Visit

_STATE = "cognitokit_login"
_DESK = "cognitokit.desk"
_BEGINNINGS = frozenset(
    {"http.response.start", "websocket.accept", "websocket.http.response.start"}
)
"""The messages that can set cookies."""

_log = logging.getLogger("cognitokit")

_Handler = Callable[[Visit], Flow[Reply]]


class LoginNeeded(HTTPException):
    """Sends a person to the login page: 303. An exception handler for this class may answer otherwise."""

    def __init__(self, url: str) -> None:
        super().__init__(303, headers={"Location": url, "Cache-Control": "no-store"})
        self.url = url
        """Where the login begins, with the place to come back to."""


class Login:
    """What both kinds of login have in common."""

    _rules: list[Rule]

    def __init__(self, settings: Settings, provider: Any, origins: Iterable[str] = ()) -> None:
        surroundings = Surroundings(
            play=run_async, share=SharedSessions(per_thread=True).get, is_async=True
        )
        self._provider: AsyncManagedLogin | AsyncCognitoClient = provider
        self._parts = parts_of(provider, settings, surroundings, origins=origins)

    @property
    def provider(self) -> AsyncManagedLogin | AsyncCognitoClient:
        """What the users are signed in with."""
        return self._provider

    def init_app(self, app: Starlette) -> None:
        """Add the routes to an app, and what sets the cookies of its responses.

        CognitoAuth(login=...).init_app(app) does this by itself. The routes come first, so that no
        catch-all of the app keeps people from signing in. Where the app has a route of its own at
        one of these paths, also one that is added later, it does not start.

        Raises:
            ConfigurationError: The app has a login already, has a route of its own where the login
                has one, or has answered requests.
        """
        known = getattr(app.state, _STATE, None)
        if known is self:
            return
        if known is not None:
            raise ConfigurationError("This app has a login already.")
        if app.middleware_stack is not None:
            raise ConfigurationError("Call init_app() before the app answers its first request.")
        self._refuse_taken(app, ())
        setattr(app.state, _STATE, self)
        build = app.build_middleware_stack
        routes = [
            Route(
                path,
                functools.partial(self._answer, handler),
                methods=[method],
                name=f"cognitokit.{name}",
                include_in_schema=False,
            )
            for path, name, method, handler in self._rules
        ]

        def build_with_desk() -> ASGIApp:
            self._refuse_taken(app, routes)
            return _FrontDesk(build(), login=self)

        # Around what answers 500 too, which stands outside of any middleware that can be added.
        app.build_middleware_stack = build_with_desk  # type: ignore[method-assign]
        app.router.routes[:0] = routes

    def _refuse_taken(self, app: Starlette, own: Collection[BaseRoute]) -> None:
        """Refuse an app with a route where the login has one: one of the two would never be reached."""
        others = [
            route
            for route in with_included(app.routes)
            if all(original_of(route) is not each for each in own)
        ]
        for path, _, method, _ in self._rules:
            if any(_is_at(route, path, method) for route in others):
                raise ConfigurationError(
                    f"The application has a route for {method} {path}, where the login has its own: "
                    "take it out, or give the login another path (login_path=, logout_path=)."
                )

    async def session(self, conn: HTTPConnection) -> WebSession | None:
        """Return the connection's session, its tokens fresh; None where nobody is signed in.

        A dependency: `Annotated[WebSession | None, Depends(login.session)]`.
        """
        return await run_async(self._parts.gate.session(_visit_of(conn.scope)))

    async def token(
        self, scope: Any, from_header: str | None, verify: Callable[[str], Awaitable[Any]], /
    ) -> AccessToken | IdToken | Refusal | None:
        """Return a connection's verified token: the guards ask this."""
        return await run_async(self._parts.gate.token(_visit_of(scope), from_header, verify))

    def to_login_page(self, conn: HTTPConnection, /) -> Exception | None:
        """Return what sends a person to the login page; None for an API call: the guards ask this."""
        visit = _visit_of(conn.scope)
        visit.is_personal = True
        url = self._parts.gate.login_url(visit.request)
        return None if url is None else LoginNeeded(url)

    def visit(self, scope: Scope) -> Visit:
        """Return what the login sees of a connection."""
        request = _request(scope)
        checked_host(request, insecure=self._parts.rules.insecure)
        return Visit(request, self._parts.rules)

    async def _answer(self, handler: _Handler, request: Request) -> Response:
        reply = await self._reply(handler, request)
        return Response(reply.content, reply.status, reply.headers)

    async def _reply(self, handler: _Handler, request: Request) -> Reply:
        visit = _visit_of(request.scope)
        if not self._parts.gate.may_change(visit.request):
            return foreign(visit)
        if request.method == "POST":
            if not visit.request.can_be_read:
                return unreadable(visit)
            fields = await _fields(request, is_json=visit.request.is_json)
            if fields is None:
                return too_large(visit)
            visit.take(fields)
        return await run_async(handler(visit))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._provider!r})"


class CognitoLogin(Login):
    """Signs people in through managed login, and keeps their sessions.

    The routes: GET login_path (with ?next=, a path to come back to), GET of the redirect URI's
    path, POST logout_path. A page behind a guard sends those without a session to the login; an
    API call gets 401.

    Args:
        login: The AsyncManagedLogin, with a logout_uri.
        cookie_keys: What cookies are sealed with: keys of at least 32 bytes, as
            secrets.token_urlsafe(32) makes them. The first seals, all open.
        store: A server-side store (one that is not async runs in worker threads); None to keep
            sessions in cookies, sealed. With refresh token rotation cookies need a grace period of
            at least 10 seconds on the app client.
        **options: See cognitokit.weblogin.ManagedOptions.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        login: AsyncManagedLogin,
        *,
        cookie_keys: Iterable[str | bytes],
        store: AsyncSessionStore | SessionStore | None = None,
        **options: Unpack[ManagedOptions],
    ) -> None:
        settings = ManagedSettings(cookie_keys=cookie_keys, store=_awaitable(store), **options)
        _, origin = callback_of(login.redirect_uri, insecure_cookies=settings.insecure_cookies)
        super().__init__(settings, login, [origin])
        self._rules = managed_rules(login, managed_routes(login, self._parts, settings), settings)


class CognitoPasswordLogin(Login):
    """Signs people in with forms of the application's own, and keeps their sessions.

    The routes, below login_path: GET and POST of the sign-in, `/challenge`, `/forgot-password` and
    `/reset-password`; and POST logout_path. Each takes a form or JSON. The session afterwards is
    the same as CognitoLogin's.

    Args:
        client: The AsyncCognitoClient. Its app client must allow the flow.
        cookie_keys: As in CognitoLogin.
        store: As in CognitoLogin.
        **options: See cognitokit.weblogin.PasswordOptions.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        client: AsyncCognitoClient,
        *,
        cookie_keys: Iterable[str | bytes],
        store: AsyncSessionStore | SessionStore | None = None,
        **options: Unpack[PasswordOptions],
    ) -> None:
        settings = PasswordSettings(cookie_keys=cookie_keys, store=_awaitable(store), **options)
        super().__init__(settings, client)
        self._rules = password_rules(password_routes(client, self._parts, settings), settings)


class _Desk:
    """Makes the visit of a connection, once it is asked for."""

    def __init__(self, login: Login, scope: Scope) -> None:
        self.login = login
        self._scope = dict(scope)  # as it came: routing writes into it
        self.visited: Visit | None = None
        """The visit; None until it is asked for."""

    def visit(self) -> Visit:
        """Return the visit, one however often it is asked for."""
        if self.visited is None:
            self.visited = self.login.visit(self._scope)
        return self.visited


class _FrontDesk:
    """Around all of the app: gives the response, whoever makes it, the cookies of the visit."""

    def __init__(self, app: ASGIApp, *, login: Login) -> None:
        self._app = app
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outside: _Desk | None = scope.get(_DESK)
        # Of two desks, around an app and one that is mounted in it, each would refresh the session.
        has_one = outside is not None and outside.login is self._login
        if has_one or scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        desk = scope[_DESK] = _Desk(self._login, scope)

        async def sending(message: Message) -> None:
            if message["type"] in _BEGINNINGS and desk.visited is not None:
                _finish(desk.visited, message)
            await send(message)

        await self._app(scope, receive, sending)


class _InThreads:
    """A store that is not async, each call in a worker thread."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    async def get(self, key: str, /) -> str | None:
        return await run_sync(self._store.get, key)

    async def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        put = functools.partial(self._store.put, key, value, expected=expected, lifetime=lifetime)
        return await run_sync(put)

    async def delete(self, key: str, /) -> object:
        return await run_sync(self._store.delete, key)

    async def pop(self, key: str, /) -> str | None:
        return await run_sync(self._store.pop, key)


def _is_at(route: Any, path: str, method: str) -> bool:
    """Whether a route is for this very path, and not for others too as a catch-all or a mount is."""
    is_view = isinstance(original_of(route), Route)
    return is_view and route.path == path and method in (route.methods or {method})


def _awaitable(store: Any) -> Any:
    """Return a store that never blocks the event loop; what is no store is left for the check to refuse."""
    if store is None or isinstance(store, MemoryStore) or not hasattr(store, "get"):
        return store
    return store if inspect.iscoroutinefunction(store.get) else _InThreads(store)


def _visit_of(scope: Any) -> Visit:
    desk: _Desk | None = scope.get(_DESK)
    if desk is None:
        raise ConfigurationError("This app has no login: call the login's init_app(app).")
    return desk.visit()


def _finish(visit: Visit, message: Message) -> None:
    for note in visit.notes:
        _log.info("%s", note)
    message.setdefault("headers", [])  # ASGI lets an application leave them out
    headers = MutableHeaders(scope=message)
    for cookie in visit.set_cookie:
        headers.append("Set-Cookie", cookie)
    if visit.is_personal:
        headers.add_vary_header("Cookie")
        if visit.set_cookie or "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"


def _request(scope: Scope) -> WebRequest:
    values_of = header_values(scope)
    # A proxy may have taken the root path away, or left it there.
    root, path = scope.get("root_path", ""), scope["path"]
    if root and path != root and not path.startswith(f"{root}/"):
        path = root + path
    media = "".join(values_of("content-type")).partition(";")[0].strip().lower()
    return WebRequest(
        method=scope.get("method"),
        values_of=values_of,
        path=percent_encoded(path),
        query=scope.get("query_string", b"").decode("latin-1"),
        root=mounted_at(root),
        media_type=media,
        is_json=media == "application/json" or media.endswith("+json"),
    )


async def _fields(request: Request, *, is_json: bool) -> Fields | None:
    """The fields of a request; None where its body is longer than any form."""
    body = BytesIO()  # its repr shows nothing, unlike that of bytes
    async for chunk in request.stream():
        if body.tell() + len(chunk) > MAX_BODY:
            return None
        body.write(chunk)
        del chunk
    return read_fields(body.getvalue(), is_json=is_json)
