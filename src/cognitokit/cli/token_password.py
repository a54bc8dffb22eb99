"""`cognitokit token password`: sign in with a password, a code or the pool's own triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cognitokit.cli.challenge_prompts import answered
from cognitokit.cli.failures import Failure
from cognitokit.cli.pool_options import client_option, pool_options
from cognitokit.cli.secret_input import ask, client_secret, password
from cognitokit.cli.talk import waiting
from cognitokit.cli.token_output import output_options, show_tokens
from cognitokit.client.sync.client import CognitoClient
from cognitokit.client.transports.http import HttpTransport
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from cognitokit.client.challenges import SignInResult
    from cognitokit.pool import UserPool

_FLOWS = ("USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH", "ADMIN_USER_PASSWORD_AUTH")


@click.command(name="password")
@pool_options
@client_option
@click.option("--username", help="The user's name or an alias; asked for where it is left out.")
@click.option(
    "--flow",
    type=click.Choice(_FLOWS),
    default=_FLOWS[0],
    show_default=True,
    help="USER_AUTH lets the user choose; ADMIN_USER_PASSWORD_AUTH needs AWS credentials.",
)
@click.option(
    "--prefer", help="With USER_AUTH: the factor to begin with, PASSWORD or EMAIL_OTP for instance."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin's first line.")
@click.option("--ask-secret", is_flag=True, help="Ask for the app client's secret.")
@output_options
def command(
    *,
    pool: UserPool,
    client_id: str,
    username: str | None,
    password_stdin: bool,
    ask_secret: bool,
    kind: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Sign in, answer whatever challenge comes, and print a token.

    The password is asked for, or read from COGNITO_PASSWORD or stdin; the secret of an app client
    that has one from COGNITO_CLIENT_SECRET. Codes and new passwords are asked for as Cognito wants
    them. A passkey needs a browser: `cognitokit token browser`.

    \b
        cognitokit token password eu-west-1_AbCdEfGhI --client-id 1example23456789 --username jane
    """
    name = username or ask("User name")
    with CognitoClient(
        pool,
        client_id=client_id,
        client_secret=client_secret(asked=ask_secret),
        transport=HttpTransport(),
    ) as client:
        result = _signed_in(client, name, from_stdin=password_stdin, **options)
        while not isinstance(result, Tokens):
            result = answered(client, result)
    show_tokens(result, kind, as_json=as_json)


def _signed_in(
    client: CognitoClient, name: str, *, flow: str, prefer: str | None, from_stdin: bool
) -> SignInResult:
    if prefer and flow != "USER_AUTH":
        raise Failure("--prefer goes with --flow USER_AUTH.")
    if flow == "CUSTOM_AUTH":
        with waiting("Signing in"):
            return client.sign_in_with_custom_auth(name)
    if flow == "USER_AUTH" and prefer != "PASSWORD":
        with waiting("Signing in"):
            return client.sign_in_with_choice(name, preferred=prefer)
    secret = password(from_stdin=from_stdin)
    with waiting("Signing in"):
        if flow == "ADMIN_USER_PASSWORD_AUTH":
            return client.admin.sign_in(name, secret)
        return client.sign_in(
            name, secret, flow="USER_AUTH" if flow == "USER_AUTH" else "USER_PASSWORD_AUTH"
        )
