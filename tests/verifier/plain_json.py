"""JSON as the standard library reads it, and what a strict reader may hold against a text."""

from __future__ import annotations

import json
from typing import Any


def fault(data: bytes, max_depth: int) -> str | None:
    """Return which rule a JSON text breaks, None for a sound object.

    The slow road, which shares nothing with the parser under test but the language: not an
    object, not JSON, not UTF-8, a name twice, a number that is none, half a surrogate pair, too deep.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        json.dumps(value, allow_nan=False)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        return type(error).__name__
    if not isinstance(value, dict):
        return "no object"
    return "too deep" if _depth(value) > max_depth else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0
