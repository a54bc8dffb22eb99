"""The small print of the modules that decide: what no attack shows, and a changed operator would break."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from cognitokit.errors import ConfigurationError, InvalidClaim, MalformedToken
from cognitokit.verifier import Permissions, jws, keystore, policy
from cognitokit.verifier.keys import KeySet, parse_jwks
from cognitokit.verifier.keystore import Fetch, Hit, KeyStore, Unavailable
from tests.verifier import forge
from tests.verifier.forge import NOW, access_token
from tests.verifier.shells import offline

KEYS = parse_jwks(forge.jwks())
OTHER_KEYS = parse_jwks(forge.jwks(forge.attacker_key().jwk()))
WALL = float(NOW)


class Driven:
    """A key store and one clock for both of its times, counted from zero."""

    def __init__(self, keys: KeySet | None = None) -> None:
        self.now = 0.0
        self.store = KeyStore(keys, mono=0.0, wall=WALL)

    def ask(
        self, kid: str | None = "unknown", *, seen: int | None = None
    ) -> Hit | Fetch | Unavailable:
        """Ask for a key, as one who has just come."""
        return self.store.ask(
            kid,
            seen=self.store.completed if seen is None else seen,
            flying=False,
            mono=self.now,
            wall=WALL + self.now,
        )

    def start(self) -> Any:
        """Begin a fetch."""
        return self.store.started(keystore.FETCH_DEADLINE, mono=self.now, wall=WALL + self.now)

    def succeed(self, keys: KeySet = KEYS) -> None:
        """Fetch with success."""
        self.store.succeeded(self.start(), keys)

    def fail(self) -> None:
        """Fetch in vain, with the shortest pause."""
        self.store.failed(self.start(), mono=self.now, wall=WALL + self.now, jitter=0.0)

    def abandon(self) -> None:
        """Begin a fetch and be cancelled."""
        self.store.abandoned(self.start(), mono=self.now, wall=WALL + self.now, jitter=0.0)


def kind(decision: object) -> str:
    """Return what was decided."""
    return type(decision).__name__


def test_an_empty_store_is_never_fresh() -> None:
    """Without keys nothing may be used without asking, at no time of either clock."""
    assert (None, -inf, -inf) == KeyStore().fresh


def test_given_keys_count_from_zero_unless_told() -> None:
    """Keys without a time are as old as the clocks."""
    store = KeyStore(KEYS)

    assert (KEYS, 3600.0, 3600.0) == store.fresh
    assert "Hit" == kind(store.ask(None, seen=0, flying=False, mono=3599.5, wall=0.0))
    assert "Fetch" == kind(store.ask(None, seen=0, flying=False, mono=3600.0, wall=0.0))
    assert "Fetch" == kind(store.ask(None, seen=0, flying=False, mono=0.0, wall=3600.0))


def test_completed_counts_what_has_ended() -> None:
    """Successes and failures count one each, abandoned fetches nothing."""
    driven = Driven()
    counts = [driven.store.completed]
    for act in (
        driven.succeed,
        driven.fail,
        driven.fail,
        driven.succeed,
        driven.abandon,
        driven.fail,
    ):
        driven.now += 60
        act()
        counts.append(driven.store.completed)

    assert [0, 1, 2, 3, 4, 4, 5] == counts


def test_pauses_double_up_to_half_a_minute() -> None:
    """Without jitter the pauses are 1, 2, 4, 8, 15 seconds and no longer; with it twice that at most."""
    driven, longest = Driven(), KeyStore()
    shortest_pauses, longest_pauses = [], []
    for attempt in range(7):
        driven.now = attempt * 100.0
        driven.fail()
        decision = driven.ask()
        assert isinstance(decision, Unavailable)
        shortest_pauses.append(decision.retry_after)
        asked = longest.started(5.0, mono=driven.now, wall=WALL)
        longest.failed(asked, mono=driven.now, wall=WALL, jitter=0.999)
        decision = longest.ask(None, seen=0, flying=False, mono=driven.now, wall=WALL)
        assert isinstance(decision, Unavailable)
        longest_pauses.append(round(decision.retry_after, 1))

    assert [1, 2, 4, 8, 15, 15, 15] == shortest_pauses
    assert [2, 4, 8, 16, 30, 30, 30] == longest_pauses


def test_a_success_ends_the_back_off() -> None:
    """After a success failures are counted anew."""
    driven = Driven()
    for _ in range(4):
        driven.now += 60
        driven.fail()
    driven.now += 60
    driven.succeed()
    driven.now += 60
    driven.fail()
    decision = driven.ask()

    assert isinstance(decision, Unavailable)
    assert 1 == decision.retry_after


def test_the_third_fetch_waits_for_the_first_to_be_ten_seconds_old() -> None:
    """While fetches fail, retry_after says when the older of two leaves the window."""
    driven = Driven(KEYS)
    driven.now = 100.0
    driven.succeed()
    driven.now = 104.0
    driven.fail()
    driven.now = 107.0
    decision = driven.ask()

    assert isinstance(decision, Unavailable)
    assert 3 == decision.retry_after
    assert "Hit" == kind(driven.ask(forge.POOL_KID))
    driven.now = 110.0
    assert "Fetch" == kind(driven.ask())


def test_abandoned_fetches_do_not_count_as_made() -> None:
    """One that was cancelled gives its place back, and takes no other's."""
    driven = Driven(KEYS)
    driven.now = 100.0
    driven.abandon()
    driven.succeed()
    driven.now = 101.0
    driven.abandon()
    assert "Fetch" == kind(driven.ask())
    driven.now = 102.0
    driven.succeed()

    # Two that were made, at 100 and at 102: the key is unknown, and no third is made.
    assert "Hit" == kind(driven.ask())


