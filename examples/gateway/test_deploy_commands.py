"""What every example's README tells pip to fetch for Lambda."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1]
READMES = sorted(EXAMPLES.glob("*/README.md"))


def command(readme: Path) -> list[str]:
    """The one line of a README that fetches what the functions import."""
    [line] = re.findall(r"^\$ (pip install --target .*)$", readme.read_text(), re.MULTILINE)
    words: list[str] = line.split()
    return words


def values(words: list[str], option: str) -> list[str]:
    """What follows an option, each time that it is given."""
    return [after for word, after in itertools.pairwise(words) if word == option]


def test_every_example_has_one() -> None:
    """The six that can be deployed say how."""
    assert 6 == len(READMES)


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.parent.name)
def test_platforms(readme: Path) -> None:
    """Both platforms are named: not every package has wheels for the newer, and pip does not take the older for it."""
    named = values(command(readme), "--platform")

    assert ["manylinux_2_28_x86_64", "manylinux2014_x86_64"] == named


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.parent.name)
def test_python(readme: Path) -> None:
    """The wheels are for the Python that the functions run on."""
    [version] = values(command(readme), "--python-version")
    folder = readme.parent
    [infrastructure] = [
        path
        for name in ("template.yaml", "serverless.yml", "app.py")
        if (path := folder / name).exists()
    ]
    runtimes = re.findall(r"python_?(3[._]\d+)", infrastructure.read_text(), re.IGNORECASE)

    assert {version} == {runtime.replace("_", ".") for runtime in runtimes}


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.parent.name)
def test_requirements(readme: Path) -> None:
    """The file that the command reads is there, and asks for this package."""
    [path] = values(command(readme), "-r")
    lines = (readme.parent / path).read_text().splitlines()

    assert any(re.fullmatch(r"cognitokit(\[\w+\])?", line) for line in lines)


def test_pydantic() -> None:
    """FastAPI's own bound leaves pip pydantic 1, which has no compiled part to look for."""
    lines = (EXAMPLES / "passwordless/functions/requirements.txt").read_text().splitlines()

    assert "pydantic>=2" in lines
