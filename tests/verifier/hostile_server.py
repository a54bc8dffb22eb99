"""A server of keys that breaks the rules of HTTP, of TLS or of good manners: plain sockets on loopback."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import gzip
import ipaddress
import json
import re
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

T = TypeVar("T")


class Conversation:
    """One connection: what a behaviour may do to a client."""

    def __init__(self, connection: socket.socket, server: HostileServer) -> None:
        self._connection = connection
        self._server = server

    def read_request(self) -> bytes:
        """Return the request, with all of its body; empty where the client left."""
        received = b""
        while (whole := re.search(rb"\r\n\r\n", received)) is None or len(
            received
        ) < whole.end() + _length(received):
            chunk = self._connection.recv(4096)
            if not chunk:
                return b""
            received += chunk
        return received

    def send(self, data: bytes) -> None:
        """Send bytes at once."""
        self._connection.sendall(data)

    def receive(self) -> bytes:
        """Return some bytes; none where the client left."""
        return self._connection.recv(65_536)

    def drip(self, data: bytes, interval: float) -> None:
        """Send bytes one by one, seconds apart, until all are sent or the server stops."""
        for byte in data:
            self._connection.sendall(bytes([byte]))
            if self._server.stopping.wait(interval):
                return

    def flood(self, data: bytes) -> None:
        """Send the same bytes again and again until the client leaves or the server stops."""
        while not self._server.stopping.is_set():
            self._connection.sendall(data)
            self._server.flooded += len(data)

    def hang(self) -> None:
        """Say nothing more until the server stops."""
        self._server.stopping.wait(60)

    def reset(self) -> None:
        """Break the connection: the client gets a RST."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


