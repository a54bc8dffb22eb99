"""The key cache as a state machine: it is told the time and what came of a fetch, and decides.

    ask() -> Hit          use these keys; a kid that they lack is unknown
             Fetch        fetch, or wait for the one who does, then ask again
             Unavailable  there are no keys, and it is too early for another attempt

Whoever fetches reports: started, then succeeded, failed or abandoned. There is no I/O, no clock and
no lock in here; keysource has those, and sees to it that one caller at a time fetches, while
others ask. A report that comes late, from one who was given up, changes nothing.
Times are seconds: mono of a monotonic clock, wall since the epoch. What has passed is always what
the faster of the two says: a frozen process stops one clock, an administrator sets back the
other, and in a process that was moved to another machine the monotonic clock may begin anew.
"""

from __future__ import annotations

from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.verifier.keys import KeySet

    Moment = tuple[float, float]
    Asked = tuple[int, float, float]

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

_HASTE = 0.1
_FORGIVEN = 8
"""So many fetches in a row that were all abandoned within HASTE seconds say nothing about the
endpoint: somebody hung up. Otherwise the first hands over, and the second is as good as failed."""

_GIVEN_UP = 2
"""As how many failures abandoned fetches count: a flood of cancellations shuts nobody out for long."""

_BACKWARDS = 1.0
"""A monotonic clock is back by more than this only where it began anew: threads look at it one after
the other, but tell the store in any order."""


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
        "_abandoned",
        "_abandoned_at",
        "_asked",
        "_failed_at",
        "_failures",
        "_keys",
        "_pause",
        "_row",
        "_serial",
        "_starts",
        "completed",
        "fresh",
    )

    def __init__(self, keys: KeySet | None = None, *, mono: float = 0.0, wall: float = 0.0) -> None:
        self._keys = keys
        self._serial = 0
        self._asked: Asked = (0, mono, wall)
        self._starts: tuple[Asked, ...] = ()
        self._failures = 0
        self._failed_at: Moment = (mono, wall)
        self._pause = 0.0
        self._abandoned = 0
        self._abandoned_at: Moment = (mono, wall)
        self._row: Asked = self._asked
        self.completed: int = 0
        """How many fetches have succeeded or failed so far."""
        self.fresh: tuple[KeySet | None, float, float] = (None, -inf, -inf)
        """Keys that may be used without asking while mono and wall are below these limits."""
        if keys is not None:
            self.fresh = self._until_soft_age(keys)

    def usable(self, mono: float, wall: float) -> KeySet | None:
        """Return the keys at hand, None past the hard age."""
        return self._keys if self.age(mono, wall) < HARD_AGE else None

    def age(self, mono: float, wall: float) -> float:
        """Return how old the keys are; no end of it where there are none."""
        if self._keys is None:
            return inf
        return max(mono - self._asked[1], wall - self._asked[2])

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
        pause = _left(self._pause, self._failed_at, mono, wall)
        if keys is not None:
            if kid is None or kid in keys:
                if flying or pause > 0 or self.age(mono, wall) < SOFT_AGE:
                    return Hit(keys)
                return Fetch(REFRESH_DEADLINE, keys)
            if self.completed != seen and not self._failures:
                return Hit(keys)
        if flying:
            return Fetch(FETCH_DEADLINE, None)
        if pause > 0:
            return Unavailable(pause)
        if keys is not None:
            left = [_left(WINDOW, asked[1:], mono, wall) for asked in self._starts]
            if len(left) >= BURST and min(left) > 0:
                if not self._failures and self.age(mono, wall) < WINDOW:
                    return Hit(keys)
                return Unavailable(min(left))
        return Fetch(FETCH_DEADLINE, None)

    def started(self, deadline: float, *, mono: float, wall: float) -> Asked:
        """Note that a fetch begins; return what the report on it has to name."""
        self._serial += 1
        asked = (self._serial, mono, wall)
        self._starts = (*self._starts, asked)[-BURST:]
        self._extend(mono, wall, deadline + GRACE)
        return asked

    def succeeded(self, asked: Asked, keys: KeySet) -> None:
        """Swap in what a fetch brought.

        The keys are as old as the question: the process may have been frozen before it read the answer.
        """
        if self._is_late(asked):
            return
        before = self.usable(*asked[1:])
        # The same object as long as it says the same: what is remembered beside it stays valid.
        self._keys = before if before is not None and before.same_as(keys) else keys
        self._asked = asked
        self._failures = 0
        self._abandoned = 0
        self._pause = 0.0
        self.completed += 1
        self.fresh = self._until_soft_age(self._keys)

    def failed(self, asked: Asked, *, mono: float, wall: float, jitter: float) -> None:
        """Note that a fetch brought nothing; jitter is from 0 to below 1."""
        if self._is_late(asked):
            return
        self._abandoned = 0
        self._fail(self._failures + 1, mono, wall, jitter)

    def abandoned(self, asked: Asked, *, mono: float, wall: float, jitter: float) -> bool:
        """Note that a fetch was given up, so that nothing is known; return whether that is as bad as a failure.

        At first somebody else fetches at once. Where one after the other gives up, they
        have waited in vain: the endpoint hangs.
        """
        if self._is_late(asked):
            return False
        if self._abandoned == 0 or not _left(WINDOW, self._abandoned_at, mono, wall):
            self._abandoned = 0
            self._row = asked
        self._abandoned += 1
        self._abandoned_at = mono, wall
        if _left(_HASTE, self._row[1:], mono, wall) and self._abandoned <= _FORGIVEN:
            self._starts = tuple(start for start in self._starts if start != asked)
        elif self._abandoned > 1:
            self._fail(max(self._failures, _GIVEN_UP), mono, wall, jitter)
            return True
        if self._keys is not None:
            self.fresh = self._until_soft_age(self._keys)
        return False

    def _fail(self, failures: int, mono: float, wall: float, jitter: float) -> None:
        self._failures = failures
        longest = min(MAX_BACK_OFF, 2.0 ** min(failures, 5))
        self._failed_at = mono, wall
        self._pause = longest / 2 * (1 + jitter)
        self.completed += 1
        self._extend(mono, wall, self._pause)

    def _is_late(self, asked: Asked) -> bool:
        return self._keys is not None and asked[0] < self._asked[0]

    def _until_soft_age(self, keys: KeySet) -> tuple[KeySet, float, float]:
        _, mono, wall = self._asked
        return keys, mono + SOFT_AGE, wall + SOFT_AGE

    def _extend(self, mono: float, wall: float, seconds: float) -> None:
        """Let stale keys be used without asking for so long: nobody would be told to fetch before."""
        keys = self.usable(mono, wall)
        if keys is not None and self.age(mono, wall) >= SOFT_AGE:
            seconds = min(seconds, HARD_AGE - self.age(mono, wall))
            self.fresh = (keys, mono + seconds, wall + seconds)


def _left(seconds: float, since: Moment, mono: float, wall: float) -> float:
    """Return what is left of so many seconds since that moment; nothing where the monotonic clock began anew."""
    if mono < since[0] - _BACKWARDS:
        return 0.0
    return max(0.0, min(seconds, since[0] + seconds - mono, since[1] + seconds - wall))
