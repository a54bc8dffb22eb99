"""Which functions stand behind a guard, so that one registered without its guard is found.

A guard that is written above the framework's own decorator comes too late: the framework has
the bare function by then, and serves it to everyone. Nothing in the framework notices. So every
guard is noted here, and the integrations look for bare functions among their routes.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Guards:
    """The guarded functions and their guards, by identity; held weakly, all but bound methods."""

    def __init__(self) -> None:
        self._guards: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._bare: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._bound: list[types.MethodType] = []
        self.count: int = 0
        """Grows with every guard, so that a look through the routes need not be repeated in vain."""

    def note(self, bare: Callable[..., Any], guard: Callable[..., Any]) -> None:
        """Remember that guard stands before bare."""
        if isinstance(bare, types.MethodType):
            # A new object each time it is read, so neither its identity nor a weak reference lasts.
            self._bound.append(bare)
        else:
            self._bare[id(bare)] = bare
        self._guards[id(guard)] = guard
        self.count += 1

    def is_bare(self, view: object) -> bool:
        """Whether this is a function whose guard was left out."""
        if isinstance(view, types.MethodType):
            return view in self._bound
        return view is not None and self._bare.get(id(view)) is view

    def has_guard(self, view: object) -> bool:
        """Whether this is a guard, or wraps one (functools.wraps)."""
        seen = 0
        while view is not None and seen < _DEPTH:
            if self._guards.get(id(view)) is view:
                return True
            view = getattr(view, "__wrapped__", None)
            seen += 1
        return False


_DEPTH = 100  # more decorators than anyone stacks: stops at a loop

GUARDS = Guards()
"""Those of this process."""

MISPLACED = (
    "{route} is served without protection: write the decorator that protects {view} below the one "
    "that registers the route, next to the function."
)
"""What the error says."""
