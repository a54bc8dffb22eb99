"""`cognitokit doctor`: whether a pool, an app client and this machine fit what is to be done with them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click
import httpx

from cognitokit import environment
from cognitokit.cli.exits import Exit
from cognitokit.cli.findings import FLOWS, Finding, clock_finding, examine
from cognitokit.cli.jwks import fetched
from cognitokit.cli.pool_options import client_option, json_option, pool_options, variables
from cognitokit.cli.talk import say, show, show_json, waiting
from cognitokit.client.sync.client import CognitoClient
from cognitokit.client.transports.http import HttpTransport
from cognitokit.errors import AccessError, CognitoKitError, KeysUnavailable, MissingCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.pool import UserPool

_TIMEOUT = 10.0
_APP_CLIENT = "app client"  # what is looked at as one where its settings cannot be
_NO_CREDENTIALS = (
    "There are no usable AWS credentials: configure a role or a profile, or set AWS_ACCESS_KEY_ID "
    "and AWS_SECRET_ACCESS_KEY."
)
_STYLES = {"ok": "green", "warn": "yellow", "bad": "bold red"}


@click.command(name="doctor")
@pool_options
@client_option
@click.option(
    "--flow", "flows", type=click.Choice(FLOWS), multiple=True, help="What must work. Repeatable."
)
@click.option(
    "--redirect-uri", envvar=variables("redirect_uri"), help="A callback URL that must be allowed."
)
@json_option
def command(
    *,
    pool: UserPool,
    client_id: str,
    flows: tuple[str, ...],
    redirect_uri: str | None,
    as_json: bool,
) -> None:
    """Look for what keeps an app client of POOL from working.

    Its keys and this machine's clock are looked at in any case. The rest needs AWS credentials
    with cognito-idp:DescribeUserPool and cognito-idp:DescribeUserPoolClient. Whether
    COGNITO_CLIENT_SECRET is right is told too, and never what it is. The status is 1 where
    anything is bad, and 3 where --flow or --redirect-uri asks for what cannot be looked at.

    \b
        cognitokit doctor eu-west-1_AbCdEfGhI --client-id 1example23456789 \\
            --flow code --redirect-uri https://example.com/callback
    """
    with waiting(f"Looking at {pool.id}"):
        findings = [
            _keys(pool),
            _clock(pool),
            *_settings(pool, client_id, flows=flows, redirect_uri=redirect_uri),
        ]
    if as_json:
        show_json([finding._asdict() for finding in findings])
    else:
        width = max(len(finding.about) for finding in findings)
        for verdict, about, told in findings:
            show(f"{verdict:4}  {about:{width}}  {told}", _STYLES[verdict])
    bad = sum(finding.verdict == "bad" for finding in findings)
    if bad:
        say(f"{bad} of {len(findings)} are bad.", "bold red")
        raise click.exceptions.Exit(Exit.REFUSED)
    asked = [f"--flow {flow}" for flow in flows] + ["--redirect-uri"] * (redirect_uri is not None)
    if asked and any(finding.about == _APP_CLIENT for finding in findings):
        say(f"Nothing can be said of {', '.join(asked)}.", "bold yellow")
        raise click.exceptions.Exit(Exit.UNAVAILABLE)


def _keys(pool: UserPool) -> Finding:
    try:
        _, keys = fetched(pool)
    except KeysUnavailable as error:
        return Finding("bad", "keys", str(error))
    return Finding("ok", "keys", f"{len(keys)} usable at {pool.jwks_uri}")


def _clock(pool: UserPool) -> Finding:
    try:
        answer = httpx.get(pool.jwks_uri, timeout=_TIMEOUT)
    except httpx.HTTPError:
        return Finding("warn", "clock", "Not compared: the address of the keys does not answer.")
    return clock_finding(answer.headers.get("Date"), time.time())


def _settings(
    pool: UserPool, client_id: str, *, flows: tuple[str, ...], redirect_uri: str | None
) -> Iterator[Finding]:
    with CognitoClient(pool, client_id=client_id, transport=HttpTransport()) as client:
        try:
            described = client.call("DescribeUserPool", UserPoolId=pool.id)["UserPool"]
            app = client.call("DescribeUserPoolClient", UserPoolId=pool.id, ClientId=client_id)
        except MissingCredentials:
            yield Finding("warn", _APP_CLIENT, f"Not looked at. {_NO_CREDENTIALS}")
        except AccessError as error:
            yield Finding("warn", _APP_CLIENT, f"Not looked at. {error}")
        except CognitoKitError as error:
            yield Finding("bad", _APP_CLIENT, str(error))
        else:
            yield from examine(
                described,
                app["UserPoolClient"],
                flows=flows,
                redirect_uri=redirect_uri,
                secret=environment.read(os.environ, "client_secret"),
            )
