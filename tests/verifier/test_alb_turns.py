"""Which new key of the load balancers is fetched next: turns are few, and the wanted key's comes in time."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognitokit.verifier import alb_turns
from cognitokit.verifier.alb_turns import FORGOTTEN, WAITING, Turns
from cognitokit.verifier.keystore import BURST, WINDOW

WANTED = "wanted"


def taken(turns: Turns, now: float = 0.0) -> None:
    """Take the turns that are free, so that what comes next has to wait."""
    for number in range(BURST):
        assert turns.take(f"taker {number} at {now}", now) is None


def asked(turns: Turns, kid: str, times: int, now: float) -> None:
    """Ask for a turn that is not to be had."""
    for _ in range(times):
        assert turns.take(kid, now) is not None


def test_turns_are_few() -> None:
    """Two turns are to be had at once, the next when the first is ten seconds old; who waits is told how long."""
    turns = Turns()

    assert turns.take("a", 100.0) is None
    assert turns.take("b", 104.0) is None
    assert 6.0 == turns.take("c", 104.0)
    assert 0.5 == turns.take("c", 109.5)
    assert turns.take("c", 110.0) is None
    assert 4.0 == turns.take("d", 110.0)
    assert turns.take("d", 114.0) is None


def test_a_key_may_have_another_turn() -> None:
    """A key that has had its turn waits for the next like any other."""
    turns = Turns()
    taken(turns)

    assert 10.0 == turns.take("taker 0 at 0.0", 0.0)
    assert turns.take("taker 0 at 0.0", 10.0) is None


@pytest.mark.parametrize("rate", [2, 100, 999])
def test_a_flood_of_keys_that_are_asked_for_once(rate: int) -> None:
    """A key that is asked for once a second has its turn with its second request after the next turn is free."""
    turns, numbers = Turns(), itertools.count()
    for second in range(60):
        for _ in range(rate):
            turns.take(f"forged {next(numbers)}", float(second))
        if second >= 20 and turns.take(WANTED, float(second)) is None:
            break

    assert second <= 31


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.2, 9.9), st.integers(0, 999)), min_size=1, max_size=4),
    st.floats(0, 30),
)
def test_the_promise(rounds: list[tuple[float, int]], flooded: float) -> None:
    """Asked for more often than every ten seconds, in one of a thousand requests, a key waits thirty at most."""
    turns, numbers = Turns(), itertools.count()
    now = 0.0
    while now < flooded:
        turns.take(f"forged {next(numbers)}", now)
        now += 0.5
    began = now
    for gap, flood in itertools.cycle(rounds):
        if turns.take(WANTED, now) is None:
            break
        assert now - began <= 3 * WINDOW
        for _ in range(flood):
            now += gap / (flood + 1)
            turns.take(f"forged {next(numbers)}", now)
        now += gap / (flood + 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from([0.0, 0.125, 1.0, 5.0, 9.875, 10.0, 61.0])),
        max_size=60,
    )
)
def test_never_more_turns_than_that(asks: list[tuple[int, float]]) -> None:
    """Whoever asks for what and when, within any ten seconds two have a turn at most."""
    turns = Turns()
    had: list[float] = []
    now = 0.0
    for number, gap in asks:
        now += gap
        wait = turns.take(str(number), now)
        if wait is None:
            had.append(now)
        else:
            assert 0 < wait <= WINDOW

    assert all(now - since >= WINDOW for since, now in zip(had, had[BURST:], strict=False))


def test_the_key_that_is_asked_for_most_often_is_next() -> None:
    """Free turns are kept for the keys asked for most often, and go to whoever asks where none was asked for more."""
    turns = Turns()
    taken(turns)
    asked(turns, "often", 3, 1.0)
    asked(turns, "oftener", 4, 1.0)
    asked(turns, "rarely", 2, 1.0)

    assert 10.0 == turns.take("new", 10.0)
    assert 10.0 == turns.take("rarely", 10.0)
    assert turns.take("often", 10.0) is None
    assert turns.take("oftener", 10.0) is None


def test_among_equals_the_key_that_is_being_asked_for_is_next() -> None:
    """Where no key was asked for more often, the turn is not kept for one that may never come again."""
    turns = Turns()
    taken(turns)
    asked(turns, "first", 2, 1.0)
    asked(turns, "second", 1, 1.0)

    assert turns.take("second", 10.0) is None


def test_among_equals_the_key_that_has_waited_longest_is_kept_a_turn() -> None:
    """Of two keys that were asked for equally often the one that came first has the turn."""
    turns = Turns()
    assert turns.take("a", 0.0) is None
    assert turns.take("b", 5.0) is None
    for kid in ("first", "second", "first", "second"):
        asked(turns, kid, 1, 6.0)
    asked(turns, "new", 1, 10.0)

    assert turns.take("second", 10.0) is not None
    assert turns.take("first", 10.0) is None


@pytest.mark.parametrize(("later", "has_it"), [(9.9, True), (10.0, False)])
def test_a_turn_is_kept_for_a_while(later: float, has_it: bool) -> None:
    """A turn is kept for less than ten seconds, and then goes to another; nobody has it in the meantime."""
    turns = Turns()
    assert turns.take("a", 0.0) is None
    assert turns.take("b", 5.0) is None
    asked(turns, WANTED, 3, 6.0)
    asked(turns, "new", 1, 10.0)
    assert turns.take("new", 15.0) is None
    asked(turns, "other", 2, 15.0)

    if has_it:
        assert turns.take(WANTED, 10.0 + later) is None
        # Ten seconds after that, not after the turn was kept.
        assert turns.take("another", 10.0 + later) is not None
    else:
        asked(turns, WANTED, 1, 10.0 + later)
        assert turns.take("other", 10.0 + later) is None


@pytest.mark.parametrize(("later", "counts"), [(59.9, True), (60.0, False)])
def test_what_nobody_asks_for_any_more_is_forgotten(later: float, counts: bool) -> None:
    """A key that was asked for often, but not in the last minute, does not hold up the others."""
    assert 60.0 == FORGOTTEN
    turns = Turns()
    taken(turns)
    asked(turns, "hoarded", 50, 1.0)
    asked(turns, "hoarded too", 50, 1.0)

    assert counts is (turns.take(WANTED, 1.0 + later) is not None)


def test_little_is_kept_in_mind() -> None:
    """However many keys are asked for, two thousand are counted, and one asked for more often stands out."""
    turns = Turns()
    assert turns.take("a", 0.0) is None
    assert turns.take("b", 5.0) is None
    asked(turns, WANTED, 16, 6.0)
    for number in range(3 * WAITING):
        asked(turns, f"forged {number}", 1, 6.0)
        assert len(turns._waiting) <= WAITING

    assert turns.take("new", 10.0) is not None
    assert turns.take(WANTED, 10.0) is None


def test_little_is_kept_in_mind_of_what_is_asked_for_again() -> None:
    """Keys that were all asked for often do not fill the memory either; one asked for more often stands out."""
    turns = Turns()
    taken(turns)
    asked(turns, WANTED, 6, 1.0)
    for number in range(2 * WAITING):
        asked(turns, f"forged {number}", 5, 1.0)
        assert len(turns._waiting) <= WAITING

    assert turns.take("new", 10.0) is not None
    assert turns.take(WANTED, 10.0) is None


def test_what_half_of_the_others_outdo_is_forgotten() -> None:
    """Of two thousand keys that are waiting the half that was asked for less often makes way."""
    turns = Turns()
    assert turns.take("a", 0.0) is None
    assert turns.take("b", 5.0) is None
    for number in range(WAITING):
        asked(turns, f"forged {number}", 3 if number < WAITING // 2 - 1 else 1, 6.0)
    assert len(turns._waiting) == WAITING
    asked(turns, "new", 1, 6.0)

    assert len(turns._waiting) == WAITING // 2
    assert turns.take("newer", 10.0) is not None
    assert turns.take("forged 0", 10.0) is None


def test_a_count_has_an_end() -> None:
    """A key may be asked for any number of times."""
    turns = Turns()
    assert turns.take("a", 0.0) is None
    assert turns.take("b", 5.0) is None
    asked(turns, WANTED, 70_000, 6.0)

    assert turns.take("new", 10.0) is not None
    assert turns.take(WANTED, 10.0) is None


def test_keys_whose_names_overlap_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that occurs across two others is not taken for one that waits."""
    names = {"a": 0x0101010101010102, "b": 0x0303030303030303, "across": 0x0203030303030303}
    monkeypatch.setattr(alb_turns, "hash", names.get, raising=False)
    turns = Turns()
    turns._turns = [(1.0, None)] * BURST
    asked(turns, "a", 1, 1.0)
    asked(turns, "b", 2, 1.0)
    asked(turns, "across", 3, 1.0)
    asked(turns, "b", 2, 1.0)

    assert [1, 4, 3] == list(turns._waiting._counts)


def test_the_memory_that_it_takes() -> None:
    """Ten thousand keys that are asked for once, and as many as are ever counted, leave less than 64 kB behind."""
    names = [f"0f3b8a4e-5c1d-4a7e-9b2f-{number:012x}" for number in range(10_000)]
    turns = Turns()
    most = 0
    taken(turns)
    tracemalloc.start()
    try:
        for name in names:
            turns.take(name, 1.0)
            most = max(most, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert most < 64 * 1024
