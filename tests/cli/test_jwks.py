"""`cognitokit jwks`."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from cognitokit import CognitoVerifier
from cognitokit.testing import TokenMint
from cognitokit.testing.jwks_server import JwksServer
from tests.cli.running import CLIENT, POOL, Ended, run, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return tmp_path


def jwks(server: JwksServer, *options: str) -> Ended:
    """Ask for the keys of a served pool."""
    return run("jwks", POOL, "--jwks-uri", server.pool.jwks_uri, *options)


def test_it_prints_what_a_verifier_takes(mint: TokenMint) -> None:
    """The key set is alone on stdout, and a verifier made of it takes the pool's tokens."""
    with mint.serve() as server:
        done = start(
            "jwks", env={"COGNITO_USER_POOL_ID": POOL, "COGNITO_JWKS_URI": server.pool.jwks_uri}
        )
    verifier = CognitoVerifier(POOL, client_id=CLIENT, token_use="access", jwks=done.out)

    assert 0 == done.status
    assert mint.jwks == done.json
    assert "jane" == verifier.verify(mint.access_token("jane")).username
    assert "2 usable keys" in done.err


def test_it_writes_a_file(mint: TokenMint, folder: Path) -> None:
    """With --out the file holds the keys, for everybody to read, and stdout stays empty."""
    place = folder / "jwks.json"
    with mint.serve() as server:
        done = jwks(server, "--out", str(place))

    assert (0, "") == (done.status, done.out)
    assert mint.jwks == json.loads(place.read_text())
    assert 0o644 == stat.S_IMODE(place.stat().st_mode)
    assert str(place) in done.err


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "not a JWK set"),
        (b'{"keys": []}', "key"),
        (b'{"keys": [{"kid": "1", "kty": "RSA", "e": "AQAB", "n": "AQAB"}]}', "key"),
    ],
)
def test_what_is_no_key_set_replaces_nothing(
    mint: TokenMint, folder: Path, body: bytes, told: str
) -> None:
    """A file that is there stays as it was where the answer has no usable key."""
    place = folder / "jwks.json"
    place.write_text("the old keys")
    with mint.serve() as server:
        server.answer(body=body)
        done = jwks(server, "--out", str(place))

    assert (3, "") == (done.status, done.out)
    assert told in done.err
    assert "the old keys" == place.read_text()
    assert [place] == list(folder.iterdir())


def test_a_server_that_does_not_answer(mint: TokenMint) -> None:
    """An outage ends with 3 and one sentence, and nothing on stdout."""
    with mint.serve() as server:
        server.fail(500)
        done = jwks(server)

    assert (3, "") == (done.status, done.out)
    assert "The answer's status was 500" in done.err


def test_an_unusable_entry_is_told(mint: TokenMint) -> None:
    """An entry that the verifier would refuse is named on stderr."""
    weak = {"kid": "weak", "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": "AQAB"}
    with mint.serve() as server:
        server.answer(body=json.dumps({"keys": [*mint.jwks["keys"], weak]}).encode())
        done = jwks(server)

    assert 0 == done.status
    assert "Not usable, so tokens that name them are refused: weak\n" in done.err


def test_a_place_that_cannot_be_written(mint: TokenMint, folder: Path) -> None:
    """A folder that is missing is an error of the command line."""
    with mint.serve() as server:
        done = jwks(server, "--out", str(folder / "none" / "jwks.json"))

    assert 2 == done.status
    assert "cannot be written: No such file or directory." in done.err


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(
    mint: TokenMint, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last step fails the half-done file is removed."""

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, os.strerror(13))

    with mint.serve() as server:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", refuse)
            done = jwks(server, "--out", str(folder / "jwks.json"))
        again = jwks(server, "--out", str(folder / "jwks.json"))

    assert (2, True) == (done.status, "Permission denied" in done.err)
    assert 0 == again.status
    assert ["jwks.json"] == [each.name for each in folder.iterdir()]


def test_a_dash_is_stdout(mint: TokenMint, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--out - prints the keys, as every program's dash does, and makes no file of that name."""
    monkeypatch.chdir(folder)
    with mint.serve() as server:
        done = jwks(server, "--out", "-")

    assert (0, mint.jwks) == (done.status, done.json)
    assert [] == list(folder.iterdir())
    assert done.err.endswith(f"usable keys of {POOL}\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link to a pipe", "circle"])
def test_what_is_no_file_is_left_alone(mint: TokenMint, folder: Path, kind: str) -> None:
    """What only looks like a file is refused before anything is fetched, and is still there."""
    place = folder / "place"
    if kind == "folder":
        place.mkdir()
    elif kind == "device":
        place.symlink_to(os.devnull)
    elif kind == "circle":
        place.symlink_to(place)
    else:
        pipe = folder / "pipe" if kind.startswith("link") else place
        os.mkfifo(pipe)
        if pipe != place:
            place.symlink_to(pipe)
    before = os.lstat(place)
    with mint.serve() as server:
        done = jwks(server, "--out", str(place))

    assert (2, "") == (done.status, done.out)
    assert "is no regular file. Give the path of one, or - for stdout." in done.err
    assert (before.st_ino, before.st_mode) == (os.lstat(place).st_ino, os.lstat(place).st_mode)
    assert 0 == server.requests


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="this system has no such name")
def test_stdout_by_its_name(mint: TokenMint) -> None:
    """/dev/stdout is no file where stdout is a pipe: the dash is told."""
    with mint.serve() as server:
        env = {"COGNITO_JWKS_URI": server.pool.jwks_uri}
        by_name, dash = (start("jwks", POOL, "--out", out, env=env) for out in ("/dev/stdout", "-"))

    assert (2, "") == (by_name.status, by_name.out)
    assert "or - for stdout." in by_name.err
    assert (0, mint.jwks) == (dash.status, dash.json)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_a_link(mint: TokenMint, folder: Path, *, is_there: bool) -> None:
    """The file that a link leads to is written, as every program would."""
    file, link = folder / "file", folder / "link"
    if is_there:
        file.write_text("the old keys")
    link.symlink_to("file")
    with mint.serve() as server:
        done = jwks(server, "--out", str(link))

    assert 0 == done.status
    assert link.is_symlink()
    assert mint.jwks == json.loads(file.read_text())
    assert {"file", "link"} == {each.name for each in folder.iterdir()}


@pytest.mark.parametrize(
    ("error", "status"), [(OSError(28, "No space left on device"), 2), (KeyboardInterrupt(), 130)]
)
def test_whatever_ends_the_writing_leaves_nothing_behind(
    mint: TokenMint,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
) -> None:
    """A full disk and Ctrl-C leave the old file, and no half of a new one."""
    place = folder / "jwks.json"
    place.write_text("the old keys")

    def fail(self: Path, text: str, **options: Any) -> int:
        raise error

    with mint.serve() as server:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", fail)
            done = jwks(server, "--out", str(place))
        assert (status, "the old keys") == (done.status, place.read_text())
        assert [place] == list(folder.iterdir())
        assert 0 == jwks(server, "--out", str(place)).status
