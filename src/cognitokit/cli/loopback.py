"""Where a browser comes back to after a login: a page on loopback, served until it has (RFC 8252 7.3)."""

from __future__ import annotations

import contextlib
import errno
import queue
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

from cognitokit.errors import ConfigurationError, LoginError
from cognitokit.pool import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

_DONE = "You are signed in. Go back to the terminal; this page may be closed."
_FAILED = "The login did not succeed. Go back to the terminal; this page may be closed."
_OTHER = "There is nothing here."
_POLL = 0.05


class LoopbackCallback:
    """Serves the redirect_uri while its context is open, on every loopback address of its host.

    Only a GET of that path that carries the state is taken for the callback: another page of this
    machine that calls it cannot end the wait.

    Args:
        redirect_uri: For instance "http://localhost:8400/callback", exactly as the app client has it.
        state: The state of the login (RFC 6749 10.12).

    Raises:
        ConfigurationError: It is not on loopback, or names no port.

    Entering the context raises:
        ConfigurationError: The port is taken.
    """

    def __init__(self, redirect_uri: str, state: str) -> None:
        try:
            parts = urlsplit(redirect_uri)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            parts, host, port = urlsplit(""), "", None
        if parts.scheme != "http" or not is_loopback(host) or not port:
            raise ConfigurationError(
                "The redirect URI must be on this machine, with its port, and among the app client's "
                "callback URLs: for instance http://localhost:8400/callback."
            )
        self._host, self._port, self._path = host, port, parts.path or "/"
        self._state = state
        self._came: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._servers: list[_Server] = []

    def __enter__(self) -> Self:
        for family, address in _addresses(self._host, self._port):
            try:
                server = _Server(family, (address, self._port), self._respond)
            except OSError as error:
                # Localhost has an address of each family, and the machine perhaps but one family.
                if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                    continue
                break
            self._servers.append(server)
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True
            ).start()
        else:
            if self._servers:
                return self
        self._stop()
        raise ConfigurationError(
            f"Port {self._port} of {self._host} is taken. "
            "Register another callback URL with the app client and give it as --redirect-uri."
        )

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def wait(self, seconds: float) -> str:
        """Return the query of the callback.

        Args:
            seconds: How long to wait at most.

        Raises:
            LoginError: reason "expired": it did not come.
        """
        with contextlib.suppress(queue.Empty):
            return self._came.get(timeout=seconds)
        raise LoginError("expired", "No browser came back in time; start again.")

    def _respond(self, target: str) -> tuple[HTTPStatus, str]:
        try:
            parts = urlsplit(target)
        except ValueError:
            return HTTPStatus.BAD_REQUEST, _OTHER
        query = parse_qs(parts.query)
        if parts.path != self._path or query.get("state") != [self._state]:
            return HTTPStatus.NOT_FOUND, _OTHER
        self._came.put(parts.query)
        return HTTPStatus.OK, _DONE if "code" in query else _FAILED

    def _stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    """Return the loopback addresses that a browser may connect to: localhost has one of each family."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(
        dict.fromkeys((item[0], str(item[4][0])) for item in found if is_loopback(str(item[4][0])))
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # A port that another program listens on is taken, whatever the system would allow.
    allow_reuse_port = False

    def __init__(
        self,
        family: socket.AddressFamily,
        address: tuple[str, int],
        respond: Callable[[str], tuple[HTTPStatus, str]],
    ) -> None:
        self.address_family = family
        self.respond = respond
        super().__init__(address, _Handler)

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that failed: a traceback would stand among what the command says."""


class _Handler(BaseHTTPRequestHandler):
    server_version = "cognitokit"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer a browser."""
        status, text = cast("_Server", self.server).respond(self.path)
        body = f"<!doctype html><title>cognitokit</title><p>{text}</p>\n".encode()
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            # The address holds the code: it goes into no cache, no Referer and no script.
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("Content-Security-Policy", "default-src 'none'"),
                ("Referrer-Policy", "no-referrer"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds the code."""
