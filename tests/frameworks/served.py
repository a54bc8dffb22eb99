"""Applications that are really served, on loopback, and requests of which every byte is ours."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
import waitress.server  # type: ignore[import-untyped]
from werkzeug.serving import make_server

_PATIENCE = 60
_ROOT = Path(__file__).parents[2]


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


@contextlib.contextmanager
def by_uvicorn(app: Any) -> Iterator[int]:
    """Serve an ASGI application; the port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    with _thread(server.run):
        try:
            yield _port_of(server)
        finally:
            server.should_exit = True


@contextlib.contextmanager
def by_waitress(app: Any) -> Iterator[int]:
    """Serve a WSGI application with waitress; the port."""
    server: Any = waitress.server.create_server(app, host="127.0.0.1", port=0)
    try:
        with _thread(server.run):
            try:
                yield server.effective_port
            finally:
                # By the thread that waits for the sockets: closed by another, they fail under it.
                server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
    finally:
        server.task_dispatcher.shutdown()


@contextlib.contextmanager
def by_gunicorn(factory: str, settings: Mapping[str, str]) -> Iterator[int]:
    """Serve a WSGI application with gunicorn, in processes of its own that make it; the port.

    What comes before gunicorn is ready waits in the queue of the socket, which is ours.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        number = listening.fileno()
        command = [sys.executable, "-m", "gunicorn", f"--bind=fd://{number}", "--workers=1"]
        server = subprocess.Popen(
            [*command, "--log-level=error", "--no-control-socket", factory],
            cwd=_ROOT,
            env={**os.environ, **settings},
            pass_fds=[number],
        )
        try:
            yield port
        finally:
            server.terminate()
            server.wait(_PATIENCE)

    assert 0 == server.returncode


@contextlib.contextmanager
def by_werkzeug(app: Any) -> Iterator[int]:
    """Serve a WSGI application with Flask's own development server; the port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with _thread(server.serve_forever):
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()


def ask(port: int, path: str, *lines: str, method: str = "GET", host: str = "localhost") -> Answer:
    """Send a request with exactly these header lines, and read what comes until the connection ends."""
    request = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *lines, "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        connection.sendall("\r\n".join(request).encode("latin-1"))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.decode().partition("\r\n\r\n")
    status, *fields = head.split("\r\n")
    pairs = (field.partition(":") for field in fields)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Answer(int(status.split()[1]), headers, body)


def _port_of(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        assert not server.should_exit, "the application did not start"
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


@contextlib.contextmanager
def _thread(run: Any) -> Iterator[None]:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(_PATIENCE)

        assert not thread.is_alive()
