"""One HTTP exchange with a deadline and a size for all of it, by a thread that waits for it.

On httpcore, because httpx takes no network backend and its read timeout begins anew with every
byte. Both limits hold where bytes come in: a server that drips meets the deadline, one that
floods meets the size, whichever part of an answer it is at.
"""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from cognitokit.pool import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable, Sequence
    from typing import Any

_HEAD = 64 * 1024
"""Bytes of an answer beside its body: its status line, headers and the lengths of its chunks."""

_CONNECT = 0.5
"""Seconds that an address gets at least: a connection may go around the world."""


class TooLarge(Exception):
    """An answer has more bytes than it may have."""


@contextmanager
def exchange(
    method: str,
    url: str,
    *,
    headers: Sequence[tuple[str, str]],
    content: bytes | None = None,
    tls: ssl.SSLContext | None,
    seconds: float,
    max_body: int,
) -> Generator[httpcore.Response]:
    """Send one request over a connection of its own; redirects are not followed.

    Args:
        method: "GET", "POST", ...
        url: Where to; through the proxy that the environment names for it.
        headers: Beside Host and Content-Length.
        content: The body, if there is one.
        tls: The TLS settings; None for plain http.
        seconds: For all of it, from the look-up of the name to the last byte of the answer.
        max_body: Bytes. Some more pass: one that counts exactly counts the body that it has read.

    Yields:
        The answer, whose body is still to be read.

    Raises:
        TooLarge: The answer is too large by far.
        httpcore.TimeoutException: The time is up; ConnectTimeout where nothing was sent.
        Exception: What else httpcore raises.
    """
    limits = Limits(time.monotonic() + seconds, max_body)
    with (
        httpcore.ConnectionPool(
            ssl_context=tls, proxy=proxy_of(url, tls), network_backend=_Network(limits)
        ) as pool,
        pool.stream(method, url, headers=headers, content=content) as response,
    ):
        yield response


class Limits:
    """What is left of the time and of the size of one exchange.

    Args:
        ends: When the time is up, by time.monotonic().
        max_body: As in exchange().
    """

    def __init__(self, ends: float, max_body: int) -> None:
        self._ends = ends
        self._bytes = max_body + _HEAD

    def seconds(self, timeout: float | None, late: type[Exception] = httpcore.ReadTimeout) -> float:
        """Return the seconds that are left, at most timeout; raise what is given if there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(left, timeout)

    def take(self, data: bytes) -> bytes:
        """Return what was received, or raise TooLarge."""
        self._bytes -= len(data)
        if self._bytes < 0:
            raise TooLarge
        return data


class _Network(httpcore.NetworkBackend):
    """The ordinary network within limits."""

    def __init__(self, limits: Limits) -> None:
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
        addresses = _addresses(host, port, self._limits.seconds(timeout, httpcore.ConnectTimeout))
        refusal: Exception = httpcore.ConnectError()
        for index, address in enumerate(addresses):
            # A share of the time each, so that one which drops packets leaves some to the next.
            left = self._limits.seconds(timeout, httpcore.ConnectTimeout)
            seconds = share(left, len(addresses) - index)
            try:
                stream = self._network.connect_tcp(
                    address, port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
            else:
                return _Stream(stream, self._limits)
        raise refusal


class _Stream(httpcore.NetworkStream):
    """A connection within limits."""

    def __init__(self, stream: httpcore.NetworkStream, limits: Limits) -> None:
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
        left = self._limits.seconds(timeout, httpcore.ConnectTimeout)
        if self._stream.get_extra_info("ssl_object") is not None:
            return _Tunnel(self._stream, self._limits, ssl_context, server_hostname)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Tunnel(_Stream):
    """TLS through a proxy that is spoken to by TLS itself.

    One step of the inner TLS is any number of steps of the outer one, each of which begins its
    timeout anew. So another thread watches the time, and shuts the connection down when it is up.
    """

    def __init__(
        self,
        outer: httpcore.NetworkStream,
        limits: Limits,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None,
    ) -> None:
        left = limits.seconds(None, httpcore.ConnectTimeout)
        self._watchdog = Timer(left, _shut_down, [outer.get_extra_info("socket")])
        self._watchdog.name, self._watchdog.daemon = "cognitokit-deadline", True
        self._watchdog.start()
        try:
            with _in_time(limits, httpcore.ConnectTimeout):
                inner = outer.start_tls(ssl_context, server_hostname, left)
        except BaseException:
            self._watchdog.cancel()
            raise
        super().__init__(inner, limits)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _in_time(self._limits):
            return super().read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _in_time(self._limits):
            super().write(buffer, timeout)

    def close(self) -> None:
        self._watchdog.cancel()
        super().close()


@contextmanager
def _in_time(limits: Limits, late: type[Exception] = httpcore.ReadTimeout) -> Generator[None]:
    """Whatever comes of it, it is late where the time is up: a connection that was shut down breaks anyhow."""
    try:
        yield
    finally:
        limits.seconds(None, late)


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # closed by now
        # Not what an SSLSocket makes of it: that takes the TLS away from the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """Look a name up, in a thread of its own: the system's resolver knows no deadline.

    A look-up that comes too late ends by itself, as a rule within half a minute, and its thread
    with it; the process does not wait for it.

    Raises:
        httpcore.ConnectError: The name leads nowhere.
        httpcore.ConnectTimeout: The time is up.
    """
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def answer_with_addresses() -> None:
        try:
            answers.put(look_up(host, port))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for the thread that waits
            answers.put(error)

    Thread(target=answer_with_addresses, name="cognitokit-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(answer, OSError):
        raise httpcore.ConnectError
    if isinstance(answer, Exception):
        raise answer
    return answer


def look_up(host: str, port: int) -> list[str]:
    """Return a name's addresses, each once, best first; this may take as long as the system's resolver does.

    Raises:
        OSError: The name leads nowhere.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def share(left: float, addresses: int) -> float:
    """Return how many of the seconds that are left one of so many addresses gets to connect."""
    return max(left / addresses, min(left, _CONNECT))


def proxy_of(url: str, tls: ssl.SSLContext | None) -> httpcore.Proxy | None:
    """Return the proxy that the environment names for this URL (HTTPS_PROXY, NO_PROXY and so on).

    Args:
        url: What is asked for.
        tls: The settings by which an https proxy is spoken to as well; None for httpcore's own.
    """
    target = urlsplit(url)
    host = target.hostname or ""
    proxies = getproxies()
    address = proxies.get(target.scheme) or proxies.get("all")
    if not address or is_loopback(host) or proxy_bypass(host):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    auth = (unquote(proxy.username), unquote(proxy.password or "")) if proxy.username else None
    return httpcore.Proxy(
        proxy._replace(netloc=proxy.netloc.rpartition("@")[2]).geturl(),
        auth=auth,
        ssl_context=tls if proxy.scheme == "https" else None,
    )
