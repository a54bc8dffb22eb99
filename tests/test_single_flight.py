"""One does the work and the others wait, in threads, asyncio and trio alike."""

import asyncio
import os
import runpy
import sys
import threading
import time
from collections.abc import Awaitable, Callable

import pytest
import trio

from cognitokit import single_flight
from cognitokit.errors import OAuthError
from cognitokit.single_flight import SingleFlight

PATIENCE = 20.0


class Kettle:
    """Work that is done at most once while its result is kept, and counts how often it was done."""

    def __init__(self) -> None:
        self.flight = SingleFlight()
        self.result: str | None = None
        self.made = 0
        self.started = threading.Event()
        self.go_on = threading.Event()
        self.fault: BaseException | None = None

    def ready(self) -> str | None:
        """The result, where there is one."""
        return self.result

    def work(self) -> str:
        """Make the result, when it is let go on."""
        self.made += 1
        self.started.set()
        assert self.go_on.wait(PATIENCE)
        if self.fault is not None:
            raise self.fault
        self.result = f"tea {self.made}"
        return self.result

    def get(self) -> str:
        """The result, made by this thread or another."""
        return self.flight.run(self.ready, self.work, patience=PATIENCE)

    async def get_async(
        self, work: Callable[[], Awaitable[str]], patience: float = PATIENCE
    ) -> str:
        """The result, made by this task or another."""
        return await self.flight.run_async(self.ready, work, patience=patience)


def in_threads(
    call: Callable[[], object], count: int
) -> tuple[list[threading.Thread], list[object]]:
    """Start threads that append what the call returns, or the error it raises."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(call())
        except BaseException as error:  # noqa: BLE001 - whatever comes is the outcome
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def waiters(flight: SingleFlight) -> int:
    """How many wait for the flight under way."""
    under_way = flight._flight
    return 0 if under_way is None else len(under_way._wakers)


def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_hundred_threads_cause_one_flight() -> None:
    """Of 100 threads one works, and all get its result."""
    kettle = Kettle()

    threads, outcomes = in_threads(kettle.get, 100)
    until(lambda: waiters(kettle.flight) == 99)
    kettle.go_on.set()
    for thread in threads:
        thread.join()

    assert 1 == kettle.made
    assert ["tea 1"] * 100 == outcomes


def test_a_hundred_asyncio_tasks_cause_one_flight() -> None:
    """Of 100 asyncio tasks one works, and all get its result."""
    kettle = Kettle()

    async def work() -> str:
        kettle.made += 1
        while waiters(kettle.flight) < 99:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        kettle.result = "tea"
        return "tea"

    async def main() -> list[str]:
        return await asyncio.gather(*(kettle.get_async(work) for _ in range(100)))

    assert ["tea"] * 100 == asyncio.run(main())
    assert 1 == kettle.made


def test_a_hundred_trio_tasks_cause_one_flight() -> None:
    """Of 100 trio tasks one works, and all get its result."""
    kettle = Kettle()
    outcomes: list[str] = []

    async def work() -> str:
        kettle.made += 1
        while waiters(kettle.flight) < 99:
            await trio.lowlevel.checkpoint()
        kettle.result = "tea"
        return "tea"

    async def one() -> None:
        outcomes.append(await kettle.get_async(work))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(one)

    trio.run(main)

    assert ["tea"] * 100 == outcomes
    assert 1 == kettle.made


def test_threads_asyncio_and_trio_share_one_flight() -> None:
    """A thread leads, while a thread and event loops of both kinds wait for it."""
    kettle = Kettle()

    async def never() -> str:
        raise AssertionError("a follower does no work")

    leader, led = in_threads(kettle.get, 1)
    assert kettle.started.wait(PATIENCE)
    followers = [
        in_threads(kettle.get, 1),
        in_threads(lambda: asyncio.run(kettle.get_async(never)), 1),
        in_threads(lambda: trio.run(kettle.get_async, never), 1),
    ]
    until(lambda: waiters(kettle.flight) == 3)
    kettle.go_on.set()
    for thread in (*leader, *(thread for threads, _ in followers for thread in threads)):
        thread.join()

    assert 1 == kettle.made
    assert ["tea 1"] == led
    assert [["tea 1"]] * 3 == [outcomes for _, outcomes in followers]


def test_a_failure_is_shared_and_not_repeated() -> None:
    """Those who wait while the leader fails get its error, each a copy of its own."""
    kettle = Kettle()
    kettle.fault = OAuthError(code="invalid_grant")

    threads, outcomes = in_threads(kettle.get, 10)
    until(lambda: waiters(kettle.flight) == 9)
    kettle.go_on.set()
    for thread in threads:
        thread.join()

    assert 1 == kettle.made
    assert ["invalid_grant"] * 10 == [error.code for error in outcomes]  # type: ignore[attr-defined]
    assert 10 == len({id(error) for error in outcomes})


def test_a_failure_is_nobody_s_who_has_a_result() -> None:
    """Whoever waited for a flight that failed, and for whom something is ready all the same, takes that."""
    kettle = Kettle()
    kettle.fault = OAuthError(code="invalid_grant")

    threads, outcomes = in_threads(kettle.get, 1)
    assert kettle.started.wait(PATIENCE)
    followers, left = in_threads(kettle.get, 2)
    until(lambda: waiters(kettle.flight) == 2)
    kettle.result = "yesterday's tea"
    kettle.go_on.set()
    for thread in (*threads, *followers):
        thread.join()

    assert ["invalid_grant"] == [error.code for error in outcomes]  # type: ignore[attr-defined]
    assert ["yesterday's tea"] * 2 == left
    assert 1 == kettle.made


def test_a_failure_is_nobody_s_who_has_a_result_in_asyncio() -> None:
    """The same with tasks."""
    kettle = Kettle()

    async def work() -> str:
        while waiters(kettle.flight) < 1:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        kettle.result = "yesterday's tea"
        raise OAuthError(code="invalid_grant")

    async def main() -> list[object]:
        calls = (kettle.get_async(work) for _ in range(2))
        return list(await asyncio.gather(*calls, return_exceptions=True))

    failure, result = asyncio.run(main())
    assert isinstance(failure, OAuthError)
    assert "yesterday's tea" == result


def test_a_failure_is_forgotten() -> None:
    """The next call after a failure works anew."""
    kettle = Kettle()
    kettle.go_on.set()
    kettle.fault = OAuthError(code="invalid_grant")
    with pytest.raises(OAuthError):
        kettle.get()
    kettle.fault = None

    assert "tea 2" == kettle.get()


def test_waiters_lead_themselves_where_an_error_cannot_be_copied() -> None:
    """An error that only its own constructor can make is the leader's alone; the others try themselves."""

    class Stubborn(Exception):
        def __reduce_ex__(self, protocol: object) -> str:
            raise TypeError("not to be copied")

    kettle = Kettle()
    kettle.fault = Stubborn()

    threads, outcomes = in_threads(kettle.get, 5)
    until(lambda: waiters(kettle.flight) == 4)
    kettle.go_on.set()
    for thread in threads:
        thread.join()

    assert 5 == kettle.made
    assert [Stubborn] * 5 == [type(outcome) for outcome in outcomes]


