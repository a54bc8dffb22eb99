"""PyJWT and joserfc look at the same tokens: we may refuse more than they do, never accept more."""

from __future__ import annotations

import datetime as dt
import functools
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jwt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from joserfc.jws import JWSRegistry

from cognitokit.errors import CognitoKitError
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier import CognitoVerifier
from tests.verifier import corpus, forge, strategies
from tests.verifier.corpus import Case
from tests.verifier.forge import NOW
from tests.verifier.test_attack_cases import configuration

LEEWAY = 300
"""What iat may lie ahead, and so what the others are given for all times: they know one leeway."""


class Rules(NamedTuple):
    """What a peer is told to accept: the same as the verifier under test, where it can be said."""

    keys: Mapping[str, Any]
    issuers: frozenset[str]
    clients: frozenset[str] | None
    audiences: frozenset[str] | None
    use: str | None
    leeway: float

    @classmethod
    def of(cls, case: Case, *, twin: bool = False) -> Rules:
        """Return the rules of an attack or of its twin."""
        keys, options = (case.twin_keys, case.twin_options) if twin else (case.keys, case.options)
        pool, arguments = configuration(case, keys, options)
        return cls(
            keys=keys,
            issuers=frozenset(pool.issuers),
            clients=_names(arguments["client_id"]),
            audiences=_names(arguments.get("audience")),
            use=arguments["token_use"],
            leeway=arguments.get("leeway", 0),
        )


PLAIN = Rules(
    keys=forge.jwks(),
    issuers=frozenset({forge.ISSUER, forge.UPDATED_ISSUER}),
    clients=frozenset({forge.CLIENT_ID}),
    audiences=None,
    use=None,
    leeway=0,
)


def _names(value: Any) -> frozenset[str] | None:
    if value is None:
        return None
    return frozenset({value} if isinstance(value, str) else value)


