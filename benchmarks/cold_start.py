"""What the first verified token of a fresh process costs: `nox -s bench`.

The measure is a process that imports cryptography's RSA and verifies one signature. All start in
turn, isolated, with bytecode compiled, and each has its keys given.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time

from benchmarks.bars import Bar, judge, ratios, title
from benchmarks.candidates import RESOURCE, public_key, unpadded
from cognitokit.testing import TokenMint

ROUNDS = 25

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

PYJWT = """
import json, sys
import jwt

issuer, client_id, jwks, raw = sys.argv[1:]
keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(json.loads(jwks)).keys}
kid = jwt.get_unverified_header(raw)["kid"]
claims = jwt.decode(raw, keys[kid], algorithms=["RS256"], issuer=issuer)
if claims["client_id"] != client_id or claims["token_use"] != "access":
    raise ValueError
"""

POWERTOOLS = """
import json, sys
from aws_lambda_powertools.utilities.auth_alpha.jwt import JWTVerifier

pool, client_id, audience, jwks, raw = sys.argv[1:]
verifier = JWTVerifier.cognito(
    user_pool_id=pool, client_id=client_id, audience=audience, jwks=json.loads(jwks)
)
verifier.verify(raw)
"""

# Another machine's settings must not reach the measured processes.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def commands() -> dict[str, list[str]]:
    """What each process runs, and its arguments."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    raw, bound = mint.access_token(), mint.access_token(aud=RESOURCE)
    jwks = json.dumps(mint.jwks)
    signed, _, last = raw.rpartition(".")
    numbers = public_key(mint.jwks, raw).public_numbers()
    found = {
        "cryptography alone": [
            FLOOR,
            str(numbers.n),
            str(numbers.e),
            unpadded(last).hex(),
            signed,
        ],
        "cognitokit": [OURS, mint.pool.id, mint.client_id, jwks, raw],
        "PyJWT": [PYJWT, mint.issuer, mint.client_id, jwks, raw],
    }
    if importlib.util.find_spec("aws_lambda_powertools"):
        arguments = [mint.pool.id, mint.client_id, RESOURCE, jwks, bound]
        found["Powertools auth_alpha"] = [POWERTOOLS, *arguments]
    return found


def start(command: list[str]) -> tuple[float, float]:
    """Seconds that a fresh process computes, and seconds that it takes."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", *command], check=True, env=ENVIRONMENT)
    after, elapsed = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begin
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def main() -> None:
    """Print the table."""
    title("A fresh process, bytecode compiled, until its first token is verified")
    candidates = commands()
    for command in candidates.values():
        start(command)
    computed: dict[str, list[float]] = {name: [] for name in candidates}
    elapsed: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, command in candidates.items():
            computing, taking = start(command)
            computed[name].append(computing)
            elapsed[name].append(taking)
    by_work, by_time = (ratios(taken, "cryptography alone") for taken in (computed, elapsed))

    print(f"  {'':40}{'computing':>10}{'elapsed':>14}")
    for name in candidates:
        print(f"  {name:40}{by_work[name]:10.2f}{by_time[name]:14.2f}")
    print()
    judge([Bar("a cold start, of cryptography alone", by_work["cognitokit"], 1.2)])
    spread = statistics.quantiles(
        [a / b for a, b in zip(computed["cognitokit"], computed["cryptography alone"], strict=True)]
    )
    print(f"  half of the rounds lay between {spread[0]:.3f} and {spread[2]:.3f}")


if __name__ == "__main__":
    main()
