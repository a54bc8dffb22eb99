"""How the commands speak: results on stdout, everything else on stderr, nothing that a terminal obeys."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_TIMES = frozenset({"auth_time", "exp", "iat", "nbf"})


class _Console(Console):
    """A console that leaves it to the program how it ends when the reader has gone."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError from None


def printable(text: str) -> str:
    """Return the text with everything escaped that would move a cursor or turn letters round."""
    return "".join(
        char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text
    )


def say(text: str, style: str = "") -> None:
    """Tell something on stderr; the style is for terminals, unless NO_COLOR is set."""
    _Console(stderr=True, soft_wrap=True).print(Text(printable(text), style))


def show(text: str, style: str = "") -> None:
    """Print a line of the result on stdout, styled as by say()."""
    _Console(soft_wrap=True).print(Text(printable(text), style))


def show_json(value: object) -> None:
    """Print the result on stdout as JSON, all of it ASCII."""
    click.echo(json.dumps(value, indent=2))


def show_secret(text: str) -> None:
    """Print a token, alone on stdout."""
    click.echo(text)


@contextlib.contextmanager
def waiting(what: str) -> Generator[None]:
    """Show on stderr what is waited for, while it lasts; nothing where stderr is no terminal.

    Args:
        what: For instance "Fetching the keys".
    """
    with _Console(stderr=True, soft_wrap=True).status(Text(f"{what} ...")):
        yield


def moment(seconds: float, now: float) -> str:
    """Return a time as people read it: "2026-11-21 10:45:38 UTC, 3 minutes ago".

    Args:
        seconds: Epoch seconds; from an unverified token these may be anything.
        now: Epoch seconds.
    """
    try:
        told = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return "no time that a calendar has"
    away = span(seconds - now)
    return f"{told}, in {away}" if seconds > now else f"{told}, {away} ago"


def span(seconds: float) -> str:
    """Return a length of time in its largest unit: "3 minutes"."""
    whole = abs(round(seconds))
    name, size = next((unit for unit in _UNITS if whole >= unit[1]), _UNITS[-1])
    count = whole // size
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def rows(claims: Mapping[str, Any], now: float | None = None) -> Iterable[str]:
    """Return a line for each claim, the names aligned and the times readable.

    Args:
        claims: The claims, or a header's parameters.
        now: Epoch seconds; the clock's where it is left out.
    """
    width = max(map(len, claims), default=0)
    now = time.time() if now is None else now
    for name, value in claims.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if name in _TIMES and isinstance(value, (int, float)) and not isinstance(value, bool):
            text += f"  ({moment(value, now)})"
        yield f"  {name:{width}}  {text}"
