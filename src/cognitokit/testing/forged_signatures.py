"""Tokens whose signature is not the pool's, or of another kind than the pool's."""

from __future__ import annotations

import base64
import functools
import hmac
import string
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cognitokit.testing.good_token import encode, to_json
from cognitokit.testing.signing_keys import make_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.testing.good_token import Forged, GoodToken
    from cognitokit.testing.signing_keys import SigningKey

_BASE64URL = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def of_another_key(good: GoodToken) -> Iterator[Forged]:
    """Those that a key signed which the pool does not publish, or not for them."""
    attacker = _attacker()
    payload = to_json(good.claims)
    header = {**good.header, "kid": attacker.kid}
    sign = functools.partial(good.mint.sign_bytes, payload=payload, key=attacker)
    yield (
        "unknown-kid",
        "a key that the pool does not publish signed it",
        sign(header=to_json(header)),
    )
    yield (
        "forged",
        "another key than the one it names signed it",
        sign(header=to_json(good.header)),
    )
    yield (
        "embedded-jwk",
        "it brings its own key in jwk",
        sign(header=to_json({**good.header, "jwk": attacker.to_jwk()})),
    )
    yield (
        "embedded-jwk-unknown-kid",
        "it brings its own key in jwk, under a kid of its own",
        sign(header=to_json({**header, "jwk": attacker.to_jwk()})),
    )
    yield (
        "jku",
        "it says in jku where its key is",
        sign(header=to_json({**header, "jku": "https://attacker.example/jwks.json"})),
    )
    yield (
        "x5u",
        "it says in x5u where its certificate is",
        sign(header=to_json({**header, "x5u": "https://attacker.example/cert.pem"})),
    )
    certificate = base64.b64encode(_certificate()).decode()
    for name, base in (("x5c", good.header), ("x5c-unknown-kid", header)):
        yield (
            name,
            "it brings a certificate of its own key in x5c",
            sign(header=to_json({**base, "x5c": [certificate]})),
        )
    yield (
        "no-kid",
        "it names no key",
        good.mint.sign(good.claims, token_use=good.token_use, headers={"kid": None}),
    )
    yield (
        "other-kid",
        "it names the pool's other key",
        good.mint.sign(
            good.claims,
            token_use=good.token_use,
            headers={"kid": good.mint.key(good.other_use).kid},
        ),
    )


def of_another_algorithm(good: GoodToken) -> Iterator[Forged]:
    """Those that are unsigned, or signed with another algorithm than RS256."""
    body = encode(to_json(good.claims))
    for spelling in ("none", "None", "NONE", "nOnE"):
        head = encode(to_json({**good.header, "alg": spelling}))
        yield f"alg-{spelling}", "it is not signed", f"{head}.{body}."
    head = encode(to_json({**good.header, "alg": "none"}))
    yield (
        "alg-none-signed",
        'its alg is "none", its signature that of the good token',
        f"{head}.{body}.{good.token.rpartition('.')[2]}",
    )
    yield (
        "alg-empty",
        "its alg is empty, and it is not signed",
        f"{encode(to_json({**good.header, 'alg': ''}))}.{body}.",
    )
    yield from _of_hmac(good, body)
    yield (
        "alg-rs256",
        'its alg is spelled "rs256"',
        good.mint.sign(good.claims, token_use=good.token_use, headers={"alg": "rs256"}),
    )
    head = encode(to_json({**good.header, "alg": "ES256"}))
    yield (
        "alg-ES256",
        "it is signed with ES256, by a key of its own",
        f"{head}.{body}.{encode(_es256(f'{head}.{body}'.encode()))}",
    )
    for algorithm in ("RS512", "PS256"):
        yield (
            f"alg-{algorithm}",
            f"it is signed with {algorithm}",
            good.mint.sign(good.claims, token_use=good.token_use, algorithm=algorithm),
        )


def _of_hmac(good: GoodToken, body: str) -> Iterator[Forged]:
    public = good.mint.key(good.token_use).public
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for algorithm, form, secret in (
        ("HS256", "pem", pem),
        ("HS256", "der", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        ("HS256", "jwk", to_json(good.mint.key(good.token_use).to_jwk())),
        ("HS256", "empty", b""),
        ("HS384", "pem", pem),
        ("HS512", "pem", pem),
    ):
        head = encode(to_json({**good.header, "alg": algorithm}))
        mac = hmac.digest(secret, f"{head}.{body}".encode(), f"sha{algorithm[2:]}")
        with_key = f"the public key as HMAC key ({form.upper()})" if secret else "an empty HMAC key"
        yield (
            f"{algorithm.lower()}-{form}",
            f"it is signed with {with_key}",
            f"{head}.{body}.{encode(mac)}",
        )


def tampered(good: GoodToken) -> Iterator[Forged]:
    """Those whose parts do not belong together, or whose signature is not written as it must be."""
    head, body, signature = good.token.split(".")
    richer = {**good.claims, "cognito:groups": ["admin", "administrators"], "sub": "0"}
    yield (
        "tampered-payload",
        "its claims were changed",
        f"{head}.{encode(to_json(richer))}.{signature}",
    )
    flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
    flipped[0] ^= 1
    yield (
        "tampered-signature",
        "a bit of its signature was changed",
        f"{head}.{body}.{encode(bytes(flipped))}",
    )
    yield (
        "signature-spelled-otherwise",
        "the last letter of its signature has bits that belong to no byte",
        f"{head}.{body}.{_spelled_otherwise(signature)}",
    )
    short = base64.urlsafe_b64decode(signature + "==")[:-1]
    yield "truncated", "the end of its signature is missing", f"{head}.{body}.{encode(short)}"
    yield "no-signature", "its signature is missing", f"{head}.{body}."
    other = good.mint.sign({**good.claims, "jti": "another"}, token_use=good.token_use).rpartition(
        "."
    )[2]
    yield (
        "swapped-signature",
        "its signature is that of another good token",
        f"{head}.{body}.{other}",
    )


@functools.cache
def _attacker() -> SigningKey:
    return make_key()


@functools.cache
def _certificate() -> bytes:
    """A certificate of the attacker's key that the attacker has signed."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cognito-idp.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_attacker().public)
        .serial_number(1)
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .sign(_attacker().private, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


@functools.cache
def _elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _es256(signing_input: bytes) -> bytes:
    """Sign as ES256 does: both numbers in 32 bytes each (RFC 7518 3.4)."""
    numbers = decode_dss_signature(_elliptic_key().sign(signing_input, ec.ECDSA(SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def _spelled_otherwise(signature: str) -> str:
    # 256 bytes leave four bits of the last letter unused, which must be zero (RFC 4648 3.5).
    last = _BASE64URL.index(signature[-1])
    return signature[:-1] + _BASE64URL[last + 1]
