"""Whether, and after how long, a failed call is sent again."""

from __future__ import annotations

import random as _random
import threading
import time
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, cast

from cognitokit.client.numbers import is_number, is_whole_number
from cognitokit.client.operations import REPEAT, Repeat
from cognitokit.errors import (
    CognitoKitError,
    ConcurrentModification,
    ConfigurationError,
    TooManyRequests,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.client.calls import Call

# After any other failure of the service, a 500 or a proxy's 504, the work may have been done.
_DOUBLED_AT_MOST = 1000  # a float doubles no further
_TURNED_AWAY = (TooManyRequests, ConcurrentModification)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How failed calls are repeated, where repeating is safe at all.

    The delay before attempt n + 1 is a random part of first_delay * 2 ** (n - 1), at most
    longest_delay ("full jitter"). What may be repeated is in operations.py; a challenge's answer,
    a sign-up and a refresh that may rotate the token never are, nor is LimitExceeded.

    Args:
        attempts: How often a call is sent at most. 1 switches repeating off.
        first_delay: Seconds.
        longest_delay: Seconds.
        reserve: How many repetitions a client may make in a row before it must earn new ones.
        earned: What part of a repetition each call earns: 0.1 allows one in ten calls.

    Raises:
        ConfigurationError: A value is out of its range.
    """

    attempts: int = 3
    first_delay: float = 0.1
    longest_delay: float = 2.0
    reserve: float = 50.0
    earned: float = 0.1

    def __post_init__(self) -> None:
        if not is_whole_number(self.attempts) or self.attempts < 1:
            raise ConfigurationError(
                "Retry.attempts must be a whole number of at least 1, which switches repeating off."
            )
        for value in (self.first_delay, self.longest_delay, self.reserve, self.earned):
            if not is_number(value) or value < 0:
                raise ConfigurationError(
                    "Retry's delays, reserve and earned must be numbers that are not negative."
                )


class RetryBudget:
    """What all calls of one client may still repeat, so that an outage is not made worse.

    Raises:
        ConfigurationError: What is given is no Retry.
    """

    __slots__ = ("_balance", "_lock", "_retry", "monotonic", "random")

    def __init__(
        self,
        retry: Retry | None,
        *,
        random: Callable[[], float] = _random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(cast("object", retry), (Retry, NoneType)):
            raise ConfigurationError("retry must be a Retry, for instance Retry(attempts=2).")
        self._retry = retry or Retry()
        self._balance = self._retry.reserve
        self._lock = threading.Lock()
        self.random: Callable[[], float] = random
        self.monotonic: Callable[[], float] = monotonic

    def begin(self, call: Call) -> Attempts:
        """Return the attempts of a call that is about to be sent for the first time."""
        with self._lock:
            self._balance = min(self._balance + self._retry.earned, self._retry.reserve)
        return Attempts(call, self._retry, self)

    def spend(self) -> bool:
        """Take one repetition out; False where none is left."""
        with self._lock:
            if self._balance < 1:
                return False
            self._balance -= 1
            return True


class Attempts:
    """The attempts of one call."""

    __slots__ = ("_budget", "_call", "_made", "_retry", "_started")

    def __init__(self, call: Call, retry: Retry, budget: RetryBudget) -> None:
        self._call = call
        self._retry = retry
        self._budget = budget
        self._made = 0
        self._started = budget.monotonic()

    def delay_after(self, error: CognitoKitError) -> float | None:
        """Return the seconds to wait before the next attempt; None where there is to be none."""
        self._made += 1
        if self._made >= self._retry.attempts or not error.retryable:
            return None
        doubled = self._retry.first_delay * 2.0 ** min(self._made - 1, _DOUBLED_AT_MOST)
        longest = min(doubled, self._retry.longest_delay)
        delay: float = self._budget.random() * longest
        if not self._may_repeat(error, delay) or not self._budget.spend():
            return None
        return delay

    def _may_repeat(self, error: CognitoKitError, delay: float) -> bool:
        within = self._call.repeat_within
        if within is not None:
            return self._budget.monotonic() - self._started + delay < within
        rule = REPEAT.get(self._call.operation, Repeat.NEVER)
        if rule is Repeat.IF_REFUSED:
            return isinstance(error, _TURNED_AWAY) or _is_unsent(error)
        return rule is Repeat.ALWAYS


def _is_unsent(error: CognitoKitError) -> bool:
    return isinstance(error, TransportError) and not error.sent
