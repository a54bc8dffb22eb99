"""Many callers with one refresh token: sessions that are made anew for each request."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trio

from cognitokit import AsyncCognitoVerifier, CognitoVerifier
from cognitokit.errors import InvalidClaim, MissingGroup, NotAuthorized, OAuthError
from cognitokit.oauth.aio import AsyncManagedLogin
from cognitokit.oauth.callback import VerifiedTokens
from cognitokit.oauth.client import ManagedLogin
from cognitokit.oauth.renewals import LATE, Renewal, Renewals
from cognitokit.tokens import AccessToken, IdToken, Tokens
from tests.oauth.stage import CLIENT, MakeStage, Runner, Stage, in_asyncio, in_trio, shells
from tests.oauth.test_session import give
from tests.oauth.test_user_session import Session, refreshes

MANY = 12
PATIENCE = 10.0

Call = Callable[[Any], Any]


def waiting(login: ManagedLogin | AsyncManagedLogin) -> int:
    """How many callers wait for a refresh that another has begun."""
    turns = list(login._renewals._turns.values())
    flights = [turn.flight._flight for turn in turns]
    return sum(0 if flight is None else len(flight._wakers) for flight in flights)


def in_threads(stage: Stage, calls: list[Call], **options: Any) -> list[Any]:
    """What the calls give at the same time: the first to send waits for all others to be there."""

    def hold(request: httpx.Request) -> None:
        deadline = time.monotonic() + PATIENCE
        while b"refresh_token" in request.content and waiting(login) < len(calls) - 1:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    outcomes: list[Any] = [None] * len(calls)

    def play(number: int, call: Call) -> None:
        try:
            outcomes[number] = call(login)
        except Exception as error:  # noqa: BLE001 - whatever comes is the outcome
            outcomes[number] = error

    with httpx.Client(event_hooks={"request": [hold]}) as client:
        login = stage.login(http_client=client, **options).login
        assert isinstance(login, ManagedLogin)
        threads = [
            threading.Thread(target=play, args=(number, call)) for number, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return outcomes


def in_tasks(runner: Runner, stage: Stage, calls: list[Call], **options: Any) -> list[Any]:
    """The same with tasks."""

    async def main() -> list[Any]:
        async def hold(request: httpx.Request) -> None:
            while b"refresh_token" in request.content and waiting(login) < len(calls) - 1:
                await anyio.lowlevel.checkpoint()

        outcomes: list[Any] = [None] * len(calls)

        async def play(number: int, call: Call) -> None:
            try:
                outcomes[number] = await call(login)
            except Exception as error:  # noqa: BLE001 - whatever comes is the outcome
                outcomes[number] = error

        async with httpx.AsyncClient(event_hooks={"request": [hold]}) as client:
            login = stage.login(http_client=client, **options).login
            assert isinstance(login, AsyncManagedLogin)
            if runner is in_asyncio:
                await asyncio.gather(*(play(*item) for item in enumerate(calls)))
            else:
                async with trio.open_nursery() as nursery:
                    for item in enumerate(calls):
                        nursery.start_soon(play, *item)
        return outcomes

    return list(runner(main))


AT_ONCE: dict[str, Callable[..., list[Any]]] = {
    "sync": in_threads,
    "asyncio": lambda *args, **options: in_tasks(in_asyncio, *args, **options),
    "trio": lambda *args, **options: in_tasks(in_trio, *args, **options),
}


def refreshing(held: Any, **options: Any) -> Call:
    """A call of refresh()."""
    return lambda login: login.refresh(held, **options)


def of_a_session(held: VerifiedTokens, stored: list[Tokens]) -> Call:
    """A request that makes a session of its own, and asks it for a token."""

    def call(login: Any) -> str | Coroutine[Any, Any, str]:
        session = login.session(Tokens.from_dict(held.tokens.to_dict()), stored.append)
        return session.access_token()  # type: ignore[no-any-return]

    return call


def shared(make_stage: MakeStage, shell: str, **options: Any) -> tuple[Stage, VerifiedTokens]:
    """A stage and a user who has signed in."""
    stage = make_stage(shell, **options)
    return stage, stage.signed_in(stage.login())


@shells
@pytest.mark.parametrize("rotation", [True, False])
def test_one_refresh_for_all(make_stage: MakeStage, shell: str, rotation: bool) -> None:
    """Callers who refresh at the same time cause one request and have the same new tokens."""
    stage, held = shared(make_stage, shell, rotation=rotation)

    outcomes = AT_ONCE[shell](stage, [refreshing(held)] * MANY)

    assert ["jane"] * MANY == [outcome.access_token.username for outcome in outcomes]
    assert 1 == len({outcome.tokens.access_token for outcome in outcomes})
    assert 1 == refreshes(stage)


@shells
def test_a_session_for_each_request(make_stage: MakeStage, shell: str) -> None:
    """Sessions that are made anew of the same stored tokens all go on, and all store the same."""
    stage, held = shared(make_stage, shell, rotation=True)
    stage.clock.now += 3600
    stored: list[Tokens] = []

    outcomes = AT_ONCE[shell](stage, [of_a_session(held, stored)] * MANY)

    assert [stored[0].access_token] * MANY == outcomes
    assert [stored[0]] * MANY == stored
    assert 1 == refreshes(stage)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_request_that_is_cancelled(make_stage: MakeStage, backend: str) -> None:
    """The session that refreshes for all is cancelled, and the others have the new tokens all the same."""
    stage, held = shared(make_stage, backend, rotation=True)
    stage.clock.now += 3600
    stored: list[Tokens] = []
    request = of_a_session(held, stored)
    cancelled: list[bool] = []
    tokens: list[str] = []

    async def main() -> None:
        asked, go_on = anyio.Event(), anyio.Event()

        async def hold(_: httpx.Request) -> None:
            asked.set()
            await go_on.wait()

        async def leave() -> None:
            with scope:
                await request(login)
            cancelled.append(scope.cancelled_caught)

        async def stay() -> None:
            tokens.append(await request(login))

        async with httpx.AsyncClient(event_hooks={"request": [hold]}) as client:
            login = stage.login(http_client=client).login
            assert isinstance(login, AsyncManagedLogin)
            scope = anyio.CancelScope()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(leave)
                with anyio.fail_after(PATIENCE):
                    await asked.wait()
                    tasks.start_soon(stay)
                    while waiting(login) < 1:
                        await anyio.lowlevel.checkpoint()
                scope.cancel()
                await anyio.lowlevel.checkpoint()
                go_on.set()

    anyio.run(main, backend=backend)

    # Under trio the one who leaves waits until the refresh is made.
    assert [backend == "asyncio"] == cancelled
    assert [stored[0].access_token] == tokens
    assert 1 == refreshes(stage)


@shells
def test_each_caller_names_its_user(make_stage: MakeStage, shell: str) -> None:
    """Whoever expects another user gets no tokens, whoever leads; the others get theirs."""
    stage, held = shared(make_stage, shell, rotation=True)
    token = held.tokens.refresh_token
    other, own = refreshing(token, sub="another"), refreshing(token, sub=held.access_token.sub)

    first, *rest, last = AT_ONCE[shell](stage, [other, *[own] * 3, other])

    assert ["sub", "sub"] == [error.claim for error in (first, last)]
    assert isinstance(first, InvalidClaim)
    assert ["jane"] * 3 == [outcome.access_token.username for outcome in rest]
    assert 1 == refreshes(stage)


@shells
def test_a_refusal_is_everybody_s(make_stage: MakeStage, shell: str) -> None:
    """Where the endpoint refuses, all who waited hear it, each by an error of its own."""
    stage, held = shared(make_stage, shell)
    give(stage, "/oauth2/token", {"error": "invalid_grant"}, status=400)

    outcomes = AT_ONCE[shell](stage, [refreshing(held)] * 4)

    assert ["invalid_grant"] * 4 == [error.code for error in outcomes]
    assert 4 == len({id(error) for error in outcomes})
    assert 1 == refreshes(stage)
    stage.server.answer("/oauth2/token", None)
    assert "jane" == stage.login().refresh(held).access_token.username


@shells
def test_a_caller_who_comes_late(make_stage: MakeStage, shell: str) -> None:
    """A token that was used up a moment ago still gives what it gave; after that it is refused."""
    stage, held = shared(make_stage, shell, rotation=True)
    login = stage.login()
    renewed = login.refresh(held)
    stage.clock.now += LATE - 1

    assert renewed == login.refresh(held)
    assert 1 == refreshes(stage)
    stage.clock.now += 3600
    with pytest.raises(NotAuthorized):
        Session(login, shell, held).access_token()


@shells
def test_a_caller_who_comes_two_refreshes_late(make_stage: MakeStage, shell: str) -> None:
    """Whoever has missed two refreshes gets the newest tokens, not those that are used up already."""
    stage, held = shared(make_stage, shell, rotation=True)
    login = stage.login()
    other = stage.signed_in(login)
    others = login.refresh(other)
    newest = login.refresh(login.refresh(held))

    assert newest == login.refresh(held)
    assert others == login.refresh(other)
    assert 3 == refreshes(stage)
    stage.clock.now += LATE
    assert "jane" == login.refresh(newest).access_token.username


@shells
def test_one_after_the_other_without_rotation(make_stage: MakeStage, shell: str) -> None:
    """A refresh token that is not used up refreshes whenever it is asked to."""
    stage, held = shared(make_stage, shell)
    login = stage.login()
    first, second = login.refresh(held), login.refresh(held)

    assert first.tokens.access_token != second.tokens.access_token
    assert 2 == refreshes(stage)


@shells
@pytest.mark.parametrize("signing_out", ["held", "renewed"])
def test_nobody_comes_late_to_a_session_that_has_ended(
    make_stage: MakeStage, shell: str, signing_out: str
) -> None:
    """After a sign-out no way leads back, whichever of the session's tokens it was made with."""
    stage, held = shared(make_stage, shell, rotation=True)
    login = stage.login()
    renewed = login.refresh(held)
    login.revoke(held if signing_out == "held" else renewed)

    for token in (held, renewed):
        with pytest.raises(OAuthError) as caught:
            login.refresh(token)
        assert "invalid_grant" == caught.value.code


