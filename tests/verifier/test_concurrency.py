"""Many at once: one fetch serves them all, and nobody's death keeps the others waiting."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trio
import trio.testing

from cognitokit.errors import CognitoKitError
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier, keysource, keystore
from tests.verifier import forge
from tests.verifier.forge import access_token, jwks
from tests.verifier.hostile_server import Gate, HostileServer
from tests.verifier.shells import Clocks, async_verifier, outcome, sync_verifier

PATIENCE = 20
"""Seconds after which a test gives up; nothing here takes one."""

GOOD = access_token()


@pytest.fixture
def gate() -> Gate:
    """A closed gate."""
    return Gate(jwks())


@pytest.fixture
def server(gate: Gate) -> Iterator[HostileServer]:
    """A server of keys behind the gate."""
    with HostileServer(gate) as running:
        yield running
        gate.open.set()


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
        return [
            token.sub for token in await asyncio.gather(*[verifier.verify(GOOD) for _ in range(5)])
        ]

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
    """Five leaders cancelled at once, one after the other, leave the sixth to bring the keys."""
    verifier = async_verifier(server, monotonic=lambda: 0.0)

    async def run() -> str:
        for _ in range(5):
            leader = asyncio.create_task(verifier.verify(GOOD))
            await asyncio.to_thread(gate.wait_until_asked)
            leader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await leader
        gate.open.set()
        return str((await verifier.verify(GOOD)).sub)

    assert forge.SUB == asyncio.run(run())
    assert 6 == server.requests


@pytest.mark.parametrize("stale", [False, True])
def test_impatient_callers_of_an_endpoint_that_hangs(
    stale: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Callers who give up before the deadline, one after the other, make two requests and show the outage."""
    fetches: list[str] = []
    clocks = Clocks()
    began = time.monotonic()

    async def fetcher(url: str) -> dict[str, Any]:
        fetches.append(url)
        if not stale or len(fetches) > 1:
            await asyncio.sleep(PATIENCE)
        return jwks()

    verifier = AsyncCognitoVerifier(
        forge.POOL_ID,
        client_id=None,
        token_use="access",
        fetcher=fetcher,
        clock=clocks.clock,
        monotonic=lambda: clocks.mono + time.monotonic() - began,
    )

    async def one(number: int) -> str:
        await asyncio.sleep(number * 0.002)
        try:
            async with asyncio.timeout(0.15):
                return str((await verifier.verify(GOOD)).sub)
        except TimeoutError:
            return "gave up"
        except CognitoKitError as error:
            return type(error).__name__

    async def run() -> list[str]:
        if stale:
            await verifier.verify(GOOD)
            clocks.mono += keystore.SOFT_AGE
        return await asyncio.gather(*map(one, range(300)))

    outcomes = asyncio.run(run())

    assert 2 == len(fetches) - stale
    assert {"gave up", forge.SUB if stale else "KeysUnavailable"} == set(outcomes)
    assert "gave up before there was an answer" in caplog.text


def test_cancelled_waiters_leave_the_leader_and_each_other_alone(
    server: HostileServer, gate: Gate
) -> None:
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
        forge.POOL_ID,
        client_id=None,
        token_use="access",
        fetcher=fetcher,
        clock=lambda: float(forge.NOW),
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
    from tests.verifier.hostile_server import Gate, HostileServer

    raw = forge.access_token()
    gate = Gate(forge.jwks())

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
