"""The key cache as a state machine: no clock, no thread, no network, only what it is told."""

from __future__ import annotations

import pytest

from cognitokit.verifier.keys import KeySet, parse_jwks
from cognitokit.verifier.keystore import (
    FETCH_DEADLINE,
    GRACE,
    HARD_AGE,
    REFRESH_DEADLINE,
    SOFT_AGE,
    WINDOW,
    Fetch,
    Hit,
    KeyStore,
    Unavailable,
)
from tests.verifier.forge import POOL_KID, SECOND_KID, attacker_key, jwks, pool_key

WALL = 1_000_000.0


def keys_of(*entries: object) -> KeySet:
    """A key set, by default the pool's."""
    return parse_jwks({"keys": list(entries)} if entries else jwks())


class Driver:
    """A store and the clocks that it is told, both starting at nought."""

    def __init__(self, *, keys: KeySet | None = None) -> None:
        self.mono = 0.0
        self.wall = 0.0
        self.store = KeyStore(keys, mono=0.0, wall=WALL)

    def pass_(self, mono: float, wall: float | None = None) -> None:
        """Let time pass, on both clocks alike or on each by itself."""
        self.mono += mono
        self.wall += mono if wall is None else wall

    def _now(self) -> dict[str, float]:
        return {"mono": self.mono, "wall": WALL + self.wall}

    def ask(
        self, kid: str | None = POOL_KID, *, seen: int | None = None, flying: bool = False
    ) -> Hit | Fetch | Unavailable:
        """What a caller who begins now, or began when seen was noted, is told."""
        seen = self.store.completed if seen is None else seen
        return self.store.ask(kid, seen=seen, flying=flying, **self._now())

    def start(self) -> tuple[int, float, float]:
        """A fetch begins."""
        return self.store.started(FETCH_DEADLINE, **self._now())

    def fetch(self, keys: KeySet | None, *, jitter: float = 0.0) -> None:
        """A fetch that brings keys, or None: fails."""
        asked = self.start()
        if keys is None:
            self.store.failed(asked, **self._now(), jitter=jitter)
        else:
            self.store.succeeded(asked, keys)

    def abandon(self, after: float = 0.0) -> bool:
        """A fetch that is given up after so many seconds; whether that is as bad as a failure."""
        asked = self.start()
        self.pass_(after)
        return self.store.abandoned(asked, **self._now(), jitter=0.0)

    def fresh(self) -> KeySet | None:
        """The keys that may be used without asking at this moment."""
        keys, mono, wall = self.store.fresh
        return keys if self.mono < mono and WALL + self.wall < wall else None


def told(decision: Hit | Fetch | Unavailable) -> tuple[str, object]:
    """A decision in a form that compares."""
    match decision:
        case Hit():
            return "hit", decision.keys
        case Fetch():
            return "fetch", (decision.deadline, decision.fallback)
        case Unavailable():
            return "unavailable", decision.retry_after


COLD = ("fetch", (FETCH_DEADLINE, None))


def test_a_cold_store_asks_for_a_fetch() -> None:
    """Without keys each caller is to fetch, or to wait for the one who does."""
    driver = Driver()

    assert COLD == told(driver.ask())
    assert COLD == told(driver.ask(None))
    assert COLD == told(driver.ask(flying=True))
    assert driver.fresh() is None


def test_fetched_keys_are_used() -> None:
    """After a fetch its keys are used without asking, up to the soft age."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(SOFT_AGE - 0.001)

    assert keys is driver.fresh()
    assert ("hit", keys) == told(driver.ask())
    assert ("hit", keys) == told(driver.ask(None))

    driver.pass_(0.001)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask(None))


@pytest.mark.parametrize("clocks", [(SOFT_AGE, 0), (0, SOFT_AGE), (SOFT_AGE, -SOFT_AGE)])
def test_age_is_that_of_the_faster_clock(clocks: tuple[float, float]) -> None:
    """Neither a clock that stood still nor one that was set back makes keys younger."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(*clocks)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


