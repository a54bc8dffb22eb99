"""A web server on a free port of this machine, which the kit's servers answer through."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from cognitokit.errors import ConfigurationError
from cognitokit.pool import UserPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Respond = Callable[[BaseHTTPRequestHandler], None]


class LoopbackServer:
    """Calls a function with each GET and POST, in threads of its own, from start() to stop().

    Args:
        name: What it is called in messages, for instance "JWKS server".
        respond: Reads the request and writes the answer.
    """

    def __init__(self, name: str, respond: Respond) -> None:
        self._name = name
        self._respond = respond
        self._running: tuple[_Http, threading.Thread] | None = None

    def start(self) -> None:
        """Listen on a free port."""
        http = _Http(self._respond)
        thread = threading.Thread(
            target=http.serve_forever,
            kwargs={"poll_interval": 0.02},
            name=f"cognitokit {self._name}",
            daemon=True,
        )
        thread.start()
        self._running = http, thread

    def stop(self) -> None:
        """Listen no more. Answers that are still being written do not hold it up."""
        if self._running is not None:
            (http, thread), self._running = self._running, None
            http.shutdown()
            http.server_close()
            thread.join()

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._running is not None

    @property
    def url(self) -> str:
        """The server's address, for instance "http://127.0.0.1:49152".

        Raises:
            ConfigurationError: It is not running.
        """
        if self._running is None:
            raise ConfigurationError(
                f"The {self._name} is not running; use it in a with statement."
            )
        return f"http://127.0.0.1:{self._running[0].server_address[1]}"

    def publishing(self, pool: UserPool) -> UserPool:
        """Return the pool with this server as its JWKS address; its issuers stay the real ones.

        Raises:
            ConfigurationError: The server is not running.
        """
        return UserPool(
            pool.id,
            region=pool.region,
            issuers=pool.issuers,
            jwks_uri=f"{self.url}/{pool.id}/.well-known/jwks.json",
            endpoint_url=pool.endpoint,
            allow_http=True,
        )


class _Http(ThreadingHTTPServer):
    # A thread that still writes when the server closes must not hold up the process.
    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        super().__init__(("127.0.0.1", 0), _Handler)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gives up in the middle is what faults are made for.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        cast("_Http", self.server).respond(self)

    do_POST = do_GET  # noqa: N815 - the standard library looks for this name

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: tests ask the server what came in."""
