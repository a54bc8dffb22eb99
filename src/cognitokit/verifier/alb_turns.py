"""Which of the load balancers' keys that nobody has used yet is fetched next, while many are asked for.

A token need not be sound to name a key, and whoever knows the load balancer can name any number of
keys that do not exist. There is no I/O, no clock and no lock in here; alb_keys has those.
Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from array import array

from cognitokit.verifier.keystore import BURST, WINDOW

WAITING = 2048
"""How many waiting keys are counted at most: twice as many as the requests of which one is enough."""

FORGOTTEN = 60.0
"""A key that was not asked for in so many seconds waits no more."""

_NAME = 8
"""Bytes that stand for a key's id: its hash, which outsiders cannot foresee."""

_MOST = 65_535
"""What a count stops at."""


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
        self._turns: list[tuple[float, bytes | None]] = []
        """The turns of the last WINDOW seconds: since when, and for whom each is kept."""
        self._waiting = _Waiting()

    def take(self, kid: str, now: float) -> float | None:
        """Ask for a turn.

        Args:
            kid: The key to fetch.
            now: The time.

        Returns:
            None where it is this key's turn; else the seconds until the next is free.
        """
        self._turns = [turn for turn in self._turns if now - turn[0] < WINDOW]
        name = hash(kid).to_bytes(_NAME, "big", signed=True)
        for index, (_, kept_for) in enumerate(self._turns):
            if kept_for == name:
                del self._turns[index]
                self._turns.append((now, None))
                return None
        self._waiting.count(name, now)
        if len(self._turns) < BURST:
            self._waiting.forget(now - FORGOTTEN)
        while len(self._turns) < BURST:
            chosen = self._waiting.pop_most_wanted(name)
            if chosen == name:
                self._turns.append((now, None))
                return None
            self._turns.append((now, chosen))
        return min(since for since, _ in self._turns) + WINDOW - now


class _Waiting:
    """How often each waiting key was asked for, and when it was last; in the order in which they came.

    Arrays, because outsiders decide how much is in here: a key takes 18 bytes, in dicts it would be 150.
    """

    __slots__ = ("_counts", "_last", "_names")

    def __init__(self) -> None:
        self._names = bytearray()
        self._counts = array("H")
        self._last = array("d")

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, name: bytes, now: float) -> None:
        """Note that a key was asked for."""
        index = self._index(name)
        if index is None:
            if len(self) >= WAITING:
                # What was asked for once is gone, and what was asked for more often stands out as before.
                often = sorted(self._counts)[len(self) // 2]
                self._keep([i for i, count in enumerate(self._counts) if count > often])
            self._names += name
            self._counts.append(1)
            self._last.append(now)
        else:
            self._counts[index] = min(self._counts[index] + 1, _MOST)
            self._last[index] = now

    def forget(self, before: float) -> None:
        """Leave out the keys that nobody has asked for since then."""
        if min(self._last) <= before:
            self._keep([i for i, last in enumerate(self._last) if last > before])

    def pop_most_wanted(self, asking: bytes) -> bytes:
        """Take out the key to give a turn to, where this one is being asked for."""
        often = max(self._counts)
        index = self._index(asking)
        if index is None or self._counts[index] != often:
            index = self._counts.index(often)
        chosen = self._name(index)
        del self._counts[index], self._last[index]
        del self._names[index * _NAME : (index + 1) * _NAME]
        return chosen

    def _index(self, name: bytes) -> int | None:
        found = self._names.find(name)
        while found % _NAME and found >= 0:  # the end of one and the beginning of the next
            found = self._names.find(name, found + 1)
        return found // _NAME if found >= 0 else None

    def _name(self, index: int) -> bytes:
        return bytes(self._names[index * _NAME : (index + 1) * _NAME])

    def _keep(self, indices: list[int]) -> None:
        self._names = bytearray().join(self._name(i) for i in indices)
        self._counts = array("H", (self._counts[i] for i in indices))
        self._last = array("d", (self._last[i] for i in indices))