def test_others_use_stale_keys_while_one_refreshes() -> None:
    """Once a refresh has begun nobody else is held up, and nobody asks, until it is overdue."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(SOFT_AGE)
    driver.store.started(REFRESH_DEADLINE, mono=driver.mono, wall=WALL + driver.wall)

    assert keys is driver.fresh()
    assert ("hit", keys) == told(driver.ask(flying=True))

    driver.pass_(REFRESH_DEADLINE + GRACE)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


def test_failed_refresh_leaves_the_keys() -> None:
    """The last good set serves on through failures, and is asked for anew when the back-off ends."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(SOFT_AGE)
    driver.fetch(None, jitter=0.5)
    for _ in range(3):
        assert keys is driver.fresh()
        assert ("hit", keys) == told(driver.ask())
        driver.pass_(0.5)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


def test_hard_age_ends_the_keys() -> None:
    """At the hard age the keys are used no more, whatever failed in between."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(HARD_AGE - 0.5)
    driver.fetch(None, jitter=0.9)

    assert keys is driver.fresh()

    driver.pass_(0.5)

    assert driver.fresh() is None
    assert "unavailable" == told(driver.ask())[0]

    driver.pass_(2)

    assert COLD == told(driver.ask())


def test_after_the_hard_age_the_same_keys_are_a_new_object() -> None:
    """What was remembered beside keys that have died does not come back to life with their like."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(HARD_AGE - 1)
    driver.fetch(keys_of())

    assert keys is driver.fresh()

    driver.pass_(HARD_AGE)
    again = keys_of()
    driver.fetch(again)

    assert again is driver.fresh()


def test_changed_keys_replace_the_old_as_a_whole() -> None:
    """A set that says anything else is swapped in."""
    driver = Driver()
    driver.fetch(keys_of())
    other = keys_of(pool_key().jwk())
    driver.fetch(other)

    assert other is driver.fresh()


def test_back_off_grows_and_ends_with_a_success() -> None:
    """Failures space the next attempt from 1 to 30 seconds, by jitter; a success forgets them."""
    spaces = []
    for jitter in (0.0, 0.999):
        driver = Driver()
        for _ in range(8):
            driver.fetch(None, jitter=jitter)
            name, retry_after = told(driver.ask())
            assert "unavailable" == name
            assert isinstance(retry_after, float)
            spaces.append(round(retry_after, 1))
            driver.pass_(retry_after)
            assert COLD == told(driver.ask())
        driver.fetch(keys_of())
        driver.pass_(HARD_AGE)
        driver.fetch(None)
        assert ("unavailable", 1.0) == told(driver.ask())

    assert [1, 2, 4, 8, 15, 15, 15, 15, 2, 4, 8, 16, 30, 30, 30, 30] == spaces


def test_unknown_kid_costs_at_most_two_fetches_in_a_window() -> None:
    """A kid that is not there asks for a fetch, until two were made within ten seconds."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(1)

    assert COLD == told(driver.ask("new"))

    driver.fetch(keys)
    driver.pass_(1)

    assert ("hit", keys) == told(driver.ask("new"))
    assert COLD == told(driver.ask("new", flying=True))
    assert ("hit", keys) == told(driver.ask(SECOND_KID))

    driver.pass_(WINDOW - 2)

    assert COLD == told(driver.ask("new"))


def test_the_answer_that_a_caller_waited_for_is_enough() -> None:
    """Whoever waited for a fetch takes its answer, and does not fetch for the same question again."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    seen = driver.store.completed
    driver.fetch(keys)
    driver.pass_(WINDOW)

    assert ("hit", keys) == told(driver.ask("new", seen=seen))
    assert COLD == told(driver.ask("new"))


