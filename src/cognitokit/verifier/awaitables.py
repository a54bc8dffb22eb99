"""Telling what is asynchronous from what is not, without the weight of inspect, and awaiting what is not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeGuard, TypeVar, TypeVarTuple

    T = TypeVar("T")
    Arguments = TypeVarTuple("Arguments")

_CO_COROUTINE = 0x80
"""inspect.CO_COROUTINE"""


def is_async_callable(function: object) -> bool:
    """Whether calling it makes a coroutine, as far as that can be told beforehand."""
    function = getattr(function, "func", function)  # a functools.partial
    method = getattr(type(function), "__call__", None)  # noqa: B004 - it may be an object that is called
    return _makes_coroutines(function) or _makes_coroutines(method)


def is_awaitable(answer: object) -> TypeGuard[Awaitable[object]]:
    """Whether it can be awaited."""
    return hasattr(answer, "__await__")


def close_coroutine(answer: object) -> None:
    """Close a coroutine that will never be awaited, which it would warn of."""
    close = getattr(answer, "close", None)
    if close is not None:
        close()


async def in_thread(function: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """Call a function that may block in a worker thread, however many others have been taken.

    A task that is cancelled does not wait for the thread.
    """
    from anyio import CapacityLimiter, to_thread  # noqa: PLC0415 - comes with httpx, not needed with keys given

    # One of its own: those who share anyio's default limit may keep all of it busy.
    return await to_thread.run_sync(
        function, *arguments, abandon_on_cancel=True, limiter=CapacityLimiter(1)
    )


def _makes_coroutines(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return bool(getattr(code, "co_flags", 0) & _CO_COROUTINE)
