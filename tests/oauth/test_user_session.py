"""A user's session that keeps itself fresh, and calls APIs."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cognitokit.client.session import AsyncTokenSession, TokenSession
from cognitokit.errors import ConfigurationError, InvalidClaim, NotAuthorized, TransportError
from cognitokit.oauth.auth import AsyncBearerAuth, BearerAuth
from cognitokit.oauth.client import ManagedLogin
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.tokens import Tokens
from tests.oauth.stage import POOL, SHELLS, Driven, MakeStage, Stage, shells
from tests.oauth.test_session import give

API = "https://api.example.com"


class Session:
    """Both kinds of session behind one sync face."""

    def __init__(self, login: Driven, shell: str, *args: Any, **options: Any) -> None:
        self.held: TokenSession | AsyncTokenSession = login.login.session(*args, **options)
        self._runner = SHELLS[shell][1]

    def access_token(self, **options: Any) -> str:
        """TokenSession.access_token."""
        if isinstance(self.held, TokenSession):
            return self.held.access_token(**options)
        held, runner = self.held, self._runner
        assert runner is not None

        async def call() -> str:
            return await held.access_token(**options)

        return str(runner(call))


def refreshes(stage: Stage) -> int:
    """How many refreshes have come in."""
    return sum(r.form.get("grant_type") == "refresh_token" for r in stage.server.requests)


@shells
def test_tokens_are_refreshed_when_they_are_due(make_stage: MakeStage, shell: str) -> None:
    """Until a minute before its expiry a token is used; then the session has another, and stores it."""
    stage = make_stage(shell, rotation=True)
    login = stage.login()
    first = stage.signed_in(login)
    stored: list[Tokens] = []
    session = Session(login, shell, first, stored.append)
    assert first.tokens.access_token == session.access_token()
    stage.clock.now += 3541
    second = session.access_token()
    stage.clock.now += 3541
    third = session.access_token()

    assert 3 == len({first.tokens.access_token, second, third})
    assert [second, third] == [tokens.access_token for tokens in stored]
    assert 2 == refreshes(stage)
    assert 3 == len({t.refresh_token for t in (first.tokens, *stored)})


@shells
def test_a_rejected_token_is_refreshed_once(make_stage: MakeStage, shell: str) -> None:
    """A token that an API refused is refreshed although it has not expired, one of seconds ago is not."""
    stage = make_stage(shell)
    login = stage.login()
    session = Session(login, shell, stage.signed_in(login).tokens)
    first = session.access_token()
    assert first == session.access_token(rejected=first)
    stage.clock.now += 10
    second = session.access_token(rejected=first)

    assert first != second
    assert second == session.access_token(rejected=first)
    assert 1 == refreshes(stage)


@shells
def test_a_rejected_token_in_an_outage(make_stage: MakeStage, shell: str) -> None:
    """While no refresh succeeds, the old token is what there is, and is not asked for each time."""
    stage = make_stage(shell)
    login = stage.login()
    session = Session(login, shell, stage.signed_in(login))
    first = session.access_token()
    stage.clock.now += 10
    give(stage, "/oauth2/token", b"", status=500)

    assert first == session.access_token(rejected=first)
    assert first == session.access_token(rejected=first)
    assert 1 == refreshes(stage)
    stage.server.answer("/oauth2/token", None)
    stage.clock.now += 5
    assert first != session.access_token(rejected=first)


@shells
def test_a_revoked_session_ends(make_stage: MakeStage, shell: str) -> None:
    """When the token endpoint refuses the refresh token, the session is over and stays so."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    session = Session(login, shell, held)
    login.revoke(held)
    stage.clock.now += 3600

    for _ in range(2):
        with pytest.raises(NotAuthorized) as caught:
            session.access_token()
        assert caught.value.__context__ is None
    assert session.held.ended
    assert 1 == refreshes(stage)