def _length(request: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", request)
    return int(found[1]) if found else 0


Behaviour = Callable[[Conversation], None]


class HostileServer:
    """Listens on a free loopback port while its context is open; each connection gets a thread.

    Args:
        behave: What it does to a connection; may be replaced at any time.
        tls: Wrap connections in TLS under a certificate that nobody trusts.
    """

    def __init__(self, behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.behave = behave
        self.requests = 0
        self.flooded = 0
        self.stopping = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The address under which the keys are asked for."""
        return (
            f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/pool/.well-known/jwks.json"
        )

    def __enter__(self) -> Self:
        acceptor = threading.Thread(target=self._accept, daemon=True)
        acceptor.start()
        self._threads.append(acceptor)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):  # the accepting thread wakes up
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that gives up breaks its connection in the middle of anything.
        with contextlib.suppress(OSError, ssl.SSLError):
            if self._tls is not None:
                connection.settimeout(10)
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(connection)
                self.requests += 1
            try:
                self.behave(Conversation(connection, self))
            finally:
                with self._lock:
                    self._open.discard(connection)
                connection.close()


def closed_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def reply(
    body: bytes,
    status: str = "200 OK",
    *,
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a whole HTTP answer; its Content-Length may lie."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close"]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answering(
    body: bytes,
    status: str = "200 OK",
    *,
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """Return the behaviour of a server that gives this answer."""

    def behave(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(reply(body, status, length=length, headers=headers))

    return behave


def publishing(keys: Mapping[str, Any]) -> Behaviour:
    """Return the behaviour of an honest server of these keys."""
    return answering(json.dumps(keys).encode())


def hang_at_once(conversation: Conversation) -> None:
    """Take the connection and never speak."""
    conversation.hang()


def hang_after_request(conversation: Conversation) -> None:
    """Take the request and never answer."""
    conversation.read_request()
    conversation.hang()


def hang_in_headers(conversation: Conversation) -> None:
    """Stop in the middle of a header."""
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    conversation.hang()


def hang_in_body(conversation: Conversation) -> None:
    """Stop in the middle of the body."""
    conversation.read_request()
    conversation.send(reply(b'{"keys":[', length=2000))
    conversation.hang()


def drip_headers(conversation: Conversation) -> None:
    """Send an endless header, a byte at a time: no read ever takes long."""
    conversation.read_request()
    conversation.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, 0.02)


def drip_body(conversation: Conversation) -> None:
    """Send a long body, a byte at a time."""
    conversation.read_request()
    conversation.send(reply(b"", length=100_000))
    conversation.drip(b" " * 100_000, 0.02)


def drip_interim_answers(conversation: Conversation) -> None:
    """Announce an answer for ever (RFC 9110 15.2)."""
    conversation.read_request()
    conversation.drip(b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 5000, 0.002)


def reset_at_once(conversation: Conversation) -> None:
    """Break the connection before reading."""
    conversation.reset()


def reset_in_body(conversation: Conversation) -> None:
    """Break the connection within the body."""
    conversation.read_request()
    conversation.send(reply(b'{"keys":[', length=2000))
    conversation.reset()


def close_at_once(conversation: Conversation) -> None:
    """Close the connection politely, without an answer."""
    conversation.read_request()


def flood_of_headers(conversation: Conversation) -> None:
    """Send headers without end, as fast as they are taken."""
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 OK\r\n")
    conversation.flood(b"X-Flood: " + b"x" * 1000 + b"\r\n")


def flood_of_body(conversation: Conversation) -> None:
    """Send a body without end and without a length."""
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    conversation.flood(b" " * 65536)


def flood_of_chunks(conversation: Conversation) -> None:
    """Send chunks without end."""
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    conversation.flood(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def not_http(conversation: Conversation) -> None:
    """Speak another protocol."""
    conversation.read_request()
    conversation.send(b"220 mail.example.com ESMTP\r\n")


def chunked(keys: Mapping[str, Any]) -> Behaviour:
    """Return the behaviour of an honest server that sends its keys in chunks."""
    body = json.dumps(keys).encode()

    def behave(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 100):
            piece = body[start : start + 100]
            conversation.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        conversation.send(b"0\r\n\r\n")

    return behave


class Gate:
    """A server's behaviour: answers wait until the gate is opened; each answer may be told apart."""

    def __init__(self, keys: Mapping[str, Any]) -> None:
        self.open = threading.Event()
        self.asked = threading.Semaphore(0)
        self.body = json.dumps(keys).encode()

    def __call__(self, conversation: Conversation) -> None:
        """Answer a request when the gate is open."""
        conversation.read_request()
        self.asked.release()
        self.open.wait(60)
        conversation.send(reply(self.body))

    def wait_until_asked(self) -> None:
        """Return when a request has come in."""
        assert self.asked.acquire(timeout=20), "nobody asked"


def bad_answers(keys: Mapping[str, Any]) -> Iterator[tuple[str, Behaviour]]:
    """Yield answers that come at once and are no key set, each by its name; keys are the good ones."""
    good = json.dumps(keys).encode()
    for status in (
        "201 Created",
        "203 Non-Authoritative Information",
        "204 No Content",
        "206 Partial Content",
        "304 Not Modified",
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "503 Service Unavailable",
    ):
        yield status, answering(b"" if status[:3] in {"204", "304"} else good, status)
    yield "html", answering(b"<!doctype html><title>Sign in to the guest network</title>")
    yield "empty", answering(b"")
    yield "truncated", answering(good[:-5], length=len(good))
    yield "cut-short", answering(good[:-5])
    yield "trailing-data", answering(good + b"{}")
    yield "gzip", answering(gzip.compress(good), headers={"Content-Encoding": "gzip"})
    yield "deflate", answering(zlib.compress(good), headers={"Content-Encoding": "deflate"})
    yield "unknown-encoding", answering(good, headers={"Content-Encoding": "rot13"})
    yield "said-gzip", answering(good, headers={"Content-Encoding": "gzip"})
    yield "gzip-unsaid", answering(gzip.compress(good))
    yield "gzip-bomb", answering(bomb(), headers={"Content-Encoding": "gzip"})
    yield "too-long", answering(good + b" " * (256 * 1024 + 1 - len(good)))
    yield "long-length", answering(good, length=300 * 1024)
    yield "list", answering(json.dumps(keys["keys"]).encode())
    yield "null", answering(b"null")
    yield "text", answering(b'"keys"')
    yield "no-keys", answering(b"{}")
    yield "empty-keys", answering(b'{"keys":[]}')
    yield "keys-object", answering(json.dumps({"keys": {"0": keys["keys"][0]}}).encode())
    yield "keys-null", answering(b'{"keys":null}')
    yield "keys-text", answering(b'{"keys":"keys"}')
    yield (
        "no-usable-key",
        answering(json.dumps({"keys": [{"kty": "EC", "kid": "x"}, None, 1]}).encode()),
    )
    yield "duplicate-name", answering(b'{"keys":[],' + good[1:])
    yield "utf-16", answering(good.decode().encode("utf-16"))
    yield "bom", answering(b"\xef\xbb\xbf" + good)
    yield "invalid-utf-8", answering(good[:-1] + b',"x":"\xff"}')
    yield "nan", answering(good[:-1] + b',"x":NaN}')
    yield "deep", answering(b'{"keys":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    yield "deep-unclosed", answering(b'{"keys":' + b"[" * 200_000)
    yield "many-digits", answering(good[:-1] + b',"x":' + b"9" * 100_000 + b"}")
    yield "not-http", not_http
    yield "closed", close_at_once
    yield "reset", reset_at_once
    yield "reset-in-body", reset_in_body
    yield "flood-of-headers", flood_of_headers
    yield "flood-of-body", flood_of_body
    yield "flood-of-chunks", flood_of_chunks


STALLING: dict[str, Behaviour] = {
    "hang-at-once": hang_at_once,
    "hang-after-request": hang_after_request,
    "hang-in-headers": hang_in_headers,
    "hang-in-body": hang_in_body,
    "drip-headers": drip_headers,
    "drip-body": drip_body,
    "drip-interim-answers": drip_interim_answers,
}
"""Behaviours that only a deadline for the whole exchange ends."""


@functools.cache
def bomb() -> bytes:
    """Return some 100 kB of gzip that unpack to 100 MB."""
    return gzip.compress(bytes(100_000_000), compresslevel=1, mtime=0)[: 200 * 1024]


def tunnel_to_keys(tls: ssl.SSLContext, body: bytes) -> Behaviour:
    """A proxy and the server behind it in one, which answers with these bytes through TLS of its own."""

    def behave(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = tls.wrap_bio(incoming, outgoing, server_side=True)

        def step(action: Callable[[], T]) -> T:
            while True:
                try:
                    result = action()
                except ssl.SSLWantReadError:
                    conversation.send(outgoing.read())
                    incoming.write(conversation.receive())
                else:
                    conversation.send(outgoing.read())
                    return result

        step(inner.do_handshake)
        step(lambda: inner.read(65_536))
        step(lambda: inner.write(reply(body)))

    return behave


def tunnel_that_drips(conversation: Conversation) -> None:
    """Be a proxy behind which a TLS record of 16 kB comes a byte at a time."""
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    conversation.receive()
    conversation.send(b"\x16\x03\x03\x40\x00")
    conversation.drip(b"\x02" * 16_384, 0.05)


def untrusted_tls(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate for 127.0.0.1 that nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
