"""Many at once: one fetch serves them all, and nobody's death keeps the others waiting."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trio
import trio.testing

from cognitokit.errors import CognitoKitError, KeysUnavailable, UnknownKey
from cognitokit.pool import UserPool
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier, keysource, keystore
from tests.verifier import forge
from tests.verifier.forge import access_token, attacker_key, header, jwks, sign
from tests.verifier.hostile_server import Conversation, HostileServer, publishing, reply
from tests.verifier.shells import ASYNCIO, EACH_SHELL, SYNC, Clocks, Shell

PATIENCE = 20
"""Seconds after which a test gives up; nothing here takes one."""

GOOD = access_token()


class Gate:
    """A server's behaviour: answers wait until the gate is opened; each answer may be told apart."""

    def __init__(self, keys: dict[str, Any] | None = None) -> None:
        self.open = threading.Event()
        self.asked = threading.Semaphore(0)
        self.body = json.dumps(keys or jwks()).encode()

    def __call__(self, conversation: Conversation) -> None:
        conversation.read_request()
        self.asked.release()
        self.open.wait(PATIENCE)
        conversation.send(reply(self.body))

    def wait_until_asked(self) -> None:
        """Return when a request has come in."""
        assert self.asked.acquire(timeout=PATIENCE)


@pytest.fixture
def gate() -> Gate:
    """A closed gate."""
    return Gate()


@pytest.fixture
def server(gate: Gate) -> Iterator[HostileServer]:
    """A server of keys behind the gate."""
    with HostileServer(gate) as running:
        yield running
        gate.open.set()


def configured(server: HostileServer, **options: Any) -> dict[str, Any]:
    """Return the options of a verifier on real clocks, for tokens that are good for long."""
    return {
        "client_id": forge.CLIENT_ID,
        "token_use": "access",
        "clock": lambda: float(forge.NOW),
        **options,
    }


def sync_verifier(server: HostileServer, **options: Any) -> CognitoVerifier[Any]:
    """Return a verifier for threads, which fetches from the server."""
    return CognitoVerifier(UserPool(forge.POOL_ID, jwks_uri=server.url), **configured(server, **options))


def async_verifier(server: HostileServer, **options: Any) -> AsyncCognitoVerifier[Any]:
    """Return a verifier for tasks, which fetches from the server."""
    return AsyncCognitoVerifier(
        UserPool(forge.POOL_ID, jwks_uri=server.url), **configured(server, **options)
    )


def unknown_kid(number: int) -> str:
    """Return a token of this pool, or so it says, with a kid that nobody has seen."""
    return sign(forge.access_claims(), header(kid=f"unknown {number}"), key=attacker_key())


def outcome(call: Callable[[], Any]) -> str:
    """Return the subject of the token, or the name of the error."""
    try:
        subject: str = call().sub
    except CognitoKitError as error:
        return type(error).__name__
    return subject


def test_hundred_threads_on_a_cold_cache(server: HostileServer, gate: Gate) -> None:
    """A hundred threads that need the keys at once make one request, and all get their answer."""
    verifier = sync_verifier(server)
    together = threading.Barrier(101)

    def one() -> str:
        together.wait(PATIENCE)
        return outcome(lambda: verifier.verify(GOOD))

    with ThreadPoolExecutor(100) as threads:
        futures = [threads.submit(one) for _ in range(100)]
        together.wait(PATIENCE)
        gate.wait_until_asked()
        time.sleep(0.05)  # long enough for those who would make a second request to make it
        gate.open.set()
        outcomes = [future.result(PATIENCE) for future in futures]

    assert [forge.SUB] * 100 == outcomes
    assert 1 == server.requests


def test_hundred_asyncio_tasks_on_a_cold_cache(server: HostileServer, gate: Gate) -> None:
    """So do a hundred asyncio tasks."""
    verifier = async_verifier(server)

    async def run() -> list[str]:
        tasks = [asyncio.create_task(verifier.verify(GOOD)) for _ in range(100)]
        await asyncio.to_thread(gate.wait_until_asked)
        gate.open.set()
        return [token.sub for token in await asyncio.gather(*tasks)]

    assert [forge.SUB] * 100 == asyncio.run(run())
    assert 1 == server.requests


def test_hundred_trio_tasks_on_a_cold_cache(server: HostileServer, gate: Gate) -> None:
    """So do a hundred trio tasks."""
    verifier = async_verifier(server)
    subjects: list[str] = []

    async def one() -> None:
        subjects.append((await verifier.verify(GOOD)).sub)

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(one)
            await trio.to_thread.run_sync(gate.wait_until_asked)
            gate.open.set()

    trio.run(run)

    assert [forge.SUB] * 100 == subjects
    assert 1 == server.requests


