"""What a login may be told, in Flask and in FastAPI alike."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping  # noqa: TC003 - for typing.get_type_hints
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from cognitokit.weblogin.pages import FormPage, form_page


class LoginOptions(TypedDict, total=False):
    """What CognitoLogin and CognitoPasswordLogin take beside what they require."""

    login_path: str
    """Where a login begins. Default: "/login"."""
    logout_path: str
    """Where a POST ends the session. Default: "/logout"."""
    after_login: str
    """Where to go where no page asked for the login, as the browser sees it. Default: "/"."""
    cookie_name: str
    """What the cookies' names begin with, after "__Host-". Default: "cognito".

    Each application on a host needs its own, be it on another port."""
    insecure_cookies: bool
    """Leave out Secure and "__Host-", for browsers that want https even on this machine.

    Only for loopback: the redirect URI must be one, and a request to another host is an error."""
    session_lifetime: int
    """Seconds after which a user has to sign in again. Default: 43,200, half a day."""
    refresh_before: float
    """Seconds before it expires that an access token is refreshed. Default: 60."""
    keep_id_token: bool
    """Keep the id token too; it makes a cookie longer. Default: False."""
    clock: Callable[[], float]
    """What gives the time, epoch seconds. Default: time.time."""
    token_bytes: Callable[[int], bytes]
    """What gives random bytes. Default: secrets.token_bytes."""


class ManagedOptions(LoginOptions, total=False):
    """What CognitoLogin takes beside what it requires."""

    callback_path: str | None
    """Where callbacks come in, as the application routes it. Default: the redirect URI's path."""
    hints: Mapping[str, Any]
    """What begin() is told each time, for instance {"lang": "de"}."""
    login_timeout: int
    """Seconds that a login may take. Default: 900."""


class PasswordOptions(LoginOptions, total=False):
    """What CognitoPasswordLogin takes beside what it requires."""

    flow: Literal["USER_PASSWORD_AUTH", "USER_AUTH"]
    """How users sign in; with "USER_AUTH" one who gives no password chooses a factor."""
    render: Callable[[FormPage], str]
    """Draws a form as HTML. Default: plain pages without scripts."""
    app_name: str
    """What an authenticator app calls the application. Default: "Application"."""
    challenge_lifetime: int
    """Seconds for which a challenge can be answered. Default: 300.

    Cognito allows at most the app client's AuthSessionValidity."""
    after_logout: str
    """Where to go after a logout, as the browser sees it. Default: "/"."""


def _no_hints() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """LoginOptions, whole, with what both kinds of login require."""

    cookie_keys: Iterable[str | bytes] = field(repr=False)
    store: Any
    login_path: str = "/login"
    logout_path: str = "/logout"
    after_login: str = "/"
    after_logout: str = "/"
    cookie_name: str = "cognito"
    insecure_cookies: bool = False
    session_lifetime: int = 43_200
    refresh_before: float = 60
    keep_id_token: bool = False
    clock: Callable[[], float] = time.time
    token_bytes: Callable[[int], bytes] = secrets.token_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedSettings(Settings):
    """ManagedOptions, whole."""

    callback_path: str | None = None
    hints: Mapping[str, Any] = field(default_factory=_no_hints)
    login_timeout: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSettings(Settings):
    """PasswordOptions, whole."""

    flow: str = "USER_PASSWORD_AUTH"
    render: Callable[[FormPage], str] = form_page
    app_name: str = "Application"
    challenge_lifetime: int = 300
