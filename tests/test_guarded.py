"""Which functions stand behind a guard."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from cognitokit.guarded import Guards


def wrapped(view: Callable[..., Any]) -> Any:
    """A function that wraps another."""

    @functools.wraps(view)
    def wrapper() -> object:
        return view()

    return wrapper


def view() -> str:
    """What is guarded."""
    return "in"


def test_all_that_a_guard_stands_before_is_bare() -> None:
    """A guard stands before what it wraps, and before what that wraps; and what wraps it is guarded."""
    guards, between = Guards(), wrapped(view)
    guard = wrapped(between)

    beneath = guards.note(between, guard)

    assert [between, view] == beneath
    assert [True, True, False] == [guards.is_bare(each) for each in (view, between, guard)]
    assert [False, False, True] == [guards.has_guard(each) for each in (view, between, guard)]
    assert guards.has_guard(wrapped(guard))
    assert not guards.is_bare(None)


def test_a_guard_above_a_guard() -> None:
    """What is guarded already has lost the outer guard, unless that one is in place beside it."""
    guards, inner = Guards(), wrapped(view)
    outer = wrapped(inner)
    guards.note(view, inner)

    beneath = guards.note(inner, outer)

    assert [inner] == beneath
    assert guards.is_bare(inner)
    assert guards.is_bare(inner, [inner, view, wrapped(view)])
    assert not guards.is_bare(inner, [inner, wrapped(outer)])
    assert guards.is_bare(view, [outer])


def test_functions_that_wrap_each_other() -> None:
    """A function that says to wrap itself does not make the search endless."""
    guards, turning = Guards(), wrapped(view)
    turning.__wrapped__ = turning

    guards.note(turning, wrapped(turning))

    assert guards.is_bare(turning)
    assert not guards.has_guard(turning)
