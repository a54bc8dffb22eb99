"""Login for Flask applications: /login, /callback and /logout, and the session behind @require_cognito.

CognitoLogin sends people to managed login, CognitoPasswordLogin has forms of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, Unpack, cast

from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response
from werkzeug.wsgi import LimitedStream

from cognitokit.bearer import Refusal, wsgi_values
from cognitokit.client.sync.client import CognitoClient
from cognitokit.errors import ConfigurationError
from cognitokit.oauth.client import ManagedLogin
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
from cognitokit.weblogin.drive import run
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
from cognitokit.weblogin.store import SessionStore
from cognitokit.weblogin.visit import Visit

BLUEPRINT = "cognitokit"

_EXTENSION = "cognitokit.login"
_VISIT = "cognitokit.visit"

_log = logging.getLogger("cognitokit")

_Handler = Callable[[Visit], Flow[Reply]]


class Login:
    """What both kinds of login have in common."""

    _rules: list[Rule]

    def __init__(self, settings: Settings, provider: Any, origins: Iterable[str] = ()) -> None:
        surroundings = Surroundings(play=run, share=SharedSessions().get, is_async=False)
        self._provider: ManagedLogin | CognitoClient = provider
        self._parts = parts_of(provider, settings, surroundings, origins=origins)

    @property
    def provider(self) -> ManagedLogin | CognitoClient:
        """What the users are signed in with."""
        return self._provider

    def init_app(self, app: Flask) -> None:
        """Add the routes to an application, as the blueprint "cognitokit".

        CognitoAuth(app, login=...) does this by itself.

        Raises:
            ConfigurationError: The application has a login already, a blueprint of this name, or a
                route of its own where the login has one.
        """
        known = app.extensions.get(_EXTENSION)
        if known is self:
            return
        if known is not None:
            raise ConfigurationError("This application has a login already.")
        if BLUEPRINT in app.blueprints:
            raise ConfigurationError(
                f"The application has a blueprint named {BLUEPRINT!r}, which is the name of the "
                "login's: give yours another."
            )
        app.extensions[_EXTENSION] = self
        blueprint = Blueprint(BLUEPRINT, __name__)
        for rule, endpoint, method, handler in self._rules:
            blueprint.add_url_rule(
                rule,
                endpoint,
                self._view(handler),
                methods=[method],
                provide_automatic_options=False,
            )
        app.register_blueprint(blueprint)
        self.check_routes(app)
        app.after_request(self._finished)

    def check_routes(self, app: Flask) -> None:
        """Refuse an application with a route of its own where the login has one: CognitoAuth asks this.

        Raises:
            ConfigurationError: The message names the path.
        """
        rules = list(app.url_map.iter_rules())
        own = [rule for rule in rules if self.owns(rule.endpoint)]
        for rule in rules:
            if not self.owns(rule.endpoint) and any(_is_same(rule, mine) for mine in own):
                raise ConfigurationError(
                    f"The application has a route {rule.rule!r}, endpoint {rule.endpoint!r}, where "
                    "the login has its own: take it out, or give the login another path."
                )

    @property
    def session(self) -> WebSession | None:
        """The session of the current request, its tokens fresh; None where nobody is signed in."""
        return run(self._parts.gate.session(self._visit()))

    def token(
        self, from_header: str | None, verify: Callable[[str], AccessToken | IdToken]
    ) -> AccessToken | IdToken | Refusal | None:
        """Return the current request's verified token: CognitoAuth asks this."""
        return run(self._parts.gate.token(self._visit(), from_header, verify))

    def to_login_page(self) -> HTTPException | None:
        """Return what sends a person to the login page; None for an API call: CognitoAuth asks this."""
        visit = self._visit()
        visit.is_personal = True
        url = self._parts.gate.login_url(visit.request)
        if url is None:
            return None
        # With a response and no code of its own, Flask's error handlers leave it alone.
        return HTTPException(response=Response(status=303, headers={"Location": url}))

    def owns(self, endpoint: str) -> bool:
        """Whether an endpoint is one of the login's own, which must be public."""
        return endpoint in {f"{BLUEPRINT}.{rule.name}" for rule in self._rules}

    def _view(self, handler: _Handler) -> Callable[[], Response]:
        def view() -> Response:
            reply = self._reply(handler)
            return Response(reply.content, reply.status, reply.headers)

        return view

    def _reply(self, handler: _Handler) -> Reply:
        visit = self._visit()
        if not self._parts.gate.may_change(visit.request):
            return foreign(visit)
        if request.method == "POST":
            if not visit.request.can_be_read:
                return unreadable(visit)
            fields = _fields()
            if fields is None:
                return too_large(visit)
            visit.take(fields)
        return run(handler(visit))

    def _visit(self) -> Visit:
        """Return the current request's visit, one however often it is asked for."""
        visit: Visit | None = request.environ.get(_VISIT)
        if visit is None:
            asked = _request()
            checked_host(asked, insecure=self._parts.rules.insecure)
            visit = request.environ[_VISIT] = Visit(asked, self._parts.rules)
        return visit

    def _finished(self, response: Response) -> Response:
        visit: Visit | None = request.environ.get(_VISIT)
        if visit is None:
            return response
        for note in visit.notes:
            _log.info("%s", note)
        for cookie in visit.set_cookie:
            response.headers.add("Set-Cookie", cookie)
        if visit.is_personal:
            response.vary.add("Cookie")
            if visit.set_cookie or "Cache-Control" not in response.headers:
                response.headers["Cache-Control"] = "no-store"
        return response

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._provider!r})"