@pytest.fixture(autouse=True, scope="module")
def _the_same_second() -> Iterator[None]:
    """PyJWT reads the machine's clock: let it show the second of the tokens."""

    class Standing(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Standing:
            return cls.fromtimestamp(NOW, tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jwt.api_jwt.datetime", Standing)
        yield


def by_pyjwt(raw: str, rules: Rules) -> dict[str, Any]:
    """Return PyJWT's claims, or raise whatever it does."""
    kid = jwt.get_unverified_header(raw)["kid"]
    (jwk,) = [e for e in rules.keys["keys"] if isinstance(e, Mapping) and e.get("kid") == kid]
    claims: dict[str, Any] = jwt.decode(
        raw,
        jwt.PyJWK(dict(jwk)),
        algorithms=["RS256"],
        issuer=sorted(rules.issuers),
        leeway=max(rules.leeway, LEEWAY),
        options={"require": ["exp", "iss", "token_use"], "verify_aud": False},
    )
    return claims


def by_joserfc(raw: str, rules: Rules) -> dict[str, Any]:
    """Return joserfc's claims, or raise whatever it does."""
    token = joserfc_jwt.decode(raw, _joserfc_keys(json.dumps(rules.keys)), registry=JOSERFC)
    joserfc_jwt.JWTClaimsRegistry(
        now=NOW,
        leeway=int(max(rules.leeway, LEEWAY)),
        iss={"essential": True, "values": sorted(rules.issuers)},
        exp={"essential": True},
    ).validate(token.claims)
    return token.claims


# Left to itself it knows neither unknown header parameters nor tokens as long as Cognito's may be.
JOSERFC = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
JOSERFC.max_header_length = JOSERFC.max_payload_length = corpus.form.MAX_LENGTH
JOSERFC.max_signature_length = corpus.form.MAX_LENGTH


@functools.cache
def _joserfc_keys(text: str) -> joserfc_jwk.KeySet:
    """Return the entries that joserfc takes at all: one that it chokes on must not hide the others."""
    keys = []
    for entry in json.loads(text)["keys"]:
        try:
            keys.append(joserfc_jwk.import_key(entry))
        except Exception:  # noqa: BLE001, S112 - whatever it raises, it does not take the key
            continue
    return joserfc_jwk.KeySet(keys)


def _is_of_cognito(claims: dict[str, Any], rules: Rules) -> bool:
    """Check what is Cognito's own, which neither of them knows."""
    use = claims.get("token_use")
    if use not in ((rules.use,) if rules.use else ("access", "id")):
        return False
    client = claims.get("client_id" if use == "access" else "aud")
    if not isinstance(client, str) or (rules.clients is not None and client not in rules.clients):
        return False
    return use == "id" or rules.audiences is None or claims.get("aud") in tuple(rules.audiences)


PEERS: dict[str, Callable[[str, Rules], dict[str, Any]]] = {
    "PyJWT": by_pyjwt,
    "joserfc": by_joserfc,
}
EACH_PEER = pytest.mark.parametrize("peer", PEERS)


def claims_of(peer: str, raw: str, rules: Rules) -> dict[str, Any] | None:
    """Return the peer's claims, None where it refuses."""
    try:
        with warnings.catch_warnings(action="ignore"):  # they warn of weak keys, and go on
            claims = PEERS[peer](raw, rules)
    except Exception:  # noqa: BLE001 - not only their own exceptions come out of them
        return None
    return claims if _is_of_cognito(claims, rules) else None


def ours(case: Case, raw: object, *, twin: bool = False) -> VerifiedToken | None:
    """Return our token, None where we refuse."""
    keys, options = (case.twin_keys, case.twin_options) if twin else (case.keys, case.options)
    pool, arguments = configuration(case, keys, options)
    try:
        return CognitoVerifier(pool, **arguments).verify(raw, **case.call)  # type: ignore[no-any-return, arg-type]
    except CognitoKitError:
        return None


@EACH_PEER
def test_they_accept_every_twin_with_the_same_claims(peer: str) -> None:
    """What we accept of the corpus they accept too, and read the same claims."""
    compared = 0
    for case in corpus.cases():
        token = ours(case, case.twin, twin=True)
        assert token is not None

        assert token.to_dict() == claims_of(peer, case.twin, Rules.of(case, twin=True)), case.id
        compared += 1

    assert compared >= 700


@EACH_PEER
def test_what_they_refuse_of_the_corpus_we_refuse(peer: str) -> None:
    """No attack that stops at one of them gets past us; several get past them."""
    refused, passed_them = 0, set()
    for case in corpus.cases():
        if not isinstance(case.attack, str):
            continue
        if claims_of(peer, case.attack, Rules.of(case)) is None:
            refused += 1
            assert ours(case, case.attack) is None, case.id
        else:
            passed_them.add(case.row)

    assert refused >= 350
    # They are lenient where the corpus is strict, or this test would compare nothing.
    assert {"json-dup-keys", "hdr-foreign-params"} <= passed_them


VERIFIER = CognitoVerifier(
    forge.POOL_ID,
    client_id=forge.CLIENT_ID,
    token_use=None,
    jwks=forge.jwks(),
    clock=lambda: float(NOW),
    monotonic=lambda: 0.0,
)


@EACH_PEER
@settings(max_examples=300)
@given(raw=strategies.SIGNED)
@example(raw=forge.access_token())
@example(raw=forge.id_token())
def test_whatever_we_accept_of_anything_signed_they_accept(peer: str, raw: str) -> None:
    """Of tokens signed over anything, those that we accept they accept, with equal claims."""
    try:
        token = VERIFIER.verify(raw)
    except CognitoKitError:
        return

    assert token.to_dict() == claims_of(peer, raw, PLAIN)


GOOD = forge.access_token()


@EACH_PEER
@given(
    place=st.integers(0, len(GOOD)),
    cut=st.integers(0, 2),
    new=st.text("ABab01-_=+/. \n", max_size=2),
)
def test_whatever_they_refuse_of_a_changed_token_we_refuse(
    peer: str, place: int, cut: int, new: str
) -> None:
    """Of sound tokens with a few characters changed, what stops at them stops at us."""
    raw = GOOD[:place] + new + GOOD[place + cut :]
    if claims_of(peer, raw, PLAIN) is not None:
        return

    with pytest.raises(CognitoKitError):
        VERIFIER.verify(raw)
