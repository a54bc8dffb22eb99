"""What an import of the package loads, seen in fresh processes, and with which packages it gets by."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

# Each is either optional, or would by itself cost a large part of the cold start.
HEAVY = frozenset(
    {
        "asyncio",
        "boto3",
        "botocore",
        "dataclasses",
        "django",
        "fastapi",
        "flask",
        "hashlib",
        "httpcore",
        "httpx",
        "httpx2",
        "importlib.metadata",
        "inspect",
        "jwt",
        "logging",
        "starlette",
        "typing_extensions",
        "urllib.parse",
    }
)

LOADED = """
import json, sys
before = set(sys.modules)
{code}
print(json.dumps([sorted(before), sorted(set(sys.modules) - before)]))
"""

# Stands for an environment that has nothing but cryptography (and what it needs) installed.
CRYPTOGRAPHY_ALONE = """
import sys

ALLOWED = {"cognitokit", "cryptography", "_cffi_backend", "cffi", "pycparser"}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names or root in ALLOWED:
            return None
        raise ModuleNotFoundError(f"not installed here: {name}", name=name)

sys.meta_path.insert(0, Refuse())
"""

VERIFY = """
import json, sys
from cognitokit.errors import CognitoKitError
from cognitokit.verifier import CognitoVerifier

given = json.loads({given!r})
verifier = CognitoVerifier(
    given["pool"], client_id=given["client_id"], token_use="access", jwks=given["jwks"]
)
try:
    answer = verifier.verify(given["token"]).sub
except CognitoKitError as error:
    answer = type(error).__name__
"""


def run(code: str) -> str:
    """The output of a fresh, isolated Python, without a coverage run's hook in it."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "COV_", "PYTHON"))
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], env=clean, capture_output=True, text=True, check=False
    )

    assert "" == done.stderr
    assert 0 == done.returncode
    return done.stdout.strip()


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh process loads by running the code."""
    before, after = json.loads(run(LOADED.format(code=code)))

    assert set() == HEAVY & set(before), "loaded by the environment, so the code cannot be judged"
    return set(after)


def heavy_among(modules: Iterable[str]) -> list[str]:
    """Those of the modules that a cold start must not pay for."""
    return sorted(HEAVY & set(modules))


@pytest.fixture(scope="module")
def given() -> dict[str, object]:
    """A pool's key set and an access token of it, made by PyJWT."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    now = int(time.time())
    claims = {
        "sub": "8e6b5e05-bcb4-4c3d-8d0c-5d2b6cf1e2a1",
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        "client_id": "1example23456789",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "username": "jane",
        "jti": "0b1f7c4e-6d0c-4f3e-8d5f-2f8f3e3b6c11",
        "origin_jti": "5f3c1e0a-0f0b-4f3f-9b3e-7c1d2e3f4a5b",
        "auth_time": now,
        "iat": now,
        "exp": now + 3600,
    }
    return {
        "pool": "eu-west-1_AbCdEfGhI",
        "client_id": claims["client_id"],
        "jwks": {"keys": [jwk | {"kid": "1", "alg": "RS256", "use": "sig"}]},
        "token": jwt.encode(claims, key, algorithm="RS256", headers={"kid": "1"}),
        "sub": claims["sub"],
    }


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import cognitokit` loads none of the packages that only some parts need."""
    assert [] == heavy_among(loaded_by("import cognitokit"))


@pytest.mark.parametrize(
    "code",
    [
        "import cognitokit.errors, cognitokit.pool, cognitokit.tokens",
        "import cognitokit.verifier",
        "from cognitokit.verifier import CognitoVerifier",
        "from cognitokit import CognitoVerifier, IdToken, TokenError, UserPool, errors",
    ],
)
def test_importing_the_verifier_s_side_loads_nothing_heavy(code: str) -> None:
    """The verifier and what it stands on load neither an HTTP stack nor the AWS SDK."""
    assert [] == heavy_among(loaded_by(code))


def test_the_verifier_does_not_load_the_client() -> None:
    """A service that only verifies never loads the client."""
    loaded = loaded_by("from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier")

    assert [] == [name for name in loaded if name.startswith("cognitokit.client")]
    assert "cognitokit.tokens" in loaded


def test_a_first_verification_loads_nothing_heavy(given: dict[str, object]) -> None:
    """From a fresh process to the first verified token nothing heavy is loaded either."""
    loaded = loaded_by(VERIFY.format(given=json.dumps(given)))

    assert [] == heavy_among(loaded)
    assert "cryptography.hazmat.primitives.asymmetric.rsa" in loaded
    assert not {"cognitokit.errors.calls", "cognitokit.errors.service"} & {*loaded}


def test_the_pytest_plugin_loads_nothing_of_the_kit() -> None:
    """A test run in an environment with the package installed pays nothing for its plugin."""
    loaded = loaded_by("import cognitokit.testing.pytest_plugin")

    assert [
        "cognitokit",
        "cognitokit.testing",
        "cognitokit.testing.pytest_plugin",
    ] == sorted(name for name in loaded if name.startswith("cognitokit"))


@pytest.mark.parametrize("module", ["boto3", "httpx", "dataclasses", "logging"])
def test_a_heavy_import_would_be_seen(module: str) -> None:
    """The probe reports what is loaded, so that the tests above can fail."""
    assert module in heavy_among(loaded_by(f"import {module}"))


def test_the_verifier_works_with_cryptography_alone(given: dict[str, object]) -> None:
    """With keys given, a token is verified where no other package is installed."""
    code = CRYPTOGRAPHY_ALONE + VERIFY.format(given=json.dumps(given)) + "print(answer)"

    assert given["sub"] == run(code)


def test_the_verifier_refuses_with_cryptography_alone(given: dict[str, object]) -> None:
    """There, too, a tampered token is refused as what it is."""
    header, payload, signature = str(given["token"]).split(".")
    forged = given | {"token": f"{header}.{payload}.{signature[1:8]}A{signature[8:]}"}
    code = CRYPTOGRAPHY_ALONE + VERIFY.format(given=json.dumps(forged)) + "print(answer)"

    assert "InvalidSignature" == run(code)


def test_other_packages_are_missing_there() -> None:
    """In the environment that has cryptography alone, httpx cannot be imported."""
    code = CRYPTOGRAPHY_ALONE + (
        "try:\n    import httpx\nexcept ModuleNotFoundError as error:\n    print(error)"
    )

    assert "not installed here: httpx" == run(code)