def test_only_eight_in_a_row_are_forgiven() -> None:
    """Who cancels again and again is taken for a failure at the ninth time; one that ends clears the slate."""

    def forgiven(driven: Driven) -> int:
        for count in range(30):
            if kind(driven.ask()) != "Fetch":
                return count
            driven.abandon()
        return 30

    fresh, after_success, after_failure = Driven(KEYS), Driven(KEYS), Driven(KEYS)
    counts = [forgiven(fresh)]
    for driven, end in (
        (after_success, after_success.succeed),
        (after_failure, after_failure.fail),
    ):
        forgiven(driven)
        driven.now += 60
        end()
        driven.now += 60
        counts.append(forgiven(driven))

    assert [9, 9, 9] == counts


def test_news_since_the_question_is_news_enough() -> None:
    """Who waited for a fetch that ended well is told what it brought, also after failures between."""
    driven = Driven()
    for _ in range(2):
        driven.now += 60
        driven.succeed()
    seen = driven.store.completed
    driven.now += 60
    driven.fail()
    driven.now += 60
    driven.succeed()

    assert "Hit" == kind(driven.ask(seen=seen))
    assert "Fetch" == kind(driven.ask())


def test_a_fetch_beside_fresh_keys_leaves_them_as_fresh_as_they_were() -> None:
    """A failed search for an unknown kid does not shorten, nor stretch, the hour of the others."""
    driven = Driven(KEYS)
    driven.now = 10.0
    before = driven.store.fresh
    driven.start()
    started = driven.store.fresh
    driven.fail()

    assert before == started == driven.store.fresh


def test_a_late_answer_of_an_older_fetch_changes_nothing() -> None:
    """Who was overtaken may report what it likes."""
    driven = Driven()
    slow = driven.start()
    driven.now = 20.0
    driven.succeed(OTHER_KEYS)
    state = (driven.store.fresh, driven.store.completed)
    driven.now = 30.0
    driven.store.succeeded(slow, KEYS)
    driven.store.failed(slow, mono=30.0, wall=WALL + 30, jitter=0.5)

    assert state == (driven.store.fresh, driven.store.completed)


def test_padding_is_the_only_thing_that_is_stripped() -> None:
    """A segment that ends in any letter keeps it."""
    assert b"abW" == jws.decode_padded(b"YWJX")
    assert b"ab" == jws.decode_padded(b"YWI=")
    with pytest.raises(MalformedToken):
        jws.decode_padded(b"YWI")


