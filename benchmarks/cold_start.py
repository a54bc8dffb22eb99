"""What the first verified token of a fresh process costs: `nox -s bench`.

The measure is a process that imports cryptography's RSA and verifies one signature. Both start
in turn, isolated, with bytecode compiled.
"""

import base64
import json
import os
import statistics
import subprocess
import sys
import time

import jwt

from cognitokit.testing import TokenMint

PAIRS = 25

FLOOR = """
import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

n, e, signature, signed = sys.argv[1:]
key = rsa.RSAPublicNumbers(int(e), int(n)).public_key()
key.verify(bytes.fromhex(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
"""

OURS = """
import json, sys
from cognitokit import CognitoVerifier

pool, client_id, jwks, raw = sys.argv[1:]
verifier = CognitoVerifier(pool, client_id=client_id, token_use="access", jwks=json.loads(jwks))
verifier.verify(raw)
"""


def octets(text: str) -> bytes:
    """Decode base64url as in a JWK or JWS, without padding (RFC 7515 2)."""
    return base64.urlsafe_b64decode(text + "===")


mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
raw = mint.access_token()
signed, _, last = raw.rpartition(".")
kid = jwt.get_unverified_header(raw)["kid"]
jwk = next(key for key in mint.jwks["keys"] if key["kid"] == kid)
n, e = (str(int.from_bytes(octets(jwk[name]), "big")) for name in ("n", "e"))

COMMANDS = {
    "cryptography alone": [FLOOR, n, e, octets(last).hex(), signed],
    "cognitokit": [OURS, mint.pool.id, mint.client_id, json.dumps(mint.jwks), raw],
}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def start(command: list[str]) -> float:
    """Milliseconds that a fresh process takes."""
    begin = time.perf_counter_ns()
    subprocess.run([sys.executable, "-I", "-c", *command], check=True, env=ENVIRONMENT)
    return (time.perf_counter_ns() - begin) / 1e6


def main() -> None:
    """Print the table."""
    for command in COMMANDS.values():
        start(command)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(PAIRS):
        for name, command in COMMANDS.items():
            taken[name].append(start(command))
    cost = {name: statistics.median(times) for name, times in taken.items()}

    print(f"{'a fresh process, one token':34}{'ms':>8}")
    for name, each in cost.items():
        print(f"{name:34}{each:8.1f}")
    ratio = cost["cognitokit"] / cost["cryptography alone"]
    print()
    print(f"{'cold start':40}{ratio:7.3f}  {'within' if ratio <= 1.2 else 'OVER'} 1.200")


main()