def test_a_failed_fetch_fails_all_who_wait_for_it(server: HostileServer, gate: Gate) -> None:
    """Fifty threads that wait for a fetch which fails are all told so at once, with one request."""
    gate.body = b"no keys"
    verifier = sync_verifier(server)
    with ThreadPoolExecutor(50) as threads:
        futures = [threads.submit(outcome, lambda: verifier.verify(GOOD)) for _ in range(50)]
        gate.wait_until_asked()
        gate.open.set()
        outcomes = [future.result(PATIENCE) for future in futures]

    assert ["KeysUnavailable"] * 50 == outcomes
    assert 1 == server.requests


def test_event_loops_in_two_threads_share_one_fetch(server: HostileServer, gate: Gate) -> None:
    """One verifier in two asyncio loops and a trio loop at the same time makes one request."""
    verifier = async_verifier(server)

    async def five() -> list[str]:
        return [token.sub for token in await asyncio.gather(*[verifier.verify(GOOD) for _ in range(5)])]

    async def one() -> list[str]:
        return [(await verifier.verify(GOOD)).sub]

    with ThreadPoolExecutor(3) as threads:
        futures = [
            threads.submit(asyncio.run, five()),
            threads.submit(asyncio.run, five()),
            threads.submit(trio.run, one),
        ]
        gate.wait_until_asked()
        time.sleep(0.1)  # the other loops come to wait
        gate.open.set()
        subjects = [subject for future in futures for subject in future.result(PATIENCE)]

    assert [forge.SUB] * 11 == subjects
    assert 1 == server.requests


def test_a_second_event_loop_uses_what_the_first_fetched(server: HostileServer, gate: Gate) -> None:
    """Keys outlive the event loop in which they were fetched; a later fetch works in the next loop too."""
    gate.open.set()
    clocks = Clocks()
    verifier = async_verifier(server, clock=clocks.clock, monotonic=clocks.monotonic)
    raw = access_token(exp=forge.NOW + 100_000)

    first = asyncio.run(verifier.verify(raw)).sub
    second = trio.run(verifier.verify, raw).sub
    assert (forge.SUB, forge.SUB, 1) == (first, second, server.requests)

    clocks.pass_(3600)
    third = asyncio.run(verifier.verify(raw)).sub

    assert (forge.SUB, 2) == (third, server.requests)


def test_a_cancelled_asyncio_leader_hands_over(server: HostileServer, gate: Gate) -> None:
    """When the task that fetches is cancelled, one of those who wait fetches in its place."""
    verifier = async_verifier(server)

    async def run() -> list[str]:
        leader = asyncio.create_task(verifier.verify(GOOD))
        await asyncio.to_thread(gate.wait_until_asked)
        waiters = [asyncio.create_task(verifier.verify(GOOD)) for _ in range(10)]
        await asyncio.sleep(0.01)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        await asyncio.to_thread(gate.wait_until_asked)
        gate.open.set()
        return [token.sub for token in await asyncio.gather(*waiters)]

    assert [forge.SUB] * 10 == asyncio.run(run())
    assert 2 == server.requests


def test_a_cancelled_trio_leader_hands_over(server: HostileServer, gate: Gate) -> None:
    """The same on trio."""
    verifier = async_verifier(server)
    subjects: list[str] = []

    async def waiter() -> None:
        subjects.append((await verifier.verify(GOOD)).sub)

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            leading = trio.CancelScope()

            async def leader() -> None:
                with leading:
                    await verifier.verify(GOOD)

            nursery.start_soon(leader)
            await trio.to_thread.run_sync(gate.wait_until_asked)
            for _ in range(10):
                nursery.start_soon(waiter)
            await trio.testing.wait_all_tasks_blocked()
            leading.cancel()
            await trio.to_thread.run_sync(gate.wait_until_asked)
            gate.open.set()

    trio.run(run)

    assert [forge.SUB] * 10 == subjects
    assert 2 == server.requests


def test_many_cancelled_leaders_in_a_row(server: HostileServer, gate: Gate) -> None:
    """Five leaders cancelled one after the other leave the sixth to bring the keys."""
    verifier = async_verifier(server)

    async def run() -> str:
        for _ in range(5):
            leader = asyncio.create_task(verifier.verify(GOOD))
            await asyncio.to_thread(gate.wait_until_asked)
            leader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leader
        gate.open.set()
        return (await verifier.verify(GOOD)).sub

    assert forge.SUB == asyncio.run(run())
    assert 6 == server.requests


