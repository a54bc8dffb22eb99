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
    """What demands a token, the nearest; None for a public route, also where a token is optional."""


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
    """Refuse a function that a known application serves without its guard.

    One that has another guard already may be about to be registered a second time, with this one.
    """
    if GUARDS.has_guard(view):
        return
    for app in list(KNOWN):
        if any(served is view for served in app.view_functions.values()):
            refuse_misplaced(app)


def mark_demanding(guard: Any) -> None:
    """Remember that a guard demands a token, and does not only look at one."""
    guard.cognitokit_demands_token = True


def demands_token(view: object) -> bool:
    """Whether a view's guards demand a token: those of the function, or of each of a class's methods."""
    view_class = getattr(view, "view_class", None)
    if _demands(view) or _demands(getattr(view_class, "dispatch_request", None)):
        return True
    methods = [name.lower() for name in getattr(view_class, "methods", None) or ()]
    handlers = [getattr(view_class, name) for name in methods if hasattr(view_class, name)]
    return bool(handlers) and all(map(_demands, handlers))


def _demands(view: Any) -> bool:
    if not GUARDS.has_guard(view):
        return False
    while view is not None:
        if getattr(view, "cognitokit_demands_token", False):
            return True
        view = getattr(view, "__wrapped__", None)
    return False
