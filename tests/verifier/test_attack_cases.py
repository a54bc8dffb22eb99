"""Each attack is refused for its own reason, and its twin without the defect is accepted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from cognitokit.errors import CognitoKitError, InsufficientPermission, TokenError
from cognitokit.pool import UserPool
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.verifier import corpus, forge
from tests.verifier.corpus import Case

CASES = corpus.cases()
EACH_CASE = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


def configuration(
    case: Case, keys: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[UserPool, dict[str, Any]]:
    """Return a verifier's arguments: offline, at a second that does not pass."""
    arguments = {
        "client_id": forge.CLIENT_ID,
        "jwks": keys,
        "clock": lambda: float(forge.NOW),
        "monotonic": lambda: 0.0,
        **options,
    }
    return UserPool(forge.POOL_ID, **case.pool), arguments


def verifier(case: Case, *, twin: bool = False, remember: int = 0) -> CognitoVerifier[Any]:
    """Return the verifier that the case, or its twin, is shown to."""
    keys, options = (case.twin_keys, case.twin_options) if twin else (case.keys, case.options)
    pool, arguments = configuration(case, keys, options)
    return CognitoVerifier(pool, remember=remember, **arguments)


def kind(error: CognitoKitError) -> tuple[str, str | None]:
    """Return what the error says of the refusal: its reason and its claim."""
    assert isinstance(error, TokenError | InsufficientPermission)
    return error.reason, error.claim


@EACH_CASE
def test_attack_is_refused_for_its_own_reason(case: Case) -> None:
    """An attack is refused with the reason, and the claim, of its very defect."""
    with pytest.raises(CognitoKitError) as refusal:
        verifier(case).verify(case.attack, **case.call)

    assert (case.reason, case.claim) == kind(refusal.value)


@EACH_CASE
def test_twin_is_accepted(case: Case) -> None:
    """The same token without the defect is accepted."""
    token = verifier(case, twin=True).verify(case.twin, **case.call)

    assert case.twin == token.raw


@EACH_CASE
def test_a_remembering_verifier_says_the_same(case: Case) -> None:
    """A verifier that remembers its twin still refuses the attack, every time, for the same reason."""
    remembering = verifier(case, remember=8)
    if (case.twin_keys, case.twin_options) == (case.keys, case.options):
        for _ in range(2):
            assert case.twin == remembering.verify(case.twin, **case.call).raw

    for _ in range(2):
        with pytest.raises(CognitoKitError) as refusal:
            remembering.verify(case.attack, **case.call)

        assert (case.reason, case.claim) == kind(refusal.value)


ANY_OF_DIFFERS = {
    # Several pools: the issuer selects the keys, so it is the first thing found wrong.
    "iss-other-pool/kid-collision": ("claim", "iss"),
}


@pytest.mark.parametrize("row", corpus.ROWS)
def test_a_combined_verifier_says_the_same(row: str) -> None:
    """Among several pools' verifiers a token meets the same fate as before its own pool's alone."""
    for case in corpus.ROWS[row]():
        other = CognitoVerifier(
            "us-east-1_Another1",
            client_id=None,
            token_use=None,
            jwks=forge.jwks(forge.pool_key().jwk(), forge.attacker_key().jwk()),
        )
        accepted = CognitoVerifier.any_of(other, verifier(case, twin=True), other)
        with pytest.raises(CognitoKitError) as refusal:
            CognitoVerifier.any_of(other, verifier(case), other).verify(case.attack, **case.call)

        assert case.twin == accepted.verify(case.twin, **case.call).raw
        expected = ANY_OF_DIFFERS.get(case.id, (case.reason, case.claim))
        assert expected == kind(refusal.value), case.id


@pytest.mark.parametrize(
    "row", ["dos-nesting", "dos-searching", "dos-size", "exp-range", "segments"]
)
def test_no_attack_costs_much_time(row: str) -> None:
    """Whatever is offered is refused within 50 ms of computing."""
    for case in corpus.ROWS[row]():
        strict = verifier(case)
        spent = []
        for _ in range(3):
            started = time.process_time()
            with pytest.raises(CognitoKitError):
                strict.verify(case.attack, **case.call)
            spent.append(time.process_time() - started)

        assert min(spent) < 0.05, case.id


@pytest.mark.parametrize("row", corpus.ROWS)
def test_the_asynchronous_verifier_says_the_same(row: str) -> None:
    """The awaited verifier accepts the same twins and refuses the same attacks for the same reasons."""

    async def verdicts(case: Case) -> tuple[str, tuple[str, str | None]]:
        pool, arguments = configuration(case, case.twin_keys, case.twin_options)
        accepted = await AsyncCognitoVerifier(pool, **arguments).verify(case.twin, **case.call)
        pool, arguments = configuration(case, case.keys, case.options)
        with pytest.raises(CognitoKitError) as refusal:
            await AsyncCognitoVerifier(pool, **arguments).verify(case.attack, **case.call)
        return accepted.raw, kind(refusal.value)

    async def run() -> None:
        for case in corpus.ROWS[row]():
            assert (case.twin, (case.reason, case.claim)) == await verdicts(case)

    asyncio.run(run())


def test_every_row_has_its_cases() -> None:
    """No row is empty, no case occurs twice: a generator that went wrong cannot pass unseen."""
    ids = [case.id for case in CASES]

    assert list(corpus.ROWS) == list(dict.fromkeys(case.row for case in CASES))
    assert len(set(ids)) == len(ids)
    assert len(ids) >= 700
