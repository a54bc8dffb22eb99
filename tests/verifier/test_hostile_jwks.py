"""A server of keys that does anything but serve keys costs time and availability as little as can be."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cognitokit.errors import InvalidSignature, KeysUnavailable, UnknownKey, UntrustedKey
from cognitokit.verifier import keystore
from tests.verifier import forge, hostile_server
from tests.verifier.forge import (
    access_token,
    attacker_key,
    header,
    jwks,
    pool_key,
    second_key,
    sign,
)
from tests.verifier.hostile_server import HostileServer, answering, bad_answers, publishing
from tests.verifier.shells import ASYNCIO, EACH_SHELL, SYNC, TRIO, Clocks, Shell

HOUR = 3600
BAD_ANSWERS = dict(bad_answers(jwks()))
EACH_BAD_ANSWER = pytest.mark.parametrize("answer", BAD_ANSWERS)
EACH_STALL = pytest.mark.parametrize("stall", hostile_server.STALLING)
SLACK = 1.5
"""Seconds that a loaded machine may add to a deadline."""


@pytest.fixture
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the deadlines short enough to be waited for; what they really are is asserted below."""
    monkeypatch.setattr(keystore, "FETCH_DEADLINE", 0.25)
    monkeypatch.setattr(keystore, "REFRESH_DEADLINE", 0.15)


def by(key: forge.Signer, *, hours: float = 1) -> str:
    """Return a sound access token, signed with that key under its own kid."""
    return sign(
        forge.access_claims(exp=int(forge.NOW + hours * HOUR)), header(kid=key.kid), key=key
    )


def lasting() -> str:
    """Return a sound access token that outlives the tests' journeys in time."""
    return by(pool_key(), hours=48)


def test_deadlines_are_five_seconds_and_one() -> None:
    """A first fetch may take 5 seconds in all, a refresh beside good keys 1 second."""
    assert (5.0, 1.0) == (keystore.FETCH_DEADLINE, keystore.REFRESH_DEADLINE)


@EACH_SHELL
@EACH_BAD_ANSWER
def test_bad_answer_on_a_cold_cache(shell: Shell, answer: str) -> None:
    """Without keys a bad answer is KeysUnavailable, after one request; the next good answer heals it."""
    with HostileServer(BAD_ANSWERS[answer]) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        error = verifier.refusal(access_token())

        assert isinstance(error, KeysUnavailable)
        assert (503, True, "keys_unavailable") == (error.http_status, error.retryable, error.reason)
        assert error.retry_after is not None
        assert 1 <= error.retry_after <= 2
        assert 1 == server.requests

        server.behave = publishing(jwks())
        verifier.clocks.pass_(error.retry_after)

        assert forge.SUB == verifier.verify(access_token()).sub
        assert 2 == server.requests


@EACH_SHELL
@EACH_BAD_ANSWER
def test_bad_answer_beside_good_keys(shell: Shell, answer: str) -> None:
    """The last good set serves on through bad answers, up to the hard age of a day and no further."""
    raw, by_new_key = lasting(), by(attacker_key(), hours=48)
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        verifier.prefetch()
        server.behave = BAD_ANSWERS[answer]
        for hours in (1, 12, 10.9):
            verifier.clocks.pass_(hours * HOUR)
            assert raw == verifier.verify(raw).raw
            assert isinstance(verifier.refusal(by_new_key), KeysUnavailable)
        verifier.clocks.pass_(0.2 * HOUR)

        assert isinstance(verifier.refusal(raw), KeysUnavailable)

        server.behave = publishing(jwks())
        verifier.clocks.pass_(30)

        assert raw == verifier.verify(raw).raw


@EACH_SHELL
@EACH_STALL
def test_total_deadline_on_a_cold_cache(shell: Shell, stall: str, short_deadlines: None) -> None:
    """However a server stalls, byte by byte or not at all, the deadline of the whole fetch holds."""
    with HostileServer(hostile_server.STALLING[stall]) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        started = time.monotonic()
        error = verifier.refusal(access_token())
        elapsed = time.monotonic() - started

        assert isinstance(error, KeysUnavailable)
        assert 0.2 <= elapsed < 0.25 + SLACK
        assert 1 == server.requests


@EACH_SHELL
@EACH_STALL
def test_total_deadline_of_a_refresh(shell: Shell, stall: str, short_deadlines: None) -> None:
    """At the soft age a stalling server costs one caller the shorter deadline, and nobody the keys."""
    raw = lasting()
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        verifier.prefetch()
        server.behave = hostile_server.STALLING[stall]
        verifier.clocks.pass_(HOUR)
        started = time.monotonic()

        assert raw == verifier.verify(raw).raw

        refreshed = time.monotonic()
        for _ in range(50):
            assert raw == verifier.verify(raw).raw

        assert 0.1 <= refreshed - started < 0.15 + SLACK
        assert time.monotonic() - refreshed < SLACK
        assert 2 == server.requests


