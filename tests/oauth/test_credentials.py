"""An application's own token: kept, fetched once, replaced in time."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio.lowlevel
import pytest
import trio

from cognitokit.errors import ConfigurationError, OAuthError, TransportError
from cognitokit.oauth.credentials import PAUSE, AsyncClientCredentials, ClientCredentials
from cognitokit.testing.oauth_provider import OAuthAnswer, OAuthRequest
from cognitokit.verifier import CognitoVerifier
from tests.oauth.stage import CLIENT, POOL, SECRET, MakeStage, Runner, Stage, in_asyncio, in_trio

SCOPES = ["tasks/read", "tasks/write"]


class Driven:
    """Both shells behind one sync face."""

    def __init__(
        self, credentials: ClientCredentials | AsyncClientCredentials, runner: Runner | None
    ) -> None:
        self.credentials = credentials
        self.runner = runner

    def access_token(self, **options: Any) -> str:
        """ClientCredentials.access_token."""
        if isinstance(self.credentials, ClientCredentials):
            return self.credentials.access_token(**options)
        assert self.runner is not None
        credentials = self.credentials

        async def call() -> str:
            return await credentials.access_token(**options)

        return str(self.runner(call))


KINDS: dict[str, tuple[type[ClientCredentials] | type[AsyncClientCredentials], Runner | None]] = {
    "sync": (ClientCredentials, None),
    "asyncio": (AsyncClientCredentials, in_asyncio),
    "trio": (AsyncClientCredentials, in_trio),
}
kinds = pytest.mark.parametrize("kind", sorted(KINDS))


def staged(make_stage: MakeStage, **options: Any) -> Stage:
    """A server with a machine's app client."""
    return make_stage(
        **{
            "client_secret": SECRET,
            "grants": ["client_credentials"],
            "scopes": SCOPES,
            **options,
        }
    )


def credentials(stage: Stage, kind: str = "sync", **options: Any) -> Driven:
    """Credentials of that client."""
    cls, runner = KINDS[kind]
    settings: dict[str, Any] = {
        "domain": stage.server.url,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "clock": stage.clock,
    }
    return Driven(cls(stage.server.pool, **{**settings, **options}), runner)


def requests(stage: Stage) -> list[OAuthRequest]:
    """What came to the token endpoint."""
    return [r for r in stage.server.requests if r.path == "/oauth2/token"]


@kinds
@pytest.mark.parametrize("authentication", ["basic", "body"])
def test_a_machine_s_token(make_stage: MakeStage, kind: str, authentication: str) -> None:
    """The token is one that a verifier accepts, with the scopes asked for."""
    stage = staged(make_stage)
    made = credentials(stage, kind, scopes=["tasks/read"], client_authentication=authentication)
    token = made.access_token()
    verifier = CognitoVerifier(
        stage.mint.pool,
        client_id=CLIENT,
        token_use="access",
        jwks=stage.mint.jwks,
        clock=stage.clock,
    )
    sent = requests(stage)[0].form

    assert frozenset({"tasks/read"}) == verifier.verify(token).scopes
    assert "client_credentials" == sent["grant_type"]
    assert "tasks/read" == sent["scope"]
    assert ("client_secret" in sent) == (authentication == "body")


def test_all_scopes_and_metadata(make_stage: MakeStage) -> None:
    """Without scopes none are sent; metadata is sent as Cognito's trigger wants it."""
    stage = staged(make_stage)
    credentials(stage, client_metadata={"tenant": "ä&b"}).access_token()
    sent = requests(stage)[0].form

    assert "scope" not in sent
    assert {"tenant": "ä&b"} == json.loads(sent["aws_client_metadata"])


@kinds
@pytest.mark.parametrize(
    ("lifetime", "later", "fetches"),
    [(3600, 0, 1), (3600, 3539, 1), (3600, 3540, 2), (3600, 3600, 2), (300, 269, 1), (300, 270, 2), (3600, -61, 2), (3600, -60, 1)],
)  # fmt: skip
def test_a_token_is_kept_until_shortly_before_it_expires(
    make_stage: MakeStage, kind: str, lifetime: int, later: int, fetches: int
) -> None:
    """A token is replaced a minute before its expiry, a short-lived one after nine tenths of its life."""
    stage = staged(make_stage, token_lifetime=lifetime)
    made = credentials(stage, kind)
    first = made.access_token()
    stage.clock.now += later
    second = made.access_token()

    assert fetches == len(requests(stage))
    assert (fetches == 1) == (first == second)


@kinds
def test_a_rejected_token_is_replaced_once(make_stage: MakeStage, kind: str) -> None:
    """A token that an API refused is replaced; whoever still has the old one gets the new."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    first = made.access_token()
    stage.clock.now += 10
    second = made.access_token(rejected=first)
    third = made.access_token(rejected=first)

    assert first != second
    assert second == third
    assert 2 == len(requests(stage))


@kinds
def test_a_brand_new_token_is_not_replaced(make_stage: MakeStage, kind: str) -> None:
    """An API that refuses every token does not cause a fetch for each request."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    token = made.access_token()
    stage.clock.now += 9.9

    assert token == made.access_token(rejected=token)
    assert 1 == len(requests(stage))


