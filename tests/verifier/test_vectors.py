"""Third-party vectors: Wycheproof (Apache-2.0), RFC 7515 and RFC 7520, each at the layer it belongs to.

They are read from a folder beside the repository, or from the one that COGNITOKIT_VECTORS names.
"""

from __future__ import annotations

import collections
import functools
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cognitokit.errors import (
    ExpiredToken,
    InvalidSignature,
    MalformedToken,
    TokenError,
    UnknownKey,
    UnsupportedAlgorithm,
    UntrustedKey,
)
from cognitokit.verifier import CognitoVerifier, jws
from cognitokit.verifier.keys import InvalidKeySet, RsaKey, parse_jwks
from tests.verifier.forge import b64, unb64

BESIDE = Path("shared", "security", "vectors")
FOLDER = Path(
    os.environ.get("COGNITOKIT_VECTORS")
    or next((up / BESIDE for up in Path(__file__).parents if (up / BESIDE).is_dir()), BESIDE)
)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="The vectors are not here; COGNITOKIT_VECTORS may name their folder.",
)


@functools.cache
def load(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((FOLDER / name).read_text())


def payload_of(raw: str, keys: Mapping[str, Any]) -> bytes:
    """Return the payload of a compact JWS that one of the keys has signed, or raise.

    The verifier's own layers, without the claims: the vectors' payloads are no claims.
    """
    header, signed, payload, signature = jws.split(raw)
    kid = jws.key_id(jws.parse_object(jws.decode(header)))
    if not parse_jwks(keys).find(kid).accepts(signature, signed):
        raise InvalidSignature
    return payload


def outcome(raw: str, keys: Mapping[str, Any]) -> str:
    """Return "valid", or the name of the refusal."""
    try:
        payload_of(raw, keys)
    except (TokenError, InvalidKeySet) as refusal:
        return type(refusal).__name__
    return "valid"


RS256_DEVIATIONS = {
    # Our compact form has no empty payload: no claims would be in it.
    "json_web_signature-259": "MalformedToken",
    # The key's primes have the ROCA structure (CVE-2017-15361), which nobody looks for. Cognito's
    # keys are made by AWS and come over TLS from AWS.
    "json_web_crypto-46": "valid",
}


def test_rs256_signatures() -> None:
    """240 JWS of RSA keys, with faults in form, key, padding and signature, get what they are labelled."""
    tests = load("wycheproof-jws-rs256.json")["tests"]
    expected = {t["id"]: RS256_DEVIATIONS.get(t["id"], t["result"]) for t in tests}

    outcomes = {t["id"]: outcome(t["jws"], t["jwks"]) for t in tests}
    refusals = collections.Counter(outcomes.values())

    assert 240 == len(tests) == len(outcomes)
    assert {id_: "valid" == label for id_, label in expected.items()} == {
        id_: "valid" == label for id_, label in outcomes.items()
    }
    assert {
        "InvalidSignature": 216,
        "MalformedToken": 11,
        "valid": 8,
        "InvalidKeySet": 3,
        "UnknownKey": 1,
        "UnsupportedAlgorithm": 1,
    } == refusals


def test_rs256_paddings_are_refused_as_signatures() -> None:
    """The 213 forged paddings among them fail as signatures, and for no other reason."""
    forged = [
        t for t in load("wycheproof-jws-rs256.json")["tests"] if "ModifiedPadding" in t["flags"]
    ]

    outcomes = {outcome(t["jws"], t["jwks"]) for t in forged}

    assert 213 == len(forged)
    assert {"InvalidSignature"} == outcomes


def test_keys_that_must_not_be_used() -> None:
    """A set of nothing but a weak key, an encryption key or a half-made one is no key set."""
    by_id = {t["id"]: t["jwks"] for t in load("wycheproof-jws-rs256.json")["tests"]}
    unusable = {
        "json_web_signature-353": "use enc",
        "json_web_signature-355": "key_ops encrypt",
        "json_web_key-6": "use enc",
        "json_web_key-8": "1024 bits",
        "json_web_key-9": "the exponent 1",
        "json_web_key-24": "an EC key that says RSA",
    }

    for id_ in unusable:
        with pytest.raises(InvalidKeySet):
            parse_jwks(by_id[id_])
    assert 1 == len(parse_jwks(by_id["json_web_signature-33"]))


def test_foreign_algorithms() -> None:
    """35 tokens of other algorithms, or of none, are refused before any key is looked at."""
    tests = load("wycheproof-jws-foreign-alg.json")["tests"]

    def read(raw: str) -> str:
        try:
            header, *_ = jws.split(raw)
            return jws.key_id(jws.parse_object(jws.decode(header)))
        except TokenError as refusal:
            return type(refusal).__name__

    outcomes = collections.Counter(read(t["jws"]) for t in tests)

    assert 35 == len(tests)
    # An empty payload is no compact form of ours; the header is not even read then.
    assert {"UnsupportedAlgorithm": 30, "MalformedToken": 5} == outcomes
    assert 5 == sum(".." in t["jws"] for t in tests)


BASE64_MISLABELLED = {
    # Byte for byte the valid vector 357: the padding that they are about was lost on the way.
    367: "valid",
    370: "valid",
    # Labelled valid with a "?" in a segment; a strict decoder has to refuse them.
    372: "invalid",
    373: "invalid",
}


def test_base64_policy() -> None:
    """21 HS256 tokens with faults in their base64url are read, or refused, as a strict decoder has to."""
    file = load("wycheproof-base64-policy.json")
    secret = unb64(file["key"]["k"])

    def read(raw: str) -> str:
        try:
            header, signed, _, signature = jws.split(raw)
            jws.key_id(jws.parse_object(jws.decode(header)), "HS256")
        except MalformedToken:
            return "invalid"
        mac = hmac.digest(secret, signed, hashlib.sha256)
        return "valid" if hmac.compare_digest(mac, signature) else "invalid"

    expected = {t["tcId"]: BASE64_MISLABELLED.get(t["tcId"], t["result"]) for t in file["tests"]}
    outcomes = {t["tcId"]: read(t["jws"]) for t in file["tests"]}

    assert 21 == len(outcomes)
    assert expected == outcomes
    assert 7 == list(outcomes.values()).count("valid")


def test_cognito_tokens_with_forged_padding() -> None:
    """Of 213 access tokens with forged PKCS #1 padding none is accepted; the one sound token is."""
    file = load("cognito-rs256-padding.json")
    verifier = CognitoVerifier(
        file["userPoolId"],
        client_id=file["clientId"],
        token_use=file["tokenUse"],
        jwks=file["jwks"],
        clock=lambda: file["now"],
        monotonic=lambda: 0.0,
    )

    accepted = [verifier.verify(t["token"]).raw for t in file["valid"]]
    refused = 0
    for test in file["tests"]:
        with pytest.raises(InvalidSignature):
            verifier.verify(test["token"])
        refused += 1

    assert [t["token"] for t in file["valid"]] == accepted
    assert (1, 213) == (len(accepted), refused)


def test_rsa_primitive() -> None:
    """259 signatures on the bare key get what they are labelled; the one "acceptable" is refused.

    That one lacks the NULL of its AlgorithmIdentifier. RFC 8017 9.2 lets old signers leave it out;
    Cognito does not.
    """
    outcomes: dict[int, tuple[str, bool]] = {}
    for group in load("rsa_signature_2048_sha256_test.json")["testGroups"]:
        public = load_der_public_key(bytes.fromhex(group["publicKeyDer"]))
        assert isinstance(public, RSAPublicKey)
        key = RsaKey(public, group["keyJwk"]["n"])
        for test in group["tests"]:
            accepted = key.accepts(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            outcomes[test["tcId"]] = test["result"], accepted

    counts = collections.Counter(outcomes.values())

    assert 259 == len(outcomes)
    assert {("valid", True): 9, ("invalid", False): 249, ("acceptable", False): 1} == counts


def test_rsa_keys_of_the_primitive_vectors() -> None:
    """Of their three keys two have the exponent 3, and our key sets refuse those (FIPS 186-5 5.1)."""
    jwks = [g["keyJwk"] for g in load("rsa_signature_2048_sha256_test.json")["testGroups"]]

    assert "none" in parse_jwks({"keys": [jwks[0]]})
    assert ["AQAB", "Aw", "Aw"] == [jwk["e"] for jwk in jwks]
    for jwk in jwks[1:]:
        both = parse_jwks({"keys": [jwk, {**jwks[0], "kid": "other"}]})
        with pytest.raises(UntrustedKey):
            both.find("none")


def test_rfc_7515() -> None:
    """A.2 is sound as a JWS, but names no key and has expired; A.5 has no algorithm; A.6 is not compact."""
    file = load("rfc7515-appendix.json")
    header, signed, payload, signature = jws.split(file["jws"])
    key = parse_jwks({"keys": [{**file["jwk"], "kid": "a2"}]}).find("a2")
    protected, body, mark = file["jws"].split(".")
    flat = json.dumps({"payload": body, "protected": protected, "signature": mark})
    from cognitokit.verifier import policy

    assert file["payload"].encode() == payload
    assert key.accepts(signature, signed)
    assert not key.accepts(signature, signed + b".")
    with pytest.raises(UnknownKey):
        jws.key_id(jws.parse_object(jws.decode(header)))
    with pytest.raises(ExpiredToken):
        policy.check_expiry(jws.parse_object(payload), 1_300_819_380, 0)
    policy.check_expiry(jws.parse_object(payload), 1_300_819_379, 0)
    with pytest.raises(UnsupportedAlgorithm):
        payload_of(file["a5_none"], {"keys": []})
    with pytest.raises(MalformedToken):
        jws.split(flat)


def test_rfc_7520() -> None:
    """Figure 13 (RS256) is sound; other algorithms, other forms, and what is encrypted are refused."""
    key = load("rfc7520/3_3.rsa_public_key.json")
    sound = load("rfc7520/4_1.rsa_v15_signature.json")
    nested = load("rfc7520/6.nesting_signatures_and_encryption.json")
    other_algorithms = [
        load(f"rfc7520/{name}")["output"]["compact"]
        for name in (
            "4_2.rsa-pss_signature.json",
            "4_3.ecdsa_signature.json",
            "4_4.hmac-sha2_integrity_protection.json",
        )
    ]
    encrypted = [
        load("rfc7520/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json")["output"][
            "compact"
        ],
        nested["encrypt"]["output"]["compact"],
    ]
    detached = load("rfc7520/4_5.signature_with_detached_content.json")["output"]["compact"]
    unencoded = load("rfc7520/hmac-sha2_b64_false.json")["output"]["compact"]
    json_forms = [
        json.dumps(output[form])
        for name in (
            "4_1.rsa_v15_signature.json",
            "4_6.protecting_specific_header_fields.json",
            "4_7.protecting_content_only.json",
            "4_8.multiple_signatures.json",
            "4.2.hmac-sha2_b64_false.json",
        )
        for output in [load(f"rfc7520/{name}")["output"]]
        for form in ("json", "json_flat")
        if form in output
    ]

    assert sound["input"]["payload"].encode() == payload_of(
        sound["output"]["compact"], {"keys": [key]}
    )
    assert ["UnsupportedAlgorithm"] * 3 == [
        outcome(raw, {"keys": [key]}) for raw in other_algorithms
    ]
    assert "UnsupportedAlgorithm" == outcome(nested["sign"]["output"]["compact"], {"keys": [key]})
    assert ["MalformedToken"] * 2 == [outcome(raw, {"keys": [key]}) for raw in encrypted]
    assert ["MalformedToken"] * 2 == [
        outcome(raw, {"keys": [key]}) for raw in (detached, unencoded)
    ]
    assert 9 == len(json_forms)
    assert ["MalformedToken"] * 9 == [outcome(raw, {"keys": [key]}) for raw in json_forms]


def test_rfc_7797_header_is_refused_whatever_the_payload() -> None:
    """b64:false is refused for what it is, not only for the characters that it would allow."""
    for name in ("4.2.hmac-sha2_b64_false.json", "hmac-sha2_b64_false.json"):
        protected = load(f"rfc7520/{name}")["signing"]["protected"]
        with pytest.raises(MalformedToken):
            jws.key_id({**protected, "alg": "RS256", "kid": "a"})
        assert "a" == jws.key_id({"alg": "RS256", "kid": "a"})
        assert "VA" == b64(b"T")
