"""`cognitokit decode`: what a token says, offline and without any check."""

from __future__ import annotations

import click

from cognitokit.cli.given_token import read_token
from cognitokit.cli.pool_options import json_option
from cognitokit.cli.talk import rows, say, show, show_json
from cognitokit.verifier import jws


@click.command(name="decode")
@json_option
def command(*, as_json: bool) -> None:
    """Print what the token on stdin says. NOTHING is verified.

    Works offline, and sends the token nowhere. The token must have the strict form that the
    verifier demands; else the status is 1.

    \b
        cognitokit decode < token.txt
    """
    header_segment, _, payload, _ = jws.split(read_token())
    header, claims = jws.parse_object(jws.decode(header_segment)), jws.parse_object(payload)
    if as_json:
        show_json({"verified": False, "header": header, "claims": claims})
    else:
        show("header", "bold")
        for line in rows(header):
            show(line)
        show("claims", "bold")
        for line in rows(claims):
            show(line)
    say(
        "NOT VERIFIED: anybody can write such a token. `cognitokit verify` checks it.",
        "bold yellow",
    )
