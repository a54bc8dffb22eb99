"""The tokens that must be refused: our verifier and PyJWT are asked what they think of each."""

from __future__ import annotations

import base64
import json
from typing import Any, Literal

import jwt
import pytest

from cognitokit import TokenError
from cognitokit.testing import BadToken, TokenMint, bad_tokens

MINT = TokenMint()
REASONS = {
    "expired": "expired",
    "no-exp": "claim",
    "exp-text": "claim",
    "not-yet-valid": "not_yet_valid",
    "issued-tomorrow": "not_yet_valid",
    "other-pool": "claim",
    "other-issuer": "claim",
    "issuer-extended": "claim",
    "issuer-other-host": "claim",
    "issuer-case": "claim",
    "issuer-scheme": "claim",
    "no-issuer": "claim",
    "other-client": "claim",
    "client-prefix": "claim",
    "client-extended": "claim",
    "no-client": "claim",
    "client-list": "claim",
    "foreign-audience": "claim",
    "id-token": "claim",
    "id-token-dressed-up": "claim",
    "access-token": "claim",
    "access-token-dressed-up": "claim",
    "no-token-use": "claim",
    "other-token-use": "claim",
    "unknown-kid": "key_not_found",
    "forged": "signature",
    "embedded-jwk": "malformed",
    "embedded-jwk-unknown-kid": "malformed",
    "jku": "malformed",
    "x5u": "malformed",
    "x5c": "malformed",
    "x5c-unknown-kid": "malformed",
    "no-kid": "key_not_found",
    "other-kid": "signature",
    "alg-none": "algorithm",
    "alg-None": "algorithm",
    "alg-NONE": "algorithm",
    "alg-nOnE": "algorithm",
    "alg-empty": "algorithm",
    "alg-none-signed": "algorithm",
    "hs256-pem": "algorithm",
    "hs256-der": "algorithm",
    "hs256-jwk": "algorithm",
    "hs256-empty": "algorithm",
    "hs384-pem": "algorithm",
    "hs512-pem": "algorithm",
    "alg-rs256": "algorithm",
    "alg-ES256": "algorithm",
    "alg-RS512": "algorithm",
    "alg-PS256": "algorithm",
    "tampered-payload": "signature",
    "tampered-signature": "signature",
    "signature-spelled-otherwise": "malformed",
    "truncated": "signature",
    "no-signature": "signature",
    "swapped-signature": "signature",
    "garbage": "malformed",
    "two-segments": "malformed",
    "four-segments": "malformed",
    "refresh-token": "malformed",
    "padded": "malformed",
    "claims-list": "malformed",
    "claim-twice": "malformed",
    "crit": "malformed",
}
"""Name of a bad token -> the reason for which our verifier refuses it."""


def good(token_use: Literal["access", "id"]) -> str:
    """Make a good token."""
    return MINT.access_token(groups=["admin"]) if token_use == "access" else MINT.id_token()


def made(token_use: Literal["access", "id"]) -> list[BadToken]:
    """Make the bad ones from it."""
    return bad_tokens(MINT, good(token_use), token_use=token_use)


def bad_token(name: str) -> str:
    """Make the bad one of that name."""
    (token,) = (bad.token for bad in made("access") if bad.name == name)
    return token


@pytest.mark.parametrize("token_use", ["access", "id"])
def test_every_bad_token_is_refused_for_its_flaw(token_use: Literal["access", "id"]) -> None:
    """Our verifier takes the good token and refuses each bad one, for the reason that it was made for."""
    verifier = MINT.verifier(token_use)
    verifier.verify(good(token_use))
    reasons = {}
    for bad in made(token_use):
        with pytest.raises(TokenError) as caught:
            verifier.verify(bad.token)
        reasons[bad.name] = caught.value.reason

    other = "id" if token_use == "access" else "access"
    # An id token has an audience anyway: what is wrong there is its client.
    absent = {"foreign-audience"} if token_use == "id" else set[str]()
    assert {
        name: why
        for name, why in REASONS.items()
        if name not in absent and not name.startswith(f"{token_use}-token")
    } == reasons
    assert {f"{other}-token", f"{other}-token-dressed-up"} <= reasons.keys()


def test_bad_tokens_are_as_bad_as_they_say() -> None:
    """A verifier that checks nothing but the signature takes exactly those whose flaw lies elsewhere."""
    keys = {key.kid: key.public for key in (MINT.key("access"), MINT.key("id"))}
    rs256 = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)

    def signature_holds(token: str) -> bool:
        signed, _, signature = token.rpartition(".")
        try:
            header = json.loads(base64.urlsafe_b64decode(signed.split(".")[0] + "=="))
            key = keys[header["kid"]]
        except (ValueError, LookupError):
            return False
        raw = base64.urlsafe_b64decode(signature.rstrip("=") + "==")
        return bool(rs256.verify(signed.encode(), key, raw)) and "RS256" == header["alg"]

    accepted = {bad.name for bad in made("access") if signature_holds(bad.token)}

    assert {
        "expired",
        "no-exp",
        "exp-text",
        "not-yet-valid",
        "issued-tomorrow",
        "other-issuer",
        "issuer-extended",
        "issuer-other-host",
        "issuer-case",
        "issuer-scheme",
        "no-issuer",
        "other-client",
        "client-prefix",
        "client-extended",
        "no-client",
        "client-list",
        "foreign-audience",
        "id-token",
        "id-token-dressed-up",
        "no-token-use",
        "other-token-use",
        "claims-list",
        "claim-twice",
        "crit",
        "padded",
        "signature-spelled-otherwise",
    } == accepted


