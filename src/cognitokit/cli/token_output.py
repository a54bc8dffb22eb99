"""How tokens are given: one of them alone on stdout, or all of them as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure
from cognitokit.cli.talk import say, show_json, show_secret, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.tokens import Tokens

KINDS = ("access", "id", "refresh")


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --print and --json; it is called with kind and as_json."""
    kind = click.option(
        "--print",
        "kind",
        type=click.Choice(KINDS),
        default="access",
        show_default=True,
        help="Which token to print.",
    )
    whole = click.option("--json", "as_json", is_flag=True, help="Print all of them, as JSON.")
    return kind(whole(command))


def show_tokens(tokens: Tokens, kind: str, *, as_json: bool) -> None:
    """Print what was asked for.

    Raises:
        Failure: Cognito gave no token of that kind.
    """
    if as_json:
        show_json(tokens.to_dict())
    else:
        token: str | None = getattr(tokens, f"{kind}_token")
        if token is None:
            raise Failure(f"Cognito gave no {kind} token.", Exit.REFUSED)
        show_secret(token)
    say(f"The access token lives {span(tokens.expires_in)}.")
