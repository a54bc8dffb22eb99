"""Fetching a pool's keys over HTTP: one GET with a deadline and a size for all of it, sync and async."""

from __future__ import annotations

from math import inf

import httpcore

from cognitokit.bounded_http import Limits, TooLarge, exchange, look_up, proxy_of, share
from cognitokit.verifier.awaitables import in_thread
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

_TOO_LARGE = "The answer is larger than 256 kB."

_OK = 200
_ABSENT = {403, 404}  # S3 answers 403 to those who may not list what there is


def get(url: str, deadline: float) -> bytes:
    """Fetch a URL.

    Args:
        url: What to fetch; nothing but this is fetched, whatever the answer says.
        deadline: Seconds for all of it, from the look-up of the name to the last byte.

    Raises:
        FetchFailed: No answer in time, or not one of status 200, without an encoding, of at most 256 kB.
    """
    try:
        with exchange(
            "GET", url, headers=_HEADERS, tls=_tls(url), seconds=deadline, max_body=MAX_JWKS
        ) as response:
            _check_head(response)
            return _checked(response.read())
    except FetchFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the HTTP stack raises is a failed fetch
        failure = _sentence(error)
    raise FetchFailed(failure)


async def get_async(url: str) -> bytes:
    """Same as get, awaited; the caller sets the deadline by a cancel scope."""
    # Reading the certificates takes 20 ms, for which an event loop should not stand still.
    is_slow = _context is None and url.startswith("https:")
    context = await in_thread(_tls, url) if is_slow else _tls(url)
    try:
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=context,
                proxy=proxy_of(url, context),
                network_backend=_AsyncNetwork(Limits(inf, MAX_JWKS)),
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
        raise FetchFailed(_TOO_LARGE)
    return body


class _AsyncNetwork(httpcore.AsyncNetworkBackend):
    """The ordinary network within limits of size; a cancel scope is the deadline."""

    def __init__(self, limits: Limits) -> None:
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
        try:
            # By itself the event loop looks names up in threads that others may have taken.
            addresses = await in_thread(look_up, host, port)
        except OSError:
            addresses = []
        from anyio import current_effective_deadline, current_time  # noqa: PLC0415 - of no use to the sync twin

        refusal: Exception = httpcore.ConnectError()
        for index, address in enumerate(addresses):
            left = min(
                inf if timeout is None else timeout, current_effective_deadline() - current_time()
            )
            try:
                stream = await self._network.connect_tcp(
                    address,
                    port,
                    share(left, len(addresses) - index),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
            else:
                return _AsyncStream(stream, self._limits)
        raise refusal


class _AsyncStream(httpcore.AsyncNetworkStream):
    """A connection within limits."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, limits: Limits) -> None:
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


def _sentence(error: Exception) -> str:
    if isinstance(error, (httpcore.TimeoutException, TimeoutError)):
        return "There was no answer in time."
    if isinstance(error, TooLarge):
        return _TOO_LARGE
    if isinstance(error, (httpcore.NetworkError, OSError)):
        return "The connection failed; check the network, any proxy and the jwks_uri."
    if isinstance(error, httpcore.ProtocolError):
        return "The answer is not proper HTTP."
    if isinstance(error, httpcore.ProxyError):
        return "The proxy refused the connection."
    # Its message may quote what it worked on.
    return f"The request failed with {type(error).__name__}."
