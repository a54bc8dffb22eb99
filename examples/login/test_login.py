"""The login's story, offline: a pool's domain on loopback stands for Cognito."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import httpx
import managed_login as app
import pytest

from cognitokit import ManagedLogin, Tokens, UserPool
from cognitokit.testing import OAuthServer, TokenMint


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    """The domain, with a user."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    with OAuthServer(
        mint,
        redirect_uris=["https://app.example.com/callback"],
        logout_uris=["https://app.example.com/"],
        rotation=True,
    ) as running:
        running.add_user("jane", "Passw0rd!", email="jane@example.com", email_verified="true")
        yield running


@pytest.fixture
def login(server: OAuthServer) -> ManagedLogin:
    """The application's login, with the domain on loopback."""
    return ManagedLogin(
        server.pool,
        domain=server.url,
        client_id="1example23456789",
        redirect_uri="https://app.example.com/callback",
        logout_uri="https://app.example.com/",
        scopes=["openid", "email", "profile"],
    )


def test_a_user_signs_in(server: OAuthServer, login: ManagedLogin) -> None:
    """Login, callback, protected page."""
    session: app.Session = {}
    url = app.start(login, session, "/tasks")
    callback = server.sign_in(url, "jane", "Passw0rd!")
    params = dict(parse_qsl(urlsplit(callback).query))

    assert app.callback_or_error(login, session, params) == (303, "/tasks")
    assert app.about_the_user(login, session).email == "jane@example.com"


def test_a_callback_that_comes_twice(server: OAuthServer, login: ManagedLogin) -> None:
    """The second one finds no login that was begun."""
    session: app.Session = {}
    url = app.start(login, session, None)
    params = dict(parse_qsl(urlsplit(server.sign_in(url, "jane", "Passw0rd!")).query))

    assert app.callback_or_error(login, session, params) == (303, "/")
    status, message = app.callback_or_error(login, session, params)
    assert status == 400
    assert "start again" in message


def signed_in(server: OAuthServer, login: ManagedLogin) -> app.Session:
    """The session of a user who has signed in."""
    session: app.Session = {}
    callback = server.sign_in(app.start(login, session, None), "jane", "Passw0rd!")
    app.callback(login, session, dict(parse_qsl(urlsplit(callback).query)))
    return session


def test_the_api_refuses_a_token(server: OAuthServer, login: ManagedLogin) -> None:
    """A token that the API refuses is refreshed, and the new ones are stored."""
    session = signed_in(server, login)
    session["tokens"]["expires_at"] -= 3590  # it was issued an hour ago
    before = session["tokens"]["refresh_token"]

    def api(request: httpx.Request) -> httpx.Response:
        expected = f"Bearer {session['tokens']['access_token']}"
        return httpx.Response(200 if request.headers["authorization"] == expected else 401)

    with httpx.Client(transport=httpx.MockTransport(api)) as http:
        answer = app.tasks_of_the_user(login, session, http)

    assert answer.status_code == 200
    assert before != session["tokens"]["refresh_token"]


def in_an_hour(session: app.Session) -> app.Session:
    """The session as it is stored an hour later, the access token expired."""
    tokens = session["tokens"]
    return {**session, "tokens": {**tokens, "expires_at": tokens["expires_at"] - 3600}}


def refreshes(server: OAuthServer) -> int:
    """How many refreshes have come in."""
    return sum(r.form.get("grant_type") == "refresh_token" for r in server.requests)


def test_a_page_s_requests_come_in_together(server: OAuthServer, login: ManagedLogin) -> None:
    """Each with its own copy of a session that is due: one refresh, and all of them are answered."""
    stored = in_an_hour(signed_in(server, login))
    copies = [dict(stored) for _ in range(8)]
    together = threading.Barrier(len(copies))

    def request(session: app.Session) -> int:
        together.wait()
        return app.tasks_of_the_user(login, session, http).status_code

    with (
        httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http,
        ThreadPoolExecutor(len(copies)) as threads,
    ):
        statuses = [*threads.map(request, copies)]

    assert [200] * 8 == statuses
    assert 1 == refreshes(server)
    assert 1 == len({copy["tokens"]["refresh_token"] for copy in copies})
    assert stored["tokens"] != copies[0]["tokens"]


def test_two_processes_refresh_at_the_same_time(server: OAuthServer, login: ManagedLogin) -> None:
    """The one that is refused, because the other was faster, goes on with what that one stored."""
    sessions = {"s1": in_an_hour(signed_in(server, login))}
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    statuses: list[int] = []

    def ask(process: ManagedLogin) -> None:
        with httpx.Client(transport=transport) as http:
            answer = app.tasks_from_one_of_many_processes(process, sessions, "s1", http)
            statuses.append(answer.status_code)

    def overtake(request: httpx.Request) -> None:
        if not statuses and request.url.path == "/oauth2/token":
            ask(login)

    with httpx.Client(event_hooks={"request": [overtake]}) as slow:
        ask(
            ManagedLogin(
                server.pool,
                domain=server.url,
                client_id="1example23456789",
                redirect_uri="https://app.example.com/callback",
                http_client=slow,
            )
        )

    assert [200, 200] == statuses
    assert 2 == refreshes(server)
    assert login.refresh(Tokens.from_dict(sessions["s1"]["tokens"])).tokens.refresh_token


def test_a_user_signs_out(server: OAuthServer, login: ManagedLogin) -> None:
    """Nothing is left, here and there, and the browser is sent to the domain's logout."""
    session = signed_in(server, login)
    url = app.logout(login, session)

    assert session == {}
    assert url.startswith(f"{server.url}/logout?")
    assert server.sign_in(url, "", "") == "https://app.example.com/"


def test_the_registered_application() -> None:
    """The settings of the guide are complete."""
    assert UserPool("eu-west-1_AbCdEfGhI") == app.make_login().pool
