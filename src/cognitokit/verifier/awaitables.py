"""Telling what is asynchronous from what is not, without the weight of inspect."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeGuard

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


def _makes_coroutines(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return bool(getattr(code, "co_flags", 0) & _CO_COROUTINE)
