"""The embedded pool's server process: ministack on a free loopback port, as long as its parent lives.

Run by its path, perhaps with another interpreter than the tests', so it knows nothing of this
package. Arguments: the state directory, the AWS region. The port goes to the file "port" in the
state directory; everything else that it says goes to its output. It ends when its standard input
ends or its parent is another, and takes its state directory and its workers with it.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # A script's folder is searched first; the modules beside this one are not for ministack.
    del sys.path[0]

import asyncio
import contextlib
import importlib
import os
import shutil
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, NoReturn

NOT_INSTALLED = 3
"""The exit code that says that ministack, or what it cannot do without, is missing."""

POLL_INTERVAL = 0.2


def end(state_dir: Path) -> NoReturn:
    """Remove the state and end this process and what it started, without asking anyone."""
    shutil.rmtree(state_dir, ignore_errors=True)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def end_with_input(state_dir: Path) -> NoReturn:
    """Wait until standard input ends: the parent has closed it, or is gone."""
    sys.stdin.buffer.read()
    end(state_dir)


def end_with_parent(state_dir: Path, parent: int) -> NoReturn:
    """Wait until the parent is gone. A sibling that was forked may hold the pipe open longer."""
    while os.getppid() == parent:
        time.sleep(POLL_INTERVAL)
    end(state_dir)


def lock(state_dir: Path) -> int:
    """Hold a lock for as long as this process lives: who can take it may remove the directory."""
    held = os.open(state_dir / "lock", os.O_CREAT | os.O_WRONLY, 0o600)
    with contextlib.suppress(ImportError):
        import fcntl  # noqa: PLC0415 - not on every platform

        fcntl.flock(held, fcntl.LOCK_EX)
    return held


def load() -> tuple[Any, Any, Any]:
    """Import what serves, or exit with NOT_INSTALLED."""
    try:
        # Without it ministack signs tokens with random bytes.
        importlib.import_module("cryptography")
        application = importlib.import_module("ministack.app").app
        config = importlib.import_module("hypercorn.config").Config()
        serve = importlib.import_module("hypercorn.asyncio").serve
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(NOT_INSTALLED)
    return application, config, serve


def main(state_dir: Path, region: str) -> None:
    """Serve until the parent is gone."""
    lock(state_dir)
    for watch in (
        threading.Thread(target=end_with_input, args=(state_dir,), daemon=True),
        threading.Thread(target=end_with_parent, args=(state_dir, os.getppid()), daemon=True),
    ):
        watch.start()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port = str(listener.getsockname()[1])
    (state_dir / "tmp").mkdir()
    # ministack reads these when it is imported.
    os.environ.update(
        AUTH="true",
        GATEWAY_PORT=port,
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_REGION=region,
        STATE_DIR=str(state_dir / "state"),
        S3_DATA_DIR=str(state_dir / "s3"),
        TMPDIR=str(state_dir / "tmp"),
        LOG_LEVEL="WARNING",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        # When it starts it removes the containers of other instances: there is no Docker for it.
        DOCKER_HOST=f"unix://{state_dir / 'no-docker.sock'}",
    )
    # The parent may connect from here on; its first request waits until the server is there.
    (state_dir / "port.new").write_text(port)
    (state_dir / "port.new").replace(state_dir / "port")
    application, config, serve = load()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "WARNING"
    asyncio.run(serve(application, config))
    end(state_dir)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
