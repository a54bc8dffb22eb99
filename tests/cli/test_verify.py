"""`cognitokit verify`."""

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cognitokit.cli.commands import cli
from cognitokit.testing import TokenMint
from tests.cli.running import CLIENT, POOL, Ended, run, start

HOUR = 3600


@pytest.fixture
def keys(mint: TokenMint, tmp_path: Path) -> str:
    """The mint's keys in a file."""
    place = tmp_path / "jwks.json"
    place.write_text(json.dumps(mint.jwks))
    return str(place)


def verify(keys: str, raw: str, *options: str, use: str = "access") -> Ended:
    """Verify a token offline."""
    own = () if {"--any-client", "--client-id"} & set(options) else ("--client-id", CLIENT)
    return run("verify", POOL, *own, "--token-use", use, "--jwks", keys, *options, stdin=raw)


def test_a_good_token(mint: TokenMint, keys: str) -> None:
    """A token that holds ends with 0, its claims on stdout and the verdict on stderr."""
    done = verify(keys, mint.access_token("jane"))

    assert 0 == done.status
    assert "jane" in done.out
    assert done.err.startswith("VALID: an access token; exp: ")


def test_a_good_token_as_json(mint: TokenMint, keys: str) -> None:
    """A program reads the verdict, the kind and the claims."""
    done = verify(keys, mint.id_token("jane"), "--json", use="any")

    assert 0 == done.status
    assert (True, "id") == (done.json["valid"], done.json["token_use"])
    assert "jane" == done.json["claims"]["cognito:username"]


def test_the_check_that_refused_is_named(mint: TokenMint, keys: str) -> None:
    """An expired token ends with 1, and with reason, claim and what the token says in it."""
    exp = int(time.time()) - 2 * HOUR
    done = verify(keys, mint.access_token(exp=exp))

    assert 1 == done.status
    assert "expired" in done.out
    assert "2 hours ago" in done.out
    assert "What the token says in exp is not verified." in done.err
    assert done.err.startswith("REFUSED by ExpiredToken: The token has expired.\n")


def test_a_claim_that_is_missing_is_said_to_be(mint: TokenMint, keys: str) -> None:
    """What is asked for and what the token has stand one below the other."""
    done = verify(keys, mint.access_token("jane"), "--group", "admin")

    assert 1 == done.status
    assert [
        "  reason          forbidden",
        "  claim           cognito:groups",
        '  expected        ["admin"]',
        "  cognito:groups  (the token has no such claim)",
    ] == done.out.splitlines()


def test_a_refusal_as_json(mint: TokenMint, keys: str) -> None:
    """A program reads reason, claim and what was expected, and nothing of the token."""
    done = verify(keys, mint.access_token(), "--client-id", "another0client", "--json")

    assert 1 == done.status
    assert {
        "valid": False,
        "error": "InvalidClaim",
        "reason": "claim",
        "claim": "client_id",
        "expected": ["another0client"],
        "message": "The token's client_id claim is not acceptable; expected: another0client.",
    } == done.json
    assert "" == done.err


@pytest.mark.parametrize("is_good", [True, False])
def test_the_verdict_comes_first_and_once(mint: TokenMint, keys: str, is_good: bool) -> None:
    """Whoever sees both streams reads the verdict, then why; no sentence stands there twice."""
    raw = mint.access_token("jane")
    more = [] if is_good else ["--group", "admin"]
    options = ["--client-id", CLIENT, "--token-use", "access", "--jwks", keys, *more]
    both = CliRunner().invoke(cli, ["verify", POOL, *options], input=raw).output.splitlines()

    assert ("VALID: " if is_good else "REFUSED by MissingGroup: ") == both[0][
        : 7 if is_good else 25
    ]
    assert len(both) == len(set(both))


@pytest.mark.parametrize(
    ("one", "many"), [("--scope", "--scopes"), ("--group", "--groups"), ("--issuer", "--issuers")]
)
def test_options_are_called_as_in_the_library(
    mint: TokenMint, keys: str, one: str, many: str
) -> None:
    """An option that may be repeated has the library's name besides its own."""
    value = {"--scope": "tasks/read", "--group": "admin", "--issuer": mint.issuer}[one]
    raw = mint.access_token(scopes=["tasks/read"], groups=["admin"])

    assert [0, 0] == [verify(keys, raw, option, value).status for option in (one, many)]
    assert [1, 1] == [
        verify(keys, raw, option, f"{value}x".replace("comx", "com/x")).status
        for option in (one, many)
    ]


