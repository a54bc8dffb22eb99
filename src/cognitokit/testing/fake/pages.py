"""Lists that come in pages."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, TypeVar

from cognitokit.testing.fake.refusal import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

T = TypeVar("T")
LARGEST = 60


def page(
    items: Sequence[T],
    params: Mapping[str, Any],
    *,
    size: str,
    token: str,
    largest: int = LARGEST,
) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page of the items, and the member that leads to the next: none after the last.

    Args:
        items: All of them.
        params: The request.
        size: Its member that says how many; absent or 0: the largest page.
        token: The member that carries the token, of request and response alike.
        largest: How many a page holds at most.
    """
    start = _position(params[token]) if token in params else 0
    count = params.get(size) or largest
    following = start + count
    return items[start:following], {token: _token(following)} if following < len(items) else {}


def _token(position: int) -> str:
    return b64encode(f"position {position}".encode()).decode()


def _position(token: str) -> int:
    try:
        word, _, number = b64decode(token, validate=True).decode().partition(" ")
        position = int(number) if word == "position" else -1
    except ValueError:
        position = -1
    if position < 0:
        raise invalid_parameter("Invalid pagination token.")
    return position
