"""`cognitokit demo`."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from cognitokit import CognitoVerifier
from cognitokit.cli import demo
from cognitokit.cli.failures import Failure
from cognitokit.testing import LocalPool, TokenMint
from tests.cli.running import run, start


@pytest.mark.local
@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("ministack"), reason="the extra local is missing")
def test_it_plays_the_quick_start() -> None:
    """As a process it goes through sign-up, challenges, verification and refusals, and ends well."""
    done = start("demo")

    assert 0 == done.status, done.err
    for told in ("SoftwareTokenMfa", "NewPasswordRequired", "InvalidSignature, status 401", "403"):
        assert told in done.out
    assert done.out.endswith("Everything went as it should.\n")
    assert "" == done.err


@pytest.mark.local
@pytest.mark.skipif(not importlib.util.find_spec("ministack"), reason="the extra local is missing")
def test_it_runs_in_this_process() -> None:
    """The same through the runner."""
    assert 0 == run("demo").status


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts are POSIX")
def test_without_the_embedded_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the extra local is missing the message is the pip command, and the status 4."""
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(demo, "LocalPool", lambda: LocalPool(python=bare))
    done = run("demo")

    assert (4, "") == (done.status, done.out)
    assert 'pip install "cognitokit[local]"' in done.err


def test_what_should_have_been_refused_fails_the_demo(mint: TokenMint) -> None:
    """A verifier that takes a bad token would end the demo."""
    verifier: CognitoVerifier[Any] = mint.verifier()
    with pytest.raises(Failure, match="A token was accepted: anything"):
        demo._refused("anything", verifier, mint.access_token())

    demo._refused("nothing", verifier, "not a token")


def test_another_answer_than_the_one_told_fails_the_demo() -> None:
    """What is not of the kind that the story tells ends it."""
    with pytest.raises(Failure, match=r"f\(\) gave no str"):
        demo._expected(str, 1, "f()")

    assert "x" == demo._expected(str, "x", "f()")