def test_a_refusal_without_a_claim(mint: TokenMint, keys: str) -> None:
    """A bad signature is told as such, without anything that the token says."""
    raw = mint.access_token("jane")
    done = verify(keys, raw[:-8] + ("AAAAAAAA" if raw[-8:] != "AAAAAAAA" else "BBBBBBBB"))

    assert 1 == done.status
    assert "  reason  signature\n" == done.out


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (["--scope", "tasks/read"], ["--scope", "tasks/write"]),
        (["--any-scope", "tasks/read", "--any-scope", "x/y"], ["--any-scope", "x/y"]),
        (["--group", "admin"], ["--group", "admin", "--group", "staff"]),
        (["--any-group", "admin", "--any-group", "staff"], ["--any-group", "staff"]),
        (["--max-age", "3600"], ["--max-age", "10"]),
        (["--audience", "https://tasks.example.com"], ["--audience", "https://other.example.com"]),
        (["--any-client", "--audience", "https://tasks.example.com"], ["--any-client"]),
    ],
)
def test_each_demand_is_made(mint: TokenMint, keys: str, good: list[str], bad: list[str]) -> None:
    """An option adds its demand: what meets it is accepted, what does not is refused."""
    bound: dict[str, Any] = {"aud": "https://tasks.example.com"} if "--audience" in good else {}
    raw = mint.access_token(
        "jane",
        scopes=["tasks/read"],
        groups=["admin"],
        auth_time=int(time.time()) - 100,
        **bound,
    )

    assert 0 == verify(keys, raw, *good).status
    assert 1 == verify(keys, raw, *bad).status


def test_a_max_age_of_zero_is_refused(mint: TokenMint, keys: str) -> None:
    """Zero is refused, and not taken for an option that was left out."""
    raw = mint.access_token("jane", auth_time=int(time.time()) - 100)

    assert 2 == verify(keys, raw, "--max-age", "0").status
    assert 0 == verify(keys, raw, "--leeway", "0").status


def test_a_nonce_is_demanded(mint: TokenMint, keys: str) -> None:
    """An id token's nonce must be the one that is given."""
    raw = mint.id_token(nonce="n-0S6")

    assert 0 == verify(keys, raw, "--nonce", "n-0S6", use="id").status
    assert 1 == verify(keys, raw, "--nonce", "other", use="id").status


def test_leeway_widens(mint: TokenMint, keys: str) -> None:
    """A token that has just expired passes with leeway alone."""
    raw = mint.access_token(exp=int(time.time()) - 30)

    assert 0 == verify(keys, raw, "--leeway", "120").status
    assert 1 == verify(keys, raw).status


@pytest.mark.parametrize(
    "options",
    [
        ["--token-use", "access"],
        ["--token-use", "access", "--any-client", "--client-id", CLIENT],
        ["--client-id", CLIENT],
        ["--client-id", CLIENT, "--token-use", "refresh"],
        ["--client-id", CLIENT, "--token-use", "access", "--refresh-keys"],
        ["--client-id", CLIENT, "--token-use", "access", "--jwks", "no-such-file"],
        ["--client-id", CLIENT, "--token-use", "access", "--leeway", "601"],
    ],
)
def test_what_weakens_a_check_must_be_said(mint: TokenMint, options: list[str]) -> None:
    """Neither whose tokens nor which kind has a default, and a wrong option is refused as one."""
    done = run("verify", POOL, *options, stdin=mint.access_token())

    assert 2 == done.status
    assert "" == done.out


def test_keys_are_fetched(mint: TokenMint) -> None:
    """Without a file of keys they come from the pool, and the verdict is all that is said."""
    with mint.serve() as server:
        where = ["--jwks-uri", server.pool.jwks_uri]
        done = start(
            "verify", POOL, "--client-id", CLIENT, "--token-use", "access", *where,
            stdin=mint.access_token("jane"),
        )  # fmt: skip

    assert 0 == done.status
    assert done.err.startswith("VALID")


def test_a_key_that_a_file_lacks_is_fetched(keys: str) -> None:
    """With --refresh-keys a rotated key is found, without it the token is refused."""
    rotated = TokenMint(POOL, client_id=CLIENT)
    rotated.rotate()
    raw = rotated.access_token()
    with rotated.serve() as server:
        options = ("--jwks-uri", server.pool.jwks_uri)
        with_it = verify(keys, raw, *options, "--refresh-keys")
        without = verify(keys, raw, *options)

    assert 0 == with_it.status
    assert (1, True) == (without.status, "key_not_found" in without.out)


