"""How requests travel: the client that is given, its limits and its failures."""

import asyncio
import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cognitokit.errors import (
    ConfigurationError,
    ConnectionFailed,
    RequestTimeout,
    TransportError,
    UnexpectedReply,
)
from cognitokit.oauth.exchange import HttpReply, HttpRequest
from cognitokit.oauth.http import MAX_BODY, AsyncSender, Sender
from tests.oauth.stage import MakeStage
from tests.verifier.hostile_server import (
    Conversation,
    HostileServer,
    answering,
    close_at_once,
    not_http,
    reply,
    reset_in_body,
)

STACKS: dict[str, Any] = {"httpx": httpx, "httpx2": httpx2}


def request(url: str = "https://auth.example.com/oauth2/token") -> HttpRequest:
    """Some request."""
    return HttpRequest(
        operation="oauth2/token",
        method="POST",
        url=url,
        headers={"Authorization": "Basic SECRET"},
        body=b"token=SECRET",
    )


def send(kind: str, client: Any = None, *, url: str | None = None, **options: Any) -> HttpReply:
    """Send it with a sender of that kind."""
    sent = request() if url is None else request(url)
    if kind == "sync":
        return Sender(client, **options).send(sent)

    async def call() -> HttpReply:
        return await AsyncSender(client, **options).send(sent)

    return trio.run(call) if kind == "trio" else asyncio.run(call())


kinds = pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])


@pytest.fixture(params=sorted(STACKS))
def stack(request: pytest.FixtureRequest) -> Any:
    """httpx and httpx2."""
    return STACKS[request.param]


def mocked(stack: Any, kind: str, answer: Any, **options: Any) -> Any:
    """A client of that kind which answers itself."""

    async def aio(incoming: Any) -> Any:
        return answer(incoming)

    if kind == "sync":
        return stack.Client(transport=stack.MockTransport(answer), **options)
    return stack.AsyncClient(transport=stack.MockTransport(aio), **options)


@kinds
def test_a_given_client_is_used(stack: Any, kind: str) -> None:
    """A client of httpx or httpx2 sends the request as it is, without the client's own authentication."""
    seen: list[Any] = []

    def answer(incoming: Any) -> Any:
        seen.append(incoming)
        return stack.Response(400, content=b"body")

    client = mocked(
        stack, kind, answer, auth=("user", "password"), follow_redirects=True, timeout=None
    )
    reply = send(kind, client, clock=lambda: 42.0)

    assert (400, b"body", 42.0) == (reply.status, reply.body, reply.received_at)
    assert "Basic SECRET" == seen[0].headers["authorization"]
    assert "identity" == seen[0].headers["accept-encoding"]
    assert b"token=SECRET" == seen[0].content
    assert 10.0 == seen[0].extensions["timeout"]["read"]


@kinds
def test_redirects_are_not_followed(stack: Any, kind: str) -> None:
    """A redirect is an answer, whatever the client is set to."""
    seen: list[str] = []

    def answer(incoming: Any) -> Any:
        seen.append(str(incoming.url))
        return stack.Response(307, headers={"Location": "https://evil.example/"})

    reply = send(kind, mocked(stack, kind, answer, follow_redirects=True))

    assert 307 == reply.status
    assert ["https://auth.example.com/oauth2/token"] == seen


@kinds
@pytest.mark.parametrize(("size", "passes"), [(MAX_BODY, True), (MAX_BODY + 1, False)])
def test_how_long_an_answer_may_be(stack: Any, kind: str, size: int, passes: bool) -> None:
    """256 kB are read, one byte more is no answer."""
    client = mocked(stack, kind, lambda _: stack.Response(200, content=b"x" * size))

    if passes:
        assert size == len(send(kind, client).body)
    else:
        with pytest.raises(UnexpectedReply):
            send(kind, client)


