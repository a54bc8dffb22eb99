"""`cognitokit token`: get tokens, in one of three ways."""

from __future__ import annotations

import click

from cognitokit.cli.token_browser import command as browser
from cognitokit.cli.token_machine import command as client_credentials
from cognitokit.cli.token_password import command as password


@click.group(name="token")
def command() -> None:
    """Sign in, and print a token alone on stdout.

    \b
        { printf "Authorization: Bearer "; cognitokit token password ...; } |
            curl -H @- https://...
    """


for _way in browser, client_credentials, password:
    command.add_command(_way)