def test_cancelled_waiters_leave_the_leader_and_each_other_alone(server: HostileServer, gate: Gate) -> None:
    """Those who give up waiting take nobody with them."""
    verifier = async_verifier(server)

    async def run() -> tuple[str, list[str]]:
        leader = asyncio.create_task(verifier.verify(GOOD))
        await asyncio.to_thread(gate.wait_until_asked)
        waiters = [asyncio.create_task(verifier.verify(GOOD)) for _ in range(10)]
        await asyncio.sleep(0.01)
        for waiter in waiters[::2]:
            waiter.cancel()
        await asyncio.gather(*waiters[::2], return_exceptions=True)
        gate.open.set()
        return (await leader).sub, [token.sub for token in await asyncio.gather(*waiters[1::2])]

    assert (forge.SUB, [forge.SUB] * 5) == asyncio.run(run())
    assert 1 == server.requests


class Killed(BaseException):
    """What ends a thread in the middle of anything: KeyboardInterrupt, SystemExit and the like."""


def test_a_killed_sync_leader_hands_over() -> None:
    """When the thread that fetches dies of what is no Exception, a waiting thread fetches."""
    started, die = threading.Event(), threading.Event()
    fetches: list[str] = []

    def fetcher(url: str) -> dict[str, Any]:
        fetches.append(url)
        if len(fetches) == 1:
            started.set()
            die.wait(PATIENCE)
            raise Killed
        return jwks()

    verifier = CognitoVerifier(
        forge.POOL_ID, client_id=None, token_use="access", fetcher=fetcher, clock=lambda: float(forge.NOW)
    )
    with ThreadPoolExecutor(11) as threads:
        leader = threads.submit(verifier.verify, GOOD)
        assert started.wait(PATIENCE)
        waiters = [threads.submit(verifier.verify, GOOD) for _ in range(10)]
        time.sleep(0.05)
        die.set()

        assert isinstance(leader.exception(PATIENCE), Killed)
        assert [forge.SUB] * 10 == [waiter.result(PATIENCE).sub for waiter in waiters]
    assert 2 == len(fetches)


def test_a_leader_whose_event_loop_stopped_is_overtaken(
    server: HostileServer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leader that never comes back, its loop being gone, is waited for no longer than the deadline."""
    monkeypatch.setattr(keystore, "FETCH_DEADLINE", 0.2)
    monkeypatch.setattr(keysource, "GRACE", 0.1)
    verifier = async_verifier(server)
    abandoned = asyncio.new_event_loop()
    lost = abandoned.create_task(verifier.verify(GOOD))
    while not gate.asked.acquire(blocking=False):
        abandoned.run_until_complete(asyncio.sleep(0.005))
    gate.open.set()
    started = time.monotonic()

    found = asyncio.run(verifier.verify(GOOD)).sub

    assert forge.SUB == found
    assert time.monotonic() - started < 5
    assert 2 == server.requests

    with contextlib.suppress(CognitoKitError, asyncio.CancelledError):
        abandoned.run_until_complete(lost)
    abandoned.run_until_complete(abandoned.shutdown_asyncgens())
    abandoned.run_until_complete(abandoned.shutdown_default_executor())
    abandoned.close()

    assert forge.SUB == asyncio.run(verifier.verify(GOOD)).sub
    assert 2 == server.requests


FORKING = """
    import os, sys, threading, time, warnings
    warnings.simplefilter("ignore")
    from cognitokit import UserPool
    from cognitokit.verifier import CognitoVerifier
    from tests.verifier import forge
    from tests.verifier.hostile_server import HostileServer, publishing, Conversation
    from tests.verifier.test_concurrency import Gate

    raw = forge.access_token()
    gate = Gate()

    def subject_in_child(verifier):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, verifier.verify(raw).sub.encode())
            finally:
                os._exit(0)
        os.close(writing)
        said = os.read(reading, 1000).decode()
        os.waitpid(child, 0)
        return said

    with HostileServer(gate) as server:
        verifier = CognitoVerifier(
            UserPool(forge.POOL_ID, jwks_uri=server.url),
            client_id=None, token_use="access", clock=lambda: float(forge.NOW),
        )
        # While a thread of the parent fetches: the child has no such thread, so it fetches itself.
        leader = threading.Thread(target=verifier.verify, args=(raw,))
        leader.start()
        gate.wait_until_asked()
        threading.Timer(0.05, gate.open.set).start()
        during = subject_in_child(verifier)
        leader.join()
        after_fetches = server.requests
        # With the keys at hand: the child has them too.
        after = subject_in_child(verifier)
        print(during == forge.SUB, after == forge.SUB, after_fetches, server.requests)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="This system has no fork.")
