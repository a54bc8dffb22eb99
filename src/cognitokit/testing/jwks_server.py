"""A server on loopback that publishes a pool's keys, and goes wrong when it is told to."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.testing.loopback import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.server import BaseHTTPRequestHandler
    from types import TracebackType
    from typing import Any, Self

    from cognitokit.pool import UserPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server does with a request for the keys."""

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0
    byte_interval: float = 0
    drop: bool = False


class JwksServer:
    """Publishes a JWK set at {url}/{pool id}/.well-known/jwks.json while its context is open.

    `TokenMint.serve()` makes one. A change of the keys shows in the next answer. The faults hold
    for all requests until another one is chosen or `recover()` is called.

    Args:
        pool: The pool whose keys these are.
        jwks: Returns the JWK set to publish.
    """

    def __init__(self, pool: UserPool, jwks: Callable[[], Mapping[str, Any]]) -> None:
        self._origin = pool
        self._jwks = jwks
        self._answer = Answer()
        self._lock = threading.Lock()
        self._requests: list[str] = []
        self._closing = threading.Event()
        self._http = LoopbackServer("JWKS server", self._respond)

    def __enter__(self) -> Self:
        self._closing.clear()
        self._http.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._http.stop()

    @property
    def url(self) -> str:
        """The server's address, for instance "http://127.0.0.1:49152"."""
        return self._http.url

    @property
    def pool(self) -> UserPool:
        """The pool with this server as its JWKS address; its issuers are the real ones."""
        return self._http.publishing(self._origin)

    @property
    def requests(self) -> int:
        """How many requests have arrived, for whatever path."""
        with self._lock:
            return len(self._requests)

    @property
    def paths(self) -> tuple[str, ...]:
        """What was asked for, in the order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def down(self) -> None:
        """Break every connection before a byte of an answer."""
        self._answer = Answer(drop=True)

    def slow(self, seconds: float) -> None:
        """Wait that long before each answer."""
        self._answer = Answer(delay=seconds)

    def drip(self, seconds_per_byte: float) -> None:
        """Send each answer, its headers included, byte by byte with that pause between them.

        Each byte arrives long before a read timeout, so only a deadline for the whole ends it.
        """
        self._answer = Answer(byte_interval=seconds_per_byte)

    def fail(self, status: int = 500) -> None:
        """Answer with that HTTP status and no keys."""
        self._answer = Answer(status=status, body=b"")

    def answer(
        self,
        *,
        status: int = 200,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with exactly this: a redirect, a page of HTML, too many bytes, keys that are none.

        Args:
            status: The HTTP status.
            body: The bytes sent; None sends the keys.
            headers: Sent on top of Content-Type and Content-Length, or in place of them.
        """
        self._answer = Answer(status=status, body=body, headers=headers or {})

    def recover(self) -> None:
        """Publish the keys again."""
        self._answer = Answer()

    def _respond(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self._requests.append(request.path)
        answer = self._answer
        if answer.delay:
            self._closing.wait(answer.delay)
        if answer.drop or self._closing.is_set():
            request.close_connection = True
            return
        published = "GET", f"/{self._origin.id}/.well-known/jwks.json"
        known = (request.command, request.path) == published
        body = answer.body if answer.body is not None else json.dumps(self._jwks()).encode()
        status, body = (answer.status, body) if known else (404, b"")
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Cache-Control": "public, max-age=86400",
            **answer.headers,
        }
        head = [f"HTTP/1.1 {status} {request.responses.get(status, ('Unknown',))[0]}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join((*head, "", "")).encode("latin-1") + body
        if not answer.byte_interval:
            request.wfile.write(message)
            return
        for index in range(len(message)):
            request.wfile.write(message[index : index + 1])
            if self._closing.wait(answer.byte_interval):
                request.close_connection = True
                return
