"""`cognitokit verify`: whether a token holds, and if not, which check refused it."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cognitokit import environment
from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure, with_options
from cognitokit.cli.given_token import read_token
from cognitokit.cli.pool_options import json_option, pool_options, variables
from cognitokit.cli.talk import moment, rows, say, show, show_json, waiting
from cognitokit.errors import InsufficientPermission, TokenError
from cognitokit.tokens import AccessToken
from cognitokit.verifier import CognitoVerifier, jws

if TYPE_CHECKING:
    from cognitokit.pool import UserPool
    from cognitokit.tokens import VerifiedToken


@click.command(name="verify")
@pool_options
@click.option(
    "--client-id",
    "client_ids",
    multiple=True,
    envvar=variables("client_id"),
    help="An app client whose tokens are accepted. Repeatable.",
)
@click.option("--any-client", is_flag=True, help="Accept the tokens of every app client.")
@click.option(
    "--token-use",
    type=click.Choice(["access", "id", "any"]),
    required=True,
    help="Which kind of token is accepted.",
)
@click.option(
    "--scope", "--scopes", "scopes", multiple=True, help="A scope that it must have. Repeatable."
)
@click.option("--any-scope", multiple=True, help="It must have one of these. Repeatable.")
@click.option(
    "--group", "--groups", "groups", multiple=True, help="A group of its user. Repeatable."
)
@click.option("--any-group", multiple=True, help="Its user must be in one of these. Repeatable.")
@click.option("--audience", multiple=True, help="A resource it may be bound to. Repeatable.")
@click.option("--nonce", help="What an id token's nonce must be.")
@click.option("--leeway", type=float, default=0, help="Seconds by which exp and nbf are widened.")
@click.option("--max-age", type=float, help="Seconds since the user signed in, at most.")
@click.option(
    "--jwks",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the keys, as `cognitokit jwks` writes it: then nothing is fetched.",
)
@click.option("--refresh-keys", is_flag=True, help="With --jwks: fetch a key that it lacks.")
@json_option
def command(*, pool: UserPool, as_json: bool, nonce: str | None, **options: Any) -> None:
    """Verify the token on stdin as an application of POOL would.

    Every check of the library is made. Where one refuses the token, its reason is printed: the
    word that TokenError.reason has, and the claim at fault. The status is then 1.

    \b
        cognitokit verify eu-west-1_AbCdEfGhI --client-id 1example23456789 \\
            --token-use access < token.txt
    """
    verifier = _verifier(pool, options)
    extra: dict[str, Any] = {} if nonce is None else {"nonce": nonce}
    raw = read_token()
    try:
        is_offline = options["key_file"] and not options["refresh_keys"]
        with contextlib.nullcontext() if is_offline else waiting("Verifying"):
            token = verifier.verify(raw, **extra)
    except (TokenError, InsufficientPermission) as error:
        refusal = error.with_traceback(None)
    else:
        _accepted(token, as_json=as_json)
        return
    _refused(refusal, raw, as_json=as_json)
    raise click.exceptions.Exit(Exit.REFUSED)


def _verifier(pool: UserPool, options: dict[str, Any]) -> CognitoVerifier[Any]:
    client_ids, any_client = options["client_ids"], options["any_client"]
    source = click.get_current_context().get_parameter_source("client_ids")
    if source is click.core.ParameterSource.ENVIRONMENT:
        # What is said here and now goes before the surroundings, which name one app client, as
        # from_env() reads them.
        client_ids = () if any_client else environment.read(os.environ, "client_id")
    if bool(client_ids) == any_client:
        raise Failure("Say whose tokens are accepted: either --client-id or --any-client.")
    settings: dict[str, Any] = {
        name: options[name]
        for name in ("scopes", "any_scope", "groups", "any_group", "leeway", "max_age")
        if options[name] not in ((), None)
    }
    use = options["token_use"]
    return CognitoVerifier(
        pool,
        client_id=None if any_client else client_ids,
        token_use=None if use == "any" else use,
        audience=options["audience"] or None,
        jwks=options["key_file"],
        refresh_keys=options["refresh_keys"],
        **settings,
    )


def _accepted(token: VerifiedToken, *, as_json: bool) -> None:
    kind = "access" if isinstance(token, AccessToken) else "id"
    if as_json:
        show_json({"valid": True, "token_use": kind, "claims": token.to_dict()})
        return
    say(f"VALID: an {kind} token; exp: {moment(token.expires_at, time.time())}.", "bold green")
    for line in rows(token.to_dict()):
        show(line)


def _refused(error: TokenError | InsufficientPermission, raw: str, *, as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "valid": False,
                "error": type(error).__name__,
                "reason": error.reason,
                "claim": error.claim,
                "expected": error.expected,
                "message": str(error),
            }
        )
        return
    say(f"REFUSED by {type(error).__name__}: {with_options(str(error))}", "bold red")
    told = {"reason": error.reason, "claim": error.claim, "expected": error.expected}
    told = {name: value for name, value in told.items() if value is not None}
    for line in rows(told | ({} if error.claim is None else _claim(raw, error.claim))):
        show(line)
    if error.claim is not None:
        say(f"What the token says in {error.claim} is not verified.", "yellow")


def _claim(raw: str, claim: str) -> dict[str, Any]:
    """Return the claim at fault, and what the token says in it."""
    # A claim is at fault only where the payload could be parsed.
    claims = jws.parse_object(jws.split(raw)[2])
    return {claim: claims.get(claim, "(the token has no such claim)")}
