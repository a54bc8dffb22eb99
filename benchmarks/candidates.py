"""The verifiers that take part, each with its keys at hand and the checks that it has for Cognito."""

from __future__ import annotations

import asyncio
import base64
import binascii
import importlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cognitokit import CognitoVerifier
from cognitokit.testing import TokenMint

TokenUse = Literal["access", "id"]

RSA_ALONE = "the RSA check alone"
UNCHECKED = "RSA, base64 and JSON, unchecked"
OURS = "cognitokit"
REMEMBERED = "cognitokit, remember="
PYJWT = "PyJWT + PyJWKClient"
JOSERFC = "joserfc"
FASTAPI_COGNITO = "fastapi-cognito"
FLASK_COGNITO_LIB = "flask-cognito-lib"
COGNITOJWT = "cognitojwt"
POWERTOOLS = "Powertools auth_alpha"
AWS_JWT_VERIFY = "aws-jwt-verify (Node)"

RESOURCE = "https://tasks.example.com"
"""The audience of an access token that is bound to a resource."""

NODE_FOLDER = "AWS_JWT_VERIFY"
"""The environment variable that names the folder where npm installed aws-jwt-verify."""


class Candidate(NamedTuple):
    """Something that verifies.

    Attributes:
        name: What the tables call it.
        accepts: Whether it takes a token: what it is asked before it is timed.
        timed: Verifies that many times and returns microseconds of computing a call.
        token: The token that it verifies.
    """

    name: str
    accepts: Callable[[str], bool]
    timed: Callable[[int], float]
    token: str


class Unavailable(Exception):
    """A candidate cannot take part; the message says why."""


class Bench(NamedTuple):
    """What the candidates share."""

    mint: TokenMint
    url: str
    use: TokenUse
    token: str
    bound_token: str
    folder: Path
    stack: ExitStack


def computing() -> float:
    """Microseconds that this thread has computed: waiting for a core does not count."""
    return time.thread_time_ns() / 1000


def plain(name: str, token: str, verify: Callable[[str], object]) -> Candidate:
    """Make a candidate of a function that returns or raises."""

    def timed(calls: int) -> float:
        begin = computing()
        for _ in itertools.repeat(None, calls):
            verify(token)
        return (computing() - begin) / calls

    def accepts(raw: str) -> bool:
        try:
            verify(raw)
        except Exception:  # noqa: BLE001 - whatever it raises, it refuses
            return False
        return True

    return Candidate(name, accepts, timed, token)


def awaited(
    name: str, token: str, verify: Callable[[str], Awaitable[object]], stack: ExitStack
) -> Candidate:
    """Make a candidate of a coroutine function; one event loop runs all its calls."""
    loop = asyncio.new_event_loop()
    stack.callback(loop.close)
    # alru_cache warns that the second table's loop is not the first one's.
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")

    async def many(calls: int) -> float:
        begin = computing()
        for _ in itertools.repeat(None, calls):
            await verify(token)
        return (computing() - begin) / calls

    async def one(raw: str) -> bool:
        try:
            await verify(raw)
        except Exception:  # noqa: BLE001 - whatever it raises, it refuses
            return False
        return True

    return Candidate(
        name,
        lambda raw: loop.run_until_complete(one(raw)),
        lambda calls: loop.run_until_complete(many(calls)),
        token,
    )


def peer(module: str) -> Any:
    """Import a peer; those that are not installed do not take part."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Unavailable(f"{error.name or module} cannot be imported") from error


def unpadded(text: str) -> bytes:
    """Decode base64url as in a JWK or JWS, without padding (RFC 7515 2)."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(jwks: Mapping[str, Any], token: str) -> rsa.RSAPublicKey:
    """The key of the set that the token names."""
    kid = json.loads(unpadded(token.partition(".")[0]))["kid"]
    (jwk,) = (key for key in jwks["keys"] if key["kid"] == kid)
    n, e = (int.from_bytes(unpadded(jwk[name]), "big") for name in ("n", "e"))
    return rsa.RSAPublicNumbers(e, n).public_key()


PKCS1, SHA256 = padding.PKCS1v15(), hashes.SHA256()
TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def rsa_alone(bench: Bench) -> Candidate:
    """The signature check, everything decoded beforehand."""
    key = public_key(bench.mint.jwks, bench.token)
    decoded = {
        raw: (unpadded(last), signed.encode())
        for raw in (bench.token, spoilt(bench.token))
        for signed, _, last in [raw.rpartition(".")]
    }

    def verify(raw: str) -> None:
        signature, signing_input = decoded[raw]
        key.verify(signature, signing_input, PKCS1, SHA256)

    return plain(RSA_ALONE, bench.token, verify)


