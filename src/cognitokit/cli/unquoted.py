"""Errors of the command line, without what was typed: that may be a token that belongs on stdin."""

from __future__ import annotations

import re
from typing import cast

import click

_OPTION = re.compile(r"-{1,2}[a-z][a-z-]*", re.ASCII)
_VALUE = re.compile(r"""\A(['"]).*\1 (?=is not )""", re.DOTALL)


def unquoted(error: click.UsageError) -> click.UsageError:
    """Return the error with a message that repeats no argument.

    The names of options and of files are told all the same: a mistake there is hard to see without.
    """
    if isinstance(error, click.MissingParameter):
        return _with_variable(error)
    if isinstance(error, click.BadParameter):
        # A choice or a number: click begins with the value.
        message, count = _VALUE.subn("What was given ", error.message)
        told = click.BadParameter(message, error.ctx, error.param, error.param_hint)
        return told if count else error
    context = cast("click.Context", error.ctx)
    if isinstance(error, click.NoSuchOption):
        is_name = _OPTION.fullmatch(error.option_name) is not None
        return error if is_name else click.UsageError("No such option.", context)
    if isinstance(error, click.exceptions.NoSuchCommand):
        names = cast("click.Group", context.command).list_commands(context)
        return click.UsageError(f"No such command. There are {', '.join(names)}.", context)
    if type(error) is click.UsageError and not isinstance(context.command, click.Group):
        return click.UsageError(
            "There is an argument too many. Tokens and passwords go in on stdin or at a prompt, "
            "never on the command line, where other users of the machine can read them.",
            context,
        )
    return error


def _with_variable(error: click.MissingParameter) -> click.MissingParameter:
    """Return the error with the environment variable that would do as well."""
    variables = error.param.envvar if error.param else None
    if not variables:
        return error
    name = variables if isinstance(variables, str) else variables[0]
    told = f"Give it, or set {name}."
    return click.MissingParameter(told, error.ctx, error.param, error.param_hint, error.param_type)
