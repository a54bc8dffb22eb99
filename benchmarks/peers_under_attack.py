"""Which of the tests' attacks other libraries accept: `nox -s peers_under_attack`.

Each library is told all that it can be told: RS256, the pool's keys and issuers, that exp is
required. What a library does not know of Cognito, token_use and client_id, is checked behind it
for the general ones, as anyone who uses them must. The table is Markdown.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from benchmarks.candidates import NODE_FOLDER, Unavailable, peer
from cognitokit import CognitoVerifier, UserPool
from cognitokit.errors import CognitoKitError
from tests.verifier import corpus, forge
from tests.verifier.corpus import Case

NOT_SHOWN = {"groups-scope-type", "login-nonce", "max-age", "own-check"}
"""Rows about what is asked for in a call: few of the others have anything like it."""

ORACLE = Path("tests/verifier/oracle.mjs")


class Rules(NamedTuple):
    """What a library is told to accept."""

    keys: Mapping[str, Any]
    issuers: tuple[str, ...]
    clients: tuple[str, ...] | None
    audiences: tuple[str, ...] | None
    uses: tuple[str, ...]
    leeway: float
    options: Mapping[str, Any]
    pool: UserPool


class Verdict(NamedTuple):
    """What a library says: accepted, or refused, with an exception of its own or another."""

    accepted: bool
    foreign: bool = False


class Library(NamedTuple):
    """A library under attack.

    Attributes:
        name: What the table calls it.
        claims: Returns the claims of a token that it accepts.
        own: Its own exceptions.
        behind: What is checked behind it, which it does not know.
    """

    name: str
    claims: Callable[[str, Rules], Mapping[str, Any]]
    own: tuple[type[Exception], ...]
    behind: Callable[[Mapping[str, Any], Rules], bool] = lambda _claims, _rules: True

    def verdict(self, raw: str, rules: Rules) -> Verdict:
        """Show it a token."""
        try:
            claims = self.claims(raw, rules)
        except self.own:
            return Verdict(accepted=False)
        except Exception:  # noqa: BLE001 - what a caller would have to expect of it
            return Verdict(accepted=False, foreign=True)
        return Verdict(self.behind(claims, rules))


def names(value: Any) -> tuple[str, ...] | None:
    """One name or several."""
    return value if value is None else (value,) if isinstance(value, str) else tuple(value)


def rules(case: Case, *, twin: bool = False) -> Rules:
    """The rules of an attack or of its twin."""
    keys, options = (case.twin_keys, case.twin_options) if twin else (case.keys, case.options)
    pool = UserPool(forge.POOL_ID, **case.pool)
    use = options["token_use"]
    return Rules(
        keys=keys,
        issuers=pool.issuers,
        clients=names(options.get("client_id", forge.CLIENT_ID)),
        audiences=names(options.get("audience")),
        uses=("access", "id") if use is None else (use,),
        leeway=options.get("leeway", 0),
        options=options,
        pool=pool,
    )


def of_cognito(claims: Mapping[str, Any], told: Rules) -> bool:
    """Whether the claims that only Cognito has are right."""
    use = claims.get("token_use")
    if use not in told.uses:
        return False
    client = claims.get("client_id" if use == "access" else "aud")
    if not isinstance(client, str) or (told.clients is not None and client not in told.clients):
        return False
    bound = use == "access" and "aud" in claims
    return not bound or claims["aud"] in (told.audiences or told.clients or ())


def issued_by_pool(claims: Mapping[str, Any], told: Rules) -> bool:
    """The same for a library that takes one issuer, where a pool has two."""
    return claims.get("iss") in told.issuers and of_cognito(claims, told)


def cognitokit() -> Library:
    """Ours, in the same harness."""

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        arguments: dict[str, Any] = {"client_id": forge.CLIENT_ID, **told.options}
        verifier: CognitoVerifier[Any] = CognitoVerifier(
            told.pool, jwks=told.keys, clock=lambda: float(forge.NOW), **arguments
        )
        found: Mapping[str, Any] = verifier.verify(raw).claims
        return found

    return Library("cognitokit", claims, (CognitoKitError,))


def key_client(told: Rules) -> Any:
    """PyJWT's key client, with the keys in place of its request."""
    client = peer("jwt").PyJWKClient("https://keys.example")
    client.fetch_data = lambda: told.keys
    return client


def pyjwt() -> Library:
    """PyJWT with PyJWKClient."""
    jwt = peer("jwt")

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        found: Mapping[str, Any] = jwt.decode(
            raw,
            key_client(told).get_signing_key_from_jwt(raw),
            algorithms=["RS256"],
            issuer=told.issuers,
            leeway=told.leeway,
            options={"require": ["exp", "iss"], "verify_aud": False},
        )
        return found

    return Library("PyJWT", claims, (jwt.PyJWTError,), of_cognito)