def test_the_real_deadline_against_a_drip() -> None:
    """With nothing replaced, a dripping server is left after five seconds, and not after a hundred."""
    with HostileServer(hostile_server.drip_body) as server:
        started = time.monotonic()
        error = SYNC.verifier(jwks_uri=server.url).refusal(access_token())
        elapsed = time.monotonic() - started

        assert isinstance(error, KeysUnavailable)
        assert 4.5 <= elapsed < 5 + SLACK


@EACH_SHELL
def test_refused_connection(shell: Shell) -> None:
    """A port on which nothing listens is KeysUnavailable at once."""
    started = time.monotonic()
    url = f"http://127.0.0.1:{hostile_server.closed_port()}/jwks.json"

    assert isinstance(shell.verifier(jwks_uri=url).refusal(access_token()), KeysUnavailable)
    assert time.monotonic() - started < SLACK


@EACH_SHELL
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(shell: Shell, status: int) -> None:
    """A redirect is no answer, even to an address with the very keys."""
    with (
        HostileServer(publishing(jwks())) as elsewhere,
        HostileServer(hostile_server.not_http) as server,
    ):
        server.behave = answering(
            json.dumps(jwks()).encode(), f"{status} Moved", headers={"Location": elsewhere.url}
        )

        assert isinstance(
            shell.verifier(jwks_uri=server.url).refusal(access_token()), KeysUnavailable
        )
        assert (1, 0) == (server.requests, elsewhere.requests)
        assert forge.SUB == shell.verifier(jwks_uri=elsewhere.url).verify(access_token()).sub


@EACH_SHELL
def test_certificate_that_nobody_trusts(shell: Shell, tmp_path: Path) -> None:
    """Keys behind a certificate of the server's own making are no keys."""
    tls = hostile_server.untrusted_tls(tmp_path)
    with HostileServer(publishing(jwks()), tls=tls) as server:
        assert server.url.startswith("https:")
        assert isinstance(
            shell.verifier(jwks_uri=server.url).refusal(access_token()), KeysUnavailable
        )
        assert 0 == server.requests


@EACH_SHELL
@pytest.mark.parametrize(
    "flood", ["flood-of-headers", "flood-of-body", "flood-of-chunks", "too-long"]
)
def test_floods_are_left_early(shell: Shell, flood: str) -> None:
    """Of an endless answer little more is taken than the 256 kB that a key set may have."""
    with HostileServer(BAD_ANSWERS[flood]) as server:
        assert isinstance(
            shell.verifier(jwks_uri=server.url).refusal(access_token()), KeysUnavailable
        )

    # What the kernel's buffers on both sides took counts as sent.
    assert server.flooded < 16 * 1024 * 1024


@EACH_SHELL
def test_unusual_but_sound_answers(shell: Shell) -> None:
    """Chunks, white space up to the limit, further members and bad neighbours do not spoil a key set."""
    good = json.dumps(jwks()).encode()
    neighbours = jwks(
        {"kty": "EC", "kid": "x"}, {**second_key().jwk(), "e": "AQ"}, pool_key().jwk()
    )
    answers = {
        "chunked": hostile_server.chunked(jwks()),
        "as-long-as-can-be": answering(good + b" " * (256 * 1024 - len(good))),
        "identity": answering(good, headers={"Content-Encoding": "identity"}),
        "members": publishing({**jwks(), "next": {"update": 1}}),
        "neighbours": publishing(neighbours),
        "html-by-name": answering(good, headers={"X-Content-Type": "text/html"}),
    }
    accepted = {}
    for name, answer in answers.items():
        with HostileServer(answer) as server:
            accepted[name] = shell.verifier(jwks_uri=server.url).verify(access_token()).sub

    assert dict.fromkeys(answers, forge.SUB) == accepted


@EACH_SHELL
def test_a_bad_entry_costs_only_itself(shell: Shell) -> None:
    """A weak or a doubled key of a fetched set is named as such; its good neighbour verifies."""
    for spoiled in (
        [{**second_key().jwk(), "e": "AQ"}],
        [second_key().jwk(), attacker_key().jwk(kid=forge.SECOND_KID)],
    ):
        with HostileServer(publishing(jwks(*spoiled, pool_key().jwk()))) as server:
            verifier = shell.verifier(jwks_uri=server.url)

            assert isinstance(verifier.refusal(by(second_key(), hours=48)), UntrustedKey)
            assert forge.SUB == verifier.verify(access_token()).sub
            assert 1 == server.requests


