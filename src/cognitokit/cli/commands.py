"""The commands, each loaded from its module when it is used: what one needs is no burden to another."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from typing import Any, cast

import click
from typing_extensions import override

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import failure_of
from cognitokit.cli.unquoted import unquoted

NAMES = ("decode", "demo", "doctor", "jwks", "token", "verify")
"""The commands; each is its module's `command`."""

_UNHEARD = logging.NullHandler()  # what the library logs of a failure the command says itself


class Commands(click.Group):
    """A group whose commands are modules, and whose every failure is a sentence and a status."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, as the help shows them."""
        return list(NAMES)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None where there is none of that name."""
        if cmd_name not in NAMES:
            return None
        module = importlib.import_module(f"cognitokit.cli.{cmd_name}")
        return cast("click.Command", module.command)

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the command line as far as the command's name."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            raise unquoted(error) from None

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        logging.getLogger("cognitokit").addHandler(_UNHEARD)
        with contextlib.suppress(BrokenPipeError):
            return self._run(ctx)
        _give_up_writing()
        raise click.exceptions.Exit(Exit.UNREAD)

    def _run(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise unquoted(error) from None
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each becomes a sentence
            failure = failure_of(error)
        # Without the frames below, whose locals may hold secrets.
        failure.show()
        raise click.exceptions.Exit(failure.status)


def _give_up_writing() -> None:
    """Have what is not written yet go nowhere: Python tries once more when it ends, and complains."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in sys.stdout, sys.stderr:
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="cognitokit")
def cli() -> None:
    """Amazon Cognito user pools from the command line.

    Results go to stdout, everything else to stderr. Nothing secret is ever taken from the command
    line: it is asked for, or read from the environment or from stdin.
    """