def joserfc() -> Library:
    """Joserfc with its claims registry."""
    jwt, jwk, errors = peer("joserfc.jwt"), peer("joserfc.jwk"), peer("joserfc.errors")

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        keys = jwk.KeySet.import_key_set(told.keys)
        token = jwt.decode(raw, keys, algorithms=["RS256"])
        registry = jwt.JWTClaimsRegistry(
            now=forge.NOW,
            leeway=int(told.leeway),
            iss={"essential": True, "values": list(told.issuers)},
            exp={"essential": True},
        )
        registry.validate(token.claims)
        found: Mapping[str, Any] = token.claims
        return found

    return Library("joserfc", claims, (errors.JoseError,), of_cognito)


def python_jose() -> Library:
    """python-jose."""
    jwt, errors = peer("jose.jwt"), peer("jose.exceptions")

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        found: Mapping[str, Any] = jwt.decode(
            raw,
            told.keys,
            algorithms=["RS256"],
            issuer=told.issuers,
            options={
                "verify_aud": False,
                "verify_at_hash": False,
                "require_exp": True,
                "require_iss": True,
                "leeway": told.leeway,
            },
        )
        return found

    return Library("python-jose", claims, (errors.JOSEError,), of_cognito)


def authlib() -> Library:
    """Authlib's JWT."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends joserfc
        jose = peer("authlib.jose")
    errors = peer("authlib.common.errors")
    jwt = jose.JsonWebToken(["RS256"])

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        options = {
            "iss": {"essential": True, "values": list(told.issuers)},
            "exp": {"essential": True},
        }
        keys = jose.JsonWebKey.import_key_set(told.keys)
        found: Any = jwt.decode(raw, keys, claims_options=options)
        found.validate(now=forge.NOW, leeway=told.leeway)
        return dict(found)

    return Library("Authlib", claims, (errors.AuthlibBaseError,), of_cognito)


def jwcrypto() -> Library:
    """Jwcrypto."""
    jwt, jwk, shared = peer("jwcrypto.jwt"), peer("jwcrypto.jwk"), peer("jwcrypto.common")

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        keys = jwk.JWKSet.from_json(json.dumps(told.keys))
        token = jwt.JWT(algs=["RS256"], check_claims={"iss": None, "exp": None})
        token.leeway = told.leeway
        token.deserialize(raw, keys)
        found: Mapping[str, Any] = json.loads(token.claims)
        return found

    return Library("jwcrypto", claims, (shared.JWException,), issued_by_pool)


@contextlib.contextmanager
def key_file(told: Rules) -> Iterator[str]:
    """A file with the keys, of a name that was not there before: some remember by name."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(told.keys, file)
        file.flush()
        yield file.name


def fastapi_cognito() -> Library:
    """fastapi-cognito's decoding."""
    decode = peer("fastapi_cognito.cognito_jwt.decode").decode_cognito_jwt
    loop = asyncio.new_event_loop()

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        with key_file(told) as keys:
            found: Mapping[str, Any] = loop.run_until_complete(
                decode(raw, forge.REGION, forge.POOL_ID, told.clients, jwks_url=keys)
            )
            return found

    # Its dependency answers 401 whatever is raised.
    return Library("fastapi-cognito", claims, (Exception,))


def flask_cognito_lib() -> Library:
    """flask-cognito-lib's token service, asked for the kind of token that is wanted."""
    module = peer("flask_cognito_lib.services.token_svc")
    errors = peer("flask_cognito_lib.exceptions")
    own = (errors.CognitoError, errors.TokenVerifyError)

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        service = module.TokenService(
            SimpleNamespace(
                jwk_endpoint="https://keys.example",
                secret_key=b"of no importance here",
                user_pool_client_id=told.clients[0] if told.clients else None,
                issuer=told.issuers,
            )
        )
        service.jwk = key_client(told)
        ways = {"access": service.verify_access_token, "id": service.verify_id_token}
        *others, last = told.uses
        for use in others:
            with contextlib.suppress(*own):
                return dict(ways[use](raw, leeway=told.leeway))
        return dict(ways[last](raw, leeway=told.leeway))

    return Library("flask-cognito-lib", claims, own)


def cognitojwt() -> Library:
    """The decode() of cognitojwt."""
    module = peer("cognitojwt.jwt_sync")
    own = peer("cognitojwt.exceptions").CognitoJWTException

    def claims(raw: str, told: Rules) -> Mapping[str, Any]:
        module.get_keys.cache_clear()
        with key_file(told) as keys:
            os.environ["AWS_COGNITO_JWKS_PATH"] = keys
            found: Mapping[str, Any] = module.decode(raw, forge.REGION, forge.POOL_ID, told.clients)
            return found

    return Library("cognitojwt", claims, (own,))


LIBRARIES: Mapping[str, Callable[[], Library]] = {
    "cognitokit": cognitokit,
    "PyJWT": pyjwt,
    "joserfc": joserfc,
    "python-jose": python_jose,
    "Authlib": authlib,
    "jwcrypto": jwcrypto,
    "fastapi-cognito": fastapi_cognito,
    "flask-cognito-lib": flask_cognito_lib,
    "cognitojwt": cognitojwt,
}