def test_a_cancelled_leader_hands_over_in_asyncio() -> None:
    """A cancelled leader fails nobody: one of the waiting tasks does the work."""
    kettle = Kettle()

    async def main() -> list[str | BaseException]:
        stuck = asyncio.Event()

        async def work() -> str:
            kettle.made += 1
            if kettle.made == 1:
                await stuck.wait()
            kettle.result = f"tea {kettle.made}"
            return kettle.result

        tasks = [asyncio.create_task(kettle.get_async(work)) for _ in range(5)]
        while waiters(kettle.flight) < 4:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(main())

    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert ["tea 2"] * 4 == outcomes[1:]


def test_a_cancelled_leader_hands_over_in_trio() -> None:
    """The same in trio."""
    kettle = Kettle()
    outcomes: list[str] = []

    async def work() -> str:
        kettle.made += 1
        if kettle.made == 1:
            await trio.sleep_forever()
        kettle.result = f"tea {kettle.made}"
        return kettle.result

    async def one(scope: trio.CancelScope) -> None:
        with scope:
            outcomes.append(await kettle.get_async(work))

    async def main() -> None:
        first = trio.CancelScope()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one, first)
            while kettle.made == 0:
                await trio.lowlevel.checkpoint()
            for _ in range(4):
                nursery.start_soon(one, trio.CancelScope())
            while waiters(kettle.flight) < 4:
                await trio.lowlevel.checkpoint()
            first.cancel()

    trio.run(main)

    assert ["tea 2"] * 4 == outcomes


def test_a_cancelled_waiter_leaves_the_flight_alone() -> None:
    """A waiter that gives up disturbs neither the leader nor the other waiters."""
    kettle = Kettle()

    async def main() -> tuple[str, str]:
        go_on = asyncio.Event()

        async def work() -> str:
            kettle.made += 1
            await go_on.wait()
            kettle.result = "tea"
            return kettle.result

        leader, gives_up, patient = (asyncio.create_task(kettle.get_async(work)) for _ in range(3))
        while waiters(kettle.flight) < 2:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        gives_up.cancel()
        while waiters(kettle.flight) > 1:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        go_on.set()
        return await leader, await patient

    assert ("tea", "tea") == asyncio.run(main())
    assert 1 == kettle.made


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_a_leader_that_never_comes_back_is_overtaken(run: Callable[..., str]) -> None:
    """Where a leader vanished without a word, a waiter takes over when its patience ends."""
    kettle = Kettle()
    _, leading = kettle.flight.join()

    async def work() -> str:
        kettle.result = "tea"
        return kettle.result

    assert leading
    assert "tea" == run(kettle.get_async(work, patience=0.01))


