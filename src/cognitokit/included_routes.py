"""The routes of included routers: since 0.137 a FastAPI app keeps the routers, not copies of their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def with_included(routes: Iterable[Any]) -> Iterator[Any]:
    """Return the routes, those of included routers with the paths and names that they have in the app."""
    try:
        from fastapi.routing import (  # noqa: PLC0415 - not for Starlette, which may be alone
            iter_route_contexts,
        )
    except ImportError:  # pragma: no cover - Starlette alone, or an older FastAPI
        return iter(routes)
    return iter(iter_route_contexts(list(routes)))


def original_of(route: Any) -> Any:
    """Return the route that was registered, which is one of Starlette's or of FastAPI's."""
    return getattr(route, "original_route", route)
