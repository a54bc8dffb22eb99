"""The look through an application's routes: what protects each, and which lost its guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple
from weakref import WeakSet

from flask import Flask

from cognitokit.errors import ConfigurationError
from cognitokit.guarded import GUARDS, MISPLACED

KNOWN: WeakSet[Flask] = WeakSet()
"""The applications that a CognitoAuth serves."""


class ProtectedRoute(NamedTuple):
    """A route, and what protects it."""

    rule: str
    """The URL rule, for instance "/tasks/<int:id>"."""
    methods: tuple[str, ...]
    endpoint: str
    protection: Literal["view", "blueprint", "app"] | None
    """What protects it, the nearest; None for a public route."""


def refuse_misplaced(app: Flask) -> None:
    """Refuse an application that serves a function without the guard that was written for it.

    Raises:
        ConfigurationError: The message names the endpoint and the view.
    """
    for endpoint, view in app.view_functions.items():
        if GUARDS.is_bare(view, beside=app.view_functions.values()):
            name = getattr(view, "__name__", "it")
            raise ConfigurationError(
                MISPLACED.format(route=f"The endpoint {endpoint!r}", view=name)
            )


def refuse_served(view: Callable[..., Any]) -> None:
    """Refuse a function that a known application serves without its guard."""
    for app in list(KNOWN):
        if any(served is view for served in app.view_functions.values()):
            refuse_misplaced(app)


def is_guarded(view: object) -> bool:
    """Whether a view is guarded: the function, or each method of a class-based view."""
    if GUARDS.has_guard(view):
        return True
    view_class = getattr(view, "view_class", None)
    methods = [
        name.lower() for name in getattr(view_class, "methods", None) or () if name != "OPTIONS"
    ]
    handlers = [getattr(view_class, name) for name in methods if hasattr(view_class, name)]
    return bool(handlers) and all(map(GUARDS.has_guard, handlers))
