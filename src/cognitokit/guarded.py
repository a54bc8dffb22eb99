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
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any


class Guards:
    """The guarded functions and their guards, by identity; held weakly where that is possible."""

    def __init__(self) -> None:
        self._guards: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._bare: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._held: dict[int, Any] = {}
        self._bound: list[types.MethodType] = []
        self.count: int = 0
        """Grows with every guard, so that a look through the routes need not be repeated in vain."""

    def note(self, bare: Callable[..., Any], guard: Callable[..., Any]) -> Sequence[object]:
        """Remember that guard stands before bare, and before what bare wraps (functools.wraps).

        Returns:
            All that it stands before, down to the next guard.
        """
        beneath: list[object] = []
        for view in _chain(bare):
            beneath.append(view)
            self._note_bare(view)
            if self._is_guard(view):
                break
        self._guards[id(guard)] = guard
        self.count += 1
        return beneath

    def is_bare(self, view: object, beside: Iterable[object] = ()) -> bool:
        """Whether this is a function whose guard was left out.

        Args:
            view: What a route serves.
            beside: What the other routes serve. A guard that is left out here may be in place
                there: a function can have a second guard for a second route.
        """
        if not self._is_noted(view):
            return False
        if not self.has_guard(view):
            return True
        return not any(self._guards_too(other, view) for other in beside)

    def has_guard(self, view: object) -> bool:
        """Whether this is a guard, or wraps one (functools.wraps)."""
        return any(map(self._is_guard, _chain(view)))

    def _note_bare(self, view: object) -> None:
        if isinstance(view, types.MethodType):
            # A new object each time it is read, so neither its identity nor a weak reference lasts.
            self._bound.append(view)
            return
        try:
            self._bare[id(view)] = view
        except TypeError:  # an object with __slots__
            self._held[id(view)] = view

    def _is_noted(self, view: object) -> bool:
        if isinstance(view, types.MethodType):
            return view in self._bound
        held = self._bare.get(id(view), self._held.get(id(view)))
        return view is not None and held is view

    def _is_guard(self, view: object) -> bool:
        return self._guards.get(id(view)) is view

    def _guards_too(self, other: object, view: object) -> bool:
        """Whether other is a guard before view, or wraps one."""
        is_behind = False
        for each in _chain(other):
            if each is view:
                return is_behind
            is_behind = is_behind or self._is_guard(each)
        return False


def _chain(view: object) -> Iterator[object]:
    """A function, what it wraps, what that wraps, and so on."""
    for _ in range(_DEPTH):
        if view is None:
            return
        yield view
        view = getattr(view, "__wrapped__", None)


_DEPTH = 100  # more decorators than anyone stacks: stops at a loop

GUARDS = Guards()
"""Those of this process."""

MISPLACED = (
    "{route} is served without protection: write the decorator that protects {view} below the one "
    "that registers the route, next to the function."
)
"""What the error says."""