@kinds
def test_a_compressed_answer_is_none(stack: Any, kind: str) -> None:
    """What was asked for uncompressed and is not, is not read: it may be a bomb."""

    class Body(stack.SyncByteStream, stack.AsyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            yield b"\x1f\x8b"

        async def __aiter__(self) -> Any:
            yield b"\x1f\x8b"

    client = mocked(
        stack,
        kind,
        lambda _: stack.Response(200, headers={"Content-Encoding": "gzip"}, stream=Body()),
    )

    with pytest.raises(UnexpectedReply):
        send(kind, client)


@kinds
@pytest.mark.parametrize(
    ("name", "error", "sent"),
    [
        ("ConnectTimeout", RequestTimeout, False),
        ("ReadTimeout", RequestTimeout, True),
        ("PoolTimeout", RequestTimeout, False),
        ("ConnectError", ConnectionFailed, False),
        ("ReadError", ConnectionFailed, True),
        ("RemoteProtocolError", ConnectionFailed, True),
        ("ProxyError", ConnectionFailed, True),
        ("UnsupportedProtocol", ConnectionFailed, True),
        ("DecodingError", ConnectionFailed, True),
    ],
)
def test_every_failure_of_the_client_is_ours(
    stack: Any, kind: str, name: str, error: type[TransportError], sent: bool
) -> None:
    """Exceptions of httpx and httpx2 become ours, which say whether the request may have arrived."""

    def answer(_: Any) -> Any:
        raise getattr(stack, name)("SECRET")

    with pytest.raises(error) as caught:
        send(kind, mocked(stack, kind, answer))

    assert error is type(caught.value)
    assert sent is caught.value.sent
    assert "oauth2/token" == caught.value.operation
    assert caught.value.__context__ is None
    assert "SECRET" not in str(caught.value)


@kinds
@pytest.mark.parametrize("error", [OSError, ssl.SSLError, ValueError, KeyError])
def test_a_failure_from_below_the_client_is_ours(
    stack: Any, kind: str, error: type[Exception]
) -> None:
    """What httpx lets through becomes a transport error that names its type, and no more."""

    def answer(_: Any) -> Any:
        raise error("SECRET")

    with pytest.raises(TransportError, match=error.__name__) as caught:
        send(kind, mocked(stack, kind, answer))

    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


@kinds
def test_a_closed_client(stack: Any, kind: str) -> None:
    """A client that was closed is a transport error that says where to look."""
    client = stack.Client() if kind == "sync" else stack.AsyncClient()
    if kind == "sync":
        client.close()
    else:
        (trio.run if kind == "trio" else lambda close: asyncio.run(close()))(client.aclose)

    with pytest.raises(TransportError, match="check the client"):
        send(kind, client)


@pytest.mark.parametrize("cls", [Sender, AsyncSender])
def test_a_client_of_the_other_kind(cls: Any, stack: Any) -> None:
    """A sync sender takes no async client, nor the other way round, nor anything else."""
    wrong = stack.AsyncClient() if cls is Sender else stack.Client()
    for client in (wrong, object(), stack, "httpx"):
        with pytest.raises(ConfigurationError, match="http_client"):
            cls(client)
    if cls is AsyncSender:
        wrong.close()


@kinds
def test_a_subclass_of_a_client(stack: Any, kind: str) -> None:
    """A client class of one's own, as test clients are, does."""

    class Mine(stack.Client if kind == "sync" else stack.AsyncClient):  # type: ignore[misc]
        pass

    async def aio(_: Any) -> Any:
        return stack.Response(200)

    answer = (lambda _: stack.Response(200)) if kind == "sync" else aio

    assert 200 == send(kind, Mine(transport=stack.MockTransport(answer))).status


@kinds
def test_without_a_client(make_stage: MakeStage, kind: str) -> None:
    """Without a client each request has one of its own, over real sockets."""
    stage = make_stage()
    reply = send(kind, url=f"{stage.server.url}/oauth2/token")

    assert 400 == reply.status
    assert b'{"error": "invalid_client"}' == reply.body


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers every POST."""

    def do_POST(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@kinds
@pytest.mark.parametrize("trusted", [True, False])
def test_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, trusted: bool) -> None:
    """A server is talked to over TLS if its certificate is trusted, once and again; else not at all."""
    public, private = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    sent = request(f"https://127.0.0.1:{server.server_address[1]}/oauth2/token")
    sender = Sender() if kind == "sync" else AsyncSender()

    def send_it() -> HttpReply:
        if isinstance(sender, Sender):
            return sender.send(sent)
        run = trio.run if kind == "trio" else lambda call, arg: asyncio.run(call(arg))
        return run(sender.send, sent)

    try:
        if trusted:
            assert [b"hello", b"hello"] == [send_it().body, send_it().body]
        else:
            with pytest.raises(ConnectionFailed) as caught:
                send_it()
            assert not caught.value.sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Dripping:
    """A server that sends its answer one byte at a time, for ever; after a beginning sent at once."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._closing = threading.Event()
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/oauth2/token"

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(self._beginning)
            while not self._closing.wait(0.01):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    def close(self) -> None:
        """End it."""
        self._closing.set()
        self._socket.close()
        self._thread.join()


@kinds
@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 ",
    ],
    ids=["body", "headers", "status"],
)
def test_an_answer_that_never_ends(kind: str, beginning: bytes) -> None:
    """A server that sends a byte now and then is given up when the timeout has passed."""
    server = Dripping(beginning)
    begun = time.monotonic()
    try:
        with pytest.raises(RequestTimeout):
            send(kind, url=server.url, timeout=0.2)
    finally:
        server.close()

    assert 0.15 <= time.monotonic() - begun < 2


@kinds
def test_a_body_that_never_ends_over_a_given_client(stack: Any, kind: str) -> None:
    """With a client that is given, the timeout still holds for the body of an answer."""
    server = Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    client = stack.Client() if kind == "sync" else stack.AsyncClient()
    try:
        with pytest.raises(RequestTimeout):
            send(kind, client, url=server.url, timeout=0.2)
    finally:
        server.close()


