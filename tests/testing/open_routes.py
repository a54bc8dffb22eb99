"""Asks for the routes that assert_all_routes_protected finds open, as a list."""

from __future__ import annotations

from typing import Any

from cognitokit.testing import assert_all_routes_protected


def unprotected(app: Any, **options: Any) -> list[str]:
    """Return what the assertion says is wrong; an empty list where it passes."""
    try:
        assert_all_routes_protected(app, **options)
    except AssertionError as error:
        return [line.strip() for line in str(error).splitlines()[1:-1]]
    return []
