"""Managed login step by step, with a dict for the user's session: any web framework has one."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import httpx

from cognitokit import (
    BearerAuth,
    CognitoKitError,
    LoginError,
    LoginState,
    ManagedLogin,
    Tokens,
    UserInfo,
)

Session = dict[str, Any]
Sessions = MutableMapping[str, Session]  # a database, say: read and written at each access


def make_login() -> ManagedLogin:
    """What the application registered with its pool; one object for the whole process."""
    return ManagedLogin(
        "eu-west-1_AbCdEfGhI",
        domain="my-app",  # or "auth.example.com"
        client_id="1example23456789",
        client_secret=None,  # a public client; else the app client's secret
        redirect_uri="https://app.example.com/callback",
        logout_uri="https://app.example.com/",
        scopes=["openid", "email", "profile"],
    )


def start(login: ManagedLogin, session: Session, next_page: str | None) -> str:
    """GET /login: where to redirect the browser."""
    url, login_state = login.begin(next_page)
    attempts = session.setdefault("logins", {})
    attempts[login_state.state] = login_state.to_dict()
    while len(attempts) > 5:  # a few tabs may sign in at once, a crawler may not fill the session
        del attempts[next(iter(attempts))]
    return url


def callback(login: ManagedLogin, session: Session, params: Mapping[str, str]) -> str:
    """GET /callback: where to redirect the browser, signed in."""
    # Taken out before the exchange: the same callback cannot come twice.
    stored = session.get("logins", {}).pop(params.get("state"), None)
    login_state = None if stored is None else LoginState.from_dict(stored)
    done = login.complete(params, login_state)
    # A new session, with a new id where the framework has one: nobody else knows it.
    session.clear()
    session["tokens"] = done.tokens.to_dict()
    session["sub"] = done.access_token.sub
    return login_state.redirect_target if login_state else "/"


def callback_or_error(
    login: ManagedLogin, session: Session, params: Mapping[str, str]
) -> tuple[int, str]:
    """The same as a status and a place or a sentence for the user."""
    try:
        return 303, callback(login, session, params)
    except LoginError as error:
        print(f"login refused: {error.reason} {error.code}")  # for the log; no secret is in it
        return error.http_status, str(error)


def logout(login: ManagedLogin, session: Session) -> str:
    """POST /logout: where to redirect the browser."""
    tokens = Tokens.from_dict(session["tokens"])
    session.clear()
    try:
        login.revoke(tokens)
    except CognitoKitError as error:
        print(f"not revoked: {error}")  # it is gone from here in any case
    return login.logout_url()


def tasks_of_the_user(login: ManagedLogin, session: Session, http: httpx.Client) -> httpx.Response:
    """Call an API for the user, with a token that is refreshed when it is due or refused."""

    def store(tokens: Tokens) -> None:
        session["tokens"] = tokens.to_dict()

    user = login.session(Tokens.from_dict(session["tokens"]), store)
    auth = BearerAuth(user, origins="https://api.example.com")
    return http.get("https://api.example.com/tasks", auth=auth)


def tasks_from_one_of_many_processes(
    login: ManagedLogin, sessions: Sessions, session_id: str, http: httpx.Client
) -> httpx.Response:
    """The same where several processes share the sessions: what another has refreshed is used."""

    def store(tokens: Tokens) -> None:
        sessions[session_id] = {**sessions[session_id], "tokens": tokens.to_dict()}

    def stored() -> Tokens:
        return Tokens.from_dict(sessions[session_id]["tokens"])

    user = login.session(stored(), store, reload=stored)
    auth = BearerAuth(user, origins="https://api.example.com")
    return http.get("https://api.example.com/tasks", auth=auth)


def about_the_user(login: ManagedLogin, session: Session) -> UserInfo:
    """What the user lets the application know, as far as the scopes go."""
    return login.user_info(session["tokens"]["access_token"], sub=session["sub"])