@kinds
@pytest.mark.parametrize(
    ("size", "passes"), [(MAX_BODY, True), (MAX_BODY + 1, False), (4 * MAX_BODY, False)]
)
def test_how_long_an_answer_over_an_own_connection_may_be(
    kind: str, size: int, passes: bool
) -> None:
    """Without a client that is given, the limit is the same."""
    with HostileServer(answering(b"x" * size)) as server:
        if passes:
            assert size == len(send(kind, url=server.url).body)
        else:
            with pytest.raises(UnexpectedReply):
                send(kind, url=server.url)


@kinds
@pytest.mark.parametrize(("encoding", "passes"), [("br", False), ("Identity", True)])
def test_an_encoding_over_an_own_connection(kind: str, encoding: str, passes: bool) -> None:
    """An answer that says it is compressed is none; identity is no compression."""
    answer = answering(b"body", headers={"Content-Encoding": encoding, "X-Other": "br"})
    with HostileServer(answer) as server:
        if passes:
            assert b"body" == send(kind, url=server.url).body
        else:
            with pytest.raises(UnexpectedReply):
                send(kind, url=server.url)


@kinds
@pytest.mark.parametrize("behave", [not_http, reset_in_body, close_at_once])
def test_an_own_connection_that_breaks(kind: str, behave: Any) -> None:
    """What breaks after the request went out may have reached the domain."""
    with (
        HostileServer(behave) as server,
        pytest.raises(ConnectionFailed, match="domain=") as caught,
    ):
        send(kind, url=server.url)

    assert caught.value.sent
    assert caught.value.__context__ is None


def test_what_goes_over_an_own_connection() -> None:
    """The request goes out as it is, and names the library and nothing of the machine."""
    seen: list[str] = []

    def behave(conversation: Conversation) -> None:
        seen.append(conversation.read_request().decode())
        conversation.send(reply(b"body"))

    with HostileServer(behave) as server:
        answer = send("sync", url=server.url, clock=lambda: 42.0)

    lines = seen[0].split("\r\n")
    assert (200, b"body", 42.0) == (answer.status, answer.body, answer.received_at)
    assert lines[0].startswith("POST /pool/")
    assert {
        "Authorization: Basic SECRET",
        "Accept-Encoding: identity",
        "Content-Length: 12",
        "User-Agent: cognitokit",
    } <= set(lines)


def test_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeout holds for the look-up of the domain's name too, and nothing has been sent by then."""
    over = threading.Event()

    def resolve(*_: object, **__: object) -> Any:
        over.wait(20)
        raise OSError("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    begun = time.monotonic()
    with pytest.raises(RequestTimeout) as late:
        send("sync", url="http://auth.example.com/", timeout=0.2)
    waited = time.monotonic() - begun
    over.set()
    with pytest.raises(ConnectionFailed) as nowhere:
        send("sync", url="http://auth.example.com/")

    assert 0.15 <= waited < 2
    assert [False, False] == [late.value.sent, nowhere.value.sent]


@kinds
def test_the_proxy_of_the_environment(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a client that is given, requests go through the proxy that the environment names."""
    seen: list[bytes] = []

    def behave(conversation: Conversation) -> None:
        seen.append(conversation.read_request().partition(b"\r\n")[0])
        conversation.send(reply(b"body"))

    with HostileServer(behave) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert b"body" == send(kind, url="http://auth.example.com/oauth2/token").body
        with HostileServer(answering(b"direct")) as server:
            assert b"direct" == send(kind, url=server.url).body

    assert [b"POST http://auth.example.com/oauth2/token HTTP/1.1"] == seen


@kinds
def test_a_socks_proxy_without_its_package(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy that httpx cannot use is named with the package that is missing."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("all_proxy", "socks5://jane:proxy-password@proxy.example.com:1080")

    with pytest.raises(ConnectionFailed, match=r"pip install 'httpx\[socks\]'") as caught:
        send(kind, url="https://auth.example.com/oauth2/token")

    assert not caught.value.sent
    assert "proxy-password" not in str(caught.value)


@kinds
def test_a_proxy_that_cannot_be_one(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no client was given, what is wrong is in the environment."""
    monkeypatch.setenv("all_proxy", "http://jane:proxy-p\u00e4ssword@proxy.example.com:port")

    with pytest.raises(
        TransportError, match="the proxy and the certificates that the env"
    ) as caught:
        send(kind, url="https://auth.example.com/oauth2/token")

    assert "proxy-p" not in str(caught.value)


@kinds
def test_a_server_that_says_nothing(kind: str) -> None:
    """A server that accepts and stays silent is given up when the timeout has passed."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"

        with pytest.raises(RequestTimeout):
            send(kind, url=url, timeout=0.1)


@kinds
def test_nobody_there(kind: str) -> None:
    """A refused connection says that nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(ConnectionFailed, match="domain=") as caught:
        send(kind, url=f"http://127.0.0.1:{port}/")

    assert not caught.value.sent


def test_no_repr_shows_a_secret() -> None:
    """Requests and replies show neither headers nor bodies."""
    reply = HttpReply(operation="oauth2/token", status=200, body=b"SECRET", received_at=0)

    assert "SECRET" not in f"{request()!r} {reply!r}"
