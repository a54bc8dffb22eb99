"""A JWK set: which entries are keys, which are refused by name, which are not there at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from cognitokit.errors import UnknownKey, UntrustedKey
from cognitokit.verifier import keys
from cognitokit.verifier.keys import GivenKeys, InvalidKeySet, KeySet, parse_jwks
from tests.verifier.forge import (
    POOL_KID,
    SECOND_KID,
    Signer,
    attacker_key,
    b64,
    jwks,
    number,
    pool_key,
    second_key,
    signer,
)

GOOD = pool_key().jwk()


@pytest.mark.parametrize(
    "form",
    [
        lambda jwks: jwks,
        MappingProxyType,
        json.dumps,
        lambda jwks: json.dumps(jwks).encode(),
        lambda jwks: f" {json.dumps(jwks)}\n".encode(),
        lambda jwks: {**jwks, "keys": tuple(map(MappingProxyType, jwks["keys"])), "more": 1},
    ],
)
def test_forms_of_a_key_set(form: Callable[[dict[str, Any]], object]) -> None:
    """A set may come as a mapping, as text or as bytes; its keys verify what they signed."""
    found = parse_jwks(form(jwks()))

    assert 2 == len(found)
    assert POOL_KID in found
    assert found.find(POOL_KID).accepts(pool_key().sign(b"data"), b"data")
    assert not found.find(POOL_KID).accepts(pool_key().sign(b"data"), b"date")
    assert not found.find(POOL_KID).accepts(second_key().sign(b"data"), b"data")
    assert not found.find(POOL_KID).accepts(b"", b"data")


@pytest.mark.parametrize(
    "source",
    [
        None,
        1,
        "",
        "\ud800",
        b"",
        "nothing",
        "[]",
        b"[]",
        [],
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": "keys"},
        {"keys": []},
        {"keys": [None, 1, "k", [], {}]},
        {"keys": [pool_key().jwk(kid=...)]},
        {"keys": [pool_key().jwk(kid=1)]},
        {"keys": [pool_key().jwk(kid="")]},
        {"keys": [pool_key().jwk(kid="k" * 257)]},
        {"keys": [pool_key().jwk(use="enc")]},
        '{"keys": [], "keys": []}',
        '{"keys": NaN}',
        json.dumps(jwks()).encode("utf-16"),
        b'{"keys":[' + b" " * keys.MAX_JWKS + b"]}",
    ],
)
def test_what_is_no_key_set(source: object) -> None:
    """What is no JWK set, or has no usable key, is invalid as a whole."""
    with pytest.raises(InvalidKeySet):
        parse_jwks(source)

    assert parse_jwks({"keys": [GOOD]})


def verifies(found: KeySet, key: Signer, kid: str | None = None) -> bool:
    """Whether the set's key of that kid takes what the key signs."""
    return found.find(kid or key.kid).accepts(key.sign(b"data"), b"data")


def modulus(bits: int) -> str:
    """The modulus of a key of that size."""
    return number(signer(f"of {bits} bits", bits).public.public_numbers().n)


@pytest.mark.parametrize(
    "members",
    [
        *[{"kty": kty} for kty in (..., None, "rsa", "EC", "oct", "OKP", ["RSA"])],
        *[{"alg": alg} for alg in (None, "", "rs256", "RS512", "PS256", "RSA-OAEP", ["RS256"])],
        *[{"use": use} for use in (None, "enc", "", ["sig"])],
        *[{"key_ops": ops} for ops in (None, [], "verify", ["sign"], ["encrypt"], ["verify", "sign"], ["verify", "verify"], {"verify": 1})],
        {"d": "AQAB"},
        *[{"n": n} for n in (..., None, 3, "", "AA", "A", "+", "ÄÖ", "\ud800", [GOOD["n"]], GOOD["n"] + "=", f"AA{GOOD['n']}")],
        {"n": number(pool_key().public.public_numbers().n + 1)},
        {"n": b64(b"\x00" + pool_key().public.public_numbers().n.to_bytes(256, "big"))},
        {"n": number((1 << 8192) + 1)},
        {"n": "A" * 1_000_000},
        *[{"e": e} for e in (..., None, 65537, "", "AQ", "Ag", "Aw", "AAEAAQ", number(65535), number(65538), number(2**32 + 1), GOOD["n"])],
    ],
)  # fmt: skip
def test_entry_that_is_refused(members: dict[str, object]) -> None:
    """A weak, foreign or doubtful key is refused under its name, and its good neighbour serves on."""
    found = parse_jwks({"keys": [pool_key().jwk(**members), second_key().jwk()]})

    assert POOL_KID in found
    with pytest.raises(UntrustedKey):
        found.find(POOL_KID)
    assert verifies(found, second_key())
    assert 1 == len(found)


