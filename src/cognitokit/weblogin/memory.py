"""A session store in this process's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable  # noqa: TC003 - for typing.get_type_hints

from cognitokit.errors import ConfigurationError


class MemoryStore:
    """Keeps sessions in memory: for one process, which forgets them when it ends.

    Safe for threads, and for tasks, because nothing in it waits. When it is full, what was written
    longest ago goes first: sessions and used logins each among themselves, so that nobody can push
    sessions out by signing in again and again.

    Args:
        max_entries: How many it keeps of each.
        clock: What gives the time, epoch seconds.
    """

    def __init__(
        self, *, max_entries: int = 100_000, clock: Callable[[], float] = time.time
    ) -> None:
        if max_entries < 1:
            raise ConfigurationError("max_entries must be at least 1.")
        self._kinds: dict[str, dict[str, tuple[str, float]]] = {}
        self._lock = threading.Lock()
        self._max_entries = max_entries
        self._clock = clock

    def get(self, key: str, /) -> str | None:
        """Return the value; None where there is none, or its lifetime is over."""
        with self._lock:
            return self._living(key)

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Set the value if what is there is what was expected, and say whether it was."""
        with self._lock:
            if self._living(key) != expected:
                return False
            entries = self._like(key)
            entries.pop(key, None)
            now = self._clock()
            while entries:
                oldest = next(iter(entries))
                if len(entries) < self._max_entries and now < entries[oldest][1]:
                    break
                del entries[oldest]
            entries[key] = (value, now + lifetime)
            return True

    def delete(self, key: str, /) -> None:
        """Forget the value, if there is one."""
        with self._lock:
            self._like(key).pop(key, None)

    def pop(self, key: str, /) -> str | None:
        """Return the value and forget it, in one: of two callers one gets it."""
        with self._lock:
            value = self._living(key)
            self._like(key).pop(key, None)
            return value

    def _living(self, key: str) -> str | None:
        value, until = self._like(key).get(key, (None, 0.0))
        return value if self._clock() < until else None

    def _like(self, key: str) -> dict[str, tuple[str, float]]:
        """The entries of the same kind: a key is "session:..." or "used:..."."""
        return self._kinds.setdefault(key.rpartition(":")[0], {})

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))

    def __repr__(self) -> str:
        return f"MemoryStore({len(self)} entries)"
