"""The key cache as a state machine: it is told the time and what came of a fetch, and decides.

    ask() -> Hit          use these keys; a kid that they lack is unknown
             Fetch        you are the one to fetch; report to succeeded, failed or abandoned
             Join         somebody fetches; wait for the end of it, then ask again
             Unavailable  there are no keys, and it is too early for another attempt

It does no I/O, reads no clock and takes no lock: the shells in keysource do.
Times are seconds: mono of a monotonic clock, wall since the epoch.
"""

from __future__ import annotations

from math import inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.verifier.keys import KeySet

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

_GRACE = 1.0
"""After its deadline and this, a fetch that nobody reported on counts as abandoned."""

_FORGIVEN = 8
"""Abandoned fetches in a row that do not count towards BURST."""


class Hit:
    """Use these keys."""

    __slots__ = ("keys",)

    def __init__(self, keys: KeySet) -> None:
        self.keys = keys


class Fetch:
    """Fetch, within deadline seconds, and report under this ticket."""

    __slots__ = ("deadline", "ticket")

    def __init__(self, ticket: int, deadline: float) -> None:
        self.ticket = ticket
        self.deadline = deadline


class Join:
    """Wait for the fetch of this ticket, at most patience seconds, then ask again."""

    __slots__ = ("patience", "ticket")

    def __init__(self, ticket: int, patience: float) -> None:
        self.ticket = ticket
        self.patience = patience


class Unavailable:
    """No keys; the next attempt is due in retry_after seconds."""

    __slots__ = ("retry_after",)

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after


class KeyStore:
    """One pool's keys and what is known about fetching them.

    Args:
        keys: Keys to begin with.
        fixed: These are all there will ever be: they do not age, and nothing is fetched.
        mono: When the keys were given, by the monotonic clock.
        wall: The same by the wall clock.
    """

    __slots__ = (
        "_deadline",
        "_failures",
        "_flight",
        "_forgiven",
        "_keys",
        "_mono",
        "_overdue_at",
        "_retry_at",
        "_starts",
        "_tickets",
        "_wall",
        "completed",
        "fixed",
        "fresh",
    )

    def __init__(
        self,
        keys: KeySet | None = None,
        *,
        fixed: bool = False,
        mono: float = 0.0,
        wall: float = 0.0,
    ) -> None:
        self.fixed = fixed
        self._keys = keys
        self._mono = mono
        self._wall = wall
        self._flight = 0  # the ticket of the fetch that is under way; 0 for none
        self._deadline = 0.0
        self._overdue_at = 0.0
        self._tickets = 0
        self._starts: tuple[float, ...] = ()
        self._failures = 0
        self._retry_at = -inf
        self._forgiven = 0
        self.completed = 0
        """How many fetches have succeeded or failed so far."""
        self.fresh: tuple[KeySet | None, float, float] = (None, -inf, -inf)
        """Keys that may be used without asking while mono and wall are below these limits."""
        if keys is not None:
            self.fresh = (keys, inf, inf) if fixed else self._until_soft_age(keys)

    def usable(self, mono: float, wall: float) -> KeySet | None:
        """Return the keys at hand, None past the hard age."""
        if self.fixed or self._age(mono, wall) < HARD_AGE:
            return self._keys
        return None

    def ask(
        self, kid: str | None, *, seen: int, mono: float, wall: float, overdue: int = 0
    ) -> Hit | Fetch | Join | Unavailable:
        """Decide how the caller gets its keys.

        Args:
            kid: The key that is wanted, None for whatever there is.
            seen: What completed was when the caller began: a fetch that ended since is news
                enough, and no second one is made for the same question.
            mono: The monotonic clock's time.
            wall: The wall clock's time.
            overdue: The ticket of a fetch that the caller waited for in vain.
        """
        if self._flight and (self._flight == overdue or mono >= self._overdue_at):
            self._flight = 0
        keys = self.usable(mono, wall)
        if keys is not None:
            if self.fixed:
                return Hit(keys)
            if kid is None or kid in keys:
                if self._age(mono, wall) < SOFT_AGE or self._flight or mono < self._retry_at:
                    return Hit(keys)
                return self._start(mono, wall, REFRESH_DEADLINE)
            if self.completed != seen and not self._failures:
                return Hit(keys)
        if self._flight:
            return Join(self._flight, self._deadline + _GRACE)
        if mono < self._retry_at:
            return Unavailable(self._retry_at - mono)
        if keys is not None:
            recent = [start for start in self._starts if mono - start < WINDOW]
            if len(recent) >= BURST:
                if not self._failures and mono - self._mono < WINDOW:
                    return Hit(keys)
                return Unavailable(recent[0] + WINDOW - mono)
        return self._start(mono, wall, FETCH_DEADLINE)

    def succeeded(self, ticket: int, keys: KeySet, *, mono: float, wall: float) -> None:
        """Swap in what the fetch of this ticket brought."""
        if ticket != self._flight:
            return
        before = self.usable(mono, wall)
        self._land()
        self._failures = 0
        self._retry_at = -inf
        # The same object as long as it says the same: what is remembered beside it stays valid.
        self._keys = before if before is not None and before.same_as(keys) else keys
        self._mono = mono
        self._wall = wall
        self.fresh = self._until_soft_age(self._keys)

    def failed(self, ticket: int, *, mono: float, wall: float, jitter: float) -> None:
        """Note that the fetch of this ticket brought nothing; jitter is from 0 to below 1."""
        if ticket != self._flight:
            return
        self._land()
        self._failures += 1
        longest = min(MAX_BACK_OFF, 2.0 ** min(self._failures, 5))
        self._retry_at = mono + longest / 2 * (1 + jitter)
        self._extend(mono, wall, self._retry_at)

    def abandoned(self, ticket: int) -> None:
        """Note that the fetch of this ticket was given up, so that nothing is known: hand over."""
        if ticket != self._flight:
            return
        self._flight = 0
        if self._forgiven < _FORGIVEN:
            self._forgiven += 1
            self._starts = self._starts[:-1]
        if self._keys is not None:
            self.fresh = self._until_soft_age(self._keys)

    def forget_flight(self) -> None:
        """Give up whatever fetch is under way: a fork took its thread."""
        if self._flight:
            self.abandoned(self._flight)

    def _land(self) -> None:
        self._flight = 0
        self._forgiven = 0
        self.completed += 1

    def _start(self, mono: float, wall: float, deadline: float) -> Fetch:
        self._tickets += 1
        self._flight = self._tickets
        self._deadline = deadline
        self._overdue_at = mono + deadline + _GRACE
        self._starts = (*self._starts, mono)[-BURST:]
        self._extend(mono, wall, self._overdue_at)
        return Fetch(self._flight, deadline)

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
