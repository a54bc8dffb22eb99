"""The page to return to after a login: anybody can choose it, so it is short and on the own site."""

from __future__ import annotations

from cognitokit.errors import CognitoKitError
from cognitokit.oauth.callback import read_parameters
from cognitokit.oauth.redirect_target import safe_redirect_target

MAX_NEXT = 512
"""Bytes of such a path, percent-encoded: it lies in a cookie until the login is over."""


def next_page(wanted: object, *, default: str) -> str:
    """Return what was asked for if it is a path of the own site and not too long, else the default.

    Args:
        wanted: What was asked for, of whatever type.
        default: A path that the application itself chose, or "".

    Returns:
        An ASCII path with its query and fragment, fit for a Location header.
    """
    target = safe_redirect_target(wanted, default="")
    return target if 0 < len(target) <= MAX_NEXT else default


def next_of(query: str) -> str | None:
    """Return the parameter next of a query; None where it is missing or doubled."""
    try:
        return read_parameters(query, ["next"], part="query").get("next")
    except CognitoKitError:
        return None