@shells
def test_tokens_that_lack_a_group(make_stage: MakeStage, shell: str) -> None:
    """The refresh token of new tokens that the application's verifier refuses is not lost."""
    stage, held = shared(make_stage, shell, rotation=True)
    admins: list[str] = []

    def check(token: AccessToken | IdToken) -> bool:
        if token.username not in admins:
            raise MissingGroup
        return True

    async def check_async(token: AccessToken | IdToken) -> bool:
        return check(token)

    rules: dict[str, Any] = {
        "client_id": CLIENT,
        "token_use": None,
        "jwks": stage.mint.jwks,
        "clock": stage.clock,
    }
    pool = stage.server.pool
    login = stage.login(
        verifier=CognitoVerifier(pool, check=check, **rules)
        if shell == "sync"
        else AsyncCognitoVerifier(pool, check=check_async, **rules)
    )
    for _ in range(3):
        with pytest.raises(MissingGroup):
            login.refresh(held)
    sent = [r.form["refresh_token"] for r in stage.server.requests if "refresh_token" in r.form]
    admins.append("jane")
    renewed = login.refresh(held)

    assert 3 == len(set(sent))
    assert 3 == refreshes(stage)
    assert renewed.tokens.refresh_token not in sent
    assert "jane" == login.refresh(renewed).access_token.username


