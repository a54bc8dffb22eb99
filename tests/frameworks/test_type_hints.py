"""The annotations of what applications import can be read when they run, as dependency injectors do."""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from tests.frameworks import django_settings

django_settings.configure()

MODULES = [
    "cognitokit.asgi",
    "cognitokit.bearer",
    "cognitokit.django",
    "cognitokit.django.rest",
    "cognitokit.fastapi",
    "cognitokit.flask",
    "cognitokit.mcp",
    "cognitokit.starlette",
    "cognitokit.weblogin",
]


def annotated(module: str) -> Iterator[tuple[str, Any]]:
    """A module's public classes and functions, and the public methods of the classes."""
    found = importlib.import_module(module)
    for name in getattr(found, "__all__", vars(found)):
        thing: Any = getattr(found, name)
        if name.startswith("_") or type(thing).__name__ == "LocalProxy":
            continue
        if inspect.isfunction(thing):
            yield name, thing
        if inspect.isclass(thing) and thing.__module__.startswith(module):
            yield name, thing
            for part, member in inspect.getmembers_static(thing):
                function = getattr(member, "fget", None) or inspect.unwrap(
                    getattr(member, "__func__", member)
                )
                is_ours = str(getattr(function, "__module__", "")).startswith(module)
                if (part == "__init__" or not part.startswith("_")) and is_ours:
                    yield f"{name}.{part}", function


def unreadable(names: Iterator[tuple[str, Any]]) -> list[str]:
    """What typing.get_type_hints cannot read."""
    failed = []
    for name, thing in names:
        try:
            typing.get_type_hints(thing)
        except NameError as error:
            failed.append(f"{name}: {error}")
    return failed


@pytest.mark.parametrize("module", MODULES)
def test_type_hints(module: str) -> None:
    """Every name in them can be found."""
    if module == "cognitokit.mcp":
        pytest.importorskip("fastmcp", reason="fastmcp is not installed")
    names = list(annotated(module))

    assert names
    assert [] == unreadable(iter(names))


def test_what_cannot_be_read_is_found() -> None:
    """An annotation that only a type checker can read is reported."""

    def careless(value: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
        """Take what has no name."""

    assert ["careless: name 'Missing' is not defined"] == unreadable(iter([("careless", careless)]))