def test_an_outage_is_no_verdict(mint: TokenMint) -> None:
    """Where the keys cannot be fetched the status is 3 and nothing is said of the token."""
    with mint.serve() as server:
        server.down()
        done = run(
            "verify", POOL, "--any-client", "--token-use", "any", "--jwks-uri", server.pool.jwks_uri,
            stdin=mint.access_token(),
        )  # fmt: skip

    assert 3 == done.status
    assert "" == done.out
    assert "could not be fetched" in done.err


def test_an_outage_is_told_once(mint: TokenMint) -> None:
    """A process of its own says in one line that the keys cannot be fetched; the log adds none."""
    with mint.serve() as server:
        server.down()
        done = start(
            "verify", POOL, "--any-client", "--token-use", "any", "--jwks-uri", server.pool.jwks_uri,
            stdin=mint.access_token(),
        )  # fmt: skip

    assert 3 == done.status
    assert [True] == ["could not be fetched" in line for line in done.err.splitlines()]


def test_settings_come_from_the_environment(mint: TokenMint, keys: str) -> None:
    """Pool, app client and issuers may be given as the library's own variables."""
    env = {
        "COGNITO_USER_POOL_ID": POOL,
        "AWS_COGNITO_USER_POOL_CLIENT_ID": CLIENT,
        "COGNITO_ISSUERS": "https://idp.example.com/pool",
    }
    options = ("verify", "--token-use", "access", "--jwks", keys)
    elsewhere = run(*options, stdin=mint.access_token(), env=env)
    there = run(*options, stdin=mint.access_token(iss="https://idp.example.com/pool"), env=env)
    given = run(*options, "--issuer", mint.issuer, stdin=mint.access_token(), env=env)

    assert [1, 0, 0] == [elsewhere.status, there.status, given.status]


@pytest.mark.parametrize("joined", ["{} another0client", "{},another0client"])
def test_one_app_client_in_a_variable(mint: TokenMint, keys: str, joined: str) -> None:
    """The variable names one app client, as from_env() reads it; several are options of the command."""
    options = ("verify", POOL, "--token-use", "access", "--jwks", keys)
    several = run(
        *options, stdin=mint.access_token(), env={"COGNITO_CLIENT_ID": joined.format(CLIENT)}
    )
    typed = run(
        *options, "--client-id", "another0client", "--client-id", CLIENT, stdin=mint.access_token()
    )
    one = run(*options, stdin=mint.access_token(), env={"COGNITO_CLIENT_ID": CLIENT})

    assert 0 != several.status
    assert [0, 0] == [typed.status, one.status]


@pytest.mark.parametrize("refresh", [True, False])
def test_progress_shows_where_something_may_be_fetched(
    mint: TokenMint, keys: str, monkeypatch: pytest.MonkeyPatch, *, refresh: bool
) -> None:
    """With a file of keys there is nothing to wait for, unless it may be refreshed."""
    waited: list[str] = []

    def waiting(what: str) -> contextlib.nullcontext[None]:
        waited.append(what)
        return contextlib.nullcontext()

    monkeypatch.setattr("cognitokit.cli.verify.waiting", waiting)
    done = verify(keys, mint.access_token(), *(["--refresh-keys"] if refresh else []))

    assert 0 == done.status
    assert (["Verifying"] if refresh else []) == waited


def test_a_refusal_names_the_option(mint: TokenMint, keys: str) -> None:
    """What the library would have named as its argument is named as it is typed here."""
    bound = mint.access_token(aud="https://api.example.com")
    refused = verify(keys, bound)
    accepted = verify(keys, bound, "--audience", "https://api.example.com")

    assert (1, True) == (refused.status, "name it with --audience." in refused.err)
    assert 0 == accepted.status


def test_a_pool_that_is_none_is_refused() -> None:
    """A malformed pool id ends with the library's own sentence."""
    done = run("verify", "nonsense", "--any-client", "--token-use", "any", stdin="x")

    assert 2 == done.status
    assert "A user pool id looks like" in done.err


def test_any_client_goes_before_the_environment(mint: TokenMint, keys: str) -> None:
    """Whoever asks for any app client is not held to the one that a variable names."""
    env = {"COGNITO_CLIENT_ID": "another0client"}
    options = ("verify", POOL, "--token-use", "access", "--jwks", keys)
    held = run(*options, stdin=mint.access_token(), env=env)
    free = run(*options, "--any-client", stdin=mint.access_token(), env=env)

    assert [1, 0] == [held.status, free.status]