def test_a_thread_overtakes_too() -> None:
    """The same for a waiting thread."""
    kettle = Kettle()
    kettle.flight.join()
    kettle.go_on.set()

    assert "tea 1" == kettle.flight.run(kettle.ready, kettle.work, patience=0.01)


def test_an_overtaken_leader_does_not_end_the_flight_of_another() -> None:
    """When the slow leader lands at last, the flight that overtook it stays under way."""
    flight = SingleFlight()
    slow, _ = flight.join()
    flight.abandon(slow)
    fast, leads = flight.join()
    flight.land(slow)
    joined, leads_too = flight.join()

    assert leads
    assert joined is fast
    assert not leads_too


def test_waking_a_waiter_of_a_closed_loop_does_no_harm() -> None:
    """A flight can land after the event loops of its waiters have ended."""
    flight = SingleFlight()
    under_way, _ = flight.join()

    async def wait_in_asyncio() -> None:
        waiting = asyncio.create_task(under_way.wait_async(PATIENCE))
        while not under_way._wakers:  # noqa: ASYNC110 - what is waited for is the waiting
            await asyncio.sleep(0)
        late.extend(under_way._wakers)
        waiting.cancel()

    async def wait_in_trio() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(under_way.wait_async, PATIENCE)
            while not under_way._wakers:
                await trio.lowlevel.checkpoint()
            late.extend(under_way._wakers)
            nursery.cancel_scope.cancel()

    late: list[Callable[[], object]] = []
    asyncio.run(wait_in_asyncio())
    trio.run(wait_in_trio)
    under_way._wakers.extend(late)
    flight.land(under_way)

    assert 2 == len(late)
    assert under_way.landed


def test_waiting_for_what_has_landed_returns_at_once() -> None:
    """A flight that landed between joining and waiting is not waited for."""
    flight = SingleFlight()
    under_way, _ = flight.join()
    flight.land(under_way)

    assert under_way.wait(PATIENCE)
    assert asyncio.run(under_way.wait_async(PATIENCE))
    assert trio.run(under_way.wait_async, PATIENCE)


def test_what_became_ready_before_the_flight_is_not_made_again() -> None:
    """A caller that looked just before another landed finds the result when it leads."""
    kettle = Kettle()
    looks: list[str | None] = [None, "tea", None, "tea"]

    async def never() -> str:
        raise AssertionError("it is ready")

    assert "tea" == kettle.flight.run(lambda: looks.pop(0), kettle.work, patience=PATIENCE)
    assert "tea" == asyncio.run(
        kettle.flight.run_async(lambda: looks.pop(0), never, patience=PATIENCE)
    )
    assert 0 == kettle.made


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_starts_without_the_parent_s_flights() -> None:
    """A child that is forked while another thread leads does not wait for that thread."""
    kettle = Kettle()
    leader, _ = in_threads(kettle.get, 1)
    assert kettle.started.wait(PATIENCE)

    child = os.fork()
    if child == 0:
        kettle.go_on.set()
        os._exit(0 if kettle.get() == "tea 2" else 1)
    _, status = os.waitpid(child, 0)
    kettle.go_on.set()
    leader[0].join()

    assert 0 == os.waitstatus_to_exitcode(status)
    assert "tea 1" == kettle.result


def test_what_a_fork_does_to_the_child() -> None:
    """The flights of before are forgotten, so that the next to join leads."""
    flight = SingleFlight()
    before, _ = flight.join()
    single_flight._after_fork()
    after, leading = flight.join()

    assert leading
    assert after is not before


def test_a_system_that_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where processes are never forked the module loads all the same."""
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    loaded = runpy.run_path(single_flight.__file__)

    assert loaded["SingleFlight"]().join()[1]


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
def test_a_task_s_failure_is_its_own_and_forgotten(run: Callable[..., str]) -> None:
    """What an async leader raises comes out of it, and the next call works anew."""
    kettle = Kettle()

    async def work() -> str:
        kettle.made += 1
        if kettle.made == 1:
            raise OAuthError(code="invalid_grant")
        return "tea"

    with pytest.raises(OAuthError):
        run(kettle.get_async(work))

    assert "tea" == run(kettle.get_async(work))


def test_a_process_without_trio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of asyncio wait where trio was never loaded."""
    monkeypatch.delitem(sys.modules, "trio")
    kettle = Kettle()
    kettle.flight.join()

    async def work() -> str:
        return "tea"

    assert "tea" == asyncio.run(kettle.get_async(work, patience=0.01))
