"""The pytest plugin, run in pytest processes of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.own_pytest import run_pytest

TESTS = """
import sys
import time

import pytest

HEAVY = {"boto3", "botocore", "cryptography", "flask", "fastapi", "httpx", "jwt", "starlette"}

def test_nothing_heavy_is_imported():
    assert not HEAVY & sys.modules.keys()
    assert not [name for name in sys.modules if name.startswith("cognitokit.testing.") and name not in {
        "cognitokit.testing.pytest_plugin"}]

def test_mint_and_its_verifier(cognito_mint, cognito_clock):
    token = cognito_mint.access_token("joe")
    verifier = cognito_mint.verifier()
    assert "joe" == verifier.verify(token).username
    cognito_clock.advance(3601)
    with pytest.raises(Exception, match="expired"):
        verifier.verify(token)

@pytest.mark.cognito_time(1_795_000_000)
def test_frozen(cognito_mint, cognito_clock):
    assert 1_795_000_000 == cognito_clock()
    assert 1_795_000_000 == cognito_mint.verifier().verify(cognito_mint.access_token()).issued_at

def test_environment(cognito_env, cognito_mint):
    from cognitokit import CognitoVerifier
    verifier = CognitoVerifier.from_env(token_use="access")
    assert "jane" == verifier.verify(cognito_mint.access_token()).username
    assert 1 == cognito_env.requests

def test_user(as_cognito_user, cognito_mint, cognito_clock):
    import flask
    from cognitokit.flask import CognitoAuth, require_cognito
    cognito_clock.freeze(1_795_000_000)
    app = flask.Flask("app")
    CognitoAuth(app, verifier=cognito_mint.verifier())
    app.get("/")(require_cognito(lambda: "ok"))
    client = app.test_client()
    assert 401 == client.get("/").status_code
    with as_cognito_user(client):
        assert 200 == client.get("/").status_code
"""

FAKE = """
def test_pool(cognito_pool, cognito_clock):
    cognito_pool.add_user("joe", "Passw0rd!", groups=["admin"])
    tokens = cognito_pool.client().sign_in("joe", "Passw0rd!").require_tokens()
    verified = cognito_pool.mint.verifier().verify(tokens.access_token)
    assert ("joe", ("admin",)) == (verified.username, verified.groups)
    assert int(cognito_clock()) - 5 < verified.issued_at <= int(cognito_clock())
"""

LOCAL = """
pids = []

def test_first(cognito_local):
    cognito_local.add_user("joe", "Passw0rd!")
    pids.append(cognito_local.pid)

def test_second_has_a_pool_of_its_own_on_the_same_server(cognito_local):
    assert [cognito_local.pid] == pids
    assert [] == cognito_local.cognito.list_users(UserPoolId=cognito_local.pool.id)["Users"]
    assert 1 == len(cognito_local.cognito.list_user_pools(MaxResults=10)["UserPools"])
    cognito_local.add_user("joe", "Passw0rd!")
"""


def run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on these tests, with the plugin named as pytest's entry point would name it."""
    (folder / "test_it.py").write_text(tests)
    return run_pytest(folder, *options, str(folder))


def test_fixtures(tmp_path: Path) -> None:
    """Fixtures and marker work in a plain test file, and nothing heavy is loaded before they are used."""
    result = run(tmp_path, TESTS, "-p", "cognitokit.testing.pytest_plugin")

    assert "5 passed" in result.stdout, result.stdout + result.stderr


MARKED = """
import pytest

@pytest.mark.cognito_time
def test_none(cognito_clock): ...

@pytest.mark.cognito_time(None)
def test_nothing(cognito_clock): ...

@pytest.mark.cognito_time(1, 2)
def test_two(cognito_mint): ...

@pytest.mark.cognito_time(moment=5)
def test_name(cognito_pool): ...

@pytest.mark.cognito_time("noon")
def test_text(cognito_clock): ...

@pytest.mark.cognito_time(at=5)
def test_by_name(cognito_mint):
    assert 5 == cognito_mint.clock()
"""


def test_a_marker_without_a_moment_is_refused(tmp_path: Path) -> None:
    """The marker takes exactly one moment; what else it is given is an error that says so."""
    result = run(tmp_path, MARKED, "-p", "cognitokit.testing.pytest_plugin")
    said = result.stdout + result.stderr

    assert "1 passed, 5 errors" in result.stdout, said
    assert 4 == said.count("ConfigurationError: The marker cognito_time takes one moment"), said
    assert 1 == said.count("ConfigurationError: A clock stands still at a number of epoch"), said


def test_pool_fixture(tmp_path: Path) -> None:
    """cognito_pool is a FakePool on the clock of the test."""
    result = run(tmp_path, FAKE, "-p", "cognitokit.testing.pytest_plugin")

    assert "1 passed" in result.stdout, result.stdout + result.stderr


@pytest.mark.local
@pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)
def test_local_fixture(tmp_path: Path) -> None:
    """cognito_local is a new pool for each test, on one server for the session."""
    result = run(tmp_path, LOCAL, "-p", "cognitokit.testing.pytest_plugin")

    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_plugin_imports_nothing_of_the_kit() -> None:
    """Loading the plugin loads no module that a later coverage measurement would miss."""
    loaded = (
        "import sys, cognitokit.testing.pytest_plugin\n"
        "print(*sorted(name for name in sys.modules if name.startswith('cognitokit')))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", loaded],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert ["cognitokit", "cognitokit.testing", "cognitokit.testing.pytest_plugin"] == (
        result.stdout.split()
    )
