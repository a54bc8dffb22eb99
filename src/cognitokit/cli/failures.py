"""What goes wrong becomes one sentence on stderr and a status: no traceback, and so no secret in one."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cognitokit.cli.exits import Exit
from cognitokit.cli.talk import printable
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InvalidData,
    MissingDependency,
)

if TYPE_CHECKING:
    from types import TracebackType

OPTIONS = {
    "allow_http": "--allow-http",
    "audience": "--audience",
    "client_id": "--client-id",
    "domain": "--domain",
    "endpoint_url": "--endpoint-url",
    "issuers": "--issuer",
    "jwks": "--jwks",
    "jwks_uri": "--jwks-uri",
    "login_timeout": "--timeout",
    "max_age": "--max-age",
    "redirect_uri": "--redirect-uri",
    "refresh_keys": "--refresh-keys",
    "region": "--region",
    "scopes": "--scope",
    "token_use": "--token-use",
}
"""What the library calls an argument -> the option that it is here."""

# As arguments are written in sentences: allow_http=True, token_use="access", jwks=.
_WRITTEN = re.compile(rf"\b({'|'.join(OPTIONS)})=(?:True\b|\"(\w+)\")?")
# The name alone is no word of English, and in a sentence on settings means the argument.
_NAMED = re.compile(rf"(?<![-\w])({'|'.join(name for name in OPTIONS if '_' in name)})\b")

_PACKAGE = Path(__file__).parents[1]


class Failure(Exception):
    """A command that ends with a sentence and a status.

    Args:
        sentence: What went wrong, and the cure.
        status: What the process ends with.
    """

    def __init__(self, sentence: str, status: Exit = Exit.USAGE) -> None:
        super().__init__(sentence)
        self.status = status

    def show(self) -> None:
        """Print the sentence on stderr, in one line."""
        click.echo(f"cognitokit: {' '.join(printable(str(self)).split())}", err=True)


def failure_of(error: BaseException) -> Failure:
    """Return how a command ends that an exception left.

    The messages of our own errors are fit to be shown. Any other's may quote what it worked on, so
    of those only the kind is told, and where in our code it came up.
    """
    if isinstance(error, Failure):
        return error
    if isinstance(error, (click.Abort, KeyboardInterrupt, EOFError)):
        return Failure("Stopped.", Exit.INTERRUPTED)
    if not isinstance(error, CognitoKitError):
        return Failure(
            f"This is a defect of cognitokit, please report it: {type(error).__name__} "
            f"at {_place(error.__traceback__)}.",
            Exit.DEFECT,
        )
    if isinstance(error, MissingDependency):
        return Failure(str(error), Exit.MISSING)
    if isinstance(error, (ConfigurationError, InvalidData)):
        told = _NAMED.sub(lambda found: OPTIONS[found[1]], with_options(str(error)))
        return Failure(told, Exit.USAGE)
    told = with_options(str(error))
    return Failure(told, Exit.UNAVAILABLE if _may_pass(error) else Exit.REFUSED)


def with_options(sentence: str) -> str:
    """Return a sentence of the library with the options of the command line in place of its arguments."""
    return _WRITTEN.sub(
        lambda found: OPTIONS[found[1]] + (f" {found[2]}" if found[2] else ""), sentence
    )


def _may_pass(error: CognitoKitError) -> bool:
    return error.retryable or error.http_status in {502, 503, 504}


def _place(frames: TracebackType | None) -> str:
    """Return the innermost line of ours that an exception went through."""
    lines = [
        f"{Path(frame.filename).relative_to(_PACKAGE.parent).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(frames)
        if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    return lines[-1] if lines else "an unknown place"
