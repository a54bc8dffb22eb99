"""How the benchmarks print what they saw, and hold it against the bars."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Bar(NamedTuple):
    """A limit that a measured value is to keep.

    Attributes:
        what: What is measured.
        value: What was seen.
        limit: The most that it may be, or the least where `at_least` is set.
        at_least: The limit is a lower one.
        strict: The limit itself is too much.
    """

    what: str
    value: float
    limit: float
    at_least: bool = False
    strict: bool = False

    @property
    def met(self) -> bool:
        """Whether the value keeps the limit."""
        if self.at_least:
            return self.value >= self.limit
        return self.value < self.limit if self.strict else self.value <= self.limit

    @property
    def line(self) -> str:
        """One line of a report."""
        relation = ">=" if self.at_least else "< " if self.strict else "<="
        verdict = "met" if self.met else "MISSED"
        return f"  {self.what:62}{self.value:10.3f}  {relation} {self.limit:<10.3f}{verdict}"


def load() -> str:
    """How busy the machine is: what else ran while the figures were taken."""
    one, five, _ = os.getloadavg()
    return f"load average {one:.1f} (five minutes: {five:.1f}) on {os.cpu_count()} cores"


def title(text: str) -> None:
    """Print a heading with the load of the moment."""
    print(f"\n{text}\n  [{load()}]")


def judge(bars: Sequence[Bar]) -> None:
    """Print the bars and whether they were met: a benchmark says so, it does not fail."""
    for bar in bars:
        print(bar.line)


def ratios(taken: Mapping[str, Sequence[float]], of: str) -> dict[str, float]:
    """Return each candidate's cost as a multiple of another's: the median of the rounds' ratios.

    Both numbers of a ratio are from the same round, so that a slow moment of the machine is in both.
    """
    return {
        name: statistics.median(each / base for each, base in zip(costs, taken[of], strict=True))
        for name, costs in taken.items()
    }
