"""What every transport does unless told otherwise: patient enough for Cognito, not for a user at a login page."""

from __future__ import annotations

from functools import cache

CONNECT_TIMEOUT = 3.0
"""Seconds."""

READ_TIMEOUT = 10.0
"""Seconds for each part of an answer. Triggers may take five seconds each, and a sign-in may run two."""


@cache
def user_agent() -> str:
    """Return how calls name this library."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return f"cognitokit/{version('cognitokit')}"
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "cognitokit"
