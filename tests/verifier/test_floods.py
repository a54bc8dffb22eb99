"""What outsiders can send in any number costs next to nothing: fetches, memory, other callers' time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognitokit.errors import CognitoKitError, InvalidSignature, KeysUnavailable, UnknownKey
from cognitokit.pool import UserPool
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.verifier import forge
from tests.verifier.forge import access_token, attacker_key, header, jwks, sign
from tests.verifier.hostile_server import HostileServer, publishing
from tests.verifier.shells import ASYNCIO, EACH_SHELL, SYNC, Clocks, Shell, outcome, sync_verifier

PATIENCE = 20
"""Seconds after which a test gives up; nothing here takes one."""

GOOD = access_token()


def unknown_kid(number: int) -> str:
    """Return a token of this pool, or so it says, with a kid that nobody has seen."""
    return sign(forge.access_claims(), header(kid=f"unknown {number}"), key=attacker_key())


@EACH_SHELL
def test_a_thousand_unknown_kids_in_a_second(shell: Shell) -> None:
    """A flood of unknown kids costs two fetches in ten seconds, and a known kid verifies all along."""
    tokens = [unknown_kid(number) for number in range(50)]
    clocks = Clocks()
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url, clocks=clocks)
        verifier.prefetch()
        clocks.pass_(60)
        before = server.requests
        refusals = set()
        for number in range(1_000):
            clocks.pass_(0.001)
            refusals.add(type(verifier.refusal(tokens[number % 50])))
            if number % 20 == 0:
                assert forge.SUB == verifier.verify(GOOD).sub
        fetches = server.requests - before

        assert {UnknownKey} == refusals
        assert 1 <= fetches <= 2

        # A genuinely new key is taken within the window.
        server.behave = publishing(jwks(forge.pool_key().jwk(), attacker_key().jwk()))
        clocks.pass_(10)

        assert (
            forge.SUB
            == verifier.verify(
                sign(forge.access_claims(), header(kid=forge.ATTACKER_KID), key=attacker_key())
            ).sub
        )


def test_a_flood_of_unknown_kids_from_many_threads() -> None:
    """The same from fifty threads at once, on real clocks: known kids are not even slowed."""
    tokens = [unknown_kid(number) for number in range(200)]
    with HostileServer(publishing(jwks())) as server:
        verifier = sync_verifier(server)
        verifier.prefetch()
        together = threading.Barrier(51)

        def flood(first: int) -> set[str]:
            together.wait(PATIENCE)
            return {outcome(functools.partial(verifier.verify, raw)) for raw in tokens[first::10]}

        with ThreadPoolExecutor(50) as threads:
            futures = [threads.submit(flood, number % 10) for number in range(50)]
            together.wait(PATIENCE)
            known = [verifier.verify(GOOD).sub for _ in range(100)]
            outcomes = set().union(*[future.result(PATIENCE) for future in futures])

        assert {"UnknownKey"} == outcomes
        assert [forge.SUB] * 100 == known
        assert server.requests <= 3


@EACH_SHELL
def test_a_thousand_verifications_against_a_dead_endpoint(shell: Shell) -> None:
    """While the endpoint is dead a thousand verifications in a second make two requests at most."""
    clocks = Clocks()
    with HostileServer(lambda conversation: conversation.reset()) as server:
        verifier = shell.verifier(jwks_uri=server.url, clocks=clocks)
        refusals = set()
        for _ in range(1_000):
            refusals.add(type(verifier.refusal(GOOD)))
            clocks.pass_(0.001)

        assert {KeysUnavailable} == refusals
        assert 1 <= server.requests <= 2


def test_a_dead_endpoint_and_many_threads() -> None:
    """The same from twenty threads at once, on real clocks."""
    with HostileServer(lambda conversation: conversation.reset()) as server:
        verifier = sync_verifier(server)
        with ThreadPoolExecutor(20) as threads:
            outcomes = list(
                threads.map(lambda _: outcome(lambda: verifier.verify(GOOD)), range(500))
            )

        assert {"KeysUnavailable"} == set(outcomes)
        assert 1 <= server.requests <= 2


@EACH_SHELL
def test_stale_and_foreign_tokens_cost_no_fetch(shell: Shell) -> None:
    """An expired token, and one of another issuer, are refused as such whatever kid they name."""
    with HostileServer(publishing(jwks())) as server:
        verifier = shell.verifier(jwks_uri=server.url)
        stale = sign(forge.access_claims(exp=forge.NOW), header(kid="unknown"), key=attacker_key())
        foreign = sign(
            forge.access_claims(iss=forge.OTHER_ISSUER), header(kid="unknown"), key=attacker_key()
        )
        broken = sign(
            forge.dump(forge.access_claims())[:-1], header(kid="unknown"), key=attacker_key()
        )
        nameless = sign(forge.access_claims(), header(kid=...))
        reasons = [
            (getattr(error, "reason", None), getattr(error, "claim", None))
            for error in map(verifier.refusal, (stale, foreign, broken, nameless))
        ]

        assert [
            ("expired", "exp"),
            ("claim", "iss"),
            ("malformed", None),
            ("key_not_found", None),
        ] == reasons
        assert 0 == server.requests
        assert forge.SUB == verifier.verify(GOOD).sub
        assert 1 == server.requests


def test_pools_never_share_keys() -> None:
    """Two pools whose keys have the same kid verify each with its own, alone and combined."""
    mine = UserPool(forge.POOL_ID)
    theirs = UserPool(forge.OTHER_POOL_ID)
    their_token = sign(forge.access_claims(iss=forge.OTHER_ISSUER), key=attacker_key())

    def fetcher(url: str) -> dict[str, Any]:
        key = (
            attacker_key().jwk(kid=forge.POOL_KID)
            if forge.OTHER_POOL_ID in url
            else forge.pool_key().jwk()
        )
        return jwks(key)

    def verifier(pool: UserPool, **options: Any) -> CognitoVerifier[Any]:
        return CognitoVerifier(
            pool,
            client_id=forge.CLIENT_ID,
            token_use="access",
            clock=lambda: float(forge.NOW),
            **options,
        )

    for options in ({"fetcher": fetcher}, {"fetcher": fetcher, "remember": 8}):
        both = CognitoVerifier.any_of(verifier(mine, **options), verifier(theirs, **options))
        crossed = sign(forge.access_claims(), key=attacker_key())
        crossed_back = sign(forge.access_claims(iss=forge.OTHER_ISSUER), key=forge.pool_key())
        for _ in range(2):
            assert (forge.ISSUER, forge.OTHER_ISSUER) == (
                both.verify(GOOD).issuer,
                both.verify(their_token).issuer,
            )
            for raw in (crossed, crossed_back):
                with pytest.raises(InvalidSignature):
                    both.verify(raw)
    alone = verifier(mine, fetcher=fetcher)

    # Before the keys are there it is refused for its issuer, for no key could save it.
    assert "InvalidClaim" == outcome(lambda: alone.verify(their_token))
    assert forge.ISSUER == alone.verify(GOOD).issuer
    assert "InvalidSignature" == outcome(lambda: alone.verify(their_token))
    assert forge.OTHER_ISSUER == verifier(theirs, fetcher=fetcher).verify(their_token).issuer


def test_nothing_grows_with_what_outsiders_send() -> None:
    """Ten thousand forged kids and issuers leave less than 64 kB behind."""
    import tracemalloc

    claims = forge.b64(forge.dump(forge.access_claims()))
    signature = forge.b64(bytes(256))

    def forged(numbers: range) -> list[str]:
        heads = [forge.b64(forge.dump(header(kid=f"forged {number}"))) for number in numbers]
        foreign = [
            forge.b64(forge.dump(forge.access_claims(iss=f"https://{number}.example")))
            for number in numbers
        ]
        known = forge.b64(forge.dump(header()))
        return [f"{head}.{claims}.{signature}" for head in heads] + [
            f"{known}.{payload}.{signature}" for payload in foreign
        ]

    verifier = SYNC.verifier(fetcher=lambda url: jwks(), remember=64)
    verifier.verify(GOOD)

    def flood(tokens: list[str]) -> None:
        for raw in tokens:
            with contextlib.suppress(CognitoKitError):
                verifier.verifier.verify(raw)

    flood(forged(range(100)))  # what is made once, on the way
    tokens = forged(range(100, 5_100))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        flood(tokens)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 64 * 1024


def test_a_refusal_leaves_no_cycle_behind() -> None:
    """A refused token's error, once dropped, is gone at once: refusals cost no garbage collection."""
    verifiers = [shell.verifier(fetcher=lambda url: jwks()) for shell in (SYNC, ASYNCIO)]
    for verifier in verifiers:
        verifier.prefetch()
    refused = [
        unknown_kid(1),
        GOOD[:-4] + "AAAA",
        GOOD + "=",
        access_token(exp=1),
        access_token(client_id="x"),
    ]

    async def refuse(verifier: AsyncCognitoVerifier[Any]) -> None:
        for raw in refused * 2:
            with contextlib.suppress(CognitoKitError):
                await verifier.verify(raw)

    def left_behind(run: Callable[[], object]) -> list[str]:
        run()
        gc.collect()
        gc.disable()
        try:
            gc.set_debug(gc.DEBUG_SAVEALL)
            run()
            gc.collect()
            return [repr(left) for left in gc.garbage if isinstance(left, CognitoKitError)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

    def refuse_in_thread() -> None:
        for raw in refused * 2:
            with contextlib.suppress(CognitoKitError):
                verifiers[0].verifier.verify(raw)

    assert [] == left_behind(refuse_in_thread)
    assert [] == left_behind(lambda: asyncio.run(refuse(verifiers[1].verifier)))
