"""The command line: `cognitokit`, or `python -m cognitokit`. It needs the extra `cli`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cognitokit.cli.exits import Exit
from cognitokit.errors import MissingDependency

if TYPE_CHECKING:
    from typing import NoReturn


def main(name: str = "cognitokit") -> NoReturn:
    """Run the command that sys.argv names, and end the process with one of the documented statuses.

    Args:
        name: What the program calls itself in its help.
    """
    try:
        import click  # noqa: PLC0415 - an extra
        import rich  # noqa: PLC0415 - the same
    except ImportError as error:
        missing = MissingDependency(error.name or "click", "cli")
    else:
        from cognitokit.cli.commands import cli  # noqa: PLC0415 - needs both

        del click, rich
        sys.exit(cli(prog_name=name))
    sys.stderr.write(f"cognitokit: {missing}\n")
    sys.exit(Exit.MISSING)
