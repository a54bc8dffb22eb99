"""Single flight: of many callers that need the same work, one does it and the others wait for it.

One primitive serves threads, asyncio and trio, and any mixture of them on one object, several
event loops included. It holds a lock for a few instructions only, never across the work.

Standard library only, and no event loop is imported before one runs: the verifier uses it too.
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
        self.landed = False
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
        wait = _wait_in_trio if _in_trio() else _wait_in_asyncio
        await wait(self, seconds)
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
            Exception: What work raised. Those who waited for it get a copy without a traceback.
        """
        while True:
            result = ready()
            if result is not None:
                return result
            flight, leading = self.join()
            if leading:
                return self._lead(flight, ready, work)
            self._follow(flight, landed=flight.wait(patience))

    async def run_async(
        self, ready: Callable[[], T | None], work: Callable[[], Awaitable[T]], *, patience: float
    ) -> T:
        """Same as SingleFlight.run, awaited: work is a coroutine function."""
        while True:
            result = ready()
            if result is not None:
                return result
            flight, leading = self.join()
            if leading:
                return await self._lead_async(flight, ready, work)
            self._follow(flight, landed=await flight.wait_async(patience))

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

    def _follow(self, flight: Flight, *, landed: bool) -> None:
        if not landed:
            self.abandon(flight)
        elif flight.error is not None:
            error = _copied(flight.error)
            if error is not None:
                raise error


def _copied(error: Exception) -> Exception | None:
    """Return the error without its traceback, so that no frame lives on in it; None where it cannot be copied."""
    import copy  # noqa: PLC0415 - needed only where something went wrong

    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - a foreign exception may do anything; its waiters lead themselves
        return None
    return copied if copied is not error else None


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        # Not "is a loop running": in trio's guest mode both are.
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


async def _wait_in_trio(flight: Flight, seconds: float) -> None:
    trio = sys.modules["trio"]
    arrived = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def wake() -> None:
        with contextlib.suppress(trio.RunFinishedError):  # nobody is left to wake
            token.run_sync_soon(arrived.set)

    if flight.board(wake):
        try:
            with trio.move_on_after(seconds):
                await arrived.wait()
        finally:
            flight.leave(wake)


async def _wait_in_asyncio(flight: Flight, seconds: float) -> None:
    import asyncio  # noqa: PLC0415 - loaded by then, for its loop runs

    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to wake
            loop.call_soon_threadsafe(arrived.set)

    if flight.board(wake):
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await arrived.wait()
        finally:
            flight.leave(wake)


_everyone: WeakSet[SingleFlight] = WeakSet()


def _after_fork() -> None:
    # Only the forking thread lives on: no leader does, and a lock may have been held by another.
    for single_flight in list(_everyone):
        single_flight.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
