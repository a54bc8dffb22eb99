"""What a warm verification costs, side by side with the least that it could cost: `nox -s bench`.

All candidates take turns in one process, round by round, so that a slow moment of the machine
hits every one of them. What counts is the ratio; microseconds are of this machine alone.
"""

import base64
import binascii
import gc
import itertools
import json
import statistics
import time
from collections.abc import Callable, Mapping

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cognitokit import CognitoVerifier
from cognitokit.testing import TokenMint

ROUNDS = 60
CALLS = 100

mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
raw = mint.access_token(groups=["admin"])
signed, _, last = raw.rpartition(".")
signing_input = signed.encode()
kid = jwt.get_unverified_header(raw)["kid"]
jwk = next(key for key in mint.jwks["keys"] if key["kid"] == kid)


def number(name: str) -> int:
    """An unsigned number of the JWK (RFC 7518 6.3.1)."""
    return int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "==="), "big")


public_key = rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
signature = base64.urlsafe_b64decode(last + "===")
to_standard = bytes.maketrans(b"-_", b"+/")
pkcs1, sha256 = padding.PKCS1v15(), hashes.SHA256()


def bare_rsa() -> None:
    """The signature check alone, everything decoded beforehand."""
    public_key.verify(signature, signing_input, pkcs1, sha256)


def unchecked() -> object:
    """Two base64 decodes, the signature check, one json.loads, as fast as they go: nothing else."""
    signed, _, tail = raw.encode().rpartition(b".")
    decoded = binascii.a2b_base64(tail.translate(to_standard) + b"==")
    public_key.verify(decoded, signed, pkcs1, sha256)
    payload = signed[signed.index(b".") + 1 :].translate(to_standard)
    return json.loads(binascii.a2b_base64(payload + b"=="))


verifier = CognitoVerifier(mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks)
remembering = CognitoVerifier(
    mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks, remember=1000
)
encoded = raw.encode()


def cognitokit_verify() -> object:
    """All checks."""
    return verifier.verify(raw)


def cognitokit_remembered() -> object:
    """A token that was seen before, each time in a new str."""
    return remembering.verify(encoded.decode())


keys = jwt.PyJWKSet.from_dict(dict(mint.jwks))
by_kid = {key.key_id: key for key in keys.keys}


def pyjwt() -> object:
    """PyJWT with its keys at hand and the checks that it has for a Cognito access token."""
    key = by_kid[jwt.get_unverified_header(raw)["kid"]]
    claims = jwt.decode(raw, key, algorithms=["RS256"], issuer=mint.pool.issuers[0])
    if claims["client_id"] != mint.client_id or claims["token_use"] != "access":
        raise ValueError
    return claims


CANDIDATES: Mapping[str, Callable[[], object]] = {
    "the RSA check alone": bare_rsa,
    "RSA, base64 and JSON, unchecked": unchecked,
    "cognitokit": cognitokit_verify,
    "cognitokit, remember=": cognitokit_remembered,
    "PyJWT": pyjwt,
}


def measure() -> dict[str, float]:
    """Each candidate's median, in microseconds a call."""
    taken: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, candidate in CANDIDATES.items():
                start = time.perf_counter_ns()
                for _ in itertools.repeat(None, CALLS):
                    candidate()
                taken[name].append((time.perf_counter_ns() - start) / CALLS / 1000)
            gc.collect()
    finally:
        gc.enable()
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Print the table."""
    cost = measure()
    rsa_alone, least = cost["the RSA check alone"], cost["RSA, base64 and JSON, unchecked"]
    ours = cost["cognitokit"]

    print(f"{'one RS256/2048 access token, warm':34}{'µs':>8}{'of RSA':>9}{'of unchecked':>14}")
    for name, each in cost.items():
        print(f"{name:34}{each:8.1f}{each / rsa_alone:9.2f}{each / least:14.2f}")
    print()
    for what, value, limit in (
        ("a verification, of the RSA check", ours / rsa_alone, 1.52),
        ("a verification, of the unchecked path", ours / least, 1.15),
        ("a remembered token, of a verification", cost["cognitokit, remember="] / ours, 1 / 30),
        ("a verification, of PyJWT's", ours / cost["PyJWT"], 1 / 4),
    ):
        print(f"{what:40}{value:7.3f}  {'within' if value <= limit else 'OVER'} {limit:.3f}")


main()
