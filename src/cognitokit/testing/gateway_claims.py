"""Claims as API Gateway's own authorizers hand them to a Lambda function: as text, each in its way.

Two gateways, two notations, and neither can be read back with certainty: a group's name may hold a
comma or a bracket. Code that decides anything should verify the token itself.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""For dates as AWS writes them. Not strftime's: its names of days and months are the locale's."""

_DATES = frozenset({"exp", "iat"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def claims_of(token: str) -> dict[str, Any]:
    """Return a token's claims without looking at its signature: the gateway has checked it by then.

    Raises:
        ConfigurationError: It is no token.
    """
    try:
        payload = token.split(".")[1]
        claims: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise ConfigurationError("authorized_by must be a token, for instance of a TokenMint.")
    return cast("dict[str, Any]", claims)


def rest_claims(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as the Cognito authorizer of a REST API writes them.

    Numbers and booleans are text; exp and iat are dates of the form "Fri Nov 20 17:03:09 UTC 2026";
    lists are joined with commas, without brackets; objects are JSON.
    """
    return {
        name: _date(value) if name in _DATES and _is_number(value) else _rest_text(value)
        for name, value in claims.items()
    }


def http_api_claims(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return claims as the JWT authorizer of an HTTP API writes them: as Go prints values.

    Numbers and booleans are text; lists are "[admin staff]"; objects are "map[a:1 b:2]".
    """
    return {name: _go_text(value) for name, value in claims.items()}


def _rest_text(value: Any) -> str:
    if isinstance(value, list):
        return _joined(",", _rest_text, value)
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _go_text(value: Any) -> str:
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{_joined(' ', _go_text, value)}]"
        case dict():
            pairs = sorted(cast("dict[str, Any]", value).items())
            members = (f"{name}:{_go_text(member)}" for name, member in pairs)
            return f"map[{' '.join(members)}]"
        case _:
            return str(value)


def _joined(separator: str, text_of: Callable[[Any], str], values: Any) -> str:
    return separator.join(map(text_of, values))


def _date(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{_DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at:%d %H:%M:%S} UTC {at.year}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
