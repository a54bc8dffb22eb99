"""Login for Flask applications: /login, /callback and /logout, and the session behind @require_cognito.

CognitoLogin sends people to managed login, CognitoPasswordLogin has forms of its own.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast
from urllib.parse import quote

from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from cognitokit.bearer import Refusal, wsgi_values
from cognitokit.client.sync.client import CognitoClient
from cognitokit.errors import ConfigurationError
from cognitokit.oauth.client import ManagedLogin
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.weblogin.configure import (
    Parts,
    Settings,
    Surroundings,
    callback_of,
    managed_routes,
    parts_of,
    password_paths,
    password_routes,
)
from cognitokit.weblogin.drive import run
from cognitokit.weblogin.exchange import Fields, Flow, Reply, WebRequest
from cognitokit.weblogin.gate import checked_host
from cognitokit.weblogin.pages import FormPage
from cognitokit.weblogin.record import WebSession
from cognitokit.weblogin.shared import SharedSessions
from cognitokit.weblogin.store import SessionStore
from cognitokit.weblogin.visit import Visit

BLUEPRINT = "cognito"
MAX_BODY = 65_536
"""Bytes of a form."""

_EXTENSION = "cognitokit.login"
_VISIT = "cognitokit.visit"
_PATH = "/%:@!$&'()*+,;=~-._"

_log = logging.getLogger("cognitokit")

_Handler = Callable[[Visit], Flow[Reply]]


class Login:
    """What both kinds of login have in common."""

    _parts: Parts

    def __init__(self, settings: Settings, provider: Any, origins: Iterable[str] = ()) -> None:
        surroundings = Surroundings(play=run, share=SharedSessions().get, is_async=False)
        self._provider: ManagedLogin | CognitoClient = provider
        self._settings = settings
        self._parts = parts_of(provider, settings, surroundings, origins=origins)

    @property
    def provider(self) -> ManagedLogin | CognitoClient:
        """What the users are signed in with."""
        return self._provider

    def init_app(self, app: Flask) -> None:
        """Add the routes to an application, as the blueprint "cognito".

        CognitoAuth(app, login=...) does this by itself.

        Raises:
            ConfigurationError: The application has a login already.
        """
        if app.extensions.setdefault(_EXTENSION, self) is not self:
            raise ConfigurationError("This application has a login already.")
        if BLUEPRINT in app.blueprints:
            return
        blueprint = Blueprint(BLUEPRINT, __name__)
        for rule, endpoint, method, handler in self._rules():
            blueprint.add_url_rule(
                rule,
                endpoint,
                self._view(handler),
                methods=[method],
                provide_automatic_options=False,
            )
        app.register_blueprint(blueprint)
        app.after_request(self._finished)

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
        return endpoint.startswith(f"{BLUEPRINT}.")

    def _rules(self) -> list[tuple[str, str, str, _Handler]]:
        raise NotImplementedError

    def _view(self, handler: _Handler) -> Callable[[], Response]:
        def view() -> Response:
            if (request.content_length or 0) > MAX_BODY:
                return Response(status=413)
            reply = run(handler(self._visit(with_fields=True)))
            return Response(
                reply.html if reply.json is None else json.dumps(reply.json),
                reply.status,
                reply.headers,
            )

        return view

    def _visit(self, *, with_fields: bool = False) -> Visit:
        """Return the current request's visit, one however often it is asked for."""
        visit: Visit | None = request.environ.get(_VISIT)
        if visit is None:
            asked = _request()
            checked_host(asked, insecure=self._parts.rules.insecure)
            visit = request.environ[_VISIT] = Visit(asked, self._parts.rules)
        if with_fields:
            visit.take(_fields())
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
    path, POST logout_path. A page that @require_cognito protects sends those without a session to
    the login; an API call gets 401.

    Args:
        login: The ManagedLogin, with a logout_uri.
        cookie_keys: What cookies are sealed with: keys of at least 32 bytes, as
            secrets.token_urlsafe(32) makes them. The first seals, all open.
        store: A server-side store; None to keep sessions in cookies, sealed. With refresh token
            rotation cookies need a grace period of at least 10 seconds on the app client.
        login_path: Where a login begins.
        logout_path: Where a POST ends the session.
        callback_path: Where callbacks come in, as the application routes it. Default: the path of
            the login's redirect URI.
        after_login: Where to go where no page asked for the login, as the browser sees it.
        hints: What ManagedLogin.begin() is told each time, for instance {"lang": "de"}.
        cookie_name: What the cookies' names begin with.
        insecure_cookies: Leave out Secure and "__Host-", for browsers that want https even on
            this machine. Only for a loopback redirect URI.
        session_lifetime: Seconds after which a user has to sign in again.
        login_timeout: Seconds that a login may take.
        refresh_before: Seconds before it expires that an access token is refreshed.
        keep_id_token: Keep the id token too; it makes a cookie longer.
        clock: What gives the time, epoch seconds.
        token_bytes: What gives random bytes, as secrets.token_bytes does.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        login: ManagedLogin,
        *,
        cookie_keys: Iterable[str | bytes],
        store: SessionStore | None = None,
        login_path: str = "/login",
        logout_path: str = "/logout",
        callback_path: str | None = None,
        after_login: str = "/",
        hints: Mapping[str, Any] | None = None,
        cookie_name: str = "cognito",
        insecure_cookies: bool = False,
        session_lifetime: int = 43_200,
        login_timeout: int = 900,
        refresh_before: float = 60,
        keep_id_token: bool = False,
        clock: Callable[[], float] = time.time,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        settings = Settings(
            cookie_keys=cookie_keys,
            store=store,
            login_path=login_path,
            logout_path=logout_path,
            after_login=after_login,
            after_logout="/",
            cookie_name=cookie_name,
            insecure_cookies=insecure_cookies,
            session_lifetime=session_lifetime,
            refresh_before=refresh_before,
            keep_id_token=keep_id_token,
            clock=clock,
            token_bytes=token_bytes,
        )
        path, origin = callback_of(login.redirect_uri, insecure_cookies=insecure_cookies)
        super().__init__(settings, login, [origin])
        self._callback_path = callback_path or path
        self._routes = managed_routes(login, self._parts, settings, hints or {}, login_timeout)

    def _rules(self) -> list[tuple[str, str, str, _Handler]]:
        return [
            (self._settings.login_path, "login", "GET", self._routes.begin),
            (self._callback_path, "callback", "GET", self._routes.callback),
            (self._settings.logout_path, "logout", "POST", self._routes.log_out),
        ]


