"""`cognitokit jwks`: a pool's keys, to put them into a deployment."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure
from cognitokit.cli.pool_options import pool_options
from cognitokit.cli.talk import say, waiting
from cognitokit.errors import KeysUnavailable
from cognitokit.verifier.fetch import get
from cognitokit.verifier.keys import InvalidKeySet, parse_jwks
from cognitokit.verifier.keysource import FetchFailed

if TYPE_CHECKING:
    from cognitokit.pool import UserPool
    from cognitokit.verifier.keys import KeySet

_DEADLINE = 10.0
_READABLE = 0o644  # the keys are public, and a build often runs as another user


@click.command(name="jwks")
@pool_options
@click.option(
    "--out",
    type=click.Path(allow_dash=True, path_type=Path),
    help="Write this file, all of it or nothing, in place of stdout, which is `-`.",
)
def command(*, pool: UserPool, out: Path | None) -> None:
    """Print the public keys of POOL, for CognitoVerifier(jwks=...).

    The key set is checked by the verifier's own parser before anything is written. With --out a
    file that is there is replaced in one step, and stays as it was if anything fails.

    \b
        cognitokit jwks eu-west-1_AbCdEfGhI --out jwks.json
    """
    place = None if out is None or str(out) == "-" else _file_at(out)
    with waiting(f"Fetching {pool.jwks_uri}"):
        body, keys = fetched(pool)
    text = json.dumps(json.loads(body), indent=2) + "\n"
    if place is None:
        click.echo(text, nl=False)
    else:
        _replace(place, text)
    refused = sorted(keys._refused)
    if refused:
        say(f"Not usable, so tokens that name them are refused: {', '.join(refused)}", "yellow")
    say(f"{len(keys)} usable keys of {pool.id}" + (f" in {out}" if place else ""))


def fetched(pool: UserPool) -> tuple[bytes, KeySet]:
    """Return a pool's key set, as it came and as the verifier reads it.

    Raises:
        KeysUnavailable: It could not be fetched, or is no key set.
    """
    try:
        body = get(pool.jwks_uri, _DEADLINE)
        return body, parse_jwks(body)
    except (FetchFailed, InvalidKeySet) as error:
        why = str(error)
    raise KeysUnavailable(f"The user pool's keys could not be fetched. {why}")


def _file_at(out: Path) -> Path:
    """Return the file that is meant: where a link leads, and the link stays.

    Raises:
        Failure: What is there is none: a folder, a pipe, a device, a circle of links.
    """
    place = os.path.realpath(out)
    # Path's own questions raise where a folder may not be looked into.
    is_new = not os.path.lexists(place) and not os.path.exists(out)  # noqa: PTH110
    if is_new or os.path.isfile(place):  # noqa: PTH113
        return Path(place)
    raise Failure(f"{out} is no regular file. Give the path of one, or - for stdout.")


def _replace(place: Path, text: str) -> None:
    """Write a file beside the place, and then put it there."""
    try:
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        beside = Path(name)
        os.close(handle)
        try:
            beside.write_text(text, encoding="utf-8")
            beside.chmod(_READABLE)
            beside.replace(place)
        except BaseException:  # a full disk, Ctrl-C
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        why = error.strerror
    else:
        return
    raise Failure(f"{place} cannot be written: {why}.", Exit.USAGE)