def test_unknown_kid_is_not_unknown_without_a_recent_answer() -> None:
    """Where the latest fetch failed nobody knows whether a kid is new: keys are unavailable, not unknown."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    seen = driver.store.completed
    driver.fetch(None)

    assert ("unavailable", 1.0) == told(driver.ask("new", seen=seen))
    assert ("hit", keys) == told(driver.ask(POOL_KID, seen=seen))

    driver.pass_(1)

    assert ("unavailable", WINDOW - 1) == told(driver.ask("new"))

    driver.pass_(WINDOW - 1)

    assert COLD == told(driver.ask("new"))


@pytest.mark.parametrize("state", ["cold", "stale", "unknown kid"])
def test_abandoned_fetches_in_a_row_are_a_failure(state: str) -> None:
    """The first fetch that is given up hands over; after the second the endpoint is taken to hang."""
    driver, keys = Driver(), keys_of()
    kid = "new" if state == "unknown kid" else POOL_KID
    if state != "cold":
        driver.fetch(keys)
        driver.pass_(SOFT_AGE if state == "stale" else WINDOW)
    first = told(driver.ask(kid))
    assert driver.abandon(after=0.5) is False

    assert "fetch" == first[0]
    assert first == told(driver.ask(kid))
    assert driver.abandon(after=0.25) is True
    if state == "stale":
        assert keys is driver.fresh()
        assert ("hit", keys) == told(driver.ask(kid))
    else:
        assert ("unavailable", 2.0) == told(driver.ask(kid))

    driver.pass_(2.0)
    if state == "unknown kid":
        assert ("unavailable", WINDOW - 2.75) == told(driver.ask(kid))
        return
    assert first == told(driver.ask(kid))

    # Whoever gives up next fails at once, and the pause does not grow.
    assert driver.abandon(after=0.5) is True
    driver.pass_(2.0)
    driver.fetch(keys)
    assert ("hit", keys) == told(driver.ask())
    assert driver.abandon(after=0.5) is False


def test_abandoned_fetches_long_after_each_other_are_no_row() -> None:
    """A fetch that is given up when none was for ten seconds hands over like the first."""
    driver = Driver()
    for _ in range(3):
        assert driver.abandon(after=0.5) is False
        assert COLD == told(driver.ask())
        driver.pass_(WINDOW)

    driver.abandon(after=0.5)
    driver.pass_(WINDOW - 0.5 - 0.001)
    assert driver.abandon(after=0.5) is True


def test_a_failure_ends_a_row_of_abandoned_fetches() -> None:
    """What is given up after a fetch that failed by itself hands over like the first."""
    driver = Driver()
    driver.abandon(after=0.5)
    driver.fetch(None)
    driver.pass_(1.0)

    assert driver.abandon(after=0.5) is False
    assert COLD == told(driver.ask())
    assert driver.abandon(after=0.5) is True


def test_a_fetch_that_is_abandoned_at_once_costs_no_unknown_kid_its_turn() -> None:
    """Of two fetches in ten seconds it is none, the others are."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(9.0)
    driver.abandon(after=0.01)
    driver.fetch(keys)
    assert ("hit", keys) == told(driver.ask("new"))
    driver.pass_(1.0)

    assert COLD == told(driver.ask("new"))


def test_fetches_that_are_abandoned_at_once_hand_over() -> None:
    """Eight who hang up within a tenth of a second count for nothing; more of them do."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(WINDOW)
    for _ in range(8):
        assert COLD == told(driver.ask("new"))
        assert driver.abandon(after=0.01) is False

    assert COLD == told(driver.ask("new"))
    assert driver.abandon(after=0.01) is True
    assert ("unavailable", 2.0) == told(driver.ask("new"))
    assert ("hit", keys) == told(driver.ask())


def test_abandoned_fetches_do_not_shorten_a_back_off() -> None:
    """After failures the pause stays as long as it was."""
    driver = Driver()
    for _ in range(4):
        driver.fetch(None)
        driver.pass_(WINDOW)
    driver.abandon(after=0.5)

    assert driver.abandon(after=0.5) is True
    assert ("unavailable", 8.0) == told(driver.ask())


def test_an_abandoned_fetch_hands_over() -> None:
    """After a fetch that was given up the next caller fetches, on a cold store and on a stale one."""
    driver, keys = Driver(), keys_of()
    driver.abandon()

    assert COLD == told(driver.ask())

    driver.fetch(keys)
    driver.pass_(SOFT_AGE)
    driver.abandon()

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


def test_abandoned_fetches_do_not_cost_fresh_keys() -> None:
    """Giving up the search for one kid leaves the others as they were."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.pass_(1)
    driver.abandon()

    assert keys is driver.fresh()


def test_keys_are_as_old_as_the_question() -> None:
    """An answer that lay in a frozen process for hours is as old as that."""
    driver, keys = Driver(), keys_of()
    asked = driver.start()
    driver.pass_(0, SOFT_AGE)
    driver.store.succeeded(asked, keys)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


