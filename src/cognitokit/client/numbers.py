"""Whether what callers give as a number is one."""

from __future__ import annotations

from math import inf


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -inf < value < inf


def is_whole_number(value: object) -> bool:
    """Whether it is an int, and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)
