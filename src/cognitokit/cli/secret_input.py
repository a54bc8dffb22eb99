"""Where secrets come from: a prompt that shows nothing, the environment or stdin, never the command line."""

from __future__ import annotations

import os
import sys
import warnings
from getpass import GetPassWarning

import click

from cognitokit import environment
from cognitokit.cli.failures import Failure

PASSWORD_VARIABLE = "COGNITO_PASSWORD"


def ask_secret(what: str, *, twice: bool = False) -> str:
    """Ask for a secret without showing it.

    Args:
        what: For instance "Password".
        twice: Ask until it was given twice alike, for a new one.

    Raises:
        Failure: There is no terminal to ask on.
        click.Abort: The user wants no more.
    """
    with warnings.catch_warnings():
        # Python would go on and show what is typed.
        warnings.simplefilter("error", GetPassWarning)
        try:
            answer: str = click.prompt(what, hide_input=True, err=True, confirmation_prompt=twice)
        except GetPassWarning:
            pass
        else:
            return answer
    raise Failure(f"{what}: there is no terminal to ask on; see --help for other ways to give it.")


def ask(what: str, default: str | None = None) -> str:
    """Ask for something that may be seen, for instance a code that is used up at once."""
    answer: str = click.prompt(what, default=default, err=True)
    return answer


def ask_choice(what: str, choices: tuple[str, ...]) -> str:
    """Ask for one of several; a single one needs no question."""
    if len(choices) == 1:
        return choices[0]
    answer: str = click.prompt(what, type=click.Choice(choices), err=True)
    return answer


def password(*, from_stdin: bool) -> str:
    """Return the user's password: the first line of stdin, COGNITO_PASSWORD, or what is asked for."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise Failure("--password-stdin: there is no password on stdin.")
        return line
    return os.environ.get(PASSWORD_VARIABLE) or ask_secret("Password")


def client_secret(*, asked: bool) -> str | None:
    """Return the app client's secret: what is asked for, COGNITO_CLIENT_SECRET, or None."""
    if asked:
        return ask_secret("Client secret")
    return environment.read(os.environ, "client_secret")
