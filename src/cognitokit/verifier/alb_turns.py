"""Which of the load balancers' keys that nobody has used yet is fetched next, while many are asked for.

A token need not be sound to name a key, and whoever knows the load balancer can name any number of
keys that do not exist. There is no I/O, no clock and no lock in here; alb_keys has those.
Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from cognitokit.verifier.keystore import BURST, WINDOW

WAITING = 4096
"""How many waiting keys are counted at most."""

FORGOTTEN = 60.0
"""A key that was not asked for in so many seconds waits no more."""


class Turns:
    """BURST turns in WINDOW seconds, under a flood for those keys that are asked for most often.

    A free turn goes to the key that has been asked for most often while it waited; among equals to
    the one that is being asked for, then to the one that has waited longest. Where that key is not
    the one being asked for, the turn is kept for it until it is asked for again, less than WINDOW
    seconds. So a key that is asked for more often than every WINDOW seconds, and in at least one of
    a thousand requests, has its turn within three times WINDOW, however many others are asked for
    once. To hold it up for longer, somebody has to ask for BURST keys in WINDOW seconds, for each
    more often than was asked for it so far, and for other keys each time.
    """

    __slots__ = ("_turns", "_waiting")

    def __init__(self) -> None:
        self._turns: list[tuple[float, str | None]] = []
        """The turns of the last WINDOW seconds: since when, and for whom each is kept."""
        self._waiting: dict[str, tuple[int, float]] = {}
        """How often each key was asked for, and when it was last."""

    def take(self, kid: str, now: float) -> float | None:
        """Ask for a turn.

        Args:
            kid: The key to fetch.
            now: The time.

        Returns:
            None where it is this key's turn; else the seconds until the next is free.
        """
        self._turns = [turn for turn in self._turns if now - turn[0] < WINDOW]
        for index, (_, kept_for) in enumerate(self._turns):
            if kept_for == kid:
                del self._turns[index]
                self._turns.append((now, None))
                return None
        self._count(kid, now)
        if len(self._turns) < BURST:
            self._forget(now)
        while len(self._turns) < BURST:
            chosen = self._most_wanted(kid)
            del self._waiting[chosen]
            if chosen == kid:
                self._turns.append((now, None))
                return None
            self._turns.append((now, chosen))
        return min(since for since, _ in self._turns) + WINDOW - now

    def _most_wanted(self, kid: str) -> str:
        """The key to give a turn to, where this one is being asked for."""
        often = max(count for count, _ in self._waiting.values())
        if self._waiting[kid][0] == often:
            return kid
        return next(name for name, (count, _) in self._waiting.items() if count == often)

    def _forget(self, now: float) -> None:
        self._waiting = {
            name: entry for name, entry in self._waiting.items() if now - entry[1] < FORGOTTEN
        }

    def _count(self, kid: str, now: float) -> None:
        count, _ = self._waiting.get(kid, (0, now))
        while count == 0 and len(self._waiting) >= WAITING:
            # What was asked for once is gone, and what was asked for more often stands out as before.
            self._waiting = {
                name: (often // 2, last)
                for name, (often, last) in self._waiting.items()
                if often > 1
            }
        self._waiting[kid] = (count + 1, now)
