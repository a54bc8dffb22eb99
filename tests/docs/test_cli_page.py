"""The command line's page says what the command line does."""

import re
from pathlib import Path

import pytest

pytest.importorskip("click")
pytest.importorskip("rich")

from cognitokit.cli.exits import Exit

PAGE = (Path(__file__).parents[2] / "docs/reference/cli.md").read_text(encoding="utf-8")


def test_every_status_is_documented() -> None:
    """The table has each status that a command can end with, and no other."""
    documented = [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]

    assert [0, *sorted(Exit)] == documented