@shells
def test_an_answer_from_before(make_stage: MakeStage, shell: str) -> None:
    """What somebody got who still lingers is no answer to whoever calls afterwards."""
    stage, held = shared(make_stage, shell)
    login = stage.login()
    lingering = Renewal(login.login._renewals, held.tokens.refresh_token or "", None)
    first = login.refresh(held)
    second = login.refresh(held)

    assert second.tokens.access_token != first.tokens.access_token
    assert second is lingering.ready()


def test_nobody_is_remembered_for_longer(make_stage: MakeStage) -> None:
    """The tokens that a refresh token gave are dropped with the next refresh after their time."""
    stage = make_stage(rotation=True)
    login = stage.login()
    first, second = stage.signed_in(login), stage.signed_in(login)
    renewals: Renewals = login.login._renewals
    login.refresh(first)
    assert 1 == len(renewals._recent)
    stage.clock.now += LATE
    renewed = login.refresh(second)

    assert [renewed] == [entry for _, entry in renewals._recent.values()]


def test_those_who_come_late_are_few(make_stage: MakeStage) -> None:
    """What is remembered for late callers is bounded; the oldest go."""
    stage = make_stage(rotation=True)
    login = stage.login()
    held = stage.signed_in(login)
    renewals: Renewals = login.login._renewals
    renewed = login.refresh(held)
    name, entry = next(iter(renewals._recent.items()))
    for number in range(999):
        renewals._recent[str(number).encode()] = entry
    assert renewed == login.refresh(held)

    login.refresh(renewed)
    assert renewals.recent(name) is None
    assert 1000 == len(renewals._recent)