@kinds
def test_an_outage_shortly_before_expiry(make_stage: MakeStage, kind: str) -> None:
    """A token that is due for replacement is used while no other is to be had, until it expires."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    token = made.access_token()
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    stage.clock.now += 3590

    assert token == made.access_token()
    with pytest.raises(TransportError):
        made.access_token(rejected=token)
    stage.clock.now += 10
    with pytest.raises(TransportError):
        made.access_token()
    stage.server.answer("/oauth2/token", None)
    assert token != made.access_token()


@kinds
def test_an_outage_is_not_asked_about_each_time(make_stage: MakeStage, kind: str) -> None:
    """While the token that is due is good, a failed attempt is followed by a pause, then by another."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    token = made.access_token()
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    stage.clock.now += 3550
    asked: list[int] = []
    for _ in range(3):
        assert [token] * 3 == [made.access_token() for _ in range(3)]
        asked.append(len(requests(stage)) - 1)
        stage.clock.now += PAUSE
    stage.server.answer("/oauth2/token", None)
    renewed = made.access_token()
    stage.clock.now += 3539

    assert [1, 2, 3] == asked
    assert token != renewed
    assert renewed == made.access_token()
    stage.clock.now += 1
    assert renewed != made.access_token()


def in_threads(made: Driven, calls: list[dict[str, Any]], go_on: threading.Event) -> list[Any]:
    """What calls at the same time come to; the one request under way goes on when all others wait."""

    def call(options: dict[str, Any]) -> str | TransportError:
        try:
            return made.access_token(**options)
        except TransportError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        outcomes = []
        for number, options in enumerate(calls):
            outcomes.append(threads.submit(call, options))
            until = time.monotonic() + 15
            while made.credentials._flight._flight is None or waiting(made)() < number:
                assert time.monotonic() < until
                time.sleep(0.001)
        go_on.set()
        return [outcome.result() for outcome in outcomes]


def in_tasks(made: Driven, calls: list[dict[str, Any]], go_on: threading.Event) -> list[Any]:
    """The same with tasks."""
    outcomes: list[Any] = [None] * len(calls)
    shared = made.credentials
    assert isinstance(shared, AsyncClientCredentials)

    async def call(number: int) -> None:
        try:
            outcomes[number] = await shared.access_token(**calls[number])
        except TransportError as error:
            outcomes[number] = error

    async def main() -> None:
        with anyio.fail_after(15):
            async with anyio.create_task_group() as tasks:
                for number in range(len(calls)):
                    tasks.start_soon(call, number)
                    while shared._flight._flight is None or waiting(made)() < number:
                        await anyio.lowlevel.checkpoint()
                go_on.set()

    assert made.runner is not None
    made.runner(main)
    return outcomes


def in_an_outage(make_stage: MakeStage, kind: str, *calls: str) -> tuple[list[str], int]:
    """What calls get at the same time when a token is due and no other to be had, and the requests."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    token = made.access_token()
    go_on = threading.Event()

    def fail(_: OAuthRequest) -> OAuthAnswer:
        assert go_on.wait(20)
        return OAuthAnswer(status=500)

    stage.server.answer("/oauth2/token", fail)
    stage.clock.now += 3570
    options: list[dict[str, Any]] = [{"rejected": token} if c == "rejected" else {} for c in calls]
    outcomes = (in_threads if kind == "sync" else in_tasks)(made, options, go_on)
    named = ["token" if outcome == token else type(outcome).__name__ for outcome in outcomes]
    return named, len(requests(stage)) - 1


@kinds
def test_many_callers_in_an_outage(make_stage: MakeStage, kind: str) -> None:
    """Whoever waited for an attempt that failed does not make one more: the token is still good."""
    outcomes, attempts = in_an_outage(make_stage, kind, *["plain"] * 20)

    assert ["token"] * 20 == outcomes
    assert 1 == attempts


@kinds
def test_each_caller_in_an_outage_for_itself(make_stage: MakeStage, kind: str) -> None:
    """The failed attempt of a caller whose token was refused is no failure of the others."""
    outcomes, attempts = in_an_outage(make_stage, kind, "rejected", "plain", "rejected", "plain")

    assert ["TransportError", "token", "TransportError", "token"] == outcomes
    assert 1 == attempts


@kinds
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"client_secret": "wrong" * 6}, "invalid_client"),
        ({"scopes": ["tasks/admin"]}, "invalid_scope"),
    ],
)
def test_a_refusal(make_stage: MakeStage, kind: str, options: dict[str, Any], code: str) -> None:
    """The endpoint's refusal comes back by its code, and the next call asks again."""
    stage = staged(make_stage)
    made = credentials(stage, kind, **options)
    for _ in range(2):
        with pytest.raises(OAuthError) as caught:
            made.access_token()
        assert code == caught.value.code
        assert 500 == caught.value.http_status

    assert 2 == len(requests(stage))


