"""Where keys come from at work: who fetches, who waits, and who need not do either."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
import trio

from cognitokit.single_flight import Flight
from cognitokit.verifier import keysource, keystore
from cognitokit.verifier.keys import KeySet, parse_jwks
from cognitokit.verifier.keysource import AsyncKeySource, SyncKeySource
from cognitokit.verifier.keystore import SOFT_AGE, KeyStore
from tests.verifier.forge import ATTACKER_KID, POOL_KID, attacker_key, jwks
from tests.verifier.shells import Clocks
from tests.verifier.subjects import Source

EACH_WAY = pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])


class Subject:
    """A key source, sync or on one of the event loops, with its clocks and its fetcher."""

    def __init__(self, way: str) -> None:
        self.way = way
        self.clocks = Clocks()
        self.fetcher = Source()
        kind: Any = SyncKeySource if way == "sync" else AsyncKeySource
        self.source = kind(
            KeyStore(),
            "https://keys.example.com/",
            fetcher=self.fetcher,
            parse=parse_jwks,
            clock=self.clocks.clock,
            monotonic=self.clocks.monotonic,
        )

    def obtain(self, kid: str | None = POOL_KID) -> KeySet:
        """Get keys, each time in a new event loop."""
        if self.way == "asyncio":
            return asyncio.run(self.source.obtain(kid))  # type: ignore[no-any-return]
        if self.way == "trio":
            return trio.run(self.source.obtain, kid)  # type: ignore[no-any-return]
        return self.source.obtain(kid)  # type: ignore[no-any-return]

    def before_joining(self, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
        """Have something happen between the next question and the attempt to lead."""
        flights = type(self.source._single_flight)
        join = flights.join

        def late(single_flight: Any) -> tuple[Flight, bool]:
            monkeypatch.setattr(flights, "join", join)
            act()
            return join(single_flight)  # type: ignore[no-any-return]

        monkeypatch.setattr(flights, "join", late)


@EACH_WAY
def test_a_fetch_that_ended_in_between_is_enough(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was about to lead when another's fetch ended looks again, and fetches nothing."""
    subject = Subject(way)
    worker = threading.Thread(target=subject.obtain)

    def elsewhere() -> None:
        worker.start()
        worker.join()

    subject.before_joining(monkeypatch, elsewhere)

    assert POOL_KID in subject.obtain()
    assert 1 == len(subject.fetcher.urls)


@EACH_WAY
def test_a_refresh_that_began_in_between_is_not_waited_for(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was about to refresh when another began uses the keys at hand."""
    subject = Subject(way)
    keys = subject.obtain()
    subject.clocks.pass_(SOFT_AGE)
    subject.before_joining(monkeypatch, subject.source._single_flight.join)

    assert keys is subject.obtain()
    assert 1 == len(subject.fetcher.urls)


@EACH_WAY
def test_a_leader_who_never_comes_back_is_overtaken(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch that nobody ends is waited for no longer than its deadline."""
    monkeypatch.setattr(keystore, "FETCH_DEADLINE", 0.05)
    monkeypatch.setattr(keysource, "GRACE", 0.0)
    subject = Subject(way)
    subject.source._single_flight.join()

    assert POOL_KID in subject.obtain()
    assert 1 == len(subject.fetcher.urls)


@EACH_WAY
def test_unknown_kid_is_looked_for_once_a_question(way: str) -> None:
    """An unknown kid is fetched for, and the answer is taken whatever it is."""
    subject = Subject(way)
    assert ATTACKER_KID not in subject.obtain(ATTACKER_KID)
    assert 1 == len(subject.fetcher.urls)

    subject.fetcher.answer = jwks(attacker_key().jwk())
    assert ATTACKER_KID in subject.obtain(ATTACKER_KID)
    assert 2 == len(subject.fetcher.urls)
