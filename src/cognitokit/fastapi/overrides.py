"""app.dependency_overrides, for what stands in for an authenticator that FastAPI does not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends
from fastapi.dependencies.utils import get_dependant, solve_dependencies
from fastapi.exceptions import RequestValidationError
from starlette.requests import HTTPConnection


def override_of(conn: HTTPConnection, dependency: object) -> Callable[..., Any] | None:
    """Return what the app has in the dependency's place, if it has anything."""
    overrides: dict[object, Callable[..., Any]]
    overrides = getattr(conn.app, "dependency_overrides", {})
    return overrides.get(dependency)


async def solve(conn: HTTPConnection, override: Callable[..., Any]) -> Any:
    """Return the value of the override, which may be anything that is a dependency.

    Raises:
        RequestValidationError: The request lacks what the override's parameters need.
    """

    def use(value: Any = Depends(override)) -> None:  # noqa: B008 - FastAPI's way
        """Never called: FastAPI solves its parameter."""

    solved = await solve_dependencies(
        request=conn,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        dependant=get_dependant(path="/", call=use),
        dependency_overrides_provider=conn.app,
        async_exit_stack=conn.scope["fastapi_inner_astack"],
        embed_body_fields=False,
    )
    if solved.errors:
        raise RequestValidationError(solved.errors)
    return solved.values["value"]
