"""What every transport does unless told otherwise: patient enough for Cognito, not for a user at a login page."""

from __future__ import annotations

from functools import cache

CONNECT_TIMEOUT = 3.0
"""Seconds."""

READ_TIMEOUT = 10.0
"""Seconds for each part of an answer. Triggers may take five seconds each, and a sign-in may run two."""

SOCKS = (
    "The environment names a SOCKS proxy, which needs a package more: pip install 'httpx[socks]'. "
    "Or take it out of ALL_PROXY and HTTPS_PROXY, or name the host in NO_PROXY."
)
"""What to do where httpx lacks its package for SOCKS, whose name its error has."""


@cache
def user_agent() -> str:
    """Return how calls name this library."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return f"cognitokit/{version('cognitokit')}"
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "cognitokit"