def test_a_forked_child_neither_hangs_nor_fetches_without_need() -> None:
    """A child forked in the middle of a fetch fetches for itself; one forked later uses the parent's keys."""
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FORKING)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )

    assert ("True True 2 2\n", 0) == (ran.stdout, ran.returncode), ran.stderr


@EACH_SHELL
def test_a_thousand_unknown_kids_in_a_second(shell: Shell) -> None:
    """A flood of unknown kids costs two fetches in ten seconds, and a known kid verifies all along."""
    tokens = [unknown_kid(number) for number in range(50)]
    clocks = Clocks()
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url, clocks=clocks)
        verifier.prefetch()
        clocks.pass_(60)
        before = server.requests
        refusals = set()
        for number in range(1_000):
            clocks.pass_(0.001)
            refusals.add(type(verifier.refusal(tokens[number % 50])))
            if number % 20 == 0:
                assert forge.SUB == verifier.verify(GOOD).sub
        fetches = server.requests - before

        assert {UnknownKey} == refusals
        assert 1 <= fetches <= 2

        # A genuinely new key is taken within the window.
        server.behave = publishing(jwks(forge.pool_key().jwk(), attacker_key().jwk()))
        clocks.pass_(10)

        assert forge.SUB == verifier.verify(sign(forge.access_claims(), header(kid=forge.ATTACKER_KID), key=attacker_key())).sub


def test_a_flood_of_unknown_kids_from_many_threads() -> None:
    """The same from fifty threads at once, on real clocks: known kids are not even slowed."""
    tokens = [unknown_kid(number) for number in range(200)]
    with HostileServer(publishing(jwks())) as server:
        verifier = sync_verifier(server)
        verifier.prefetch()
        together = threading.Barrier(51)

        def flood(first: int) -> set[str]:
            together.wait(PATIENCE)
            return {outcome(lambda raw=raw: verifier.verify(raw)) for raw in tokens[first::10]}  # type: ignore[misc]

        with ThreadPoolExecutor(50) as threads:
            futures = [threads.submit(flood, number % 10) for number in range(50)]
            together.wait(PATIENCE)
            known = [verifier.verify(GOOD).sub for _ in range(100)]
            outcomes = set().union(*[future.result(PATIENCE) for future in futures])

        assert {"UnknownKey"} == outcomes
        assert [forge.SUB] * 100 == known
        assert server.requests <= 3


@EACH_SHELL
def test_a_thousand_verifications_against_a_dead_endpoint(shell: Shell) -> None:
    """While the endpoint is dead a thousand verifications in a second make two requests at most."""
    clocks = Clocks()
    with HostileServer(lambda conversation: conversation.reset()) as server:
        verifier = shell.verifier(jwks_uri=server.url, clocks=clocks)
        refusals = set()
        for _ in range(1_000):
            refusals.add(type(verifier.refusal(GOOD)))
            clocks.pass_(0.001)

        assert {KeysUnavailable} == refusals
        assert 1 <= server.requests <= 2


def test_a_dead_endpoint_and_many_threads() -> None:
    """The same from twenty threads at once, on real clocks."""
    with HostileServer(lambda conversation: conversation.reset()) as server:
        verifier = sync_verifier(server)
        with ThreadPoolExecutor(20) as threads:
            outcomes = list(threads.map(lambda _: outcome(lambda: verifier.verify(GOOD)), range(500)))

        assert {"KeysUnavailable"} == set(outcomes)
        assert 1 <= server.requests <= 2


@EACH_SHELL
def test_stale_and_foreign_tokens_cost_no_fetch(shell: Shell) -> None:
    """An expired token, and one of another issuer, are refused as such whatever kid they name."""
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        stale = sign(forge.access_claims(exp=forge.NOW), header(kid="unknown"), key=attacker_key())
        foreign = sign(forge.access_claims(iss=forge.OTHER_ISSUER), header(kid="unknown"), key=attacker_key())
        broken = sign(forge.dump(forge.access_claims())[:-1], header(kid="unknown"), key=attacker_key())
        nameless = sign(forge.access_claims(), header(kid=...))
        reasons = [
            (getattr(error, "reason", None), getattr(error, "claim", None))
            for error in map(verifier.refusal, (stale, foreign, broken, nameless))
        ]

        assert [("expired", "exp"), ("claim", "iss"), ("malformed", None), ("key_not_found", None)] == reasons
        assert 0 == server.requests
        assert forge.SUB == verifier.verify(GOOD).sub
        assert 1 == server.requests