def test_late_reports_change_nothing() -> None:
    """Whoever was given up and overtaken may report what he likes."""
    driver, keys = Driver(), keys_of()
    asked = driver.start()
    driver.pass_(10)
    driver.fetch(keys)
    driver.store.succeeded(asked, keys_of(pool_key().jwk()))
    driver.store.failed(asked, mono=driver.mono, wall=WALL + driver.wall, jitter=0.0)
    reported = driver.store.abandoned(asked, mono=driver.mono, wall=WALL + driver.wall, jitter=0.0)

    assert reported is False
    assert keys is driver.fresh()
    assert COLD == told(driver.ask("new"))
    assert 1 == driver.store.completed


def test_keys_to_begin_with_age_from_the_start() -> None:
    """Keys that are given to be refreshed serve at once, and are refreshed like fetched ones."""
    keys = keys_of(attacker_key().jwk(kid=POOL_KID))
    driver = Driver(keys=keys)

    assert keys is driver.fresh()
    assert ("hit", keys) == told(driver.ask())
    assert COLD == told(driver.ask("new"))

    driver.pass_(SOFT_AGE)

    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())


@pytest.mark.parametrize("back", [0.001, 1.0, 50_000.0])
def test_keys_that_arrive_after_the_monotonic_clock_went_back_count(back: float) -> None:
    """What is late is told by the order of the questions, not by a clock."""
    driver, keys = Driver(), keys_of()
    driver.pass_(100_000)
    driver.fetch(keys)
    driver.pass_(-back, SOFT_AGE)
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())
    other = keys_of(pool_key().jwk())
    driver.fetch(other)

    assert other is driver.fresh()
    assert ("hit", other) == told(driver.ask())
    assert 2 == driver.store.completed


@pytest.mark.parametrize(
    ("back", "told_at_once"), [(0.5, "unavailable"), (1.0, "unavailable"), (1.001, "fetch")]
)
def test_a_monotonic_clock_that_begins_anew_ends_a_back_off(back: float, told_at_once: str) -> None:
    """The pause is over where nobody can say how long it was; threads that overtake each other do not end it."""
    driver = Driver()
    driver.pass_(100_000)
    driver.fetch(None)
    driver.pass_(-back, -60.0)
    decision = told(driver.ask())

    assert told_at_once == decision[0]
    assert decision in (COLD, ("unavailable", 1.0))


def test_a_monotonic_clock_that_begins_anew_ends_the_cooldown_of_unknown_kids() -> None:
    """Fetches of another time do not keep a rotated key unknown."""
    driver, keys = Driver(), keys_of()
    driver.pass_(100_000)
    driver.fetch(keys)
    driver.fetch(keys)
    assert ("hit", keys) == told(driver.ask("new"))
    driver.pass_(-99_990, 0)

    assert COLD == told(driver.ask("new"))

    driver.fetch(keys)
    driver.fetch(keys)

    assert ("hit", keys) == told(driver.ask("new"))


@pytest.mark.parametrize("clocks", [(WINDOW, 0.05), (0.05, WINDOW), (WINDOW, -3600.0)])
def test_the_cooldown_of_unknown_kids_ends_by_the_faster_clock(
    clocks: tuple[float, float],
) -> None:
    """Ten seconds in which the process was frozen are ten seconds."""
    driver, keys = Driver(), keys_of()
    driver.fetch(keys)
    driver.fetch(keys)
    driver.pass_(0.05)
    assert ("hit", keys) == told(driver.ask("new"))
    driver.pass_(*clocks)

    assert COLD == told(driver.ask("new"))


@pytest.mark.parametrize("clocks", [(1.0, 0.05), (0.05, 1.0), (1.0, -3600.0)])
def test_a_back_off_ends_by_the_faster_clock(clocks: tuple[float, float]) -> None:
    """A pause that a frozen process slept through is over, without keys and with stale ones."""
    driver, keys = Driver(), keys_of()
    driver.fetch(None)
    driver.pass_(0.05)
    assert "unavailable" == told(driver.ask())[0]
    driver.pass_(*clocks)

    assert COLD == told(driver.ask())

    driver.fetch(keys)
    driver.pass_(SOFT_AGE)
    driver.fetch(None)
    assert keys is driver.fresh()
    driver.pass_(*clocks)

    assert driver.fresh() is None
    assert ("fetch", (REFRESH_DEADLINE, keys)) == told(driver.ask())
