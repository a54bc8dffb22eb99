"""The key cache at work: the clocks, the waiting and the fetching around the state machine of keystore.

One source serves any number of threads, event loops and verifiers, with one fetch at a time:
whoever leads fetches in its own thread or task; when that ends, however it ends, the others ask
again, and if need be one of them leads.
"""

from __future__ import annotations

from cognitokit.errors import KeysUnavailable
from cognitokit.single_flight import SingleFlight
from cognitokit.verifier.awaitables import (
    close_coroutine,
    in_thread,
    is_async_callable,
    is_awaitable,
)
from cognitokit.verifier.keys import InvalidKeySet
from cognitokit.verifier.keystore import GRACE, Fetch, Hit, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.verifier.keys import KeySet
    from cognitokit.verifier.keystore import Asked, KeyStore

_MOST_LEADS = 2
"""How often one caller fetches for one token at most, whatever the clocks do meanwhile."""

_A_MOMENT = 1.0


class FetchFailed(Exception):
    """A fetch brought nothing. The message is a fixed sentence, fit to be shown to an operator.

    Args:
        message: The sentence.
        absent: Whether the answer was that there is nothing at that address.
    """

    def __init__(self, message: str, *, absent: bool = False) -> None:
        super().__init__(message)
        self.absent = absent


class KeySource:
    """Where one pool's keys come from.

    Args:
        store: The state machine.
        url: What to fetch.
        fetcher: The user's own, None for ours.
        parse: Makes keys of what was fetched, or raises.
        owner: Whose keys they are, for messages.
        absent: The keys to go by where there is nothing at the URL; None where that is a failure. While
            keys are at hand it is one in any case.
        clock: Returns epoch seconds.
        monotonic: Returns seconds that never go back.
    """

    __slots__ = (
        "_absent",
        "_clock",
        "_failure",
        "_fetcher",
        "_monotonic",
        "_owner",
        "_parse",
        "_single_flight",
        "_url",
        "store",
    )

    def __init__(
        self,
        store: KeyStore,
        url: str,
        *,
        fetcher: Callable[[str], object] | None,
        parse: Callable[[object], KeySet],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        owner: str = "user pool",
        absent: KeySet | None = None,
    ) -> None:
        self.store: KeyStore = store
        self._owner = owner
        self._absent = absent
        self._url = url
        self._fetcher = fetcher
        self._parse = parse
        self._clock = clock
        self._monotonic = monotonic
        self._failure = ""
        self._single_flight = SingleFlight()

    def serves_like(self, other: object) -> bool:
        """Whether the other source would bring the same keys, so that one of them will do."""
        return isinstance(other, KeySource) and self._origin() == other._origin()

    def age(self) -> float:
        """Return how old the keys at hand are, seconds; no end of it where there are none."""
        return self.store.age(self._monotonic(), self._clock())

    def at_hand(self, kid: str) -> KeySet | None:
        """Return keys in which the kid can be looked up, None where one would have to wait for them."""
        keys, mono_limit, wall_limit = self.store.fresh
        if keys is None or kid not in keys:
            return None
        return keys if self._clock() < wall_limit and self._monotonic() < mono_limit else None

    def _origin(self) -> tuple[object, ...]:
        return self._url, self._fetcher, self._clock, self._monotonic

    def _ask(self, kid: str | None, seen: int, *, flying: bool) -> Hit | Fetch | Unavailable:
        return self.store.ask(
            kid, seen=seen, flying=flying, mono=self._monotonic(), wall=self._clock()
        )

    def _start(self, fetch: Fetch) -> Asked:
        return self.store.started(fetch.deadline, mono=self._monotonic(), wall=self._clock())

    def _report(self, asked: Asked, keys: KeySet | None, failure: str | None) -> None:
        """Tell the store what came of a fetch: neither keys nor a failure where it was given up."""
        if keys is not None and not keys and self.store.usable(self._monotonic(), self._clock()):
            # Who may no longer see a key is told the same as where there is none.
            keys, failure = None, "There is nothing at their address any more."
        if keys is not None:
            self.store.succeeded(asked, keys)
            return
        import logging  # noqa: PLC0415 - slow to import, rarely wanted
        from random import random  # noqa: PLC0415 - the same

        mono, wall = self._monotonic(), self._clock()
        jitter = random()  # noqa: S311 - it spreads load, and protects nothing
        if failure is not None:
            self.store.failed(asked, mono=mono, wall=wall, jitter=jitter)
        elif self.store.abandoned(asked, mono=mono, wall=wall, jitter=jitter):
            failure = "Whoever fetched them gave up before there was an answer."
        else:
            return
        self._failure = failure
        logging.getLogger("cognitokit").warning(
            "The %s's keys could not be fetched. %s", self._owner, failure
        )

    def _at_last(self, kid: str | None) -> KeySet:
        """Return what there is after the last attempt, fresh or not."""
        keys = self.store.usable(self._monotonic(), self._clock())
        if keys is None or not (kid is None or kid in keys):
            raise self._unavailable(Unavailable(_A_MOMENT))
        return keys

    def _unavailable(self, decision: Unavailable) -> KeysUnavailable:
        return KeysUnavailable(
            f"The {self._owner}'s keys could not be fetched. {self._failure}".rstrip(),
            retry_after=decision.retry_after,
        )


