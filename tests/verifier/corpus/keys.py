"""Attacks through the key set: keys that must not be used, and what they must not spoil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.verifier import forge
from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import (
    SECOND_KID,
    access_claims,
    access_token,
    attacker_key,
    b64,
    header,
    jwks,
    pool_key,
    resigned,
    second_key,
    sign,
)


def _weak_case(variant: str, weak: Mapping[str, Any], token: str) -> Case:
    strong = second_key()
    twin = sign(access_claims(), header(kid=SECOND_KID), key=strong)
    entry = {**weak, "kid": SECOND_KID}
    return case(
        variant,
        token,
        "key_invalid",
        twin,
        keys=jwks(pool_key().jwk(), entry),
        twin_keys=jwks(pool_key().jwk(), strong.jwk()),
    )


@row
def jwk_weak() -> Iterator[Case]:
    """Keys that are too small, too large, or no RSA keys at all; e=1 lets anyone sign (NIST SP 800-131A)."""
    claims, head = access_claims(), header(kid=SECOND_KID)
    signed = sign(claims, head, key=second_key())
    for bits in (1024, 1536, 2040):
        small = forge.signer(f"{bits} bits", bits)
        yield _weak_case(f"jwk-weak/{bits}", small.jwk(), sign(claims, head, key=small))
    signing_input = signed.rpartition(".")[0]
    forged = resigned(signed, forge.encoded_message(signing_input.encode(), 256))
    good = second_key().jwk()
    n = second_key().public.public_numbers().n
    yield _weak_case("jwk-weak/e-1", {**good, "e": "AQ"}, forged)
    zero = resigned(signed, bytes(255) + b"\x01")
    yield _weak_case("jwk-weak/e-0", {**good, "e": "AA"}, zero)
    wrong: dict[str, dict[str, object]] = {
        "e-2": {"e": "Ag"},
        "e-even": {"e": forge.number(65536)},
        "e-huge": {"e": forge.number((1 << 2000) + 1)},
        "e-is-n": {"e": forge.number(n)},
        "e-over-64-bits": {"e": forge.number((1 << 64) + 1)},
        "e-int": {"e": 65537},
        "e-missing": {"e": ...},
        "e-null": {"e": None},
        "e-empty": {"e": ""},
        "e-padded": {"e": "AQAB="},
        "e-text": {"e": "not base64 url"},
        "n-even": {"n": forge.number(n - 1)},
        "n-int": {"n": n},
        "n-missing": {"n": ...},
        "n-null": {"n": None},
        "n-empty": {"n": ""},
        "n-zero": {"n": "AA"},
        "n-list": {"n": [good["n"]]},
        "n-padded": {"n": good["n"] + "=="},
        "n-spaced": {"n": good["n"] + "\n"},
        "n-nul": {"n": good["n"] + "\0"},
        "n-non-ascii": {"n": good["n"][:-1] + "é"},
        "n-16384": {"n": forge.number((1 << 16383) + 12345)},
        "n-8200": {"n": forge.number((1 << 8199) + 12345)},
    }
    for variant, members in wrong.items():
        yield _weak_case(f"jwk-weak/{variant}", second_key().jwk(**members), signed)


@row
def jwk_purpose() -> Iterator[Case]:
    """Keys for other purposes, algorithms or of other kinds (RFC 7517 4.1 to 4.4)."""
    signed = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
    elliptic = forge.load_balancer().key.public_key().public_numbers()
    wrong: dict[str, dict[str, object]] = {
        "use-enc": {"use": "enc"},
        "use-list": {"use": ["sig"]},
        "use-capital": {"use": "SIG"},
        "use-number": {"use": 1},
        "key-ops-encrypt": {"key_ops": ["encrypt"]},
        "key-ops-sign": {"key_ops": ["sign"]},
        "key-ops-text": {"key_ops": "verify"},
        "key-ops-object": {"key_ops": {"verify": 1}},
        "alg-RS384": {"alg": "RS384"},
        "alg-RS512": {"alg": "RS512"},
        "alg-PS256": {"alg": "PS256"},
        "alg-RSA-OAEP": {"alg": "RSA-OAEP"},
        "alg-lower": {"alg": "rs256"},
        "alg-list": {"alg": ["RS256"]},
        "kty-EC": {"kty": "EC"},
        "kty-lower": {"kty": "rsa"},
        "kty-missing": {"kty": ...},
        "kty-list": {"kty": ["RSA"]},
        "kty-oct": {"kty": "oct", "k": b64(b"secret" * 6), "alg": "HS256"},
        "EC": {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "x": forge.number(elliptic.x),
            "y": forge.number(elliptic.y),
            "n": ...,
            "e": ...,
        },
    }
    for variant, members in wrong.items():
        yield _weak_case(f"jwk-purpose/{variant}", second_key().jwk(**members), signed)


@row
def jwks_dup_kid() -> Iterator[Case]:
    """A kid that two keys have, in any order: neither is used."""
    twin = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
    alias = attacker_key().jwk(kid=SECOND_KID)
    mine, pool = second_key().jwk(), pool_key().jwk()
    for variant, keys in {
        "good-first": (pool, mine, alias),
        "good-last": (pool, alias, mine),
        "apart": (mine, pool, alias),
        "three": (pool, mine, alias, alias),
        "weak-other": (pool, mine, {**alias, "e": "AQ"}),
        "weak-other-first": (pool, {**alias, "e": "AQ"}, mine),
        "foreign-other": (pool, {"kty": "EC", "kid": SECOND_KID}, mine),
        "same-key": (pool, mine, mine),
    }.items():
        yield case(
            f"jwks-dup-kid/{variant}",
            twin,
            "key_invalid",
            twin,
            keys=jwks(*keys),
            twin_keys=jwks(pool, mine),
        )
    by_alias = sign(access_claims(), header(kid=SECOND_KID), key=attacker_key())
    yield case(
        "jwks-dup-kid/by-the-other",
        by_alias,
        "key_invalid",
        twin,
        keys=jwks(pool, mine, alias),
        twin_keys=jwks(),
    )


@row
def jwks_poison() -> Iterator[Case]:
    """A bad entry costs itself alone: the twin is a token of the good key in the same set."""
    mine = second_key().jwk()
    twin = access_token()
    for variant, entry in {
        "weak": {**mine, "e": "AQ"},
        "enc": {**mine, "use": "enc"},
        "EC": {"kty": "EC", "kid": SECOND_KID, "crv": "P-256", "x": "AA", "y": "AA"},
        "bare": {"kid": SECOND_KID},
        "oct": {"kty": "oct", "kid": SECOND_KID, "k": "AA"},
    }.items():
        attack = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
        yield case(
            f"jwks-poison/{variant}",
            attack,
            "key_invalid",
            twin,
            keys=jwks(entry, pool_key().jwk()),
        )
    for variant, thing in {
        "null": None,
        "number": 1,
        "text": SECOND_KID,
        "list": [mine],
        "empty": {},
        "nameless": {**mine, "kid": None},
        "kid-list": {**mine, "kid": [SECOND_KID]},
        "kid-object": {**mine, "kid": {"a": 1}},
    }.items():
        attack = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
        keys = {"keys": [thing, pool_key().jwk(), thing]}
        yield case(f"jwks-poison/{variant}", attack, "key_not_found", twin, keys=keys)