@pytest.mark.parametrize("name, algorithm", [("alg-RS512", "RS512"), ("alg-PS256", "PS256")])
def test_tokens_of_other_algorithms_are_right_in_those(name: str, algorithm: str) -> None:
    """A verifier that lets the token choose its algorithm would take them."""
    (token,) = (bad.token for bad in made("access") if bad.name == name)

    assert "access" == jwt.decode(token, MINT.key().public, algorithms=[algorithm])["token_use"]


@pytest.mark.parametrize("size", ["256", "384", "512"])
def test_hmac_tokens_are_right_for_who_confuses_keys(size: str) -> None:
    """The HS256, HS384 and HS512 tokens are signed with the public key's PEM, byte for byte."""
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    token = bad_token(f"hs{size}-pem")
    pem = MINT.key().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed, _, signature = token.rpartition(".")

    assert f"HS{size}" == jwt.get_unverified_header(token)["alg"]
    assert hmac.digest(pem, signed.encode(), f"sha{size}") == jwt.utils.base64url_decode(signature)


def test_misspelled_algorithms_are_right_under_their_names() -> None:
    """A verifier that does not look at how they are spelled would take them."""
    rs256, none, empty = (bad_token(f"alg-{name}") for name in ("rs256", "nOnE", "empty"))
    header, payload, signature = rs256.split(".")
    signed = f"{header}.{payload}".encode()
    raw = jwt.utils.base64url_decode(signature)
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)

    assert algorithm.verify(signed, MINT.key().public, raw)
    assert ["rs256", "nOnE", ""] == [
        jwt.get_unverified_header(token)["alg"] for token in (rs256, none, empty)
    ]
    assert ["", ""] == [token.rpartition(".")[2] for token in (none, empty)]


def test_es256_token_is_well_formed() -> None:
    """Its signature has the 64 bytes that ES256 has."""
    token = bad_token("alg-ES256")

    assert 64 == len(jwt.utils.base64url_decode(token.rpartition(".")[2]))


def test_signature_that_is_spelled_otherwise_has_the_same_bytes() -> None:
    """A reader that drops the bits of no byte finds the good signature, which is good."""
    token = good("access")
    (bad,) = (
        each.token for each in bad_tokens(MINT, token) if each.name == "signature-spelled-otherwise"
    )
    signatures = [each.rpartition(".")[2] for each in (token, bad)]

    assert token != bad
    assert 1 == len({base64.urlsafe_b64decode(f"{each}==") for each in signatures})


def test_certificate_fits_its_token() -> None:
    """A verifier that trusts the certificate in the header would take the token."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_der_x509_certificate

    for name in ("x5c", "x5c-unknown-kid"):
        token = bad_token(name)
        (certificate,) = jwt.get_unverified_header(token)["x5c"]
        key = load_der_x509_certificate(base64.b64decode(certificate)).public_key()

        assert isinstance(key, RSAPublicKey)
        assert "access" == jwt.decode(token, key, algorithms=["RS256"])["token_use"]


def test_there_are_as_many_as_the_guide_says() -> None:
    """The documentation speaks of some sixty bad tokens."""
    assert 60 <= len(made("access")) < 70


def test_embedded_keys_fit_their_tokens() -> None:
    """A verifier that trusts the key in the header would take the token."""
    (token,) = (bad.token for bad in made("access") if bad.name == "embedded-jwk")
    header: dict[str, Any] = jwt.get_unverified_header(token)
    key = jwt.PyJWK(header["jwk"])

    assert MINT.key().kid == header["kid"]
    assert "access" == jwt.decode(token, key, algorithms=["RS256"])["token_use"]


def test_other_pools_token_is_genuine_there() -> None:
    """The other pool's token is one that the other pool's own verifier takes."""
    (token,) = (bad.token for bad in made("access") if bad.name == "other-pool")
    stranger = TokenMint("eu-west-1_Stranger1")

    assert ("admin",) == stranger.verifier().verify(token).groups


def test_bad_tokens_keep_the_rest_of_the_good_one() -> None:
    """Only the flaw differs: the expired token has the good one's groups, scope and user."""
    token = good("access")
    (expired,) = (bad.token for bad in bad_tokens(MINT, token) if bad.name == "expired")
    claims = [
        json.loads(jwt.utils.base64url_decode(each.split(".")[1])) for each in (token, expired)
    ]
    changed = {name for name in claims[0] if claims[0][name] != claims[1][name]}

    assert {"exp", "iat", "auth_time"} == changed


def test_names_are_unique_and_reprs_show_no_token() -> None:
    """Each bad token has a name of its own, and its repr hides the token."""
    bad = made("access")

    assert len(bad) == len({each.name for each in bad})
    assert not [each for each in bad if each.token in repr(each)]
