"""The HTTP request for keys: what it sends, takes and gives up on, sync and async, directly and by proxy."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpcore
import pytest
import sniffio
import trio
from anyio import fail_after

from cognitokit.verifier import fetch
from cognitokit.verifier.awaitables import in_thread
from cognitokit.verifier.keysource import FetchFailed
from tests.verifier.hostile_server import (
    Conversation,
    HostileServer,
    answering,
    closed_port,
    drip_body,
    hang_after_request,
    not_http,
    reply,
    tunnel_that_drips,
    tunnel_to_keys,
    untrusted_tls,
)

Get = Callable[..., bytes]


def in_asyncio(url: str, deadline: float = 5) -> bytes:
    """Fetch in an asyncio event loop."""

    async def main() -> bytes:
        with fail_after(deadline):
            return await fetch.get_async(url)

    return asyncio.run(main())


def in_trio(url: str, deadline: float = 5) -> bytes:
    """Fetch in a trio event loop."""

    async def main() -> bytes:
        with fail_after(deadline):
            return await fetch.get_async(url)

    return trio.run(main)


def directly(url: str, deadline: float = 5) -> bytes:
    """Fetch in this thread."""
    return fetch.get(url, deadline)


EACH_WAY = pytest.mark.parametrize("get", [directly, in_asyncio, in_trio])


class Recorder:
    """A server's behaviour that answers and keeps what it was asked."""

    def __init__(self, answer: bytes = reply(b"keys")) -> None:
        self.requests: list[str] = []
        self._answer = answer

    def __call__(self, conversation: Conversation) -> None:
        """Answer one request."""
        self.requests.append(conversation.read_request().decode("latin-1"))
        conversation.send(self._answer)


@EACH_WAY
def test_what_is_sent(get: Get) -> None:
    """One GET, which asks for JSON without an encoding and says nothing of the machine."""
    record = Recorder()
    with HostileServer(record) as server:
        assert b"keys" == get(server.url)

    lines = record.requests[0].rstrip().split("\r\n")
    assert 1 == len(record.requests)
    assert "GET /pool/.well-known/jwks.json HTTP/1.1" == lines[0]
    assert {"accept", "accept-encoding", "host", "user-agent"} == {
        line.partition(":")[0].lower() for line in lines[1:]
    }
    assert "Accept-Encoding: identity" in lines
    assert "User-Agent: cognitokit" in lines


@EACH_WAY
@pytest.mark.parametrize(
    ("size", "fails"), [(256 * 1024, False), (256 * 1024 + 1, True), (1_000_000, True)]
)
def test_size(get: Get, size: int, *, fails: bool) -> None:
    """256 kB are taken, and not a byte more."""
    with HostileServer(answering(b" " * size)) as server:
        if fails:
            with pytest.raises(FetchFailed, match="larger than 256 kB"):
                get(server.url)
        else:
            assert size == len(get(server.url))


@EACH_WAY
@pytest.mark.parametrize(
    ("status", "absent"),
    [
        ("201 Created", False),
        ("302 Found", False),
        ("403 Forbidden", True),
        ("404 Not Found", True),
        ("500 Oops", False),
    ],
)
def test_status(get: Get, status: str, *, absent: bool) -> None:
    """Only 200 is an answer; the sentence names the status, and 403 and 404 say that nothing is there."""
    with HostileServer(answering(b"{}", status)) as server, pytest.raises(FetchFailed) as caught:
        get(server.url)

    assert f"The answer's status was {status[:3]}, not 200." == str(caught.value)
    assert absent is caught.value.absent


@EACH_WAY
def test_encoding(get: Get) -> None:
    """An encoding was not asked for and is not undone; identity is none."""
    with HostileServer(answering(b"{}", headers={"Content-Encoding": "br"})) as server:
        with pytest.raises(FetchFailed, match="Content-Encoding"):
            get(server.url)

        server.behave = answering(b"{}", headers={"CONTENT-ENCODING": " Identity "})
        assert b"{}" == get(server.url)