@EACH_SHELL
def test_rotation(shell: Shell) -> None:
    """A new key is taken as soon as a token names it, with one fetch, and the old one stays."""
    with HostileServer(publishing(jwks(pool_key().jwk()))) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        assert forge.SUB == verifier.verify(access_token()).sub
        assert isinstance(verifier.refusal(by(attacker_key(), hours=48)), UnknownKey)
        server.behave = publishing(jwks(attacker_key().jwk(), pool_key().jwk()))
        verifier.clocks.pass_(10)

        assert forge.SUB == verifier.verify(by(attacker_key(), hours=48)).sub
        assert forge.SUB == verifier.verify(access_token()).sub
        assert 3 == server.requests


@EACH_SHELL
@pytest.mark.parametrize("remember", [0, 16])
def test_removed_key(shell: Shell, remember: int) -> None:
    """A key that is published no more verifies no more after the soft age, remembered tokens included."""
    raw = lasting()
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url, remember=remember)
        for _ in range(3):
            assert raw == verifier.verify(raw).raw
        server.behave = publishing(jwks(second_key().jwk()))
        verifier.clocks.pass_(HOUR - 1)
        assert raw == verifier.verify(raw).raw
        verifier.clocks.pass_(1)

        assert isinstance(verifier.refusal(raw), UnknownKey)
        assert forge.SUB == verifier.verify(by(second_key(), hours=48)).sub


@EACH_SHELL
@pytest.mark.parametrize("remember", [0, 16])
def test_replaced_key(shell: Shell, remember: int) -> None:
    """Other key material under the same kid takes the place of the old: old tokens fail, new ones pass."""
    raw = lasting()
    other = sign(forge.access_claims(exp=forge.NOW + 48 * HOUR), key=attacker_key())
    with HostileServer(publishing(jwks(pool_key().jwk()))) as server:
        verifier = shell.verifier(jwks_uri=server.url, remember=remember)
        for _ in range(2):
            assert raw == verifier.verify(raw).raw
        assert isinstance(verifier.refusal(other), InvalidSignature)
        server.behave = publishing(jwks(attacker_key().jwk(kid=forge.POOL_KID)))
        verifier.clocks.pass_(HOUR)

        assert isinstance(verifier.refusal(raw), InvalidSignature)
        assert forge.SUB == verifier.verify(other).sub


@EACH_SHELL
def test_a_set_that_lost_all_its_keys_does_not_replace_the_good_one(shell: Shell) -> None:
    """An empty set is a failed fetch, not the news that all keys were withdrawn."""
    raw = lasting()
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        verifier.prefetch()
        server.behave = publishing({"keys": []})
        verifier.clocks.pass_(2 * HOUR)

        assert raw == verifier.verify(raw).raw
        assert isinstance(verifier.refusal(by(attacker_key(), hours=48)), KeysUnavailable)


@EACH_SHELL
def test_failures_back_off(shell: Shell) -> None:
    """The pauses between failing fetches grow from a second or two to half a minute at most."""
    with HostileServer(answering(b"", "500 Internal Server Error")) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        pauses = []
        for attempt in range(1, 10):
            error = verifier.refusal(access_token())
            assert isinstance(error, KeysUnavailable)
            assert error.retry_after is not None
            again = verifier.refusal(access_token())
            assert isinstance(again, KeysUnavailable)
            assert again.retry_after == error.retry_after
            assert attempt == server.requests
            pauses.append(error.retry_after)
            verifier.clocks.pass_(error.retry_after)

        assert all(1 <= pause <= 30 for pause in pauses)
        assert all(pause >= 15 for pause in pauses[-3:])
        assert len(set(pauses)) == len(pauses)


def test_only_the_configured_address_is_asked() -> None:
    """No header, issuer or key id makes a verifier ask for anything but its own key set."""
    url = f"http://127.0.0.1:{hostile_server.closed_port()}"
    with (
        HostileServer(publishing(jwks())) as elsewhere,
        HostileServer(publishing(jwks())) as server,
    ):
        for shell in (SYNC, ASYNCIO, TRIO):
            verifier = shell.verifier(jwks_uri=server.url, clocks=Clocks())
            before = server.requests
            for target in (elsewhere.url, url):
                for head in (
                    header(jku=target),
                    header(x5u=target),
                    header(kid=target),
                    header(kid=target, jku=target),
                    header(iss=target),
                ):
                    for key in (pool_key(), attacker_key()):
                        raw = sign(forge.access_claims(jwks_uri=target), head, key=key)
                        if head != header(iss=target) or key is attacker_key():
                            verifier.refusal(raw)
                for iss in (target, forge.OTHER_ISSUER, forge.UPDATED_ISSUER + "/"):
                    raw = sign(
                        forge.access_claims(iss=iss), header(kid="unknown"), key=attacker_key()
                    )
                    assert "iss" == getattr(verifier.refusal(raw), "claim", None)

            assert server.requests - before <= 2

        assert 0 == elsewhere.requests
