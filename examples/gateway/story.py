"""Tells a story step by step, and ends it at the first answer that is not the one it should be."""

from __future__ import annotations

import re
import sys
from typing import Protocol

# Tokens, Cognito's sessions, and what an authenticator app is given.
SECRET = re.compile(r'eyJ[\w.-]+|(?<="session":")[^"]+|(?<=secret=)\w+')


class Answer(Protocol):
    """What came back: the gateway's response, or httpx's."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...

    @property
    def text(self) -> str:
        """The body."""
        ...


class WrongTurn(AssertionError):
    """The story did not go on as it is told."""


class Story:
    """Prints what happens.

    Args:
        quiet: Print nothing, for tests.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self.statuses: list[tuple[str, int]] = []
        """What was asked of the API, and the status of each answer."""

    def chapter(self, title: str) -> None:
        """Begin a part."""
        self._print(f"\n{title}")

    def step(self, what: str, result: object, *, holds: bool = True) -> None:
        """Tell what was done and what came of it."""
        self._print(f"  {'ok' if holds else 'NO'}  {what:<52} {result}")
        if not holds:
            raise WrongTurn(f"{what}: {result}")

    def call(self, what: str, answer: Answer, status: int) -> None:
        """Tell of a request, and of its answer, which must have that status."""
        self.statuses.append((what, answer.status_code))
        body = SECRET.sub("***", answer.text)
        self.step(what, f"{answer.status_code}  {body}", holds=answer.status_code == status)

    def _print(self, line: str) -> None:
        if not self._quiet:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def changed(token: str) -> str:
    """Return the token with one character of its payload changed."""
    header, payload, signature = token.split(".")
    middle = len(payload) // 2
    other = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"
