"""The key cache as a state machine: it is told the time and what came of a fetch, and decides.

    ask() -> Hit          use these keys; a kid that they lack is unknown
             Fetch        fetch, or wait for the one who does, then ask again
             Unavailable  there are no keys, and it is too early for another attempt

Whoever fetches reports: started, then succeeded, failed or abandoned. There is no I/O, no clock and
no lock in here; keysource has those, and sees to it that one caller at a time fetches, while
others ask. A report that comes late, from one who was given up, changes nothing.
Times are seconds: mono of a monotonic clock, wall since the epoch.
"""

from __future__ import annotations

from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.verifier.keys import KeySet

    Asked = tuple[float, float]

SOFT_AGE = 3600.0
"""From here on one caller refreshes, while the others use what is there."""

HARD_AGE = 86_400.0
"""From here on the keys are used no more."""

WINDOW = 10.0
BURST = 2
"""Unknown kids cost at most BURST fetches in WINDOW seconds."""

FETCH_DEADLINE = 5.0
"""What a fetch may take in all where there is nothing to fall back on."""

REFRESH_DEADLINE = 1.0
"""What a fetch may take in all where the keys at hand still serve."""

MAX_BACK_OFF = 30.0

GRACE = 1.0
"""After its deadline and this, a fetch that nobody reported on counts as abandoned."""

_FORGIVEN = 8
"""Abandoned fetches in a row that do not count towards BURST: a flood of cancellations must not."""


class Hit:
    """Use these keys."""

    __slots__ = ("keys",)

    def __init__(self, keys: KeySet) -> None:
        self.keys: KeySet = keys


class Fetch:
    """Fetch within deadline seconds; where another does, use the fallback or wait for the end of it."""

    __slots__ = ("deadline", "fallback")

    def __init__(self, deadline: float, fallback: KeySet | None) -> None:
        self.deadline: float = deadline
        self.fallback: KeySet | None = fallback


class Unavailable:
    """No keys; the next attempt is due in retry_after seconds."""

    __slots__ = ("retry_after",)

    def __init__(self, retry_after: float) -> None:
        self.retry_after: float = retry_after


class KeyStore:
    """One pool's keys and what is known about fetching them.

    Args:
        keys: Keys to begin with.
        mono: When the keys were given, by the monotonic clock.
        wall: The same by the wall clock.
    """

    __slots__ = (
        "_failures",
        "_forgiven",
        "_keys",
        "_mono",
        "_retry_at",
        "_starts",
        "_wall",
        "completed",
        "fresh",
    )

    def __init__(self, keys: KeySet | None = None, *, mono: float = 0.0, wall: float = 0.0) -> None:
        self._keys = keys
        self._mono = mono
        self._wall = wall
        self._starts: tuple[float, ...] = ()
        self._failures = 0
        self._retry_at = -inf
        self._forgiven = 0
        self.completed: int = 0
        """How many fetches have succeeded or failed so far."""
        self.fresh: tuple[KeySet | None, float, float] = (None, -inf, -inf)
        """Keys that may be used without asking while mono and wall are below these limits."""
        if keys is not None:
            self.fresh = self._until_soft_age(keys)

    def usable(self, mono: float, wall: float) -> KeySet | None:
        """Return the keys at hand, None past the hard age."""
        return self._keys if self._age(mono, wall) < HARD_AGE else None

    def ask(
        self, kid: str | None, *, seen: int, flying: bool, mono: float, wall: float
    ) -> Hit | Fetch | Unavailable:
        """Decide how the caller gets its keys.

        Args:
            kid: The key that is wanted, None for whatever there is.
            seen: What completed was when the caller began: a fetch that ended since is news
                enough, and no second one is made for the same question.
            flying: Whether somebody is fetching at this moment.
            mono: The monotonic clock's time.
            wall: The wall clock's time.
        """
        keys = self.usable(mono, wall)
        if keys is not None:
            if kid is None or kid in keys:
                if flying or mono < self._retry_at or self._age(mono, wall) < SOFT_AGE:
                    return Hit(keys)
                return Fetch(REFRESH_DEADLINE, keys)
            if self.completed != seen and not self._failures:
                return Hit(keys)
        if flying:
            return Fetch(FETCH_DEADLINE, None)
        if mono < self._retry_at:
            return Unavailable(self._retry_at - mono)
        if keys is not None:
            recent = [start for start in self._starts if mono - start < WINDOW]
            if len(recent) >= BURST:
                if not self._failures and mono - self._mono < WINDOW:
                    return Hit(keys)
                return Unavailable(recent[0] + WINDOW - mono)
        return Fetch(FETCH_DEADLINE, None)

    def started(self, deadline: float, *, mono: float, wall: float) -> Asked:
        """Note that a fetch begins; return what the report on it has to name."""
        self._starts = (*self._starts, mono)[-BURST:]
        self._extend(mono, wall, mono + deadline + GRACE)
        return mono, wall

    def succeeded(self, asked: Asked, keys: KeySet) -> None:
        """Swap in what a fetch brought.

        The keys are as old as the question: the process may have been frozen before it read the answer.
        """
        mono, wall = asked
        if self._is_late(asked):
            return
        before = self.usable(mono, wall)
        # The same object as long as it says the same: what is remembered beside it stays valid.
        self._keys = before if before is not None and before.same_as(keys) else keys
        self._mono = mono
        self._wall = wall
        self._failures = 0
        self._forgiven = 0
        self._retry_at = -inf
        self.completed += 1
        self.fresh = self._until_soft_age(self._keys)

    def failed(self, asked: Asked, *, mono: float, wall: float, jitter: float) -> None:
        """Note that a fetch brought nothing; jitter is from 0 to below 1."""
        if self._is_late(asked):
            return
        self._failures += 1
        self._forgiven = 0
        longest = min(MAX_BACK_OFF, 2.0 ** min(self._failures, 5))
        self._retry_at = mono + longest / 2 * (1 + jitter)
        self.completed += 1
        self._extend(mono, wall, self._retry_at)

    def abandoned(self, asked: Asked) -> None:
        """Note that a fetch was given up, so that nothing is known."""
        mono, _ = asked
        if mono in self._starts and self._forgiven < _FORGIVEN:
            self._forgiven += 1
            starts = list(self._starts)
            starts.remove(mono)
            self._starts = tuple(starts)
        if self._keys is not None:
            self.fresh = self._until_soft_age(self._keys)

    def _is_late(self, asked: Asked) -> bool:
        return self._keys is not None and asked[0] < self._mono

    def _until_soft_age(self, keys: KeySet) -> tuple[KeySet, float, float]:
        return keys, self._mono + SOFT_AGE, self._wall + SOFT_AGE

    def _extend(self, mono: float, wall: float, until: float) -> None:
        """Let stale keys be used without asking until then: nobody would be told to fetch before."""
        keys = self.usable(mono, wall)
        if keys is not None and self._age(mono, wall) >= SOFT_AGE:
            self.fresh = (keys, min(until, self._mono + HARD_AGE), self._wall + HARD_AGE)

    def _age(self, mono: float, wall: float) -> float:
        if self._keys is None:
            return inf
        # A frozen process stops one clock, an administrator sets back the other.
        return max(mono - self._mono, wall - self._wall)
