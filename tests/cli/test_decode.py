"""`cognitokit decode`."""

import base64
import json
import time

import pytest

from cognitokit.cli.talk import moment, printable, rows, span
from cognitokit.testing import TokenMint
from tests.cli.running import run, start, type_at


def token_with(**claims: object) -> str:
    """A token of the strict form, signed by nobody."""
    parts = ({"alg": "RS256", "kid": "k"}, claims)
    segments = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    ]
    return ".".join([*segments, "AAAA"])


def test_it_prints_header_claims_and_a_warning(mint: TokenMint) -> None:
    """Everything that the token says is on stdout, and that nothing was verified on stderr."""
    raw = mint.access_token("jane", groups=["admin"])

    done = run("decode", stdin=raw)

    assert 0 == done.status
    assert "header\n" in done.out
    assert "RS256" in done.out
    assert '["admin"]' in done.out
    assert "jane" in done.out
    assert "NOT VERIFIED" in done.err
    assert "NOT VERIFIED" not in done.out


def test_times_are_readable(mint: TokenMint) -> None:
    """A time is told as a date, and how far away it is."""
    done = run("decode", stdin=mint.access_token(exp=int(time.time()) + 7210))

    [line] = [line for line in done.out.splitlines() if line.startswith("  exp ")]
    assert " UTC, in 2 hours)" in line


def test_json_is_the_whole_token_and_says_that_it_is_not_verified(mint: TokenMint) -> None:
    """A program reads header and claims, and cannot miss that nothing was verified."""
    done = run("decode", "--json", stdin=mint.access_token("jane"))

    assert 0 == done.status
    assert done.json["verified"] is False
    assert "RS256" == done.json["header"]["alg"]
    assert "jane" == done.json["claims"]["username"]


@pytest.mark.parametrize("before", ["Bearer ", "bearer   ", "\n  "])
def test_what_comes_around_a_token_is_left_out(mint: TokenMint, before: str) -> None:
    """A header's value, or a line with white space, is as good as the token alone."""
    done = run("decode", "--json", stdin=f"{before}{mint.access_token('jane')}\n")

    assert 0 == done.status
    assert "jane" == done.json["claims"]["username"]


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        ("", 2, "There is no token on stdin"),
        ("Bearer ", 2, "There is no token on stdin"),
        ("not a token", 1, "not a well-formed"),
        ("a.b.c.d.e", 1, "encrypted"),
        (b"\xff\xfe.\x00.", 1, "not a well-formed"),
    ],
)
def test_what_is_no_token_is_refused(given: str | bytes, status: int, told: str) -> None:
    """Anything but a token ends with one sentence that says what is wrong."""
    done = run("decode", stdin=given)

    assert status == done.status
    assert "" == done.out
    assert told in done.err
    assert 1 == done.err.count("\n")


def test_no_token_can_move_the_cursor() -> None:
    """Control characters and turned letters of a token reach no terminal as such."""
    hostile = token_with(name="\x1b[2J\u202eevil\x07", **{"\x1b]0;owned\x07": 1})

    done = run("decode", stdin=hostile)

    assert 0 == done.status
    assert "\\u001b[2J" in done.out
    assert "\\u202eevil" in done.out
    assert not set(done.out) & {"\x1b", "\x07", "\u202e"}


def test_a_name_that_is_no_ascii_is_readable() -> None:
    """A user's name is shown as it is written."""
    assert "Jürgen Ω" in run("decode", stdin=token_with(name="Jürgen Ω")).out


def test_it_reads_stdin_as_a_process(mint: TokenMint) -> None:
    """The script works in a pipe, and writes no color there."""
    done = start("decode", stdin=mint.access_token("jane"))

    assert 0 == done.status
    assert "jane" in done.out
    assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1_000.0, "1970-01-01 00:16:40 UTC, 0 seconds ago"),
        (1_001.0, "1970-01-01 00:16:41 UTC, in 1 second"),
        (880, "1970-01-01 00:14:40 UTC, 2 minutes ago"),
        (1e30, "no time that a calendar has"),
    ],
)
def test_a_moment(seconds: float, told: str) -> None:
    """A time is a date and a distance; what no calendar has is said to be that."""
    assert told == moment(seconds, 1_000.0)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 seconds"), (59.6, "1 minute"), (-7200, "2 hours"), (86_400, "1 day")],
)
def test_a_span(seconds: float, told: str) -> None:
    """A length of time is told in its largest unit."""
    assert told == span(seconds)


def test_rows_of_nothing_are_none() -> None:
    """An empty object has no rows, and a time that is no number is shown as it is."""
    assert [] == list(rows({}))
    assert ["  exp  true", "  nbf  soon"] == list(rows({"exp": True, "nbf": "soon"}, now=0))


def test_lines_stay_lines() -> None:
    """A line break is kept where a text has several lines."""
    assert "a\nb\\tc" == printable("a\nb\tc")


def test_on_a_terminal_it_says_how_the_input_ends(mint: TokenMint) -> None:
    """Whoever pastes a token by hand reads what to press."""
    done = type_at("decode", "--json", typed=f"{mint.access_token('jane')}\n\x04")

    assert "jane" == done.json["claims"]["username"]
    assert done.err.startswith("Paste the token, then press Return and Ctrl-D.\n")


def segment(content: bytes) -> str:
    """A segment of a token."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


HEADER = segment(b'{"alg":"RS256","kid":"k"}')
SECRET = "s3cretpart"
NOT_WELL_FORMED = "cognitokit: The token is not a well-formed JSON Web Token.\n"


def test_a_scheme_too_many_is_told() -> None:
    """One "Bearer" is left out, two are a mistake that the sentence names without the rest."""
    done = run("decode", stdin=f"Bearer Bearer {SECRET}")

    assert (1, "", "leave out the 'Bearer ' before it.\n") == (
        done.status,
        done.out,
        done.err[-35:],
    )
    assert SECRET not in done.err


@pytest.mark.parametrize(
    "payload",
    [
        b'["s3cretpart"]',
        b'{"s3cretpart":1,"s3cretpart":2}',
        b'{"sub":s3cretpart}',
        b'{"s3cretpart":NaN}',
        rb'{"sub":"\ud800s3cretpart"}',
        b'{"s3cretpart":' + b"9" * 5000 + b"}",
        b"s3cretpart\xff",
    ],
)
def test_a_payload_that_cannot_be_decoded_is_not_repeated(payload: bytes) -> None:
    """Nothing of it is in the sentence that says so."""
    done = run("decode", stdin=f"{HEADER}.{segment(payload)}.AAAA")

    assert (1, "", NOT_WELL_FORMED) == done


@pytest.mark.parametrize(
    "raw",
    [
        SECRET,
        f"{SECRET} {SECRET}",
        f"{SECRET}.{SECRET}.{SECRET}",
        f"{HEADER}.{SECRET}!.AAAA",
        SECRET * 5000,
    ],
)
@pytest.mark.parametrize("options", [["decode"], ["decode", "--json"]])
def test_what_cannot_be_decoded_is_not_repeated(options: list[str], raw: str) -> None:
    """One fixed sentence says so: what was meant as a token may be a secret of another kind."""
    done = run(*options, stdin=raw)

    assert (1, "", NOT_WELL_FORMED) == done