def by_aws_jwt_verify(questions: list[tuple[str, Rules]]) -> list[Verdict]:
    """The verdicts of aws-jwt-verify, which runs on node: all questions at once."""
    node, folder = shutil.which("node"), os.environ.get(NODE_FOLDER)
    if node is None or folder is None:
        raise Unavailable("needs node and npm")
    lines = [
        json.dumps(
            {
                "id": str(number),
                "token": raw,
                "jwks": told.keys,
                "now": forge.NOW,
                "options": {
                    "userPoolId": forge.POOL_ID,
                    "tokenUse": told.uses[0] if len(told.uses) == 1 else None,
                    "clientId": None if told.clients is None else sorted(told.clients),
                    "graceSeconds": told.leeway,
                },
            }
        )
        for number, (raw, told) in enumerate(questions)
    ]
    answered = subprocess.run(
        [node, str(ORACLE.resolve())],
        cwd=folder,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in answered.stdout.split("\n") if line]
    assert [str(number) for number in range(len(questions))] == [each["id"] for each in answers]
    foreign = {"Error", "RangeError", "SyntaxError", "TypeError"}
    return [Verdict(each["accepted"], each["error"] in foreign) for each in answers]


@contextlib.contextmanager
def the_same_second() -> Iterator[None]:
    """Stop the clocks at the second of the corpus: those that the libraries read."""

    class Standing(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Standing:
            return cls.fromtimestamp(forge.NOW, tz)

        @classmethod
        def utcnow(cls) -> Standing:
            return cls.fromtimestamp(forge.NOW, dt.UTC).replace(tzinfo=None)

    real = time.time
    time.time = lambda: float(forge.NOW)
    try:
        for name in ("jwt.api_jwt", "jose.jwt"):
            with contextlib.suppress(Unavailable):
                peer(name).datetime = Standing
        yield
    finally:
        time.time = real


class Seen(NamedTuple):
    """One library's verdicts on the attacks, and on the sound tokens beside them."""

    attacks: list[Verdict]
    twins: list[Verdict]


def shown() -> list[Case]:
    """The attacks that every library can be shown."""
    return [
        case
        for case in corpus.cases()
        if case.row not in NOT_SHOWN and isinstance(case.attack, str)
    ]


def verdicts(cases: list[Case]) -> dict[str, Seen]:
    """Show all libraries everything."""
    attacks = [(case.attack, rules(case)) for case in cases]
    twins = [(case.twin, rules(case, twin=True)) for case in cases]
    seen: dict[str, Seen] = {}
    with the_same_second(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they warn of weak keys, and go on
        for name, make in LIBRARIES.items():
            try:
                library = make()
            except Unavailable as reason:
                print(f"{name} is left out: {reason}.", file=sys.stderr)
                continue
            seen[name] = Seen(
                [library.verdict(raw, told) for raw, told in attacks],
                [library.verdict(raw, told) for raw, told in twins],
            )
        try:
            both = by_aws_jwt_verify([*attacks, *twins])
        except Unavailable as reason:
            print(f"aws-jwt-verify is left out: {reason}.", file=sys.stderr)
        else:
            seen["aws-jwt-verify"] = Seen(both[: len(attacks)], both[len(attacks) :])
    return seen


def report(cases: list[Case], seen: Mapping[str, Seen]) -> None:
    """Print the table: how many forms of each attack a library accepts."""
    number = collections.Counter(case.row for case in cases)
    accepted = {
        name: collections.Counter(
            case.row for case, verdict in zip(cases, each.attacks, strict=True) if verdict.accepted
        )
        for name, each in seen.items()
    }
    print(f"| attack | cases | {' | '.join(seen)} |")
    print("| --- |" + " ---: |" * (len(seen) + 1))
    for row in number:
        counts = [accepted[name][row] for name in seen]
        if any(counts):
            print(f"| {row} | {number[row]} | {' | '.join(map(str, counts))} |")
    totals: dict[str, list[int]] = {
        "all attacks accepted": [each.total() for each in accepted.values()],
        "sound tokens refused": [
            sum(not verdict.accepted for verdict in each.twins) for each in seen.values()
        ],
        "exceptions not its own": [
            sum(verdict.foreign for verdict in each.attacks) for each in seen.values()
        ],
    }
    for what, counts in totals.items():
        print(f"| **{what}** | {len(cases)} | {' | '.join(map(str, counts))} |")
    stopped = [row for row in number if not any(each[row] for each in accepted.values())]
    print(f"\nRefused by all: {', '.join(stopped)}")


def main() -> None:
    """Print the table, and with -v each case."""
    cases = shown()
    seen = verdicts(cases)
    report(cases, seen)
    if "-v" not in sys.argv:
        return
    for name, each in seen.items():
        for case, attack, twin in zip(cases, each.attacks, each.twins, strict=True):
            if attack.accepted:
                print(f"{name} accepts {case.id}")
            if not twin.accepted:
                print(f"{name} refuses the sound token beside {case.id}")


if __name__ == "__main__":
    main()