def test_a_grant_that_the_client_does_not_have(make_stage: MakeStage) -> None:
    """An app client without the grant is refused, and the sentence says where to allow it."""
    stage = staged(make_stage, grants=["code"])

    with pytest.raises(OAuthError, match="allow it in the app client") as caught:
        credentials(stage).access_token()

    assert "unauthorized_client" == caught.value.code


def gate(stage: Stage) -> tuple[threading.Event, threading.Event]:
    """Hold answers of the token endpoint back: (a request is there, let it go on)."""
    there, go_on = threading.Event(), threading.Event()

    def answer(request: OAuthRequest) -> OAuthAnswer:
        there.set()
        assert go_on.wait(20)
        stage.server.answer("/oauth2/token", None)
        return stage.server.handle(request)

    stage.server.answer("/oauth2/token", answer)
    return there, go_on


def waiting(made: Driven) -> Callable[[], int]:
    """How many wait for the request under way."""

    def count() -> int:
        flight = made.credentials._flight._flight
        return 0 if flight is None else len(flight._wakers)

    return count


def test_a_hundred_threads_cause_one_request(make_stage: MakeStage) -> None:
    """Of 100 threads that need a token at once, one asks for it."""
    stage = staged(make_stage)
    made = credentials(stage)
    _, go_on = gate(stage)
    tokens: list[str] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(made.access_token())) for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 15
    while waiting(made)() < 99 and time.monotonic() < until:
        time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join()

    # The request that was held back is handled twice by the server, once for the application.
    assert 100 == len(tokens)
    assert 1 == len(set(tokens))
    assert 2 == len(requests(stage))


def test_a_hundred_asyncio_tasks_cause_one_request(make_stage: MakeStage) -> None:
    """Of 100 tasks that need a token at once, one asks for it."""
    stage = staged(make_stage)
    made = credentials(stage, "asyncio")
    _, go_on = gate(stage)

    async def main() -> list[str]:
        shared = made.credentials
        assert isinstance(shared, AsyncClientCredentials)
        tasks = [asyncio.create_task(shared.access_token()) for _ in range(100)]
        async with asyncio.timeout(15):
            while waiting(made)() < 99:  # noqa: ASYNC110 - what is waited for is the waiting
                await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(*tasks)

    tokens = asyncio.run(main())

    assert 100 == len(tokens)
    assert 1 == len(set(tokens))
    assert 2 == len(requests(stage))


def test_a_hundred_trio_tasks_cause_one_request(make_stage: MakeStage) -> None:
    """The same under trio."""
    stage = staged(make_stage)
    made = credentials(stage, "trio")
    _, go_on = gate(stage)
    tokens: list[str] = []

    async def one() -> None:
        shared = made.credentials
        assert isinstance(shared, AsyncClientCredentials)
        tokens.append(await shared.access_token())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(one)
            with trio.fail_after(15):
                while waiting(made)() < 99:
                    await trio.lowlevel.checkpoint()
            go_on.set()

    trio.run(main)

    assert 100 == len(tokens)
    assert 1 == len(set(tokens))
    assert 2 == len(requests(stage))


def test_one_object_serves_several_event_loops(make_stage: MakeStage) -> None:
    """A token that was fetched in one loop is used in the next, and fetching works in each."""
    stage = staged(make_stage)
    made = credentials(stage, "asyncio")
    first = made.access_token()
    second = made.access_token()
    stage.clock.now += 3600
    third = made.access_token()

    assert first == second != third


@pytest.mark.parametrize("cls", [ClientCredentials, AsyncClientCredentials])
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"client_secret": ""}, "client_secret"),
        ({"client_secret": None}, "client_secret"),
        ({"client_secret": "secret-\ud800"}, "client_secret"),
        ({"client_secret": "secret-\x00"}, "client_secret"),
        ({"client_id": ""}, "client_id"),
        ({"domain": "My App"}, "domain"),
        ({"scopes": "tasks/read"}, "scopes"),
        ({"client_metadata": {"a": 1}}, "client_metadata"),
        ({"client_metadata": "tenant"}, "client_metadata"),
        ({"client_metadata": 5}, "client_metadata"),
        ({"client_authentication": "jwt"}, "client_authentication"),
        ({"timeout": -1}, "timeout"),
        ({"http_client": "httpx"}, "http_client"),
    ],
)
def test_a_setting_of_the_wrong_kind(cls: Any, options: dict[str, Any], word: str) -> None:
    """A malformed setting is refused when the object is made."""
    settings: dict[str, Any] = {
        "domain": "my-app",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    with pytest.raises(ConfigurationError, match=word):
        cls(POOL, **{**settings, **options})


def test_the_repr_shows_no_secret(make_stage: MakeStage) -> None:
    """Neither the object's repr nor its cache's shows the secret or a token."""
    stage = staged(make_stage)
    made = credentials(stage, scopes=["tasks/read"])
    token = made.access_token()
    shown = f"{made.credentials!r} {made.credentials._cache!r} {made.credentials._client!r}"

    assert CLIENT in shown
    assert SECRET not in shown
    assert token not in shown
    assert CLIENT == made.credentials.client_id
