"""The clock that tests set."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from cognitokit import ConfigurationError
from cognitokit.testing import Clock


def test_clock_runs_with_the_machine() -> None:
    """A clock that nobody touches gives the machine's time."""
    before = time.time()
    clock = Clock()

    assert before <= clock() <= time.time()
    assert repr(clock).startswith("Clock(running, at ")


def test_clock_can_be_moved() -> None:
    """advance() moves it on or back, frozen or not."""
    clock = Clock()
    clock.advance(3600)

    assert 3595 < clock() - time.time() < 3605
    clock.freeze(1000.0)
    clock.advance(1.5)
    clock.advance(-0.5)
    assert 1001.0 == clock()


def test_clock_can_be_frozen_at_once_or_later() -> None:
    """A frozen clock stands still, where it is or where it is told."""
    frozen = Clock(1_795_000_000)
    running = Clock()
    running.advance(60)
    running.freeze()

    assert 1_795_000_000 == frozen()
    assert running() == running()
    assert 55 < running() - time.time() < 65
    assert "Clock(frozen, at 1795000000.000)" == repr(frozen)


@pytest.mark.parametrize(
    "at", ["1800000000", True, float("nan"), float("inf"), datetime(2027, 1, 1, tzinfo=UTC)]
)
def test_a_moment_is_a_number(at: Any) -> None:
    """A clock stands still at epoch seconds and at nothing else."""
    with pytest.raises(ConfigurationError, match="a number of epoch seconds"):
        Clock(at)
    with pytest.raises(ConfigurationError, match="a number of epoch seconds"):
        Clock().freeze(at)
