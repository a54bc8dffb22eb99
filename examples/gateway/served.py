"""A gateway on a loopback port, for curl and browsers. One request at a time, as one Lambda environment has it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

from typing_extensions import override

from examples.gateway.gateway import Gateway


@contextlib.contextmanager
def served(gateway: Gateway, port: int = 0) -> Iterator[str]:
    """Serve a gateway while the context is open, and give its address; port 0 is a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size).decode() if size else None
            answer = gateway.request(
                self.command, self.path, headers=list(self.headers.items()), data=body
            )
            content = answer.text.encode()
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status_code != 204:
                self.send_header("Content-Length", str(len(content)))
            # One connection would keep the next one waiting.
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