@pytest.mark.parametrize("accelerated", [True, False], ids=["C", "Python"])
def test_the_scanner_is_strict_with_and_without_its_accelerator(
    accelerated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the standard library has no scanner in C the one in Python keeps the same rules."""
    if not accelerated:
        monkeypatch.setitem(sys.modules, "_json", None)
    scan = jws._make_scan()

    text = '{"a": [1, 2.5, null, true, "x"]}'

    assert ({"a": [1, 2.5, None, True, "x"]}, len(text)) == scan(text, 0)
    assert ({"a": 1, "b": {"a": 2}}, 19) == scan('{"a":1,"b":{"a":2}}', 0)
    refused = ['{"a":1,"a":1}', '{"a":NaN}', '{"a":-Infinity}', '{"a":1e999}', '{"a":"\n"}']
    assert refused == [text for text in refused if not _scans(scan, text)]


def _scans(scan: Callable[[str, int], object], text: str) -> bool:
    try:
        scan(text, 0)
    except ValueError:
        return False
    return True


def test_permissions_are_values() -> None:
    """Equal demands are equal and hash alike; different ones are told apart; repr says what is asked."""
    demands: list[dict[str, Any]] = [
        {"scopes": ["a"]},
        {"any_scope": ["a"]},
        {"groups": ["a"]},
        {"any_group": ["a"]},
        {"scopes": ["a", "b"], "any_scope": ["c"], "groups": ["d"], "any_group": ["e"]},
    ]
    made = [Permissions(**demand) for demand in demands]

    assert made == [Permissions(**demand) for demand in demands]
    assert len(demands) == len({hash(one) for one in made}) == len(set(made))
    assert [
        "Permissions(scopes=('a',))",
        "Permissions(any_scope=('a',))",
        "Permissions(groups=('a',))",
        "Permissions(any_group=('a',))",
        "Permissions(scopes=('a', 'b'), any_scope=('c',), groups=('d',), any_group=('e',))",
    ] == [repr(one) for one in made]


def test_refusals_say_what_would_have_been_accepted() -> None:
    """expected is what was configured, whichever way the refusal is reached."""

    def refusal(raw: str, **options: Any) -> InvalidClaim:
        with pytest.raises(InvalidClaim) as caught:
            offline(**options).verify(raw)
        return caught.value

    unknown = forge.sign(forge.access_claims(iss="x"), forge.header(kid="unknown"))
    too_old = refusal(access_token(auth_time=NOW - 400), max_age=300)
    issuers = (forge.ISSUER, forge.UPDATED_ISSUER)

    assert issuers == refusal(unknown).expected == refusal(access_token(iss="x")).expected
    assert 300 == too_old.expected
    assert "The user signed in too long ago, or the token does not say when." == str(too_old)
    assert ("access", "id") == refusal(access_token(token_use="x")).expected
    assert ("id",) == refusal(access_token(), token_use="id").expected
    assert (forge.CLIENT_ID,) == refusal(access_token(client_id="x")).expected
    assert (forge.CLIENT_ID,) == refusal(forge.id_token(aud="x")).expected
    assert ("a", "b") == refusal(access_token(), audience=["b", "a"]).expected


def test_what_a_token_lives() -> None:
    """lifetime() spans from the latest of its beginnings, with their allowances, to exp and leeway."""
    assert (-300, 1600) == policy.lifetime({"exp": 1000}, 600)
    assert (-60, 1060) == policy.lifetime({"exp": 1000}, 60)
    assert (200, 1060) == policy.lifetime({"exp": 1000, "iat": 500}, 60)
    assert (200, 1060) == policy.lifetime({"exp": 1000, "auth_time": 500}, 60)
    assert (440, 1060) == policy.lifetime({"exp": 1000, "iat": 500, "nbf": 500}, 60)
    assert (400, 1060) == policy.lifetime({"exp": 1000, "iat": 700, "nbf": 300}, 60)


@pytest.mark.parametrize("claim", ["nbf", "iat", "auth_time"])
def test_fractions_are_times_too(claim: str) -> None:
    """A beginning given as a float is good on its second, as one given as an int is."""
    ahead = 0 if claim == "nbf" else 300

    assert (
        NOW
        == offline().verify(access_token(**{claim: float(NOW + ahead)})).to_dict()[claim] - ahead
    )


@pytest.mark.parametrize("wrong", [5, None, [1], [""], [None], [b"a"]])
def test_what_is_no_collection_of_names_is_told_so(wrong: Any) -> None:
    """A number, or a collection of anything but names, is told what is wanted."""
    with pytest.raises(ConfigurationError, match=re.escape("a collection of non-empty strings")):
        Permissions(groups=wrong)
    assert ("a",) == Permissions(groups={"a"}).groups