def test_pools_never_share_keys() -> None:
    """Two pools whose keys have the same kid verify each with its own, alone and combined."""
    mine = UserPool(forge.POOL_ID)
    theirs = UserPool(forge.OTHER_POOL_ID)
    their_token = sign(forge.access_claims(iss=forge.OTHER_ISSUER), key=attacker_key())

    def fetcher(url: str) -> dict[str, Any]:
        key = attacker_key().jwk(kid=forge.POOL_KID) if forge.OTHER_POOL_ID in url else forge.pool_key().jwk()
        return jwks(key)

    def verifier(pool: UserPool, **options: Any) -> CognitoVerifier[Any]:
        return CognitoVerifier(
            pool,
            client_id=forge.CLIENT_ID,
            token_use="access",
            clock=lambda: float(forge.NOW),
            **options,
        )

    for options in ({"fetcher": fetcher}, {"fetcher": fetcher, "remember": 8}):
        both = CognitoVerifier.any_of(verifier(mine, **options), verifier(theirs, **options))
        crossed = sign(forge.access_claims(), key=attacker_key())
        crossed_back = sign(forge.access_claims(iss=forge.OTHER_ISSUER), key=forge.pool_key())
        for _ in range(2):
            assert (forge.ISSUER, forge.OTHER_ISSUER) == (
                both.verify(GOOD).issuer,
                both.verify(their_token).issuer,
            )
            assert ["InvalidSignature"] * 2 == [
                outcome(lambda raw=raw: both.verify(raw))  # type: ignore[misc]
                for raw in (crossed, crossed_back)
            ]
    alone = verifier(mine, fetcher=fetcher)

    # Before the keys are there it is refused for its issuer, for no key could save it.
    assert "InvalidClaim" == outcome(lambda: alone.verify(their_token))
    assert forge.ISSUER == alone.verify(GOOD).issuer
    assert "InvalidSignature" == outcome(lambda: alone.verify(their_token))
    assert forge.OTHER_ISSUER == verifier(theirs, fetcher=fetcher).verify(their_token).issuer


def test_nothing_grows_with_what_outsiders_send() -> None:
    """Ten thousand forged kids and issuers leave less than 64 kB behind."""
    import tracemalloc

    head = [forge.b64(forge.dump(header(kid=f"forged {number}"))) for number in range(5_000)]
    claims = forge.b64(forge.dump(forge.access_claims()))
    signature = forge.b64(bytes(256))
    issuers = [
        f"{forge.b64(forge.dump(header()))}.{forge.b64(forge.dump(forge.access_claims(iss=f'https://{number}.example')))}.{signature}"
        for number in range(5_000)
    ]
    verifier = SYNC.verifier(fetcher=lambda url: jwks(), remember=64)
    verifier.verify(GOOD)

    def flood() -> None:
        for first in head:
            with contextlib.suppress(CognitoKitError):
                verifier.verifier.verify(f"{first}.{claims}.{signature}")
        for raw in issuers:
            with contextlib.suppress(CognitoKitError):
                verifier.verifier.verify(raw)

    flood()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        flood()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 64 * 1024


def test_a_refusal_leaves_no_cycle_behind() -> None:
    """A refused token's error, once dropped, is gone at once: refusals cost no garbage collection."""
    verifiers = [shell.verifier(fetcher=lambda url: jwks()) for shell in (SYNC, ASYNCIO)]
    for verifier in verifiers:
        verifier.prefetch()
    refused = [unknown_kid(1), GOOD[:-4] + "AAAA", GOOD + "=", access_token(exp=1), access_token(client_id="x")]

    async def refuse(verifier: AsyncCognitoVerifier[Any]) -> None:
        for raw in refused * 2:
            with contextlib.suppress(CognitoKitError):
                await verifier.verify(raw)

    def left_behind(run: Callable[[], object]) -> list[str]:
        run()
        gc.collect()
        gc.disable()
        try:
            gc.set_debug(gc.DEBUG_SAVEALL)
            run()
            gc.collect()
            return [repr(left) for left in gc.garbage if isinstance(left, CognitoKitError)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

    assert [] == left_behind(lambda: [outcome(lambda raw=raw: verifiers[0].verify(raw)) for raw in refused * 2])  # type: ignore[misc]
    assert [] == left_behind(lambda: asyncio.run(refuse(verifiers[1].verifier)))
