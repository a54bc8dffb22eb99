"""A clock that tests set."""

from __future__ import annotations

import math
import time

from cognitokit.errors import ConfigurationError


class Clock:
    """Gives the time, epoch seconds, when it is called: a clock for mints, pools and verifiers.

    It runs with the machine's until it is frozen, and can be moved either way.

    Args:
        at: Freeze it at that moment, epoch seconds.

    Raises:
        ConfigurationError: at is no number.
    """

    def __init__(self, at: float | None = None) -> None:
        self._frozen_at = None if at is None else _moment(at)
        self._ahead = 0.0

    def __call__(self) -> float:
        """Return the time, epoch seconds."""
        return (time.time() if self._frozen_at is None else self._frozen_at) + self._ahead

    def __repr__(self) -> str:
        return f"Clock({'running' if self._frozen_at is None else 'frozen'}, at {self():.3f})"

    def freeze(self, at: float | None = None) -> None:
        """Stop the clock: at that moment, epoch seconds, or where it is."""
        self._frozen_at = self() if at is None else _moment(at)
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Move it on, or back with a negative number."""
        self._ahead += seconds


def _moment(at: object) -> float:
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
        raise ConfigurationError(
            "A clock stands still at a number of epoch seconds, such as 1_800_000_000; of a datetime "
            "that is timestamp()."
        )
    return at
