"""The command line's pages say what the command line does."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("click")
pytest.importorskip("rich")

from cognitokit.cli.exits import Exit
from cognitokit.testing import LocalPool
from tests.cli.running import run

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "how-to/command-line.md"
SH = shutil.which("sh")
PASSWORD = "Tr0ub4dor&3"

CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (AWS_.*)$", re.MULTILINE)
SHELL = re.compile(r"^```shell\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What differs from run to run, and what stands for it when two outputs are compared.
VARIES = {
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "(a UUID)",
    r"(?<=\s)[\w/+-]{43}=": "(a key's id)",
    r"\b1\d{9}\b": "(epoch seconds)",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC": "(a time)",
    r"\bin \d+ (second|minute|hour)s?\b|\b\d+ (second|minute)s? ago\b": "(how long)",
}


def commands_of(page: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Each command that a page shows with what is printed, the lines of that, and the AWS credentials so far."""
    for block in CONSOLE.finditer(page):
        exports = " ".join(EXPORT.findall(page, 0, block.start()))
        credentials = dict(word.split("=") for word in exports.split())
        for part in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield command, shown, credentials


def play(
    command: str, last_status: int, local: LocalPool, folder: Path, credentials: dict[str, str]
) -> tuple[list[str], int]:
    """Run a command as a shell does: what it prints, as if on a pool in the cloud, and its status."""
    shell = 'cognitokit() { "$PYTHON" -m cognitokit "$@"; }; (exit "$STATUS"); '
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"FORCE_COLOR$|TTY_|COLUMNS$", name)
    }
    done = subprocess.run(
        [SH or "", "-c", shell + command],
        cwd=folder,
        env={
            **surroundings,
            **local.environ,
            **credentials,
            "HOME": str(folder),
            "COGNITO_PASSWORD": PASSWORD,
            "PYTHON": sys.executable,
            "PYTHONUNBUFFERED": "1",
            "STATUS": str(last_status),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    printed = (
        done.stdout.replace(local.url, "https://cognito-idp.eu-west-1.amazonaws.com")
        .replace(local.pool.id, "eu-west-1_AbCdEfGhI")
        .replace(local.client_id, "1example23456789")
    )
    return printed.splitlines(), done.returncode


def is_shown(shown: list[str], printed: list[str]) -> bool:
    """Whether the page shows what was printed; three dots alone on a line stand for any lines."""
    parts = "\n".join(["", *alike(shown), ""]).split("\n...\n")
    text = "\n".join(["", *alike(printed), ""])
    return re.fullmatch(r"\n(?s:.*\n)?".join(map(re.escape, parts)), text) is not None


def alike(lines: list[str]) -> list[str]:
    """The lines without what differs from run to run, and without the prompt that no terminal shows here."""
    text = "\n".join(line.rstrip() for line in lines if line != "Password:")
    for pattern, name in VARIES.items():
        text = re.sub(pattern, name, text)
    return text.splitlines()


@pytest.fixture
def local() -> Iterator[LocalPool]:
    """The pool that the guide is played on."""
    with LocalPool() as pool:
        pool.add_user("jane", PASSWORD)
        yield pool


@pytest.mark.local
@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("ministack"), reason="the extra local is missing")
@pytest.mark.skipif(not SH, reason="there is no shell")
def test_the_guide_shows_what_is_printed(local: LocalPool, tmp_path: Path) -> None:
    """Every command of the guide, one after the other in one folder, prints what the guide shows."""
    (tmp_path / "password.txt").write_text(f"{PASSWORD}\n")
    status, asked = 0, 0
    for command, shown, credentials in commands_of(GUIDE.read_text(encoding="utf-8")):
        printed, status = play(command, status, local, tmp_path, credentials)

        assert "..." in shown or alike(shown) == alike(printed), command
        assert is_shown(shown, printed), command
        asked += 1

    assert asked >= 10


def test_the_guides_other_commands_exist() -> None:
    """What the guide gives without output are commands and options that there are."""
    text = GUIDE.read_text(encoding="utf-8")
    commands = [
        shlex.split(found)
        for block in SHELL.findall(text)
        for found in re.findall(r"^cognitokit (.*)$", block, re.MULTILINE)
    ]

    assert len(commands) >= 3
    for command in commands:
        assert 0 == run(*command, "--help").status, command
    assert 2 == run(*commands[-1], "--password", "x", "--help").status


@pytest.mark.parametrize("page", [GUIDE, DOCS / "reference/cli.md"], ids=lambda page: page.stem)
def test_every_status_is_documented(page: Path) -> None:
    """The table has each status that a command can end with, and no other."""
    text = page.read_text(encoding="utf-8")
    documented = [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]

    assert [0, *sorted(Exit)] == documented
