"""The embedded pool's server process: it starts or says why not, and it always ends."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from cognitokit import ConfigurationError
from cognitokit.errors import MissingDependency
from cognitokit.testing import LocalPoolFailed
from cognitokit.testing.local_process import LocalProcess, sweep

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(sys.platform == "win32", reason="signals and shell scripts are POSIX"),
]
needs_ministack = pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)

OWNER = """
import os, signal, sys, time
from cognitokit.testing.local_process import LocalProcess

server = LocalProcess(region="eu-west-1", python=None, start_timeout=30)
print(server.url.rpartition(":")[2], flush=True)
try:
    exec(sys.argv[1])
except ZeroDivisionError:
    os._exit(1)
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State directories are made where the test can see them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def start(python: Path | None = None, start_timeout: float = 30) -> LocalProcess:
    """Start a server."""
    return LocalProcess(
        region="eu-west-1",
        python=None if python is None else str(python),
        start_timeout=start_timeout,
    )


def interpreter(folder: Path, script: str) -> Path:
    """Write a shell script that stands for a Python interpreter; "$@" is what it is to run."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def owner(code: str) -> subprocess.Popen[str]:
    """Run a process that starts a server, prints its port and then runs the code."""
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def listens(port: int) -> bool:
    """Whether a server takes connections on the port."""
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def assert_gone(port: int, folder: Path) -> None:
    """Wait a few seconds at most until the server and its state are gone."""
    deadline = time.monotonic() + 10
    while (
        listens(port) or list(folder.glob("cognitokit-local-*"))
    ) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not listens(port)
    assert [] == list(folder.glob("cognitokit-local-*"))


@needs_ministack
def test_server_runs_until_it_is_stopped(tmp_path: Path) -> None:
    """A started server answers; a stopped one is gone with its state, and may be stopped again."""
    server = start()
    port = int(server.url.rpartition(":")[2])

    assert "enabled" == server.get("/_ministack/health")["auth"]
    assert 1 == len(list(tmp_path.glob("cognitokit-local-*")))
    server.stop()
    assert_gone(port, tmp_path)
    assert server.pid is None
    assert "" == server.log
    server.stop()


@needs_ministack
@pytest.mark.parametrize(
    "end",
    [
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", id="SIGKILL"),
        pytest.param("os.kill(os.getpid(), signal.SIGTERM)", id="SIGTERM"),
        pytest.param("os.kill(os.getpid(), signal.SIGINT); time.sleep(9)", id="Ctrl-C"),
        pytest.param("raise RuntimeError", id="exception"),
        pytest.param("sys.exit()", id="exit"),
        pytest.param("1 / 0", id="os._exit"),
    ],
)
def test_server_ends_with_its_owner(tmp_path: Path, end: str) -> None:
    """However the process that started it ends, without ever stopping it, the server ends too."""
    with owner(end) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        process.communicate(timeout=30)

    assert_gone(port, tmp_path)


@needs_ministack
def test_server_ends_though_a_forked_sibling_lives_on(tmp_path: Path) -> None:
    """A fork of the owner that holds the pipe open does not keep the server alive."""
    fork_and_die = (
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os.close(1); os.close(2); time.sleep(60); os._exit(0)\n"
        "print(child, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with owner(fork_and_die) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        sibling = int(process.stdout.readline())
        process.communicate(timeout=30)
    try:
        assert_gone(port, tmp_path)
        os.kill(sibling, 0)
    finally:
        os.kill(sibling, signal.SIGKILL)


@needs_ministack
def test_forked_copy_does_not_stop_the_server(tmp_path: Path) -> None:
    """stop() in a fork of the owner leaves the owner's server alone."""
    fork_and_stop = (
        "child = os.fork()\n"
        "if child == 0:\n"
        "    server.stop(); os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(server.get('/_ministack/health')['auth'], flush=True)\n"
        "server.stop()\n"
    )
    with owner(fork_and_stop) as process:
        out, errors = process.communicate(timeout=30)
    port, auth = out.split()

    assert ("enabled", "") == (auth, errors)
    assert_gone(int(port), tmp_path)


