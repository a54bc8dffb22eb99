"""The options of a login, checked, and the parts that they make."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cognitokit.errors import ConfigurationError
from cognitokit.oauth.redirect_target import safe_redirect_target
from cognitokit.weblogin.attempts import Attempts
from cognitokit.weblogin.cookies import CookieRules
from cognitokit.weblogin.gate import LOOPBACK, Gate
from cognitokit.weblogin.managed import ManagedRoutes
from cognitokit.weblogin.password_form import PasswordRoutes
from cognitokit.weblogin.renewal import Renewal
from cognitokit.weblogin.sealing import Sealer
from cognitokit.weblogin.seals import Seals
from cognitokit.weblogin.sessions import Sessions
from cognitokit.weblogin.stored import StoredSessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cognitokit.weblogin.exchange import Flow, Reply
    from cognitokit.weblogin.options import ManagedSettings, PasswordSettings, Settings
    from cognitokit.weblogin.password_form import Kind
    from cognitokit.weblogin.visit import Visit

    Handler = Callable[[Visit], Flow[Reply]]

_STORE = ("get", "put", "delete", "pop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a framework's side brings: how flows are run, how requests share a session."""

    play: Callable[[Flow[Any]], Any]
    share: Callable[[str, Callable[[], Any]], Any]
    is_async: bool


class Rule(NamedTuple):
    """A route: what is done with a request, unless another site made the browser send it."""

    path: str
    name: str
    method: str
    handler: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a login is made of."""

    rules: CookieRules
    seals: Seals
    sessions: Sessions
    gate: Gate


def parts_of(
    provider: Any,
    settings: Settings,
    surroundings: Surroundings,
    *,
    origins: Iterable[str] = (),
) -> Parts:
    """Return the parts that both kinds of login have.

    Raises:
        ConfigurationError: An option is wrong; the message names it.
    """
    if inspect.iscoroutinefunction(getattr(provider, "revoke", None)) != surroundings.is_async:
        raise ConfigurationError(
            "This framework needs AsyncManagedLogin or AsyncCognitoClient."
            if surroundings.is_async
            else "This framework needs ManagedLogin or CognitoClient, not their async twins."
        )
    if settings.store is not None:
        _check_store(settings.store, is_async=surroundings.is_async)
    if type(settings.session_lifetime) is not int or settings.session_lifetime <= 0:
        raise ConfigurationError("session_lifetime must be a whole number of seconds, more than 0.")
    if settings.refresh_before < 0:
        raise ConfigurationError("refresh_before must not be negative.")
    for name in ("login_path", "logout_path", "after_login", "after_logout"):
        path = getattr(settings, name)
        if safe_redirect_target(path, default="") != path:
            raise ConfigurationError(f"{name} must be a path such as '/login'.")
    seals = Seals(
        Sealer(settings.cookie_keys, client_id=provider.client_id),
        clock=settings.clock,
        token_bytes=settings.token_bytes,
    )
    stored = None if settings.store is None else StoredSessions(settings.store, seals)
    renewal = Renewal(
        provider,
        stored=stored,
        refresh_before=settings.refresh_before,
        keep_id_token=settings.keep_id_token,
        clock=settings.clock,
        play=surroundings.play,
        share=surroundings.share,
    )
    sessions = Sessions(
        provider,
        seals=seals,
        stored=stored,
        renewal=renewal,
        lifetime=settings.session_lifetime,
        keep_id_token=settings.keep_id_token,
    )
    return Parts(
        rules=CookieRules(settings.cookie_name, insecure=settings.insecure_cookies),
        seals=seals,
        sessions=sessions,
        gate=Gate(sessions, login_path=settings.login_path, origins=frozenset(origins)),
    )


def managed_routes(login: Any, parts: Parts, settings: ManagedSettings) -> ManagedRoutes:
    """Return the routes of a login through managed login.

    Raises:
        ConfigurationError: The ManagedLogin has no logout_uri.
    """
    return ManagedRoutes(
        login,
        sessions=parts.sessions,
        attempts=Attempts(parts.seals, settings.store, lifetime=settings.login_timeout),
        gate=parts.gate,
        hints=dict(settings.hints),
        after_login=settings.after_login,
    )


def password_routes(client: Any, parts: Parts, settings: PasswordSettings) -> PasswordRoutes:
    """Return the routes of a login with forms of one's own.

    Raises:
        ConfigurationError: The flow is none that signs in with a password.
    """
    if settings.flow not in {"USER_PASSWORD_AUTH", "USER_AUTH"}:
        raise ConfigurationError("flow must be 'USER_PASSWORD_AUTH' or 'USER_AUTH'.")
    return PasswordRoutes(
        client,
        seals=parts.seals,
        sessions=parts.sessions,
        paths=password_paths(settings.login_path),
        render=settings.render,
        flow=settings.flow,
        app_name=settings.app_name,
        challenge_lifetime=settings.challenge_lifetime,
        after_login=settings.after_login,
        after_logout=settings.after_logout,
    )


def managed_rules(login: Any, routes: ManagedRoutes, settings: ManagedSettings) -> list[Rule]:
    """Return where the routes of a login through managed login are."""
    path, _ = callback_of(login.redirect_uri, insecure_cookies=settings.insecure_cookies)
    return [
        Rule(settings.login_path, "login", "GET", routes.begin),
        Rule(settings.callback_path or path, "callback", "GET", routes.callback),
        Rule(settings.logout_path, "logout", "POST", routes.log_out),
    ]


def password_rules(routes: PasswordRoutes, settings: PasswordSettings) -> list[Rule]:
    """Return where the routes of a login with forms of one's own are."""
    posts: dict[Kind, Handler] = {
        "sign_in": routes.sign_in,
        "challenge": routes.answer,
        "forgot_password": routes.forgot_password,
        "reset_password": routes.reset_password,
    }
    paths = password_paths(settings.login_path)
    rules = [Rule(settings.logout_path, "logout", "POST", routes.log_out)]
    for kind, handler in posts.items():
        rules.append(Rule(paths[kind], kind, "GET", partial(routes.show, kind=kind)))
        rules.append(Rule(paths[kind], f"post_{kind}", "POST", handler))
    return rules


def password_paths(login_path: str) -> dict[str, str]:
    """Return where the forms are, by kind."""
    return {
        "sign_in": login_path,
        "challenge": f"{login_path}/challenge",
        "forgot_password": f"{login_path}/forgot-password",
        "reset_password": f"{login_path}/reset-password",
    }


def callback_of(redirect_uri: str, *, insecure_cookies: bool) -> tuple[str, str]:
    """Return the path and the origin of a login's callback.

    Raises:
        ConfigurationError: It is no URL of a web application, or cookies without Secure are asked
            for on another machine than this.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"}:
        raise ConfigurationError("redirect_uri must be an https URL for a server-rendered login.")
    if insecure_cookies and parts.hostname not in LOOPBACK:
        raise ConfigurationError(
            "insecure_cookies=True is for loopback redirect URIs such as http://localhost:8000/callback."
        )
    return parts.path or "/", f"{parts.scheme}://{parts.netloc}".lower()


def _check_store(store: Any, *, is_async: bool) -> None:
    methods = [getattr(store, name, None) for name in _STORE]
    if not all(map(callable, methods)):
        raise ConfigurationError("store must have get, put, delete and pop, as SessionStore says.")
    if not is_async and any(map(inspect.iscoroutinefunction, methods)):
        raise ConfigurationError("This framework needs a SessionStore that is not async.")
