"""`cognitokit token browser`: sign in on the pool's own pages, with an authorization code and PKCE."""

from __future__ import annotations

import os
import webbrowser
from typing import TYPE_CHECKING, Any

import click

from cognitokit.cli.loopback import LoopbackCallback
from cognitokit.cli.pool_options import (
    client_option,
    domain_option,
    http_is_allowed,
    pool_options,
    variables,
)
from cognitokit.cli.secret_input import client_secret
from cognitokit.cli.talk import say, waiting
from cognitokit.cli.token_output import output_options, show_tokens
from cognitokit.oauth.client import ManagedLogin

if TYPE_CHECKING:
    from cognitokit.pool import UserPool


@click.command(name="browser")
@pool_options
@client_option
@domain_option
@click.option(
    "--redirect-uri",
    envvar=variables("redirect_uri"),
    default="http://localhost:8400/callback",
    show_default=True,
    help="Where the browser comes back to: on this machine, and among the app client's callback URLs.",
)
@click.option(
    "--scope",
    "--scopes",
    "scopes",
    multiple=True,
    default=["openid"],
    show_default=True,
    help="What to ask for. Repeatable.",
)
@click.option("--provider", help="Go straight to this identity provider, for instance Google.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@click.option(
    "--timeout", type=float, default=300, show_default=True, help="Seconds to wait for the login."
)
@click.option("--ask-secret", is_flag=True, help="Ask for the app client's secret.")
@output_options
def command(
    *,
    pool: UserPool,
    provider: str | None,
    no_browser: bool,
    timeout: float,
    ask_secret: bool,
    kind: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Sign in through managed login in a browser, and print a token (RFC 6749 4.1, RFC 7636).

    Both tokens are verified before anything is printed. The app client needs the authorization
    code grant and the redirect URI among its callback URLs.

    \b
        cognitokit token browser eu-west-1_AbCdEfGhI --client-id 1example23456789 --domain my-app
    """
    login = ManagedLogin(
        pool,
        client_secret=client_secret(asked=ask_secret),
        login_timeout=timeout,
        allow_http=http_is_allowed(),
        **options,
    )
    request = login.begin(identity_provider=provider)
    with LoopbackCallback(login.redirect_uri, request.login_state.state) as callback:
        if no_browser or not _opened(request.url):
            say("Open this address in a browser on this machine:")
            say(request.url)
        with waiting("Waiting for the browser to come back"):
            query = callback.wait(timeout)
    with waiting("Exchanging the code"):
        done = login.complete(query, request.login_state)
    show_tokens(done.tokens, kind, as_json=as_json)


def _opened(url: str) -> bool:
    """Open a browser, and return whether one was found.

    What it says goes to stderr: a browser that runs already likes to say so on stdout, which is
    for the token.
    """
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        return webbrowser.open(url)
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
