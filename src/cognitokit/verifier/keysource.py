"""The key cache at work: the locking, waiting and fetching around the state machine of keystore.

One source serves any number of threads, event loops and verifiers, with one fetch at a time.
A waiter leaves something to be woken by; whoever fetches does so in its own thread or task and
wakes them all when it ends, however it ends. Then each asks again, and if need be one leads.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

from cognitokit.errors import KeysUnavailable
from cognitokit.verifier.keys import InvalidKeySet
from cognitokit.verifier.keystore import Fetch, Hit, Join, KeyStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Protocol, TypeGuard
    from weakref import WeakSet

    from cognitokit.verifier.keys import KeySet
    from cognitokit.verifier.keystore import Unavailable

    class Waiter(Protocol):
        def set(self) -> None: ...

    Parse = Callable[[object], KeySet]


class FetchFailed(Exception):
    """A fetch brought nothing. The message is a fixed sentence, fit to be shown to an operator."""


class KeySource:
    """Where one pool's keys come from.

    Args:
        store: The state machine.
        url: What to fetch.
        fetcher: The user's own, None for ours; by it two sources tell whether they are alike.
        parse: Makes keys of what was fetched, or raises.
        clock: Returns epoch seconds.
        monotonic: Returns seconds that never go back.
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_failure",
        "_fetcher",
        "_lock",
        "_monotonic",
        "_parse",
        "_url",
        "_waiters",
        "store",
    )

    def __init__(
        self,
        store: KeyStore,
        url: str,
        *,
        fetcher: Callable[[str], object] | None,
        parse: Parse,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.store = store
        self._url = url
        self._fetcher = fetcher
        self._parse = parse
        self._clock = clock
        self._monotonic = monotonic
        self._failure = ""
        self._lock = allocate_lock()
        self._waiters: list[Waiter] = []
        if not store.fixed:
            _survive_fork(self)

    def serves_like(self, other: KeySource) -> bool:
        """Whether the other source would bring the same keys, so that one of them will do."""
        if self is other:
            return True
        if self.store.fixed or other.store.fixed:
            mine, theirs = self.store.fresh[0], other.store.fresh[0]
            return (
                self.store.fixed is other.store.fixed
                and mine is not None
                and theirs is not None
                and mine.same_as(theirs)
            )
        return (self._url, self._fetcher, self._clock, self._monotonic) == (
            other._url,
            other._fetcher,
            other._clock,
            other._monotonic,
        )

    def at_hand(self, kid: str) -> KeySet | None:
        """Return keys in which the kid can be looked up, None where one would have to wait for them."""
        if self.store.fixed:
            return self.store.fresh[0]
        keys, mono_limit, wall_limit = self.store.fresh
        if keys is None or kid not in keys:
            return None
        return keys if self._clock() < wall_limit and self._monotonic() < mono_limit else None

    def _ask(
        self, kid: str | None, seen: int, overdue: int, make_waiter: Callable[[], Waiter]
    ) -> tuple[Hit | Fetch | Join | Unavailable, Waiter | None]:
        mono, wall = self._monotonic(), self._clock()
        with self._lock:
            decision = self.store.ask(kid, seen=seen, mono=mono, wall=wall, overdue=overdue)
            if not isinstance(decision, Join):
                return decision, None
            # In the same breath, so that the end of the fetch cannot fall between.
            waiter = make_waiter()
            self._waiters.append(waiter)
            return decision, waiter

    def _report(self, ticket: int, keys: KeySet | None, failure: str | None) -> None:
        """Tell the store what came of a fetch, neither keys nor failure for nothing, and wake all."""
        from random import random  # noqa: PLC0415 - a verifier with keys given needs none

        mono, wall = self._monotonic(), self._clock()
        with self._lock:
            if keys is not None:
                self.store.succeeded(ticket, keys, mono=mono, wall=wall)
            elif failure is not None:
                self._failure = failure
                self.store.failed(ticket, mono=mono, wall=wall, jitter=random())  # noqa: S311 - it spreads load, and protects nothing
            else:
                self.store.abandoned(ticket)
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.set()
        if failure is not None:
            import logging  # noqa: PLC0415 - slow to import, rarely wanted

            logging.getLogger("cognitokit").warning(
                "The user pool's keys could not be fetched. %s", failure
            )

    def _unavailable(self, decision: Unavailable) -> KeysUnavailable:
        return KeysUnavailable(
            f"The user pool's keys could not be fetched. {self._failure}".rstrip(),
            retry_after=decision.retry_after,
        )

    def _restart(self) -> None:
        """Forget, in a forked child, the threads that are the parent's."""
        self._lock = allocate_lock()
        self._waiters = []
        self.store.forget_flight()


class SyncKeySource(KeySource):
    """The shell for threads."""

    __slots__ = ()

    def obtain(self, kid: str | None) -> KeySet:
        """Return keys in which the kid can be looked up, fetching or waiting where it must be.

        Raises:
            KeysUnavailable: There are none, and none could be fetched.
        """
        from threading import Event  # noqa: PLC0415 - a verifier with keys given needs none

        seen, overdue = self.store.completed, 0
        while True:
            decision, waiter = self._ask(kid, seen, overdue, Event)
            if isinstance(decision, Hit):
                return decision.keys
            if isinstance(decision, Fetch):
                self._lead(decision)
            elif isinstance(decision, Join):
                if isinstance(waiter, Event) and not waiter.wait(decision.patience):
                    overdue = decision.ticket
            else:
                raise self._unavailable(decision)

    def _lead(self, flight: Fetch) -> None:
        keys = failure = None
        try:
            keys = self._parse(self._fetch(flight.deadline))
        except Exception as error:  # noqa: BLE001 - whatever a fetcher raises is a failed fetch
            failure = _sentence(error)
        finally:
            self._report(flight.ticket, keys, failure)

    def _fetch(self, deadline: float) -> object:
        if self._fetcher is None:
            from cognitokit.verifier.fetch import get  # noqa: PLC0415 - loads the HTTP stack

            return get(self._url, deadline)
        answer = self._fetcher(self._url)
        if _is_awaitable(answer):
            raise FetchFailed("The fetcher is asynchronous: give it to an AsyncCognitoVerifier.")
        return answer


class AsyncKeySource(KeySource):
    """The shell for tasks, of asyncio and of trio."""

    __slots__ = ()

    async def obtain(self, kid: str | None) -> KeySet:
        """Same as SyncKeySource.obtain, awaited."""
        seen, overdue = self.store.completed, 0
        while True:
            decision, waiter = self._ask(kid, seen, overdue, TaskWaiter)
            if isinstance(decision, Hit):
                return decision.keys
            if isinstance(decision, Fetch):
                await self._lead(decision)
            elif isinstance(decision, Join):
                if isinstance(waiter, TaskWaiter) and not await waiter.wait(decision.patience):
                    overdue = decision.ticket
            else:
                raise self._unavailable(decision)

    async def _lead(self, flight: Fetch) -> None:
        keys = failure = None
        try:
            keys = self._parse(await self._fetch(flight.deadline))
        except Exception as error:  # noqa: BLE001 - whatever a fetcher raises is a failed fetch
            failure = _sentence(error)
        finally:
            self._report(flight.ticket, keys, failure)

    async def _fetch(self, deadline: float) -> object:
        from anyio import fail_after, to_thread  # noqa: PLC0415 - comes with httpx, not needed with keys given

        with fail_after(deadline):
            if self._fetcher is None:
                from cognitokit.verifier.fetch import get_async  # noqa: PLC0415 - loads the HTTP stack

                return await get_async(self._url)
            if is_async_callable(self._fetcher):
                answer = self._fetcher(self._url)
            else:
                # What is not known to be asynchronous may block, so it gets a thread.
                answer = await to_thread.run_sync(self._fetcher, self._url, abandon_on_cancel=True)
            return await answer if _is_awaitable(answer) else answer


class TaskWaiter:
    """An event that a task waits for and any thread may set."""

    __slots__ = ("_event", "_soon")

    def __init__(self) -> None:
        from anyio import Event  # noqa: PLC0415 - comes with httpx, not needed with keys given

        self._event = Event()
        self._soon = _scheduler()

    def set(self) -> None:
        """Wake the task. One whose event loop has ended waits for nothing any more."""
        try:
            self._soon(self._event.set)
        except RuntimeError:
            pass

    async def wait(self, patience: float) -> bool:
        """Wait for at most patience seconds; whether it was set."""
        from anyio import move_on_after  # noqa: PLC0415 - as above

        with move_on_after(patience):
            await self._event.wait()
        return self._event.is_set()


def is_async_callable(function: object) -> bool:
    """Whether calling it makes a coroutine, as far as that can be told beforehand."""
    from inspect import iscoroutinefunction  # noqa: PLC0415 - slow to import, rarely wanted

    return iscoroutinefunction(function) or iscoroutinefunction(
        getattr(type(function), "__call__", None)
    )


def _scheduler() -> Callable[[Callable[[], object]], object]:
    """Return what runs a function soon in the current event loop, from any thread."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            soon: Callable[[Callable[[], object]], object] = (
                trio.lowlevel.current_trio_token().run_sync_soon
            )
        except RuntimeError:
            pass  # trio is loaded, and something else runs this task
        else:
            return soon
    import asyncio  # noqa: PLC0415 - slow to import, and loaded by then

    return asyncio.get_running_loop().call_soon_threadsafe


def _is_awaitable(answer: object) -> TypeGuard[Awaitable[object]]:
    return hasattr(answer, "__await__")


def _sentence(error: Exception) -> str:
    if isinstance(error, (FetchFailed, InvalidKeySet)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "There was no answer in time."
    # Another's message may quote what it worked on.
    return f"The fetcher raised {type(error).__name__}."


_sources: WeakSet[KeySource] | None = None


def _survive_fork(source: KeySource) -> None:
    global _sources  # noqa: PLW0603 - the process forks, not a source
    if _sources is None:
        from weakref import WeakSet  # noqa: PLC0415 - a verifier with keys given needs none

        _sources = WeakSet()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_restart_all)
    _sources.add(source)


def _restart_all() -> None:
    for source in list(_sources or ()):
        source._restart()