class CognitoLogin(Login):
    """Signs people in through managed login, and keeps their sessions.

    The routes: GET login_path (with ?next=, a path to come back to), GET of the redirect URI's
    path, POST logout_path. A page behind a guard sends those without a session to the login; an
    API call gets 401.

    Args:
        login: The ManagedLogin, with a logout_uri.
        cookie_keys: What cookies are sealed with: keys of at least 32 bytes, as
            secrets.token_urlsafe(32) makes them. The first seals, all open.
        store: A server-side store; None to keep sessions in cookies, sealed. With refresh
            token rotation cookies need a grace period of at least 10 seconds on the app client.
        **options: See cognitokit.weblogin.ManagedOptions.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        login: ManagedLogin,
        *,
        cookie_keys: Iterable[str | bytes],
        store: SessionStore | None = None,
        **options: Unpack[ManagedOptions],
    ) -> None:
        settings = ManagedSettings(cookie_keys=cookie_keys, store=store, **options)
        _, origin = callback_of(login.redirect_uri, insecure_cookies=settings.insecure_cookies)
        super().__init__(settings, login, [origin])
        self._rules = managed_rules(login, managed_routes(login, self._parts, settings), settings)


class CognitoPasswordLogin(Login):
    """Signs people in with forms of the application's own, and keeps their sessions.

    The routes, below login_path: GET and POST of the sign-in, `/challenge`, `/forgot-password` and
    `/reset-password`; and POST logout_path. Each takes a form or JSON. The session afterwards is
    the same as CognitoLogin's.

    Args:
        client: The CognitoClient. Its app client must allow the flow.
        cookie_keys: As in CognitoLogin.
        store: As in CognitoLogin.
        **options: See cognitokit.weblogin.PasswordOptions.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        client: CognitoClient,
        *,
        cookie_keys: Iterable[str | bytes],
        store: SessionStore | None = None,
        **options: Unpack[PasswordOptions],
    ) -> None:
        settings = PasswordSettings(cookie_keys=cookie_keys, store=store, **options)
        super().__init__(settings, client)
        self._rules = password_rules(password_routes(client, self._parts, settings), settings)


def _is_same(rule: Any, other: Any) -> bool:
    """Whether two routes take the same requests, of which one then goes without."""
    places = [(each.rule, each.subdomain, each.host) for each in (rule, other)]
    # A rule of Werkzeug's without methods takes every one.
    is_shared = rule.methods is None or not other.methods.isdisjoint(rule.methods)
    return places[0] == places[1] and is_shared


def _fields() -> Fields | None:
    """The fields of the request; None where its body is longer than any form."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    # A chunked body has no length, and perhaps no end. Werkzeug's own limit would cut it short.
    environ = request.environ
    environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], MAX_BODY + 1, is_max=True)
    # Never in a variable: an exception's traceback may be logged with those.
    if len(request.get_data()) > MAX_BODY:
        return None
    if request.is_json or not request.mimetype:
        return read_fields(request.get_data(), is_json=request.is_json)
    # Flask's, for the application may have read it already.
    return Fields(request.form.to_dict())


def _request() -> WebRequest:
    root = mounted_at(request.script_root)
    return WebRequest(
        method=request.method,
        values_of=wsgi_values(request.environ),
        path=root + percent_encoded(request.path),
        query=request.query_string.decode("latin-1"),
        root=root,
        media_type=request.mimetype,
        is_json=request.is_json,
    )


def _current() -> WebSession | None:
    login: Login | None = current_app.extensions.get(_EXTENSION)
    if login is None:
        raise ConfigurationError("This application has no login: CognitoAuth(app, login=...).")
    return login.session


current_session: WebSession = cast("WebSession", LocalProxy(_current))
"""The request's session, with fresh tokens for calling other APIs; None where nobody is signed in."""
