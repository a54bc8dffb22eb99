"""The how-to on bundled keys: its commands are run, and its function answers with what they wrote."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cognitokit.testing import TokenMint, request_authorizer_event
from tests.test_imports import CRYPTOGRAPHY_ALONE, run

pytest.importorskip("click")
pytest.importorskip("rich")

PAGE = Path(__file__).parents[2] / "docs/how-to/bundled-keys.md"

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="the commands are those of a POSIX shell"
)

CALL = """
import json, runpy

authorizer = runpy.run_path({place!r})["authorizer"]
print(authorizer(json.loads({event!r}), None)["context"]["sub"])
"""


def blocks(language: str) -> list[str]:
    """The page's code in a language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture
def mint() -> TokenMint:
    """The pool that the page talks of."""
    return TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")


def shell(command: str, folder: Path, **env: str) -> int:
    """The status of a command of the page; `python` is this one."""
    own = folder / "bin"
    own.mkdir(exist_ok=True)
    if not (own / "python").exists():
        (own / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (own / "python").chmod(0o755)
    path = f"{own}:{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env={**os.environ, "PATH": path, **env}, check=False
    ).returncode


@posix
@pytest.mark.parametrize("command", [0, 1])
def test_the_function_answers_with_what_the_command_wrote(
    mint: TokenMint, tmp_path: Path, command: int
) -> None:
    """Either command's file serves the page's function where nothing but cryptography is installed."""
    [function] = blocks("python")
    place = tmp_path / "authorizer.py"
    place.write_text(function)
    with mint.serve() as server:
        status = shell(blocks("shell")[command], tmp_path, COGNITO_JWKS_URI=server.pool.jwks_uri)
    event = json.dumps(request_authorizer_event(token=mint.access_token("jane")))
    answer = run(CRYPTOGRAPHY_ALONE + CALL.format(place=str(place), event=event))

    assert 0 == status
    assert mint.sub("jane") == answer


@posix
def test_changed_keys_are_told(mint: TokenMint, tmp_path: Path) -> None:
    """The line for a schedule ends with 0 as long as the keys are those of the file."""
    write, _, compare = blocks("shell")
    with mint.serve() as server:
        uri = server.pool.jwks_uri
        shell(write, tmp_path, COGNITO_JWKS_URI=uri)
        unchanged = shell(compare, tmp_path, COGNITO_JWKS_URI=uri)
        mint.rotate()
        changed = shell(compare, tmp_path, COGNITO_JWKS_URI=uri)

    assert [0, 1] == [unchanged, changed]


@posix
def test_a_failed_fetch_leaves_the_file_that_is_there(mint: TokenMint, tmp_path: Path) -> None:
    """With --out a build that cannot fetch ends with 3 and keeps the old file."""
    (tmp_path / "jwks.json").write_text("old")
    with mint.serve() as server:
        server.down()
        status = shell(blocks("shell")[0], tmp_path, COGNITO_JWKS_URI=server.pool.jwks_uri)

    assert 3 == status
    assert "old" == (tmp_path / "jwks.json").read_text()