class CognitoPasswordLogin(Login):
    """Signs people in with forms of the application's own, and keeps their sessions.

    The routes, below login_path: GET and POST of the sign-in, `/challenge`, `/forgot-password` and
    `/reset-password`; and POST logout_path. Each takes a form or JSON. The session afterwards is
    the same as CognitoLogin's.

    Args:
        client: The CognitoClient. Its app client must allow the flow.
        cookie_keys: As in CognitoLogin.
        store: As in CognitoLogin.
        flow: "USER_PASSWORD_AUTH"; or "USER_AUTH", where a user who gives no password chooses.
        render: Draws a FormPage as HTML. Default: plain pages.
        app_name: What an authenticator app calls the application.
        challenge_lifetime: Seconds for which a challenge can be answered; Cognito allows at most
            the app client's AuthSessionValidity.
        login_path: Where the forms are.
        logout_path: As in CognitoLogin.
        after_login: As in CognitoLogin.
        after_logout: Where to go after a logout, as the browser sees it.
        cookie_name: As in CognitoLogin.
        insecure_cookies: As in CognitoLogin; a request to another host than this machine is then
            an error.
        session_lifetime: As in CognitoLogin.
        refresh_before: As in CognitoLogin.
        keep_id_token: As in CognitoLogin.
        clock: As in CognitoLogin.
        token_bytes: As in CognitoLogin.

    Raises:
        ConfigurationError: An option is missing or wrong; the message names the cure.
    """

    def __init__(
        self,
        client: CognitoClient,
        *,
        cookie_keys: Iterable[str | bytes],
        store: SessionStore | None = None,
        flow: Literal["USER_PASSWORD_AUTH", "USER_AUTH"] = "USER_PASSWORD_AUTH",
        render: Callable[[FormPage], str] | None = None,
        app_name: str = "Application",
        challenge_lifetime: int = 300,
        login_path: str = "/login",
        logout_path: str = "/logout",
        after_login: str = "/",
        after_logout: str = "/",
        cookie_name: str = "cognito",
        insecure_cookies: bool = False,
        session_lifetime: int = 43_200,
        refresh_before: float = 60,
        keep_id_token: bool = False,
        clock: Callable[[], float] = time.time,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        settings = Settings(
            cookie_keys=cookie_keys,
            store=store,
            login_path=login_path,
            logout_path=logout_path,
            after_login=after_login,
            after_logout=after_logout,
            cookie_name=cookie_name,
            insecure_cookies=insecure_cookies,
            session_lifetime=session_lifetime,
            refresh_before=refresh_before,
            keep_id_token=keep_id_token,
            clock=clock,
            token_bytes=token_bytes,
        )
        super().__init__(settings, client)
        self._routes = password_routes(
            client,
            self._parts,
            settings,
            flow=flow,
            render=render,
            app_name=app_name,
            challenge_lifetime=challenge_lifetime,
        )

    def _rules(self) -> list[tuple[str, str, str, _Handler]]:
        routes = self._routes
        posts: dict[str, _Handler] = {
            "sign_in": routes.sign_in,
            "challenge": routes.answer,
            "forgot_password": routes.forgot_password,
            "reset_password": routes.reset_password,
        }
        rules: list[tuple[str, str, str, _Handler]] = []
        for kind, path in password_paths(self._settings.login_path).items():
            rules += [(path, kind, "GET", _shows(routes, kind))]
            rules += [(path, f"post_{kind}", "POST", posts[kind])]
        return [*rules, (self._settings.logout_path, "logout", "POST", routes.log_out)]


def _shows(routes: Any, kind: str) -> _Handler:
    return lambda visit: cast("Flow[Reply]", routes.show(visit, kind))


def _fields() -> Fields:
    sent = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return Fields(sent if isinstance(sent, dict) else {})


def _request() -> WebRequest:
    root = quote(request.script_root, safe=_PATH)
    return WebRequest(
        method=request.method,
        values_of=wsgi_values(request.environ),
        path=root + quote(request.path, safe=_PATH),
        query=request.query_string.decode("latin-1"),
        root=root,
        is_json=request.is_json,
    )


def _current() -> WebSession | None:

    login: Login | None = current_app.extensions.get(_EXTENSION)
    if login is None:
        raise ConfigurationError("This application has no login: CognitoAuth(app, login=...).")
    return login.session


current_session = cast("WebSession", LocalProxy(_current))
"""The request's session, with fresh tokens for calling other APIs; None where nobody is signed in."""
