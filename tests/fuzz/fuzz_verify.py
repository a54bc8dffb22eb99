"""A fuzz target for atheris: whatever comes in, a token or one of our errors comes out.

`nox -s fuzz` runs it for a minute; `nox -s fuzz -- -max_total_time=600` for ten. Arguments are libFuzzer's.
The first byte of an input says what is done with the rest:

    0  it is offered as a token
    1  it is header and payload, divided at the first line feed, of a token whose signature counts as sound
    2  it is offered as a JWK set
    3  it is parsed as JSON, beside the standard library's parser
    4  it is decoded as base64url, and encoded again
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["cognitokit"]):
    from cognitokit.errors import (
        InsufficientPermission,
        MalformedToken,
        TokenError,
    )
    from cognitokit.verifier import CognitoVerifier, jws
    from cognitokit.verifier.keys import InvalidKeySet, parse_jwks

from tests.verifier import corpus, forge, plain_json

MODES = 5
WORDS = [
    *forge.access_claims(),
    *forge.id_claims(),
    *forge.header(),
    *forge.pool_key().jwk(),
    *(
        "nbf",
        "crit",
        "b64",
        "zip",
        "enc",
        "cty",
        "jwk",
        "jku",
        "x5u",
        "x5c",
        "x5t",
        "typ",
        "key_ops",
    ),
    *("RS256", "none", "HS256", "JWT", "RSA", "sig", "access", "id", "AQAB"),
    *(forge.ISSUER, forge.CLIENT_ID, forge.POOL_KID),
    *("NaN", "Infinity", "1e400", "\\ud800", "\\u0000", "null", "true", "[[[[", '{"a":', "\\"),
]
"""What libFuzzer puts together when it is told."""


def verifier(**options: Any) -> CognitoVerifier[Any]:
    """Return a verifier of the suite's pool with keys given and a clock that stands."""
    return CognitoVerifier(
        forge.POOL_ID,
        client_id=forge.CLIENT_ID,
        token_use=None,
        jwks=forge.jwks(),
        clock=lambda: float(forge.NOW),
        monotonic=lambda: 0.0,
        **options,
    )


def credulous() -> CognitoVerifier[Any]:
    """Return one that takes any signature, so that what comes after the signature is reached."""
    built = verifier(remember=16)
    keys = built._store.fresh[0]
    assert keys is not None
    for kid in (forge.POOL_KID, forge.SECOND_KID):
        key: Any = keys.find(kid)
        key._verify = lambda *_: None
    return built


STRICT, CREDULOUS = verifier(), credulous()


def offered_as_token(data: bytes) -> None:
    """Nobody has signed it, so it is refused."""
    raw = data.decode("utf-8", "surrogateescape")
    try:
        STRICT.verify(raw)
    except TokenError:
        return
    assert raw in KNOWN, "a token that nobody signed was accepted"


def offered_as_header_and_payload(data: bytes) -> None:
    """What is accepted says what an independent reader reads, and what the rules demand."""
    header, _, payload = data.partition(b"\n")
    raw = f"{forge.b64(header)}.{forge.b64(payload)}.AAAA"
    try:
        token = CREDULOUS.verify(raw)
    except (TokenError, InsufficientPermission):
        return
    head, claims = json.loads(header.decode()), json.loads(payload.decode())
    assert plain_json.fault(header, jws.MAX_DEPTH) is None
    assert plain_json.fault(payload, jws.MAX_DEPTH) is None
    assert head["alg"] == "RS256"
    assert head["kid"] in {forge.POOL_KID, forge.SECOND_KID}
    assert {"crit", "b64", "zip", "enc", "cty", "jwk", "jku", "x5u", "x5c", "x5t"}.isdisjoint(head)
    assert json.dumps(claims) == json.dumps(token.to_dict())
    assert claims["iss"] in {forge.ISSUER, forge.UPDATED_ISSUER}
    assert type(claims["exp"]) in {int, float}
    assert forge.NOW < claims["exp"] <= 253_402_300_799
    assert claims.get("nbf", 0) <= forge.NOW
    assert claims.get("iat", 0) <= forge.NOW + 300
    client = {"access": "client_id", "id": "aud"}[claims["token_use"]]
    assert claims[client] == forge.CLIENT_ID
    assert repr(token)
    assert raw == token.raw


def offered_as_key_set(data: bytes) -> None:
    """It is a set with a usable key, or InvalidKeySet."""
    try:
        keys = parse_jwks(data)
    except InvalidKeySet:
        return
    assert len(keys) >= 1
    assert plain_json.fault(data, jws.MAX_DEPTH) is None


def parsed_as_json(data: bytes) -> None:
    """The strict parser takes what has no fault, and reads it as json.loads does."""
    try:
        value = jws.parse_object(data)
    except MalformedToken:
        assert plain_json.fault(data, jws.MAX_DEPTH) is not None
        return
    assert plain_json.fault(data, jws.MAX_DEPTH) is None
    assert json.dumps(value) == json.dumps(json.loads(data))


def decoded_as_base64(data: bytes) -> None:
    """What is decoded has exactly one spelling."""
    try:
        decoded = jws.decode(data)
    except MalformedToken:
        return
    assert data == forge.b64(decoded).encode()


TARGETS = (
    offered_as_token,
    offered_as_header_and_payload,
    offered_as_key_set,
    parsed_as_json,
    decoded_as_base64,
)
KNOWN: set[str] = set()


def one_input(data: bytes) -> None:
    """Do what the first byte says."""
    if data:
        TARGETS[data[0] % MODES](data[1:])


def seeds() -> list[bytes]:
    """Return the attack corpus as inputs, attacks and twins alike."""
    found: list[bytes] = []
    for case in corpus.cases():
        for raw in (case.attack, case.twin):
            if not isinstance(raw, str) or len(raw) > 20_000:
                continue
            text = raw.encode("utf-8", "surrogatepass")
            KNOWN.add(raw)
            found.append(b"\x00" + text)
            parts = raw.split(".")
            if len(parts) == 3:
                try:
                    header, payload = forge.unb64(parts[0]), forge.unb64(parts[1])
                except ValueError:
                    continue
                found += [b"\x01" + header + b"\n" + payload, b"\x03" + header, b"\x03" + payload]
                found.append(b"\x04" + parts[0].encode("utf-8", "surrogatepass"))
        found.append(b"\x02" + json.dumps(case.keys, default=str).encode())
    return list(dict.fromkeys(found))


def main() -> None:
    """Run libFuzzer on the seeds, or on the files that are named."""
    atheris.instrument_func(one_input)
    first = seeds()
    for data in first:  # what the corpus itself shows is a finding too
        one_input(data)
    with tempfile.TemporaryDirectory() as folder:
        inputs = Path(folder, "inputs")
        inputs.mkdir()
        for number, data in enumerate(first):
            (inputs / f"seed-{number}").write_bytes(data)
        words = Path(folder, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in dict.fromkeys(WORDS)))
        arguments = [f"-dict={words}", "-max_len=16500", "-timeout=10", *sys.argv[1:]]
        atheris.Setup([sys.argv[0], *arguments, str(inputs)], one_input)
        atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    main()