@EACH_WAY
def test_sentences_name_the_trouble(get: Get, tmp_path: Path) -> None:
    """What went wrong is told in a fixed sentence, and nothing is chained to it."""
    told = []
    with HostileServer(not_http) as server:
        tls = untrusted_tls(tmp_path)
        with HostileServer(not_http, tls=tls) as secure:
            for url in (
                server.url,
                f"http://127.0.0.1:{closed_port()}/",
                secure.url,
                "ftp://127.0.0.1/",
            ):
                with pytest.raises(FetchFailed) as caught:
                    get(url)
                told.append(str(caught.value))
                assert caught.value.__context__ is caught.value.__cause__ is None

    refused = "The connection failed; check the network, any proxy and the jwks_uri."
    assert ["The answer is not proper HTTP.", refused, refused] == told[:3]
    assert "The request failed with UnsupportedProtocol." == told[3]


@pytest.mark.parametrize("behave", [hang_after_request, drip_body])
def test_deadline_of_the_sync_request(behave: Callable[[Conversation], None]) -> None:
    """The deadline is for all of it, whether the server is silent or sends a byte now and then."""
    with HostileServer(behave) as server:
        started = time.monotonic()
        with pytest.raises(FetchFailed, match="no answer in time"):
            fetch.get(server.url, 0.2)

    assert 0.15 <= time.monotonic() - started < 2


def test_deadline_that_has_passed() -> None:
    """Without any time left nothing is even tried."""
    with HostileServer(answering(b"{}")) as server:
        with pytest.raises(FetchFailed, match="no answer in time"):
            fetch.get(server.url, -1)

        assert 0 == server.requests


@EACH_WAY
def test_addresses_are_tried_in_turn(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name's first address may be dead: the next one is asked."""
    lookup = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: int, **options: int) -> list[Any]:
        addresses = ("::1", "127.0.0.1") if host == "keys.example.com" else (host,)
        return [
            answer for address in addresses for answer in lookup(address, port, *rest, **options)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with HostileServer(answering(b"keys")) as server:
        assert b"keys" == get(f"http://keys.example.com:{server.port}/")
        assert 1 == server.requests


@EACH_WAY
@pytest.mark.parametrize("found", [[], OSError("no such name")])
def test_name_without_an_address(get: Get, monkeypatch: pytest.MonkeyPatch, found: object) -> None:
    """A name that leads nowhere is a failed connection."""

    def resolve(*_: object, **__: object) -> object:
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(FetchFailed, match="connection failed"):
        get("http://keys.example.com/")


@EACH_WAY
def test_name_that_no_resolver_takes(get: Get) -> None:
    """A host that cannot even be asked for is told by the kind of its error, not by its name."""
    with pytest.raises(FetchFailed, match=r"failed with \w+\.") as caught:
        get(f"http://{'k' * 64}.example.com/")

    assert "kkk" not in str(caught.value)


@EACH_WAY
def test_deadline_of_a_look_up(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer is waited for until the deadline; the next fetch asks again."""
    answering_again = threading.Event()
    lookup = socket.getaddrinfo

    def resolve(_: str, port: int, *rest: int, **options: int) -> list[Any]:
        answering_again.wait(20)
        return lookup("127.0.0.1", port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with HostileServer(answering(b"keys")) as server:
        url = f"http://keys.example.com:{server.port}/"
        started = time.monotonic()
        threading.Timer(0.6, answering_again.set).start()  # what asyncio.run waits for at last
        with pytest.raises(TimeoutError if get is not directly else FetchFailed):
            get(url, 0.2)
        waited = time.monotonic() - started
        answering_again.set()

        assert 0.15 <= waited < 2
        assert b"keys" == get(url)
        assert 1 == server.requests


@EACH_WAY
def test_https(get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a certificate that is trusted keys are taken, by settings that are made once."""
    server_tls = untrusted_tls(tmp_path)
    context = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    made: list[ssl.SSLContext] = []

    def make() -> ssl.SSLContext:
        made.append(context)
        return context

    monkeypatch.setattr(fetch, "_context", None)
    monkeypatch.setattr(httpcore, "default_ssl_context", make)
    with HostileServer(answering(b"keys"), tls=server_tls) as server:
        assert b"keys" == get(server.url)
        assert b"keys" == get(server.url)

    assert [context] == made


@contextlib.asynccontextmanager
async def taken_threads() -> AsyncIterator[None]:
    """Have every worker thread of the event loop's default limits busy."""
    release = threading.Event()
    anyio_threads = anyio.to_thread.current_default_thread_limiter()
    for number in range(int(anyio_threads.total_tokens)):
        anyio_threads.acquire_on_behalf_of_nowait(number)
    if sniffio.current_async_library() == "asyncio":
        executor = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(executor)
        executor.submit(release.wait, 20)
    try:
        yield
    finally:
        release.set()


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)])
@pytest.mark.parametrize("host", ["localhost", "keys.example.com"])
def test_no_thread_is_free(
    run: Callable[[Any], bytes], host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither certificates nor a look-up nor a fetcher wait for threads that the application keeps busy."""
    server_tls = untrusted_tls(tmp_path)
    context = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
    context.check_hostname = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    monkeypatch.setattr(fetch, "_context", None)
    monkeypatch.setattr(httpcore, "default_ssl_context", lambda: context)
    lookup = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *rest, **options: lookup("127.0.0.1", *rest, **options)
    )

    async def main(url: str) -> bytes:
        async with taken_threads():
            with fail_after(2):
                return await fetch.get_async(url) + await in_thread(bytes, 1)

    with HostileServer(answering(b"keys"), tls=server_tls) as server:
        assert b"keys\0" == run(main(f"https://{host}:{server.port}/"))


@EACH_WAY
@pytest.mark.parametrize(
    ("address", "authorization"),
    [
        ("http://{}", None),
        ("{}", None),
        ("http://jane:p%40ss@{}", "jane:p@ss"),
        ("http://jane@{}", "jane:"),
    ],
)
def test_proxy(
    get: Get, address: str, authorization: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's proxy is asked for the whole URL, with the credentials that its address holds."""
    record = Recorder()
    with HostileServer(record) as proxy:
        monkeypatch.setenv("HTTP_PROXY", address.format(f"127.0.0.1:{proxy.port}"))

        assert b"keys" == get("http://keys.example.com/jwks.json")

    lines = record.requests[0].rstrip().split("\r\n")
    expected = authorization and f"Basic {base64.b64encode(authorization.encode()).decode()}"
    sent = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines[1:]}
    assert "GET http://keys.example.com/jwks.json HTTP/1.1" == lines[0]
    assert expected == sent.get("proxy-authorization")


