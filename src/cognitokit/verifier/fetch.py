"""Fetching a pool's keys over HTTP: one GET with a deadline for all of it, sync and async.

On httpcore, because httpx takes no network backend and its read timeout begins anew with every
byte: against a server that drips, only a deadline that each read is told of holds.
"""

from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from cognitokit.pool import is_loopback
from cognitokit.verifier.keys import MAX_JWKS
from cognitokit.verifier.keysource import FetchFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import override
else:

    def override(method):  # noqa: ANN001, ANN202, D103 - the real one would have to be imported
        return method


_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "cognitokit"}


def get(url: str, deadline: float) -> bytes:
    """Fetch a URL.

    Args:
        url: What to fetch; nothing but this is fetched, whatever the answer says.
        deadline: Seconds for all of it, from the name lookup to the last byte.

    Raises:
        FetchFailed: No answer in time, or not one of status 200, without an encoding, of at most 256 kB.
    """
    backend = _DeadlineBackend(time.monotonic() + deadline)
    failure = ""
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_tls(url), network_backend=backend, proxy=_proxy(url), http2=False
            ) as pool,
            pool.stream("GET", url, headers=_HEADERS) as response,
        ):
            body = _Body(response)
            for chunk in response.iter_stream():
                if not body.add(chunk):
                    break
            return body.complete()
    except FetchFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the HTTP stack raises is a failed fetch
        failure = _sentence(error)
    raise FetchFailed(failure)


async def get_async(url: str) -> bytes:
    """Same as get, awaited; the caller sets the deadline by a cancel scope."""
    from anyio import CancelScope, to_thread  # noqa: PLC0415 - of no use to the sync twin

    # Reading the certificates takes 20 ms, for which an event loop should not stand still.
    context = await to_thread.run_sync(_tls, url)
    failure = ""
    try:
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=context, proxy=_proxy(url), http2=False
            ) as pool,
            pool.stream("GET", url, headers=_HEADERS) as response,
        ):
            body = _Body(response)
            with CancelScope() as reading:
                async for chunk in response.aiter_stream():
                    if not body.add(chunk):
                        # Leaving the loop would leave httpcore's generators to the garbage collector.
                        reading.cancel()
            return body.complete()
    except FetchFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the HTTP stack raises is a failed fetch
        failure = _sentence(error)
    raise FetchFailed(failure)


class _Body:
    """An answer's body as it comes in, given up as soon as it can be."""

    def __init__(self, response: httpcore.Response) -> None:
        if response.status != 200:  # noqa: PLR2004
            raise FetchFailed(f"The answer's status was {response.status}, not 200.")
        encoding = _header(response, b"content-encoding")
        if encoding not in (b"", b"identity"):
            raise FetchFailed("The answer has a Content-Encoding, which was not asked for.")
        self._chunks: list[bytes] = []
        self._left = MAX_JWKS

    def add(self, chunk: bytes) -> bool:
        """Take the next part; whether more may follow."""
        self._left -= len(chunk)
        if self._left < 0:
            return False
        self._chunks.append(chunk)
        return True

    def complete(self) -> bytes:
        if self._left < 0:
            raise FetchFailed("The answer is larger than 256 kB.")
        return b"".join(self._chunks)


class _DeadlineBackend(httpcore.NetworkBackend):
    """The ordinary network, but every step is given no more than what is left."""

    def __init__(self, ends: float) -> None:
        self._ends = ends
        self._network = httpcore.SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError from error
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        refusal: Exception = httpcore.ConnectError()
        for index, address in enumerate(addresses):
            # A share of the time each, so that one which drops packets leaves some to the next.
            share = self._left() / (len(addresses) - index)
            try:
                stream = self._network.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
            else:
                return _DeadlineStream(stream, self)
        raise refusal

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _DeadlineStream(httpcore.NetworkStream):
    """A connection of that network."""

    def __init__(self, stream: httpcore.NetworkStream, backend: _DeadlineBackend) -> None:
        self._stream = stream
        self._backend = backend

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend._left())

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend._left())

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._backend._left())
        return _DeadlineStream(secured, self._backend)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


_context: ssl.SSLContext | None = None


def _tls(url: str) -> ssl.SSLContext | None:
    """Return the process's TLS settings, made once; None for plain http, which needs none."""
    global _context  # noqa: PLW0603 - 20 ms to make
    if not url.startswith("https:"):
        return None
    if _context is None:
        _context = httpcore.default_ssl_context()
    return _context


def _proxy(url: str) -> httpcore.Proxy | None:
    """Return the proxy that the environment names for this URL (HTTPS_PROXY, NO_PROXY and so on)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or proxy_bypass(host):
        return None
    return httpcore.Proxy(proxy if "://" in proxy else f"http://{proxy}")


def _header(response: httpcore.Response, name: bytes) -> bytes:
    return (
        b",".join(value for key, value in response.headers if key.lower() == name).strip().lower()
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return "There was no answer in time."
    if isinstance(error, httpcore.NetworkError):
        return "The connection failed; check the network, any proxy and the jwks_uri."
    if isinstance(error, (httpcore.ProtocolError, httpcore.ProxyError)):
        return "The answer is not proper HTTP."
    return f"The request failed with {type(error).__name__}."
