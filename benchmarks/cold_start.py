"""What the first verified token of a fresh process costs, and a Lambda authorizer's first verdict: `nox -s bench`.

The measure is a process that imports cryptography's RSA and verifies one signature. All start in
turn, isolated, with bytecode compiled, and each has its keys given: the authorizers as a file that
was bundled with them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bars import Bar, judge, ratios, title
from benchmarks.candidates import RESOURCE, public_key, unpadded
from cognitokit.testing import TokenMint, request_authorizer_event

ROUNDS = 25

FLOOR_NAME = "cryptography alone"
OURS_NAME = "cognitokit"
PYJWT_NAME = "PyJWT"
POWERTOOLS_NAME = "Powertools auth_alpha"

Costs = dict[str, list[float]]
"""Candidate -> seconds in each round."""

FLOOR = """
import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

n, e, signature, signed = sys.argv[1:]
key = rsa.RSAPublicNumbers(int(e), int(n)).public_key()
key.verify(bytes.fromhex(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
"""

OURS = """
import sys
from cognitokit import CognitoVerifier

pool, client_id, jwks, raw = sys.argv[1:]
verifier = CognitoVerifier(pool, client_id=client_id, token_use="access", jwks=jwks)
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

OUR_AUTHORIZER = """
import json, sys
from pathlib import Path
from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import cognito_authorizer

pool, client_id, keys, event = sys.argv[1:]
verifier = CognitoVerifier(pool, client_id=client_id, token_use="access", jwks=Path(keys))
answer = cognito_authorizer(verifier)(json.loads(event), None)
"""

PYJWT_AUTHORIZER = """
import json, sys
import jwt

issuer, client_id, place, text = sys.argv[1:]
with open(place) as file:
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(json.load(file)).keys}
event = json.loads(text)
raw = event["headers"]["Authorization"].removeprefix("Bearer ")
kid = jwt.get_unverified_header(raw)["kid"]
claims = jwt.decode(raw, keys[kid], algorithms=["RS256"], issuer=issuer)
if claims["client_id"] != client_id or claims["token_use"] != "access":
    raise ValueError
answer = {
    "principalId": claims["sub"],
    "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        ],
    },
    "context": {"sub": claims["sub"]},
}
"""

POWERTOOLS_AUTHORIZER = """
import json, sys
from aws_lambda_powertools.utilities.auth_alpha.jwt import JWTVerifier
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerRequestEvent, APIGatewayAuthorizerResponse
)

pool, client_id, audience, keys, text = sys.argv[1:]
with open(keys) as file:
    verifier = JWTVerifier.cognito(
        user_pool_id=pool, client_id=client_id, audience=audience, jwks=json.load(file)
    )
event = APIGatewayAuthorizerRequestEvent(json.loads(text))
claims = verifier.verify(event.headers["Authorization"].removeprefix("Bearer "))
arn = event.parsed_arn
policy = APIGatewayAuthorizerResponse(
    principal_id=claims["sub"],
    region=arn.region,
    aws_account_id=arn.aws_account_id,
    api_id=arn.api_id,
    stage=arn.stage,
    context={"sub": claims["sub"]},
)
policy.allow_all_routes()
answer = policy.asdict()
"""

SHOW = "\nprint(json.dumps(answer))"
"""Put behind an authorizer once, to see that it does its work."""

# Another machine's settings must not reach the measured processes.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def commands(mint: TokenMint) -> dict[str, list[str]]:
    """What each process runs that verifies a token, and its arguments."""
    raw, bound = mint.access_token(), mint.access_token(aud=RESOURCE)
    jwks = json.dumps(mint.jwks)
    found = {
        FLOOR_NAME: floor(mint, raw),
        OURS_NAME: [OURS, mint.pool.id, mint.client_id, jwks, raw],
        PYJWT_NAME: [PYJWT, mint.issuer, mint.client_id, jwks, raw],
    }
    if importlib.util.find_spec("aws_lambda_powertools"):
        arguments = [mint.pool.id, mint.client_id, RESOURCE, jwks, bound]
        found[POWERTOOLS_NAME] = [POWERTOOLS, *arguments]
    return found


def authorizers(mint: TokenMint, keys: str) -> dict[str, list[str]]:
    """The same for authorizers of a REST API, whose keys lie in a file."""
    raw, bound = mint.access_token(), mint.access_token(aud=RESOURCE)
    event, bound_event = (json.dumps(request_authorizer_event(token=each)) for each in (raw, bound))
    found = {
        FLOOR_NAME: floor(mint, raw),
        OURS_NAME: [OUR_AUTHORIZER, mint.pool.id, mint.client_id, keys, event],
        PYJWT_NAME: [PYJWT_AUTHORIZER, mint.issuer, mint.client_id, keys, event],
    }
    if importlib.util.find_spec("aws_lambda_powertools"):
        arguments = [mint.pool.id, mint.client_id, RESOURCE, keys, bound_event]
        found[POWERTOOLS_NAME] = [POWERTOOLS_AUTHORIZER, *arguments]
    for name, (code, *arguments) in list(found.items())[1:]:
        said = subprocess.run(
            [sys.executable, "-I", "-c", code + SHOW, *arguments],
            check=True, env=ENVIRONMENT, capture_output=True, text=True,
        ).stdout  # fmt: skip
        [statement] = json.loads(said)["policyDocument"]["Statement"]
        assert statement["Effect"] == "Allow", name
    return found


def floor(mint: TokenMint, raw: str) -> list[str]:
    """The process that everything is measured in."""
    signed, _, last = raw.rpartition(".")
    numbers = public_key(mint.jwks, raw).public_numbers()
    return [FLOOR, str(numbers.n), str(numbers.e), unpadded(last).hex(), signed]


def start(command: list[str]) -> tuple[float, float]:
    """Seconds that a fresh process computes, and seconds that it takes."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", *command], check=True, env=ENVIRONMENT)
    after, elapsed = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begin
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed


def measure(candidates: dict[str, list[str]]) -> tuple[Costs, Costs]:
    """Return what each process computed and how long it took, in each round."""
    for command in candidates.values():
        start(command)
    computed: Costs = {name: [] for name in candidates}
    elapsed: Costs = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, command in candidates.items():
            computing, taking = start(command)
            computed[name].append(computing)
            elapsed[name].append(taking)
    return computed, elapsed


def table(computed: Costs, elapsed: Costs) -> dict[str, float]:
    """Print what was measured, and return the ratios of computing."""
    by_work, by_time = (ratios(taken, FLOOR_NAME) for taken in (computed, elapsed))
    print(f"  {'':40}{'computing':>10}{'elapsed':>14}")
    for name in computed:
        print(f"  {name:40}{by_work[name]:10.2f}{by_time[name]:14.2f}")
    print()
    return by_work


def main() -> None:
    """Print the tables."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    title("A fresh process, bytecode compiled, until its first token is verified")
    computed, elapsed = measure(commands(mint))
    by_work = table(computed, elapsed)
    judge([Bar("a cold start, of cryptography alone", by_work[OURS_NAME], 1.2)])
    spread = statistics.quantiles(
        [a / b for a, b in zip(computed[OURS_NAME], computed[FLOOR_NAME], strict=True)]
    )
    print(f"  half of the rounds lay between {spread[0]:.3f} and {spread[2]:.3f}")

    title("A fresh Lambda authorizer with bundled keys, until its first verdict")
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder, "jwks.json")
        keys.write_text(json.dumps(mint.jwks), encoding="utf-8")
        computed, elapsed = measure(authorizers(mint, str(keys)))
    table(computed, elapsed)
    judge(
        [
            Bar(f"a cold authorizer, of one with {peer}", ratios(computed, peer)[OURS_NAME], 1.0)
            for peer in (PYJWT_NAME, POWERTOOLS_NAME)
            if peer in computed
        ]
    )


if __name__ == "__main__":
    main()