@pytest.mark.parametrize("bits", [1024, 2047])
def test_short_keys_are_refused(bits: int) -> None:
    """A key of fewer than 2048 bits is refused, one of 2048 is taken."""
    found = parse_jwks({"keys": [pool_key().jwk(n=modulus(bits)), second_key().jwk()]})

    with pytest.raises(UntrustedKey):
        found.find(POOL_KID)
    assert verifies(found, second_key())


def test_the_longest_keys_are_taken() -> None:
    """A key of 8192 bits is taken, one of 8193 is refused."""
    found = parse_jwks(
        {
            "keys": [
                pool_key().jwk(n=number((1 << 8191) + 1)),
                second_key().jwk(n=number((1 << 8192) + 1)),
            ]
        }
    )

    assert 1 == len(found)
    assert POOL_KID in found
    with pytest.raises(UntrustedKey):
        found.find(second_key().kid)


@pytest.mark.parametrize(
    "members",
    [
        {"alg": ...},
        {"use": ...},
        {"key_ops": ["verify"]},
        {"alg": ..., "use": ..., "x5t": "x"},
        {"kid": "k" * 256},
        {"kid": "k"},
    ],
)
def test_entry_that_says_less(members: dict[str, object]) -> None:
    """alg, use and key_ops may be absent, or say what the key is for; unknown members are ignored."""
    kid = str(members.get("kid", POOL_KID))

    assert verifies(parse_jwks({"keys": [pool_key().jwk(**members)]}), pool_key(), kid)


def test_exponents_that_are_taken() -> None:
    """Odd exponents from 65537 to 32 bits are sane."""
    for exponent in (65537, 65539, 2**32 - 1):
        found = parse_jwks(jwks(pool_key().jwk(e=number(exponent))))

        assert 1 == len(found)
        assert (exponent == 65537) is verifies(found, pool_key())


@pytest.mark.parametrize("others", [1, 2])
def test_kid_that_occurs_twice(others: int) -> None:
    """Of entries that share a kid none is used, in whatever order they come, the same key twice included."""
    for twin in (attacker_key().jwk(kid=POOL_KID), GOOD, pool_key().jwk(use="enc")):
        for entries in ([GOOD, *[twin] * others], [*[twin] * others, GOOD]):
            found = parse_jwks({"keys": [*entries, second_key().jwk()]})

            with pytest.raises(UntrustedKey):
                found.find(POOL_KID)
            assert verifies(found, second_key())


def test_kid_that_is_not_there() -> None:
    """A kid without an entry is unknown, however similar it is."""
    found = parse_jwks(jwks())

    for kid in ("", POOL_KID.upper(), POOL_KID + "\0", POOL_KID[:-1]):
        assert kid not in found
        with pytest.raises(UnknownKey):
            found.find(kid)


def test_same_as_compares_what_is_published() -> None:
    """Two sets are the same with the same keys under the same kids, usable or not, in any order."""
    found = parse_jwks(jwks())

    assert found.same_as(parse_jwks(jwks(second_key().jwk(), GOOD)))
    assert not found.same_as(parse_jwks(jwks(GOOD)))
    assert not found.same_as(parse_jwks(jwks(GOOD, second_key().jwk(use="enc"))))
    assert not found.same_as(parse_jwks(jwks(GOOD, attacker_key().jwk(kid=SECOND_KID))))


def test_remembered_headers_are_few() -> None:
    """A header leads to its key once it is remembered; their number is bounded."""
    found = parse_jwks(jwks())
    key = found.find(POOL_KID)
    most = 0
    for index in range(100):
        assert found.of_header(b"%d" % index) is None
        found.remember_header(b"%d" % index, key)
        assert key is found.of_header(b"%d" % index)
        most = max(most, sum(found.of_header(b"%d" % past) is not None for past in range(100)))

    assert 32 == most


def test_the_largest_set_is_taken() -> None:
    """A set of exactly the size that is allowed is taken, spaces and all."""
    text = json.dumps(jwks())
    largest = text + " " * (keys.MAX_JWKS - len(text))

    assert POOL_KID in parse_jwks(largest)
    with pytest.raises(InvalidKeySet, match="larger"):
        parse_jwks(largest + " ")


def test_given_keys_serve_like_the_same_keys() -> None:
    """Keys that are given twice are one source; others, or none, are not."""
    given = GivenKeys(parse_jwks(jwks()))

    assert given.serves_like(GivenKeys(parse_jwks(json.dumps(jwks()))))
    assert not given.serves_like(GivenKeys(parse_jwks(jwks(GOOD))))
    assert not given.serves_like(object())
    assert isinstance(given.keys, KeySet)