@shells
def test_a_refresh_that_is_refused_for_another_reason(make_stage: MakeStage, shell: str) -> None:
    """A wrong secret or another user's tokens do not pass for the end of the session, nor for success."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    session = Session(login, shell, held)
    stage.clock.now += 3600
    other = {"access_token": stage.mint.access_token("joe"), "token_type": "Bearer"}
    give(stage, "/oauth2/token", {**other, "expires_in": 3600})

    with pytest.raises(InvalidClaim):
        session.access_token()
    give(stage, "/oauth2/token", {"error": "invalid_client"}, status=400)
    with pytest.raises(Exception, match="app client"):
        session.access_token()
    assert not session.held.ended
    stage.server.answer("/oauth2/token", None)
    assert session.access_token() != held.tokens.access_token


@shells
def test_keys_that_cannot_be_fetched(make_stage: MakeStage, shell: str) -> None:
    """An outage of the key set is one for the moment: a token that still lives is used."""
    stage = make_stage(shell)
    held = stage.signed_in(stage.login())
    stage.server.answer(f"/{POOL}/.well-known/jwks.json", lambda _: OAuthAnswer(status=500))
    session = Session(stage.login(), shell, held)
    stage.clock.now += 3590
    assert held.tokens.access_token == session.access_token()
    stage.clock.now += 10

    with pytest.raises(TransportError) as caught:
        session.access_token()
    assert not caught.value.sent
    assert 0 == refreshes(stage)


def test_many_threads_cause_one_refresh(make_stage: MakeStage) -> None:
    """With rotation on, threads that find the tokens due at once spend one refresh token."""
    stage = make_stage(rotation=True)
    login = stage.login()
    stored: list[Tokens] = []
    session = Session(login, "sync", stage.signed_in(login), stored.append)
    stage.clock.now += 3600
    start = threading.Barrier(20)
    tokens: list[str] = []

    def use() -> None:
        start.wait(15)
        tokens.append(session.access_token())

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [stored[0].access_token] * 20 == tokens
    assert 1 == len(stored)
    assert 1 == refreshes(stage)


def test_several_processes_share_a_store(make_stage: MakeStage) -> None:
    """What another process has refreshed is taken from the store, without another refresh."""
    stage = make_stage(rotation=True)
    login = stage.login()
    store = [stage.signed_in(login).tokens]

    def save(tokens: Tokens) -> None:
        store[0] = tokens

    sessions = [Session(login, "sync", store[0], save, reload=lambda: store[0]) for _ in range(3)]
    stage.clock.now += 3600
    tokens = {session.access_token() for session in sessions}

    assert {store[0].access_token} == tokens
    assert 1 == refreshes(stage)


@shells
@pytest.mark.parametrize("lives", [30, 0])
def test_a_race_for_a_refresh_token(make_stage: MakeStage, shell: str, lives: int) -> None:
    """Who comes while the winner stores uses the token that lives, or is asked to come again."""
    stage = make_stage(shell, rotation=True)
    login = stage.login()
    store = [stage.signed_in(login).tokens]
    on_the_way: list[Tokens] = []
    first = Session(login, shell, store[0], on_the_way.append, reload=lambda: store[0])
    second = Session(stage.login(), shell, store[0], reload=lambda: store[0])
    stage.clock.now += 3600 - lives
    old, new = store[0].access_token, first.access_token()

    if lives:
        assert old == second.access_token()
    else:
        with pytest.raises(TransportError, match="Another process") as caught:
            second.access_token()
        assert (503, True) == (caught.value.http_status, caught.value.retryable)
        assert "oauth2/token" == caught.value.operation
    store[0] = on_the_way[0]
    assert not second.held.ended
    stage.clock.now += 5
    assert new == second.access_token() != old
    assert 2 == refreshes(stage)


@shells
def test_a_refusal_that_stays(make_stage: MakeStage, shell: str) -> None:
    """Nobody has stored anything in time: the refresh token is revoked, and the session ends, though the token lives."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    store = [held.tokens]
    session = Session(login, shell, held, reload=lambda: store[0])
    login.revoke(held)
    stage.clock.now += 3570
    assert held.tokens.access_token == session.access_token()
    stage.clock.now += 9
    assert held.tokens.access_token == session.access_token()
    stage.clock.now += 5

    for _ in range(2):
        with pytest.raises(NotAuthorized):
            session.access_token()
    assert session.held.ended
    assert 1 == refreshes(stage)
    store[0] = stage.signed_in(login).tokens
    assert store[0].access_token == session.access_token()
    assert not session.held.ended


@shells
@pytest.mark.parametrize("options", [{}, {"reload": lambda: None, "patience": 0}])
def test_a_refusal_without_patience(
    make_stage: MakeStage, shell: str, options: dict[str, Any]
) -> None:
    """Where there is no store, or no patience, a refusal ends the session at once."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    session = Session(login, shell, held, **options)
    login.revoke(held)
    stage.clock.now += 3570

    with pytest.raises(NotAuthorized):
        session.access_token()
    assert session.held.ended


def test_a_session_needs_a_refresh_token(make_stage: MakeStage) -> None:
    """Tokens of the implicit grant make no session."""
    stage = make_stage()
    tokens = Tokens(access_token=stage.mint.access_token(), expires_in=60, expires_at=60)

    with pytest.raises(ConfigurationError, match="refresh token"):
        stage.login().login.session(tokens)


def api(accepted: Callable[[], str], seen: list[str | None]) -> Callable[[httpx.Request], Any]:
    """An API that accepts one token."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = request.headers.get("authorization")
        seen.append(given)
        return httpx.Response(200 if given == f"Bearer {accepted()}" else 401)

    return answer


def test_calling_an_api_for_a_user(make_stage: MakeStage) -> None:
    """BearerAuth over a session: a refused token is refreshed once, and the request sent again."""
    stage = make_stage()
    login = stage.login()
    assert isinstance(login.login, ManagedLogin)
    held = stage.signed_in(login)
    stored: list[Tokens] = []
    session = login.login.session(held, stored.append)
    seen: list[str | None] = []
    transport = httpx.MockTransport(api(lambda: stored[-1].access_token if stored else "", seen))
    stage.clock.now += 60
    with httpx.Client(transport=transport, auth=BearerAuth(session, origins=API)) as client:
        first, second = client.get(f"{API}/tasks"), client.get(f"{API}/tasks")

    assert (200, 200) == (first.status_code, second.status_code)
    assert [
        f"Bearer {t}" for t in (held.tokens.access_token, *[stored[0].access_token] * 2)
    ] == seen
    assert 1 == refreshes(stage)


def test_calling_an_api_for_a_user_in_asyncio(make_stage: MakeStage) -> None:
    """The same with the async client."""
    stage = make_stage("asyncio")
    login = stage.login()
    held = stage.signed_in(login)
    stored: list[Tokens] = []
    session = login.login.session(held, stored.append)
    seen: list[str | None] = []
    transport = httpx.MockTransport(api(lambda: stored[-1].access_token if stored else "", seen))
    stage.clock.now += 60

    async def main() -> list[int]:
        assert isinstance(session, AsyncTokenSession)
        auth = AsyncBearerAuth(session, origins=API)
        async with httpx.AsyncClient(transport=transport, auth=auth) as client:
            answers = await asyncio.gather(*(client.get(f"{API}/tasks") for _ in range(20)))
        return [answer.status_code for answer in answers]

    assert [200] * 20 == asyncio.run(main())
    assert 1 == refreshes(stage)
