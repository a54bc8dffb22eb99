"""Single flight: of many callers that need the same work, one does it and the others wait for it.

One primitive serves threads, asyncio and trio, and any mixture of them on one object, several
event loops included. It holds a lock for a few instructions only, never across the work.

Threads need the standard library alone, and no event loop is imported before one runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    T = TypeVar("T")


class Flight:
    """Work under way. Whoever started it does it; whoever joined it waits for it."""

    __slots__ = ("_lock", "_wakers", "error", "landed")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], object]] = []
        self.landed: bool = False
        """Whether it has ended, well or badly."""
        self.error: Exception | None = None
        """Why it failed. None also where its leader was cancelled: somebody else has to lead then."""

    def wait(self, seconds: float) -> bool:
        """Block this thread until the flight has landed, at most that many seconds; return whether it has."""
        arrived = threading.Event()
        if self.board(arrived.set):
            try:
                arrived.wait(seconds)
            finally:
                self.leave(arrived.set)
        return self.landed

    async def wait_async(self, seconds: float) -> bool:
        """Same as Flight.wait, awaited: suspends an asyncio or trio task."""
        waiter = TaskWaiter()
        if self.board(waiter.set):
            try:
                await waiter.wait(seconds)
            finally:
                self.leave(waiter.set)
        return self.landed

    def board(self, wake: Callable[[], object]) -> bool:
        """Have wake called when the flight lands; return False where it has landed already."""
        with self._lock:
            if not self.landed:
                self._wakers.append(wake)
            return not self.landed

    def leave(self, wake: Callable[[], object]) -> None:
        """Have wake not called any more."""
        with self._lock:
            if wake in self._wakers:
                self._wakers.remove(wake)

    def arrive(self, error: Exception | None) -> None:
        """Mark the flight as landed and wake everyone; called by SingleFlight.land."""
        with self._lock:
            wakers, self._wakers = self._wakers, []
            self.error = error
            self.landed = True
        for wake in wakers:
            wake()


class SingleFlight:
    """Lets one caller at a time do a piece of work.

    A leader that is cancelled hands over to a waiter. One that never comes back, because its event
    loop was closed for instance, is overtaken when a waiter's patience ends. After a fork the
    child starts without the parent's flights.
    """

    __slots__ = ("__weakref__", "_flight", "_lock")

    def __init__(self) -> None:
        self.reset()
        _everyone.add(self)

    def reset(self) -> None:
        """Forget the flight under way: what a fork does to the child."""
        self._lock = threading.Lock()
        self._flight: Flight | None = None

    @property
    def flying(self) -> bool:
        """Whether somebody does the work at this moment."""
        return self._flight is not None

    def join(self) -> tuple[Flight, bool]:
        """Return the flight under way and False, or a new one and True: the caller then leads it.

        A leader must end it with land(), whatever happens.
        """
        with self._lock:
            if self._flight is not None:
                return self._flight, False
            self._flight = Flight()
            return self._flight, True

    def land(self, flight: Flight, error: Exception | None = None) -> None:
        """End a flight and wake everyone who waits for it."""
        self.abandon(flight)
        flight.arrive(error)

    def abandon(self, flight: Flight) -> None:
        """Give up waiting for a flight: the next to join leads a new one."""
        with self._lock:
            if self._flight is flight:
                self._flight = None

    def run(self, ready: Callable[[], T | None], work: Callable[[], T], *, patience: float) -> T:
        """Return what is ready, or what one caller's work gives.

        Args:
            ready: Returns the result if it is there already, else None. Asked again after each
                wait, so it must see what work has left.
            work: Makes the result and leaves it where ready sees it.
            patience: How long to wait for another's work before doing it oneself, seconds.

        Raises:
            Exception: What work raised. Those who waited for it, and for whom nothing is ready all
                the same, get a copy without a traceback.
        """
        failure: Exception | None = None
        while True:
            result = ready()
            if result is not None:
                return result
            if failure is not None:
                try:
                    raise failure
                finally:
                    del failure  # or the error and this frame would keep each other alive
            flight, leading = self.join()
            if leading:
                return self._lead(flight, ready, work)
            failure = self._followed(flight, landed=flight.wait(patience))

    async def run_async(
        self, ready: Callable[[], T | None], work: Callable[[], Awaitable[T]], *, patience: float
    ) -> T:
        """Same as SingleFlight.run, awaited: work is a coroutine function."""
        failure: Exception | None = None
        while True:
            result = ready()
            if result is not None:
                return result
            if failure is not None:
                try:
                    raise failure
                finally:
                    del failure  # or the error and this frame would keep each other alive
            flight, leading = self.join()
            if leading:
                return await self._lead_async(flight, ready, work)
            failure = self._followed(flight, landed=await flight.wait_async(patience))

    def _lead(self, flight: Flight, ready: Callable[[], T | None], work: Callable[[], T]) -> T:
        error = None
        try:
            # The flight before this one may have landed between the look and the join.
            result = ready()
            return work() if result is None else result
        except Exception as failure:
            error = _copied(failure)
            raise
        finally:
            self.land(flight, error)

    async def _lead_async(
        self, flight: Flight, ready: Callable[[], T | None], work: Callable[[], Awaitable[T]]
    ) -> T:
        error = None
        try:
            result = ready()
            return await work() if result is None else result
        except Exception as failure:
            error = _copied(failure)
            raise
        finally:
            self.land(flight, error)

    def _followed(self, flight: Flight, *, landed: bool) -> Exception | None:
        """Return what a flight failed with, if it did."""
        if not landed:
            self.abandon(flight)
            return None
        # One for each: an exception collects the frames that it passes.
        return None if flight.error is None else _copied(flight.error) or flight.error


def _copied(error: Exception) -> Exception | None:
    """Return the error without its traceback, so that no frame lives on in it; None where it cannot be copied."""
    import copy  # noqa: PLC0415 - needed only where something went wrong

    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - a foreign exception may do anything; its waiters lead themselves
        return None
    return copied if copied is not error else None


class TaskWaiter:
    """An event that one task waits for, under asyncio or trio, and any thread may set."""

    __slots__ = ("_event", "_soon")

    def __init__(self) -> None:
        from anyio import Event  # noqa: PLC0415 - httpx brings it, and threads need none

        self._event = Event()
        self._soon = _scheduler()

    def set(self) -> None:
        """Wake the task. One whose event loop has ended waits for nothing any more."""
        with contextlib.suppress(RuntimeError):
            self._soon(self._event.set)

    async def wait(self, seconds: float) -> bool:
        """Suspend the task until set() was called, at most that many seconds; return whether it was."""
        from anyio import move_on_after  # noqa: PLC0415 - as above

        with move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()


def _scheduler() -> Callable[[Callable[[], object]], object]:
    """Return what has the current event loop call a function soon, from whatever thread."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            # Not "is an asyncio loop running": in trio's guest mode one is, around trio's own.
            trio.lowlevel.current_task()
        except RuntimeError:
            pass  # trio is loaded, and something else runs this task
        else:
            soon: Callable[[Callable[[], object]], object]
            soon = trio.lowlevel.current_trio_token().run_sync_soon
            return soon
    import asyncio  # noqa: PLC0415 - loaded by then, for its loop runs

    return asyncio.get_running_loop().call_soon_threadsafe


_everyone: WeakSet[SingleFlight] = WeakSet()


def _after_fork() -> None:
    # Only the forking thread lives on: no leader does, and a lock may have been held by another.
    for single_flight in list(_everyone):
        single_flight.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