def unchecked(bench: Bench) -> Candidate:
    """Two base64 decodes, the signature check, one json.loads, as fast as they go: nothing else."""
    key = public_key(bench.mint.jwks, bench.token)

    def verify(raw: str) -> object:
        signed, _, last = raw.encode().rpartition(b".")
        signature = binascii.a2b_base64(last.translate(TO_STANDARD) + b"==")
        key.verify(signature, signed, PKCS1, SHA256)
        payload = signed[signed.index(b".") + 1 :].translate(TO_STANDARD)
        return json.loads(binascii.a2b_base64(payload + b"=="))

    return plain(UNCHECKED, bench.token, verify)


def cognitokit(bench: Bench) -> Candidate:
    """All checks."""
    verifier: CognitoVerifier[Any] = bench.mint.verifier(bench.use)
    return plain(OURS, bench.token, verifier.verify)


def remembered(bench: Bench) -> Candidate:
    """A token that was seen before, each time in a str of its own."""
    verifier: CognitoVerifier[Any] = bench.mint.verifier(bench.use, remember=1000)
    encoded = bench.token.encode()

    def timed(calls: int) -> float:
        tokens = [encoded.decode() for _ in range(calls)]
        begin = computing()
        for raw in tokens:
            verifier.verify(raw)
        return (computing() - begin) / calls

    return plain(REMEMBERED, bench.token, verifier.verify)._replace(timed=timed)


def pyjwt(bench: Bench) -> Candidate:
    """PyJWT with its own key client, and by hand what it does not know of Cognito."""
    jwt = peer("jwt")
    client = jwt.PyJWKClient(bench.url)
    audience = bench.mint.client_id if bench.use == "id" else None

    def verify(raw: str) -> object:
        claims = jwt.decode(
            raw,
            client.get_signing_key_from_jwt(raw),
            algorithms=["RS256"],
            issuer=bench.mint.issuer,
            audience=audience,
            options={"require": ["exp", "iss"]},
        )
        if claims["token_use"] != bench.use:
            raise ValueError
        if bench.use == "access" and claims["client_id"] != bench.mint.client_id:
            raise ValueError
        return claims

    return plain(PYJWT, bench.token, verify)


def joserfc(bench: Bench) -> Candidate:
    """Joserfc with a key set, and Cognito's claims as rules of its registry."""
    jwt, jwk = peer("joserfc.jwt"), peer("joserfc.jwk")
    keys = jwk.KeySet.import_key_set(dict(bench.mint.jwks))
    client_claim = "client_id" if bench.use == "access" else "aud"
    registry = jwt.JWTClaimsRegistry(
        exp={"essential": True},
        iss={"essential": True, "value": bench.mint.issuer},
        token_use={"essential": True, "value": bench.use},
        **{client_claim: {"essential": True, "value": bench.mint.client_id}},
    )

    def verify(raw: str) -> object:
        token = jwt.decode(raw, keys, algorithms=["RS256"])
        registry.validate(token.claims)
        return token

    return plain(JOSERFC, bench.token, verify)


def key_file(bench: Bench) -> str:
    """Write the keys to a file, for those who read them from one."""
    place = bench.folder / "jwks.json"
    place.write_text(json.dumps(bench.mint.jwks))
    return str(place)


def fastapi_cognito(bench: Bench) -> Candidate:
    """Its decoding, without the request's header and the model that its dependency adds."""
    decode = peer("fastapi_cognito.cognito_jwt.decode").decode_cognito_jwt
    keys, pool, client_id = key_file(bench), bench.mint.pool, bench.mint.client_id

    def verify(raw: str) -> Awaitable[object]:
        result: Awaitable[object] = decode(
            raw, pool.region, pool.id, app_client_id=client_id, jwks_url=keys
        )
        return result

    return awaited(FASTAPI_COGNITO, bench.token, verify, bench.stack)


def flask_cognito_lib(bench: Bench) -> Candidate:
    """Its token service, kept: its decorators make one, and fetch the keys, for each request."""
    service = peer("flask_cognito_lib.services.token_svc").TokenService(
        SimpleNamespace(
            jwk_endpoint=bench.url,
            secret_key=b"of no importance here",
            user_pool_client_id=bench.mint.client_id,
            issuer=bench.mint.issuer,
        )
    )
    verify = service.verify_access_token if bench.use == "access" else service.verify_id_token
    return plain(FLASK_COGNITO_LIB, bench.token, verify)