@EACH_WAY
def test_https_proxy_that_refuses(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that will not let the request through is named as such."""
    with HostileServer(answering(b"", "407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy.port}")

        with pytest.raises(FetchFailed, match="The proxy refused the connection"):
            get("https://keys.example.com/jwks.json")


def trusted_tls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return a server's TLS settings that fetches trust, whatever the host is called."""
    server_tls = untrusted_tls(folder)
    context = ssl.create_default_context(cafile=str(folder / "server.pem"))
    context.check_hostname = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    monkeypatch.setattr(fetch, "_context", context)
    return server_tls


@EACH_WAY
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_tunnel_through_a_proxy(
    get: Get, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys come by TLS through a proxy, which may itself be spoken to by TLS."""
    tls = trusted_tls(tmp_path, monkeypatch)
    body = bytes(200_000)
    with HostileServer(tunnel_to_keys(tls, body), tls=tls if scheme == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")

        assert body == get("https://keys.example.com/jwks.json")
        assert 1 == proxy.requests


@EACH_WAY
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_deadline_through_a_proxy(
    get: Get, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is for the handshake behind a proxy too, whose bytes may come one at a time."""
    tls = trusted_tls(tmp_path, monkeypatch)
    with HostileServer(tunnel_that_drips, tls=tls if scheme == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        started = time.monotonic()
        with pytest.raises((FetchFailed, TimeoutError)) as caught:
            get("https://keys.example.com/jwks.json", 0.3)
        waited = time.monotonic() - started

    assert 0.25 <= waited < 2
    assert str(caught.value) in {"", "There was no answer in time."}
    assert not any("deadline" in thread.name for thread in threading.enumerate())


@EACH_WAY
def test_where_no_proxy_is_asked(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback stays on this machine, and names of NO_PROXY are asked directly."""
    with HostileServer(answering(b"keys")) as server, HostileServer(not_http) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert b"keys" == get(server.url)

        monkeypatch.setenv("NO_PROXY", "example.com")
        monkeypatch.setattr(socket, "getaddrinfo", _nowhere)
        with pytest.raises(FetchFailed, match="connection failed"):
            get("http://keys.example.com/")

        assert 0 == proxy.requests


def _nowhere(*_: object, **__: object) -> Any:
    raise OSError("no such name")
