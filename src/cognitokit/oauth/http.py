"""Carries requests to a domain's endpoints over httpx, or a client that works the same (httpx2)."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, cast

from cognitokit.client.transports.defaults import SOCKS
from cognitokit.errors import (
    ConfigurationError,
    ConnectionFailed,
    RequestTimeout,
    TransportError,
    UnexpectedReply,
)
from cognitokit.oauth.exchange import HttpReply

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from cognitokit.oauth.exchange import HttpRequest

MAX_BODY = 262_144
"""Bytes of an answer: tokens are smaller by far."""

STACKS = ("httpx", "httpx2")


class Sender:
    """Sends requests, one after the other or from many threads at once.

    Redirects are not followed, and an answer may be 256 kB long and must not be compressed.

    Args:
        client: An httpx.Client or httpx2.Client to send with, for its proxies, certificates and
            event hooks; the caller closes it. Default: a connection for each request, so that
            nothing is shared after a fork.
        timeout: Seconds for the whole exchange, from the look-up of the name to the last byte of
            the answer. A client that is given reads its own way: there it is for each of
            connecting, sending and waiting for a part of the answer's head, and for all of its
            body.
        clock: What gives the time, epoch seconds.
    """

    def __init__(
        self, client: Any = None, *, timeout: float = 10, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._stack = _stack_of(client, "Client", "a sync one")
        self._timeout = checked_timeout(timeout)
        self._clock = clock
        self._tls = _Tls(self._stack)

    def send(self, request: HttpRequest) -> HttpReply:
        """Send a request and return the answer.

        Raises:
            TransportError: No usable answer came back.
        """
        outcome = self._attempt(request)
        # Raised here, where no frame below holds the request.
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    def _attempt(self, request: HttpRequest) -> HttpReply | TransportError:
        try:
            if self._client is not None:
                return self._over_given(self._client, request)
            return self._over_own(request)
        except Exception as error:  # noqa: BLE001 - httpx lets errors of sockets, TLS and its own state through
            return failure(error, self._stack, request.operation, given=self._client is not None)

    def _over_own(self, request: HttpRequest) -> HttpReply | TransportError:
        import httpcore  # noqa: PLC0415 - slow to import, as httpx is

        from cognitokit.bounded_http import TooLarge, exchange  # noqa: PLC0415 - as above

        try:
            with exchange(
                request.method,
                request.url,
                headers=[("User-Agent", "cognitokit"), *_headers(request).items()],
                content=request.body or None,
                tls=self._tls(request.url),
                seconds=self._timeout,
                max_body=MAX_BODY,
            ) as response:
                if any(
                    name.lower() == b"content-encoding" and value.lower() != b"identity"
                    for name, value in response.headers
                ):
                    return UnexpectedReply(operation=request.operation)
                body = response.read()
        except TooLarge:
            return UnexpectedReply(operation=request.operation)
        except Exception as error:  # noqa: BLE001 - as above
            return failure(error, httpcore, request.operation, given=False)
        if len(body) > MAX_BODY:
            return UnexpectedReply(operation=request.operation)
        return _reply(request, response.status, body, self._clock())

    def _over_given(self, client: Any, request: HttpRequest) -> HttpReply | TransportError:
        deadline = time.monotonic() + self._timeout
        response = client.send(
            _built(client, request, self._timeout), auth=None, follow_redirects=False, stream=True
        )
        try:
            body = b""
            if _is_encoded(response):
                return UnexpectedReply(operation=request.operation)
            # A mock transport of tests has read the body already.
            raw = (response.content,) if response.is_stream_consumed else response.iter_raw()
            for chunk in raw:
                body += chunk
                if len(body) > MAX_BODY:
                    return UnexpectedReply(operation=request.operation)
                if time.monotonic() > deadline:
                    return RequestTimeout(operation=request.operation)
        finally:
            response.close()
        return _reply(request, response.status_code, body, self._clock())


class AsyncSender:
    """Same as Sender, awaited: under asyncio or trio, in any number of event loops.

    The timeout holds for the whole exchange.
    """

    def __init__(
        self, client: Any = None, *, timeout: float = 10, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._stack = _stack_of(client, "AsyncClient", "an async one")
        self._timeout = checked_timeout(timeout)
        self._clock = clock
        self._tls = _Tls(self._stack)

    async def send(self, request: HttpRequest) -> HttpReply:
        """Same as Sender.send, awaited."""
        outcome = await self._attempt(request)
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    async def _attempt(self, request: HttpRequest) -> HttpReply | TransportError:
        from anyio import move_on_after  # noqa: PLC0415 - httpx brings it

        outcome: HttpReply | TransportError = RequestTimeout(operation=request.operation)
        try:
            with move_on_after(self._timeout) as scope:

                def give_up() -> None:
                    nonlocal outcome
                    outcome = UnexpectedReply(operation=request.operation)
                    scope.cancel()

                if self._client is not None:
                    outcome = await self._exchange(self._client, request, give_up)
                else:
                    async with self._own_client(request.url) as client:
                        outcome = await self._exchange(client, request, give_up)
        except Exception as error:  # noqa: BLE001 - as in Sender
            return failure(error, self._stack, request.operation, given=self._client is not None)
        return outcome

    def _own_client(self, url: str) -> Any:
        from cognitokit.bounded_http import proxy_of  # noqa: PLC0415 - slow to import, as httpx is

        # httpx itself would send what is for loopback, and not encrypted, to the proxy.
        by_proxy = proxy_of(url, None) is not None
        return self._stack.AsyncClient(verify=self._tls(url), trust_env=by_proxy)

    async def _exchange(
        self, client: Any, request: HttpRequest, give_up: Callable[[], None]
    ) -> HttpReply | TransportError:
        response = await client.send(
            _built(client, request, self._timeout), auth=None, follow_redirects=False, stream=True
        )
        try:
            body = b""
            if _is_encoded(response):
                return UnexpectedReply(operation=request.operation)
            if response.is_stream_consumed:
                body = response.content
            else:
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > MAX_BODY:
                        # Not a return: httpx's generators, each inside another, are only ended
                        # by what happens in the innermost.
                        give_up()
        finally:
            await response.aclose()
        if len(body) > MAX_BODY:
            return UnexpectedReply(operation=request.operation)
        return _reply(request, response.status_code, body, self._clock())


class _Tls:
    """The TLS settings of clients made for one request: reading the certificates takes longer than it."""

    def __init__(self, stack: Any) -> None:
        self._stack = stack
        self._made: ssl.SSLContext | None = None

    def __call__(self, url: str) -> ssl.SSLContext:
        """Return the context for a URL; for plain http one that trusts nobody."""
        import ssl  # noqa: PLC0415 - not needed with a client that is given

        if url.startswith("http:"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made = self._made
        if made is None:
            made = self._made = cast("ssl.SSLContext", self._stack.create_ssl_context())
        return made


def checked_timeout(timeout: float) -> float:
    """Return the timeout; ConfigurationError where it is no positive number of seconds."""
    if type(timeout) not in {int, float} or not 0 < timeout < 3600:  # noqa: PLR2004 - an hour
        raise ConfigurationError("timeout must be a number of seconds, more than 0.")
    return float(timeout)


def failure(error: Exception, stack: Any, operation: str, *, given: bool) -> TransportError:
    """Return what an exception of the HTTP client means, without it and without its frames."""
    if "socksio" in str(error):
        return ConnectionFailed(SOCKS, operation=operation, sent=False)
    if isinstance(error, (stack.ConnectTimeout, stack.PoolTimeout)):
        return RequestTimeout(operation=operation, sent=False)
    if isinstance(error, stack.TimeoutException):
        return RequestTimeout(operation=operation)
    if isinstance(error, stack.ConnectError):
        return ConnectionFailed(
            "The connection to the domain failed; check domain= and the network.",
            operation=operation,
            sent=False,
        )
    # httpcore has no class for all of these.
    broken = getattr(stack, "RequestError", None) or (
        stack.NetworkError,
        stack.ProtocolError,
        stack.ProxyError,
        stack.UnsupportedProtocol,
    )
    if isinstance(error, broken):
        return ConnectionFailed(
            "The connection to the domain broke; check domain= and the network.",
            operation=operation,
        )
    cure = (
        "check the client that was given"
        if given
        else "check the proxy and the certificates that the environment names"
    )
    return TransportError(
        f"The HTTP client failed with {type(error).__name__}; {cure}.", operation=operation
    )


def _stack_of(client: object, kind: str, what: str) -> Any:
    """Return the package, httpx or httpx2, that a client comes from."""
    if client is None:
        import httpx  # noqa: PLC0415 - slow to import, and not needed before something is sent

        return httpx
    for cls in type(client).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in STACKS:
            stack = sys.modules[package]
            if isinstance(client, getattr(stack, kind)):
                return stack
    raise ConfigurationError(f"http_client must be an httpx or httpx2 client, and {what}.")


def _built(client: Any, request: HttpRequest, timeout: float) -> Any:
    return client.build_request(
        request.method,
        request.url,
        headers=_headers(request),
        content=request.body or None,
        timeout=timeout,
    )


def _headers(request: HttpRequest) -> dict[str, str]:
    return {**request.headers, "Accept-Encoding": "identity"}


def _is_encoded(response: Any) -> bool:
    return bool(response.headers.get("content-encoding", "identity").lower() != "identity")


def _reply(request: HttpRequest, status: int, body: bytes, now: float) -> HttpReply:
    return HttpReply(operation=request.operation, status=status, body=body, received_at=now)