def cognitojwt(bench: Bench) -> Candidate:
    """Its decode()."""
    decode, pool = peer("cognitojwt.jwt_sync").decode, bench.mint.pool
    os.environ["AWS_COGNITO_JWKS_PATH"] = key_file(bench)
    bench.stack.callback(os.environ.pop, "AWS_COGNITO_JWKS_PATH")
    client_id = bench.mint.client_id

    def verify(raw: str) -> object:
        claims: object = decode(raw, pool.region, pool.id, client_id)
        return claims

    return plain(COGNITOJWT, bench.token, verify)


def powertools(bench: Bench) -> Candidate:
    """Its verifier: of access tokens it takes those alone that are bound to a resource by aud."""
    verifier = peer("aws_lambda_powertools.utilities.auth_alpha.jwt.verifier").JWTVerifier
    if bench.use == "access":
        made = verifier.cognito(
            user_pool_id=bench.mint.pool.id,
            client_id=bench.mint.client_id,
            audience=RESOURCE,
            jwks=dict(bench.mint.jwks),
        )
        return plain(f"{POWERTOOLS}, token with aud", bench.bound_token, made.verify)
    made = verifier(
        issuer=bench.mint.issuer,
        audience=bench.mint.client_id,
        algorithms=["RS256"],
        jwks=dict(bench.mint.jwks),
        expected_claims={"token_use": "id"},
    )
    return plain(POWERTOOLS, bench.token, made.verify)


class Node:
    """A node process that verifies when it is asked to."""

    def __init__(self, folder: str, options: Mapping[str, Any], jwks: Mapping[str, Any]) -> None:
        node = shutil.which("node")
        assert node is not None
        script = Path(__file__).with_name("aws_jwt_verify.mjs").resolve()
        self._process = subprocess.Popen(
            [node, str(script)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._write({"options": options, "jwks": jwks})

    def ask(self, token: str, calls: int) -> dict[str, Any]:
        """Have it verify a token that many times."""
        self._write({"token": token, "calls": calls})
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")


def aws_jwt_verify(bench: Bench) -> Candidate:
    """Its synchronous verification, keys cached, in a process of its own that the rounds wait for."""
    folder = os.environ.get(NODE_FOLDER)
    if shutil.which("node") is None or folder is None:
        raise Unavailable("needs node and npm; nox -s bench installs it where they are")
    options = {
        "userPoolId": bench.mint.pool.id,
        "clientId": bench.mint.client_id,
        "tokenUse": bench.use,
    }
    node = Node(folder, options, bench.mint.jwks)
    bench.stack.callback(node.stop)
    node.ask(bench.token, 5_000)  # until its compiler is done

    def timed(calls: int) -> float:
        spent: float = node.ask(bench.token, calls)["microseconds"]
        return spent / calls

    return Candidate(
        AWS_JWT_VERIFY, lambda raw: bool(node.ask(raw, 1)["accepted"]), timed, bench.token
    )


MAKERS: Mapping[str, Callable[[Bench], Candidate]] = {
    RSA_ALONE: rsa_alone,
    UNCHECKED: unchecked,
    OURS: cognitokit,
    REMEMBERED: remembered,
    PYJWT: pyjwt,
    JOSERFC: joserfc,
    FASTAPI_COGNITO: fastapi_cognito,
    FLASK_COGNITO_LIB: flask_cognito_lib,
    COGNITOJWT: cognitojwt,
    POWERTOOLS: powertools,
    AWS_JWT_VERIFY: aws_jwt_verify,
}


def spoilt(token: str) -> str:
    """The token with another byte in the middle of its signature."""
    signed, _, last = token.rpartition(".")
    middle = len(last) // 2
    other = "A" if last[middle] != "A" else "B"
    return f"{signed}.{last[:middle]}{other}{last[middle + 1 :]}"


def everyone(use: TokenUse, stack: ExitStack) -> Iterator[Candidate | str]:
    """Each candidate that can take part and does its work, or a line that says why it does not.

    Does its work: it takes the token, and not the same with a bad signature.
    """
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    server = stack.enter_context(mint.serve())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    token = mint.access_token(groups=["admin"]) if use == "access" else mint.id_token()
    bound = mint.access_token(groups=["admin"], aud=RESOURCE)
    bench = Bench(mint, server.pool.jwks_uri, use, token, bound, folder, stack)
    for name, make in MAKERS.items():
        try:
            candidate = make(bench)
        except Unavailable as reason:
            yield f"{name} is left out: {reason}."
            continue
        if not candidate.accepts(candidate.token):
            yield f"{name} is left out: it refuses the token."
        elif candidate.accepts(spoilt(candidate.token)):
            yield f"{name} is left out: it accepts a bad signature."
        else:
            yield candidate
