"""Tokens and key sets made by hand, sound or not, from keys that live as long as the process.

Nothing here knows cognitokit: bytes are signed with cryptography and put together with the standard
library, so that whatever a verifier is shown was made by other code than its own.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOW = 1_800_000_000
"""The second at which every test's clock stands unless it says otherwise."""

REGION = "eu-west-1"
POOL_ID = "eu-west-1_AbCdEfGhI"
ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"
UPDATED_ISSUER = f"https://issuer-cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"
OTHER_POOL_ID = "eu-west-1_ZyXwVuTsR"
OTHER_ISSUER = f"https://cognito-idp.{REGION}.amazonaws.com/{OTHER_POOL_ID}"
CLIENT_ID = "1example23456789"
OTHER_CLIENT_ID = "9example87654321"
SUB = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

DIGEST_INFO_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER prefix of a SHA-256 hash in a PKCS #1 v1.5 signature (RFC 8017 9.2, note 1)."""


def b64(data: bytes) -> str:
    """Return unpadded base64url (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return what unpadded base64url stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int) -> str:
    """Return a JWK's Base64urlUInt (RFC 7518 2)."""
    return b64(value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def dump(value: object) -> bytes:
    """Return compact UTF-8 JSON; bytes pass unchanged, so that a caller may hand in anything."""
    if isinstance(value, bytes):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Signer:
    """An RSA key with the kid under which a key set shows it."""

    def __init__(self, kid: str, key: rsa.RSAPrivateKey) -> None:
        self.kid = kid
        self.key = key
        self.public = key.public_key()

    def jwk(self, **members: object) -> dict[str, Any]:
        """Return the public JWK as Cognito shows it, with members replaced; ... leaves one out."""
        numbers = self.public.public_numbers()
        jwk = {
            "alg": "RS256",
            "e": number(numbers.e),
            "kid": self.kid,
            "kty": "RSA",
            "n": number(numbers.n),
            "use": "sig",
        }
        return replaced(jwk, members)

    def sign(self, data: bytes, algorithm: str = "RS256") -> bytes:
        """Return an RSA signature: RS256, RS384, RS512 or PS256."""
        if algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return self.key.sign(data, pss, hashes.SHA256())
        digests: dict[str, hashes.HashAlgorithm] = {
            "RS256": hashes.SHA256(),
            "RS384": hashes.SHA384(),
            "RS512": hashes.SHA512(),
        }
        return self.key.sign(data, padding.PKCS1v15(), digests[algorithm])

    def pem(self) -> bytes:
        """Return the public key as PEM."""
        return self.public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def der(self) -> bytes:
        """Return the public key as DER."""
        return self.public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


@functools.cache
def signer(kid: str, bits: int = 2048) -> Signer:
    """Return the process's key of that name, made when it is first asked for.

    Cognito's own kids are base64 with "/", "+" and "=", so the tests' are too.
    """
    return Signer(kid, rsa.generate_private_key(65537, bits))


POOL_KID = "k/1+pool="
SECOND_KID = "k/2+pool="
ATTACKER_KID = "k/3+attacker="


def pool_key() -> Signer:
    """Return the key that signs the pool's tokens."""
    return signer(POOL_KID)


def second_key() -> Signer:
    """Return the other key of the same pool: Cognito shows two."""
    return signer(SECOND_KID)


def attacker_key() -> Signer:
    """Return a key that no pool has."""
    return signer(ATTACKER_KID)


def jwks(*keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JWK set: the pool's two keys, or those given."""
    return {"keys": list(keys) or [pool_key().jwk(), second_key().jwk()]}


def replaced(base: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """Return a copy with members replaced; ... leaves one out."""
    merged = {**base, **changes}
    return {name: value for name, value in merged.items() if value is not ...}


def header(**members: object) -> dict[str, Any]:
    """Return the header that Cognito writes, with members replaced; ... leaves one out."""
    return replaced({"kid": POOL_KID, "alg": "RS256"}, members)


def access_claims(**claims: object) -> dict[str, Any]:
    """Return an access token's claims, with some replaced; ... leaves one out."""
    return replaced(
        {
            "sub": SUB,
            "cognito:groups": ["admin", "staff"],
            "iss": ISSUER,
            "version": 2,
            "client_id": CLIENT_ID,
            "origin_jti": "11111111-2222-4333-8444-555555555555",
            "event_id": "66666666-7777-4888-8999-000000000000",
            "token_use": "access",
            "scope": "openid tasks/read tasks/write",
            "auth_time": NOW - 60,
            "exp": NOW + 3540,
            "iat": NOW - 60,
            "jti": "12121212-3434-4565-8787-909090909090",
            "username": "jane",
        },
        claims,
    )


def id_claims(**claims: object) -> dict[str, Any]:
    """Return an id token's claims, with some replaced; ... leaves one out."""
    return replaced(
        {
            "sub": SUB,
            "email_verified": True,
            "cognito:groups": ["admin", "staff"],
            "iss": ISSUER,
            "cognito:username": "jane",
            "origin_jti": "11111111-2222-4333-8444-555555555555",
            "aud": CLIENT_ID,
            "event_id": "66666666-7777-4888-8999-000000000000",
            "token_use": "id",
            "auth_time": NOW - 60,
            "exp": NOW + 3540,
            "iat": NOW - 60,
            "jti": "21212121-4343-4656-8878-090909090909",
            "email": "jane@example.com",
            "nonce": "n-0S6_WzA2Mj",
        },
        claims,
    )


def compact(head: object, payload: object, signature: bytes) -> str:
    """Return the three segments; JSON values are dumped, bytes are taken as they are."""
    return f"{b64(dump(head))}.{b64(dump(payload))}.{b64(signature)}"


def sign(
    payload: object,
    head: object | None = None,
    *,
    key: Signer | None = None,
    algorithm: str = "RS256",
) -> str:
    """Return a token really signed over whatever header and payload are given, JSON value or bytes."""
    signing_input = f"{b64(dump(header() if head is None else head))}.{b64(dump(payload))}"
    return sign_text(signing_input, key=key, algorithm=algorithm)


def sign_text(signing_input: str, *, key: Signer | None = None, algorithm: str = "RS256") -> str:
    """Return a token really signed over a signing input that need not be well-formed."""
    data = signing_input.encode("utf-8", "surrogatepass")
    return f"{signing_input}.{b64((key or pool_key()).sign(data, algorithm))}"


def access_token(**claims: object) -> str:
    """Return a sound access token of the pool, with claims replaced."""
    return sign(access_claims(**claims))


def id_token(**claims: object) -> str:
    """Return a sound id token of the pool, with claims replaced."""
    return sign(id_claims(**claims))


def hmac_token(secret: bytes, claims: Mapping[str, Any]) -> str:
    """Return an HS256 token whose secret is public, for instance the RSA key's PEM."""
    signing_input = f"{b64(dump(header(alg='HS256')))}.{b64(dump(claims))}"
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def encoded_message(signing_input: bytes, length: int) -> bytes:
    """Return the EM of a PKCS #1 v1.5 signature: with e=1 it is the signature itself (RFC 8017 9.2)."""
    info = DIGEST_INFO_SHA256 + hashlib.sha256(signing_input).digest()
    return b"\x00\x01" + b"\xff" * (length - len(info) - 3) + b"\x00" + info


def resigned(token: str, signature: bytes) -> str:
    """Return the token with another signature."""
    return f"{token.rpartition('.')[0]}.{b64(signature)}"


def tailed(segment: str) -> str:
    """Return a segment with an unused trailing bit set: other text that lax decoders read alike."""
    if len(segment) % 4 not in {2, 3}:
        raise ValueError("a segment of full groups has no unused bits")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) | 1]


class LoadBalancer(NamedTuple):
    """A load balancer's P-256 key, as its regional endpoint shows it, and its coordinates."""

    kid: str
    key: ec.EllipticCurvePrivateKey
    arn: str

    def pem(self) -> bytes:
        """Return the public key as the key endpoint serves it."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def header(self, **members: object) -> dict[str, Any]:
        """Return the header that the load balancer writes, with members replaced."""
        return replaced(
            {
                "typ": "JWT",
                "kid": self.kid,
                "alg": "ES256",
                "iss": ISSUER,
                "client": CLIENT_ID,
                "signer": self.arn,
                "exp": NOW + 120,
            },
            members,
        )

    def claims(self, **claims: object) -> dict[str, Any]:
        """Return the user claims that the load balancer passes on, with some replaced."""
        return replaced(
            {
                "sub": SUB,
                "email_verified": "true",
                "email": "jane@example.com",
                "username": "jane",
                "exp": NOW + 120,
                "iss": ISSUER,
            },
            claims,
        )

    def sign(self, payload: object, head: object | None = None, *, padded: bool = True) -> str:
        """Return x-amzn-oidc-data: ES256 over segments that keep their padding."""
        encode = padded_b64 if padded else b64
        signing_input = (
            f"{encode(dump(self.header() if head is None else head))}.{encode(dump(payload))}"
        )
        r, s = decode_dss_signature(
            self.key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
        )
        return f"{signing_input}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def padded_b64(data: bytes) -> str:
    """Return base64url with its padding, which only load balancers write."""
    return base64.urlsafe_b64encode(data).decode()


@functools.cache
def load_balancer(
    kid: str = "0f3b8a4e-5c1d-4a7e-9b2f-6d8c7e5a4b3c",
    arn: str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188",
) -> LoadBalancer:
    """Return the process's load balancer of that kid and ARN."""
    return LoadBalancer(kid, ec.generate_private_key(ec.SECP256R1()), arn)
