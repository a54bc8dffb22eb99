"""Fetching a pool's keys over HTTP: one GET with a deadline and a size for all of it, sync and async.

On httpcore, because httpx takes no network backend and its read timeout begins anew with every
byte. Both limits hold where bytes come in: a server that drips meets the deadline, one that
floods meets the size, whichever part of an answer it is at.
"""

from __future__ import annotations

import socket
import time
from math import inf
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from cognitokit.pool import is_loopback
from cognitokit.verifier.keys import MAX_JWKS
from cognitokit.verifier.keysource import FetchFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from typing import Any

_HEADERS = [
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", "cognitokit"),
]

_MAX_ANSWER = MAX_JWKS + 64 * 1024
"""Bytes of a whole answer: with its status line, headers and the lengths of its chunks."""

_OK = 200
_ABSENT = {403, 404}  # S3 answers 403 to those who may not list what there is


def get(url: str, deadline: float) -> bytes:
    """Fetch a URL.

    Args:
        url: What to fetch; nothing but this is fetched, whatever the answer says.
        deadline: Seconds for all of it, from the first connection to the last byte.

    Raises:
        FetchFailed: No answer in time, or not one of status 200, without an encoding, of at most 256 kB.
    """
    limits = _Limits(time.monotonic() + deadline)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=_tls(url), proxy=_proxy(url), network_backend=_Network(limits)
            ) as pool,
            pool.stream("GET", url, headers=_HEADERS) as response,
        ):
            _check_head(response)
            return _checked(response.read())
    except FetchFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the HTTP stack raises is a failed fetch
        failure = _sentence(error)
    raise FetchFailed(failure)


async def get_async(url: str) -> bytes:
    """Same as get, awaited; the caller sets the deadline by a cancel scope."""
    from anyio import to_thread  # noqa: PLC0415 - of no use to the sync twin

    # Reading the certificates takes 20 ms, for which an event loop should not stand still.
    context = await to_thread.run_sync(_tls, url)
    try:
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=context, proxy=_proxy(url), network_backend=_AsyncNetwork(_Limits(inf))
            ) as pool,
            pool.stream("GET", url, headers=_HEADERS) as response,
        ):
            _check_head(response)
            return _checked(await response.aread())
    except FetchFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the HTTP stack raises is a failed fetch
        failure = _sentence(error)
    raise FetchFailed(failure)


def _check_head(response: httpcore.Response) -> None:
    if response.status != _OK:
        raise FetchFailed(
            f"The answer's status was {response.status}, not 200.",
            absent=response.status in _ABSENT,
        )
    for name, value in response.headers:
        if name.lower() == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise FetchFailed("The answer has a Content-Encoding, which was not asked for.")


def _checked(body: bytes) -> bytes:
    if len(body) > MAX_JWKS:
        raise FetchFailed("The answer is larger than 256 kB.")
    return body


class _Limits:
    """What is left of the time and of the size of one fetch."""

    def __init__(self, ends: float) -> None:
        self._ends = ends
        self._bytes = _MAX_ANSWER

    def seconds(self, timeout: float | None) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)

    def take(self, data: bytes) -> bytes:
        self._bytes -= len(data)
        if self._bytes < 0:
            raise FetchFailed("The answer is larger than 256 kB.")
        return data


class _Network(httpcore.NetworkBackend):
    """The ordinary network within limits."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        self._network: httpcore.NetworkBackend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        refusal: Exception = httpcore.ConnectError()
        for index, address in enumerate(addresses):
            # A share of the time each, so that one which drops packets leaves some to the next.
            share = self._limits.seconds(timeout) / (len(addresses) - index)
            try:
                stream = self._network.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
            else:
                return _Stream(stream, self._limits)
        raise refusal


class _Stream(httpcore.NetworkStream):
    """A connection within limits."""

    def __init__(self, stream: httpcore.NetworkStream, limits: _Limits) -> None:
        self._stream = stream
        self._limits = limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._limits.take(self._stream.read(max_bytes, self._limits.seconds(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._limits.seconds(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._stream.start_tls(ssl_context, server_hostname, self._limits.seconds(timeout)),
            self._limits,
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _AsyncNetwork(httpcore.AsyncNetworkBackend):
    """Same as _Network for event loops, where a cancel scope is the deadline."""

    def __init__(self, limits: _Limits) -> None:
        self._limits = limits
        # For trio as well: anyio runs on both.
        self._network: httpcore.AsyncNetworkBackend
        self._network = httpcore.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return _AsyncStream(stream, self._limits)


class _AsyncStream(httpcore.AsyncNetworkStream):
    """A connection within limits."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, limits: _Limits) -> None:
        self._stream = stream
        self._limits = limits

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return self._limits.take(await self._stream.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(
            await self._stream.start_tls(ssl_context, server_hostname, timeout), self._limits
        )

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
    target = urlsplit(url)
    host = target.hostname or ""
    proxies = getproxies()
    address = proxies.get(target.scheme) or proxies.get("all")
    if not address or is_loopback(host) or proxy_bypass(host):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    auth = (unquote(proxy.username), unquote(proxy.password or "")) if proxy.username else None
    return httpcore.Proxy(
        proxy._replace(netloc=proxy.netloc.rpartition("@")[2]).geturl(), auth=auth
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return "There was no answer in time."
    if isinstance(error, (httpcore.NetworkError, OSError)):
        return "The connection failed; check the network, any proxy and the jwks_uri."
    if isinstance(error, httpcore.ProtocolError):
        return "The answer is not proper HTTP."
    if isinstance(error, httpcore.ProxyError):
        return "The proxy refused the connection."
    # Its message may quote what it worked on.
    return f"The request failed with {type(error).__name__}."