@needs_ministack
def test_settings_from_outside_do_not_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither ministack's settings nor AWS credentials of the environment change the server."""
    monkeypatch.setenv("AUTH", "false")
    monkeypatch.setenv("SERVICES", "s3")
    monkeypatch.setenv("USE_SSL", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAXXXXXXXXXXXXXXXX")
    server = start()
    try:
        health = server.get("/_ministack/health")

        assert "enabled" == health["auth"]
        assert "cognito-idp" in health["services"]
    finally:
        server.stop()


@needs_ministack
def test_another_interpreter_can_be_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The server runs on the interpreter that is named, which does not get this one's PYTHONPATH."""
    seen = tmp_path / "seen"
    other = interpreter(
        tmp_path, f'echo "$PYTHONPATH$PYTHONHOME" > "{seen}"; exec "{sys.executable}" "$@"'
    )
    monkeypatch.setenv("PYTHONPATH", "/of/this/one")
    server = start(other)
    try:
        assert "enabled" == server.get("/_ministack/health")["auth"]
        assert "" == seen.read_text().strip()
    finally:
        server.stop()


@needs_ministack
def test_dead_server_is_reported() -> None:
    """Asking a server that was killed from outside raises our error."""
    server = start()
    try:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while listens(int(server.url.rpartition(":")[2])):
            time.sleep(0.01)
        with pytest.raises(LocalPoolFailed, match="does not answer"):
            server.get("/_ministack/health")
    finally:
        server.stop()


def test_missing_ministack_names_the_pip_command(tmp_path: Path) -> None:
    """An interpreter without ministack is a MissingDependency, and nothing is left behind."""
    bare = interpreter(tmp_path, f'exec "{sys.executable}" -I -S "$@"')
    with pytest.raises(MissingDependency, match=r'pip install "cognitokit\[local\]"'):
        start(bare)

    assert [] == list(tmp_path.glob("cognitokit-local-*"))


def test_failing_start_shows_the_log(tmp_path: Path) -> None:
    """A server that ends at once is an error whose text ends with what it wrote."""
    broken = interpreter(tmp_path, 'echo "one"; echo "two" >&2; exit 7')
    with pytest.raises(LocalPoolFailed, match="exit code 7") as caught:
        start(broken)

    assert "one\ntwo" == caught.value.log
    assert str(caught.value).endswith("\none\ntwo")
    assert [] == list(tmp_path.glob("cognitokit-local-*"))


def test_silent_start_ends_at_the_deadline(tmp_path: Path) -> None:
    """A server that never speaks is given up, and ended, when the time is over."""
    asleep = interpreter(tmp_path, 'echo $$ > "$2/../pid"; exec sleep 60')
    with pytest.raises(LocalPoolFailed, match="start_timeout"):
        start(asleep, start_timeout=0.3)

    assert [] == list(tmp_path.glob("cognitokit-local-*"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


SERVES_NOTHING = """
import pathlib, socket, sys, time
state = pathlib.Path(sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print("listening", flush=True)
(state / "new").write_text(str(listener.getsockname()[1]))
(state / "new").rename(state / "port")
"""


@pytest.mark.parametrize(
    "then, message, log",
    [
        ("time.sleep(60)", "did not start in time", "listening"),
        ("sys.exit('boom')", "exit code 1", "listening\nboom"),
    ],
)
def test_server_that_does_not_answer_is_given_up(
    tmp_path: Path, then: str, message: str, log: str
) -> None:
    """A server that opens its port but hangs or dies before its first answer is reported with its log."""
    script = tmp_path / "server.py"
    script.write_text(SERVES_NOTHING + then)
    hung = interpreter(tmp_path, f'exec "{sys.executable}" "{script}" "$@"')
    with pytest.raises(LocalPoolFailed, match=message) as caught:
        start(hung, start_timeout=0.8)

    assert log == caught.value.log


OLD_RELEASE = """
import http.server, pathlib, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"services": {}}')
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
state = pathlib.Path(sys.argv[2])
(state / "new").write_text(str(server.server_port))
(state / "new").rename(state / "port")
server.serve_forever()
"""


def test_release_that_checks_nothing_is_refused(tmp_path: Path) -> None:
    """An older ministack, which knows no AUTH, is not taken for the tested one."""
    script = tmp_path / "server.py"
    script.write_text(OLD_RELEASE)
    old = interpreter(tmp_path, f'exec "{sys.executable}" "{script}" "$@"')
    with pytest.raises(LocalPoolFailed, match="checks no credentials"):
        start(old)


@pytest.mark.parametrize("python", ["no-such-file", "."])
def test_python_must_be_an_interpreter(tmp_path: Path, python: str) -> None:
    """A path that cannot be run is a ConfigurationError."""
    with pytest.raises(ConfigurationError, match="python must be"):
        start(tmp_path / python)

    assert [] == list(tmp_path.glob("cognitokit-local-*"))


def test_failure_can_be_pickled() -> None:
    """The error crosses process borders whole, as pytest-xdist needs."""
    error = pickle.loads(pickle.dumps(LocalPoolFailed("It failed. It wrote:", log="boom")))  # noqa: S301 - our own bytes

    assert ("It failed. It wrote:\nboom", "boom") == (str(error), error.log)


def age(folder: Path, seconds: float) -> None:
    """Make a folder look that old."""
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_sweep_removes_what_killed_servers_left(tmp_path: Path) -> None:
    """An old state directory that no process holds is removed, with or without a lock file."""
    for name in ("cognitokit-local-a", "cognitokit-local-b"):
        (tmp_path / name).mkdir()
    (tmp_path / "cognitokit-local-a" / "lock").touch()
    for name in ("cognitokit-local-a", "cognitokit-local-b"):
        age(tmp_path / name, 120)
    sweep()

    assert [] == list(tmp_path.iterdir())


def test_sweep_spares_the_young_the_held_and_the_foreign(tmp_path: Path) -> None:
    """A directory that is new or locked, a link, a file, and other names stay."""
    import fcntl

    names = ["cognitokit-local-new", "cognitokit-local-held", "other"]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "cognitokit-local-file").touch()
    (tmp_path / "cognitokit-local-link").symlink_to(tmp_path / "other")
    for name in ("cognitokit-local-file", "cognitokit-local-held", "other"):
        age(tmp_path / name, 120)
    with (tmp_path / "cognitokit-local-held" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        age(tmp_path / "cognitokit-local-held", 120)
        sweep()

    assert {*names, "cognitokit-local-file", "cognitokit-local-link"} == {
        path.name for path in tmp_path.iterdir()
    }


@needs_ministack
def test_killed_server_leaves_a_state_that_is_swept(tmp_path: Path) -> None:
    """What a server leaves when it is killed with its owner is removed by a later start, not before."""
    with owner("print(server.pid, flush=True); time.sleep(60)") as process:
        assert process.stdout is not None
        port, server = (int(process.stdout.readline()) for _ in range(2))
        (state,) = tmp_path.glob("cognitokit-local-*")
        age(state, 120)
        sweep()
        assert state.is_dir()
        os.kill(server, signal.SIGKILL)
        process.kill()
    while listens(port):
        time.sleep(0.01)
    age(state, 120)
    start().stop()

    assert not state.exists()


@needs_ministack
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_server_listens_on_loopback_alone() -> None:
    """The port is free on other addresses of the machine, which it would not be on a wildcard."""
    server = start()
    try:
        port = int(server.url.rpartition(":")[2])
        with contextlib.closing(socket.socket()) as other:
            other.bind(("127.0.0.2", port))
        with contextlib.closing(socket.socket()) as same, pytest.raises(OSError, match="in use"):
            same.bind(("127.0.0.1", port))
    finally:
        server.stop()
