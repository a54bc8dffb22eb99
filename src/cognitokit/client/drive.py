"""The only two loops over a flow, one of them with await, and what both share."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from typing_extensions import override

from cognitokit.client.calls import Call, Reply
from cognitokit.errors import CognitoKitError, ServiceError, TransportError, UnexpectedReply
from cognitokit.frames import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
    from typing import Any, Self

    from cognitokit.client.calls import AsyncTransport, Flow, PagedFlow, Transport
    from cognitokit.client.retry import Attempts, RetryBudget

T = TypeVar("T")

_log = logging.getLogger("cognitokit.client")
_log.addHandler(logging.NullHandler())


class Exchange(Outcome[T]):
    """A flow under way: which call is due, how long to wait before it, and how the flow ended.

    The frames of a flow and of a transport hold passwords and tokens. Whatever ends an exchange
    therefore leaves them behind, a cancellation and an exit of the process included: it is kept
    here without its traceback, and raised anew by result().
    """

    __slots__ = ("_attempts", "_budget", "_clock", "_flow", "call", "delay")

    def __init__(self, flow: Flow[T], budget: RetryBudget, clock: Callable[[], float]) -> None:
        super().__init__()
        self._flow = flow
        self._budget = budget
        self._clock = clock
        self._attempts: Attempts | None = None
        self.call: Call | None = None
        """What to send now; None when the flow has ended."""
        self.delay: float = 0.0
        """Seconds to wait before."""

    @override
    def __enter__(self) -> Self:
        self._resume(lambda: next(self._flow))
        return self

    def replied(self, body: Mapping[str, Any]) -> None:
        """Go on with the answer to the call."""
        reply = Reply(body, self._clock())
        self._resume(lambda: self._flow.send(reply))

    def failed(self, error: CognitoKitError) -> None:
        """Go on after the call failed: once more with the same call, or as the flow takes it."""
        call, attempts = cast("Call", self.call), cast("Attempts", self._attempts)
        delay = attempts.delay_after(error)
        if delay is not None:
            _log.debug(
                "%s failed (%s); it is sent again in %.2f s",
                call.operation,
                type(error).__name__,
                delay,
            )
            self.delay = delay
            return
        self._resume(lambda: self._flow.throw(error))

    def _resume(self, step: Callable[[], Call]) -> None:
        operation = self.call.operation if self.call else None
        self.call, self.delay = None, 0.0
        try:
            self.call = step()
        except StopIteration as end:
            self._ended = end.value
        except BaseException as error:  # noqa: BLE001 - a caller's mistake must not leak secrets either
            if isinstance(error, (ServiceError, TransportError)) and error.operation is None:
                error.operation = operation
            self._fail(error)
        else:
            self._attempts = self._budget.begin(self.call)

    @override
    def _fail(self, error: BaseException) -> None:
        self._flow.close()
        self.call, self.delay = None, 0.0
        error.__cause__ = None
        super()._fail(error)


class Driver:
    """Runs flows over a transport."""

    __slots__ = ("_budget", "_sleep", "_transport", "clock")

    def __init__(
        self,
        transport: Transport,
        *,
        budget: RetryBudget,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._transport = transport
        self._budget = budget
        self.clock: Callable[[], float] = clock
        self._sleep = sleep

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end and return its result.

        Raises:
            CognitoKitError: What the flow raised, or a call failed with and the flow let pass.
            BaseException: What ended it otherwise, such as a cancellation: the same object,
                without the frames that it passed.
        """
        with Exchange(flow, self._budget, self.clock) as exchange:
            while exchange.call is not None:
                if exchange.delay:
                    self._sleep(exchange.delay)
                try:
                    exchange.replied(self._transport.send(exchange.call))
                except CognitoKitError as error:
                    exchange.failed(error)
        return exchange.result()

    def iterate(self, paged: PagedFlow[T]) -> Iterator[T]:
        """Return the items of every page, asking for a page when the one before is used up.

        Where a page cannot be had, the iterator raises, and the next attempt asks for it again.
        """
        return _Items(self, paged)


class AsyncDriver:
    """Same as Driver, awaited."""

    __slots__ = ("_budget", "_sleep", "_transport", "clock")

    def __init__(
        self,
        transport: AsyncTransport,
        *,
        budget: RetryBudget,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._transport = transport
        self._budget = budget
        self.clock: Callable[[], float] = clock
        self._sleep = sleep

    async def run(self, flow: Flow[T]) -> T:
        """Same as Driver.run, awaited."""
        with Exchange(flow, self._budget, self.clock) as exchange:
            while exchange.call is not None:
                if exchange.delay:
                    await self._sleep(exchange.delay)
                try:
                    exchange.replied(await self._transport.send(exchange.call))
                except CognitoKitError as error:
                    exchange.failed(error)
        return exchange.result()

    def iterate(self, paged: PagedFlow[T]) -> AsyncIterator[T]:
        """Same as Driver.iterate, awaited."""
        return _AsyncItems(self, paged)


class _Pages(Generic[T]):
    """Where an iteration over pages is: the items at hand, and the page to ask for next."""

    __slots__ = ("_items", "_paged", "_seen", "_token", "more")

    def __init__(self, paged: PagedFlow[T]) -> None:
        self._paged = paged
        self._items: Iterator[T] = iter(())
        self._token: str | None = None
        self._seen: set[int] = set()
        self.more: bool = True
        """Whether there is a page to ask for."""

    def at_hand(self) -> Iterator[T]:
        """Return what is left of the last page."""
        return self._items

    def asked(self) -> Flow[tuple[tuple[T, ...], str | None]]:
        """Return the flow that asks for the next page."""
        return self._paged(self._token)

    def turn(self, page: tuple[tuple[T, ...], str | None]) -> None:
        """Go on with a page that was asked for."""
        items, following = page
        if following is not None:
            # Hashes: tokens are long, and a list may have thousands of pages.
            if hash(following) in self._seen:
                raise UnexpectedReply(
                    "The list has no end: Cognito gave the same pagination token twice."
                )
            self._seen.add(hash(following))
        self._items, self._token, self.more = iter(items), following, following is not None


class _Items(Generic[T]):
    """The items of all pages. No generator: one of those is over once it has raised."""

    __slots__ = ("_driver", "_pages")

    def __init__(self, driver: Driver, paged: PagedFlow[T]) -> None:
        self._driver = driver
        self._pages = _Pages(paged)

    def __iter__(self) -> _Items[T]:
        return self

    def __next__(self) -> T:
        while True:
            for item in self._pages.at_hand():
                return item
            if not self._pages.more:
                raise StopIteration
            self._pages.turn(self._driver.run(self._pages.asked()))


class _AsyncItems(Generic[T]):
    """Same as _Items, awaited. No async generator: trio warns when one of those is left half-way."""

    __slots__ = ("_driver", "_pages")

    def __init__(self, driver: AsyncDriver, paged: PagedFlow[T]) -> None:
        self._driver = driver
        self._pages = _Pages(paged)

    def __aiter__(self) -> _AsyncItems[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._pages.at_hand():
                return item
            if not self._pages.more:
                raise StopAsyncIteration
            self._pages.turn(await self._driver.run(self._pages.asked()))
