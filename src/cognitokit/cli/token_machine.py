"""`cognitokit token client-credentials`: an application's own token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cognitokit.cli.failures import Failure
from cognitokit.cli.pool_options import (
    client_option,
    domain_option,
    http_is_allowed,
    json_option,
    pool_options,
)
from cognitokit.cli.secret_input import client_secret
from cognitokit.cli.talk import show_json, show_secret, waiting
from cognitokit.oauth.credentials import ClientCredentials

if TYPE_CHECKING:
    from cognitokit.pool import UserPool


@click.command(name="client-credentials")
@pool_options
@client_option
@domain_option
@click.option("--scope", "--scopes", "scopes", multiple=True, help="What to ask for. Repeatable.")
@click.option("--ask-secret", is_flag=True, help="Ask for the client secret.")
@json_option
def command(
    *, pool: UserPool, scopes: tuple[str, ...], ask_secret: bool, as_json: bool, **options: Any
) -> None:
    """Get an application's own access token (RFC 6749 4.4).

    The client secret is read from COGNITO_CLIENT_SECRET, or asked for with --ask-secret.

    \b
        cognitokit token client-credentials eu-west-1_AbCdEfGhI --domain my-app \\
            --client-id 1example23456789 --scope tasks/read
    """
    secret = client_secret(asked=ask_secret)
    if secret is None:
        raise Failure(
            "This grant needs the client secret: set COGNITO_CLIENT_SECRET, or give --ask-secret."
        )
    credentials = ClientCredentials(
        pool, client_secret=secret, scopes=scopes, allow_http=http_is_allowed(), **options
    )
    with waiting("Asking for a token"):
        token = credentials.access_token()
    if as_json:
        show_json({"access_token": token, "token_type": "Bearer"})
    else:
        show_secret(token)
