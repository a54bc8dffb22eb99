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
    "no-issuer": "claim",
    "other-client": "claim",
    "no-client": "claim",
    "client-list": "claim",
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
    "no-kid": "key_not_found",
    "other-kid": "signature",
    "alg-none": "algorithm",
    "alg-None": "algorithm",
    "alg-NONE": "algorithm",
    "alg-none-signed": "algorithm",
    "hs256-pem": "algorithm",
    "hs256-der": "algorithm",
    "hs256-jwk": "algorithm",
    "hs256-empty": "algorithm",
    "alg-RS512": "algorithm",
    "alg-PS256": "algorithm",
    "tampered-payload": "signature",
    "tampered-signature": "signature",
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
    assert {
        name: why for name, why in REASONS.items() if not name.startswith(f"{token_use}-token")
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
        "no-issuer",
        "other-client",
        "no-client",
        "client-list",
        "id-token",
        "id-token-dressed-up",
        "no-token-use",
        "other-token-use",
        "claims-list",
        "claim-twice",
        "crit",
        "padded",
    } == accepted


@pytest.mark.parametrize("name, algorithm", [("alg-RS512", "RS512"), ("alg-PS256", "PS256")])
def test_tokens_of_other_algorithms_are_right_in_those(name: str, algorithm: str) -> None:
    """A verifier that lets the token choose its algorithm would take them."""
    (token,) = (bad.token for bad in made("access") if bad.name == name)

    assert "access" == jwt.decode(token, MINT.key().public, algorithms=[algorithm])["token_use"]


def test_hmac_tokens_are_right_for_who_confuses_keys() -> None:
    """The HS256 token is signed with the public key's PEM, byte for byte."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    (token,) = (bad.token for bad in made("access") if bad.name == "hs256-pem")
    pem = MINT.key().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed, _, signature = token.rpartition(".")

    assert hmac.digest(pem, signed.encode(), hashlib.sha256) == jwt.utils.base64url_decode(
        signature
    )


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
