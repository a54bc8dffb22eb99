"""Starts and surely stops the embedded pool's server process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError, ConfigurationError, MissingDependency
from cognitokit.testing import local_child

if TYPE_CHECKING:
    from typing import Any

_PREFIX = "cognitokit-local-"
_LOG_LINES = 40
_DAY = 86_400
_TIME_TO_LOCK = 60
"""Seconds in which a server that has just been started takes its lock."""

_PASSED_ON = frozenset(
    {
        "DYLD_LIBRARY_PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONPYCACHEPREFIX",
        "PYTHONUSERBASE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "USERPROFILE",
    }
)
"""The environment of the server: ministack takes its settings, and AWS credentials, from everything else."""

_OF_THIS_PYTHON = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE"})


class LocalPoolFailed(CognitoKitError):
    """The embedded pool's server did not start, or is gone. Its last words are in the message."""

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(f"{message}\n{log}" if log else message)
        self.log = log
        """What the server wrote."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, self.__dict__


class LocalProcess:
    """One server process with a state directory of its own.

    Args:
        region: The AWS region that it plays.
        python: An interpreter that has ministack; None: this one.
        start_timeout: Seconds until it must answer.

    Raises:
        MissingDependency: That interpreter has no ministack.
        LocalPoolFailed: It does not start; the message ends with its log.
        ConfigurationError: python is no interpreter.
    """

    def __init__(self, *, region: str, python: str | None, start_timeout: float) -> None:
        sweep()
        self._owner = os.getpid()
        self._own_python = python is None
        self._state = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = self._start(python or sys.executable, region)
            self._port = self._wait(self._process, time.monotonic() + start_timeout)
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The server's process id; None when it has been stopped."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> str:
        """What the server has written, the end of it."""
        try:
            text = (self._state / "log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-_LOG_LINES:])

    def stop(self) -> None:
        """End the server with all that it started, and remove its state. Twice does no harm."""
        if os.getpid() != self._owner:  # pragma: no cover - only in a fork, which is not measured
            # A forked copy of the owner goes its own way; the server is not its to stop.
            return
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None and hasattr(os, "killpg"):
                # The server leads a process group, in which the workers of Lambda triggers are too.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            with process:
                process.kill()
        shutil.rmtree(self._state, ignore_errors=True)

    def get(self, path: str, *, timeout: float = 10) -> Any:
        """Ask one of ministack's own addresses for its JSON.

        Raises:
            LocalPoolFailed: It does not answer.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        raise LocalPoolFailed("The embedded pool's server does not answer.", log=self.log)

    def _start(self, python: str, region: str) -> subprocess.Popen[bytes]:
        with (self._state / "log").open("wb") as log:
            try:
                return subprocess.Popen(  # noqa: S603 - the interpreter that the test's author chose
                    [python, str(Path(local_child.__file__)), str(self._state), region],
                    cwd=self._state,
                    env=environment(own=self._own_python),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Away from the terminal's Ctrl-C, and the leader of a group that can be ended at once.
                    start_new_session=True,
                )
            except OSError:
                pass
        raise ConfigurationError(
            "python must be the path of a Python interpreter that has ministack."
        )

    def _wait(self, process: subprocess.Popen[bytes], deadline: float) -> int:
        file = self._state / "port"
        while not file.exists():
            self._check(process, deadline)
            time.sleep(0.005)
        self._port = int(file.read_text())
        health: Any = None
        with contextlib.suppress(LocalPoolFailed):
            health = self.get("/_ministack/health", timeout=max(deadline - time.monotonic(), 0.1))
        if health is None:
            # An error ended it, and its exit code may take a moment; or it hangs.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)
            self._check(process, 0)
        elif health.get("auth") != "enabled":
            raise LocalPoolFailed(
                "This release of ministack checks no credentials; "
                'install the one that was tested: pip install "cognitokit[local]".'
            )
        return self._port

    def _check(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        code = process.poll()
        if code == local_child.NOT_INSTALLED:
            raise MissingDependency("ministack", "local")
        if code is not None:
            raise LocalPoolFailed(
                f"The embedded pool's server ended at once with exit code {code}. It wrote:",
                log=self.log,
            )
        if time.monotonic() > deadline:
            raise LocalPoolFailed(
                "The embedded pool's server did not start in time; give it more with start_timeout=. It wrote:",
                log=self.log,
            )


def environment(*, own: bool) -> dict[str, str]:
    """Return the environment that a server process starts with.

    Args:
        own: It runs on this interpreter; where another looks for its packages is its own affair.
    """
    passed_on = _PASSED_ON if own else _PASSED_ON - _OF_THIS_PYTHON
    return {name: value for name, value in os.environ.items() if name in passed_on}


def sweep() -> None:
    """Remove the state directories of servers that were killed: those of this user that nobody holds."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and _is_stale(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_stale(entry: os.DirEntry[str]) -> bool:
    try:
        info = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(info.st_mode) or (hasattr(os, "getuid") and info.st_uid != os.getuid()):
            return False
        age = time.time() - info.st_mtime
        try:
            import fcntl  # noqa: PLC0415 - not on every platform
        except ImportError:  # pragma: no cover - Windows
            return age > _DAY
        if age < _TIME_TO_LOCK:
            return False
        with open(os.path.join(entry.path, "lock"), "a") as lock:  # noqa: PTH118, PTH123 - a DirEntry's path
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