class SyncKeySource(KeySource):
    """The shell for threads."""

    __slots__ = ()

    def obtain(self, kid: str | None) -> KeySet:
        """Return keys in which the kid can be looked up, fetching or waiting where it must be.

        Args:
            kid: The key that is wanted, None for whatever there is.

        Raises:
            KeysUnavailable: There are none, and none could be fetched.
        """
        single_flight = self._single_flight
        seen = self.store.completed
        leads = 0
        while True:
            decision = self._ask(kid, seen, flying=single_flight.flying)
            if isinstance(decision, Hit):
                return decision.keys
            if isinstance(decision, Unavailable):
                raise self._unavailable(decision)
            if leads == _MOST_LEADS:
                return self._at_last(kid)
            flight, leading = single_flight.join()
            if leading:
                leads += 1
                try:
                    # The flight before this one may have landed between the question and the join.
                    decision = self._ask(kid, seen, flying=False)
                    if isinstance(decision, Fetch):
                        self._fetch(decision)
                finally:
                    single_flight.land(flight)
            elif decision.fallback is not None:
                return decision.fallback
            elif not flight.wait(decision.deadline + GRACE):
                single_flight.abandon(flight)

    def answer(self, kid: str) -> KeySet | KeysUnavailable:
        """Same as obtain, but the error is returned, without frames that hold anything."""
        try:
            return self.obtain(kid)
        except KeysUnavailable as error:
            return error.with_traceback(None)

    def _fetch(self, fetch: Fetch) -> None:
        keys = failure = None
        asked = self._start(fetch)
        try:
            keys = self._parse(self._call(fetch.deadline))
        except Exception as error:  # noqa: BLE001 - whatever a fetcher raises is a failed fetch
            if isinstance(error, FetchFailed) and error.absent:
                keys = self._absent
            if keys is None:
                failure = _sentence(error)
        finally:
            self._report(asked, keys, failure)

    def _call(self, deadline: float) -> object:
        if self._fetcher is None:
            from cognitokit.verifier.fetch import get  # noqa: PLC0415 - loads the HTTP stack

            return get(self._url, deadline)
        answer = self._fetcher(self._url)
        if is_awaitable(answer):
            close_coroutine(answer)
            raise FetchFailed("The fetcher is asynchronous: give it to an AsyncCognitoVerifier.")
        return answer


class AsyncKeySource(KeySource):
    """The shell for tasks, of asyncio and of trio."""

    __slots__ = ()

    async def obtain(self, kid: str | None) -> KeySet:
        """Same as SyncKeySource.obtain, awaited."""
        single_flight = self._single_flight
        seen = self.store.completed
        leads = 0
        while True:
            decision = self._ask(kid, seen, flying=single_flight.flying)
            if isinstance(decision, Hit):
                return decision.keys
            if isinstance(decision, Unavailable):
                raise self._unavailable(decision)
            if leads == _MOST_LEADS:
                return self._at_last(kid)
            flight, leading = single_flight.join()
            if leading:
                leads += 1
                try:
                    decision = self._ask(kid, seen, flying=False)
                    if isinstance(decision, Fetch):
                        await self._fetch(decision)
                finally:
                    single_flight.land(flight)
            elif decision.fallback is not None:
                return decision.fallback
            elif not await flight.wait_async(decision.deadline + GRACE):
                single_flight.abandon(flight)

    async def answer(self, kid: str) -> KeySet | KeysUnavailable:
        """Same as SyncKeySource.answer, awaited."""
        try:
            return await self.obtain(kid)
        except KeysUnavailable as error:
            return error.with_traceback(None)

    async def _fetch(self, fetch: Fetch) -> None:
        keys = failure = None
        asked = self._start(fetch)
        try:
            keys = self._parse(await self._call(fetch.deadline))
        except Exception as error:  # noqa: BLE001 - whatever a fetcher raises is a failed fetch
            if isinstance(error, FetchFailed) and error.absent:
                keys = self._absent
            if keys is None:
                failure = _sentence(error)
        finally:
            self._report(asked, keys, failure)

    async def _call(self, deadline: float) -> object:
        from anyio import fail_after  # noqa: PLC0415 - comes with httpx, not needed with keys given

        with fail_after(deadline):
            if self._fetcher is None:
                from cognitokit.verifier.fetch import get_async  # noqa: PLC0415 - loads the HTTP stack

                return await get_async(self._url)
            if is_async_callable(self._fetcher):
                answer = self._fetcher(self._url)
            else:
                # What is not known to be asynchronous may block, so it gets a thread.
                answer = await in_thread(self._fetcher, self._url)
            return await answer if is_awaitable(answer) else answer


def _sentence(error: Exception) -> str:
    if isinstance(error, (FetchFailed, InvalidKeySet)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "There was no answer in time."
    # Another's message may quote what it worked on.
    return f"The fetcher raised {type(error).__name__}."
