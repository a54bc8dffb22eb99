"""Calls over httpx or httpx2, without boto3: no credentials for public operations, no service model to load."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from cognitokit.client.operations import PUBLIC_OPERATIONS
from cognitokit.client.transports import wire
from cognitokit.client.transports.defaults import CONNECT_TIMEOUT, READ_TIMEOUT, SOCKS
from cognitokit.client.transports.endpoints import endpoint_of
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ConnectionFailed,
    RequestTimeout,
    TransportError,
    UnexpectedReply,
)
from cognitokit.pool import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from anyio.lowlevel import RunVar

    from cognitokit.client.calls import Call
    from cognitokit.client.transports.signing import CredentialSource, Signer
    from cognitokit.pool import UserPool


class HttpClient(Protocol):
    """What HttpTransport uses of an httpx.Client or an httpx2.Client."""

    def build_request(
        self, method: str, url: str, *, content: bytes, headers: dict[str, str]
    ) -> Any:
        """Return a request, ready to be sent."""
        ...

    def send(self, request: Any, *, auth: None, follow_redirects: bool) -> Any:
        """Send a request and return the whole response."""
        ...


class AsyncHttpClient(Protocol):
    """Same as HttpClient, of an httpx.AsyncClient or an httpx2.AsyncClient."""

    def build_request(
        self, method: str, url: str, *, content: bytes, headers: dict[str, str]
    ) -> Any:
        """Same as HttpClient.build_request."""
        ...

    async def send(self, request: Any, *, auth: None, follow_redirects: bool) -> Any:
        """Same as HttpClient.send, awaited."""
        ...


class _Settings:
    """What both transports are made with, and what follows from the pool."""

    def __init__(
        self, client: Any, session: CredentialSource | None, *, fips: bool, dual_stack: bool
    ) -> None:
        self.client = client
        self._session = session
        self._fips = fips
        self._dual_stack = dual_stack
        self._region = ""
        self._url: str | None = None
        self._signer: Signer | None = None

    def for_pool(self, pool: UserPool) -> _Settings:
        """Return the same settings for a pool's endpoint."""
        bound = _Settings(self.client, self._session, fips=self._fips, dual_stack=self._dual_stack)
        bound._region = pool.region
        bound._url = endpoint_of(pool, fips=self._fips, dual_stack=self._dual_stack) + "/"
        return bound

    @property
    def url(self) -> str:
        """The address of the pool's API."""
        if self._url is None:
            raise ConfigurationError("Give the transport to a client, which knows the pool.")
        return self._url

    def request(self, client: HttpClient | AsyncHttpClient, call: Call) -> Any:
        """Return the request of a call, not signed; a client's own request, whose repr shows no body."""
        return client.build_request(
            "POST",
            self.url,
            content=wire.request_body(call),
            headers=wire.request_headers(call.operation),
        )

    def sign(self, operation: str, request: Any) -> None:
        """Add a signature to the headers. Blocks while credentials are looked up."""
        if self._signer is None:
            from cognitokit.client.transports.signing import Signer  # noqa: PLC0415 - loads botocore

            self._signer = Signer(self._region, self._session)
        request.headers.update(
            self._signer.signed(
                operation, self.url, wire.request_headers(operation), request.content
            )
        )

    def failure(self, call: Call, error: Exception) -> TransportError:
        """Return our error for what the HTTP client raised. Its own text may quote the request."""
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "TimeoutException" in kinds:
            sent = kinds.isdisjoint({"ConnectTimeout", "PoolTimeout"})
            return RequestTimeout(operation=call.operation, sent=sent)
        if "DecodingError" in kinds:
            return UnexpectedReply(operation=call.operation)
        if "HTTPError" in kinds or "InvalidURL" in kinds:
            sent = kinds.isdisjoint(
                {"ConnectError", "ProxyError", "UnsupportedProtocol", "InvalidURL"}
            )
            return ConnectionFailed(operation=call.operation, sent=sent)
        if "socksio" in str(error):
            return ConnectionFailed(SOCKS, operation=call.operation, sent=False)
        return ConnectionFailed(
            f"The call could not be made ({type(error).__name__}).", operation=call.operation
        )


class HttpTransport:
    """Talks to Cognito over httpx, from threads.

    Public operations go out without a signature and without any look at AWS credentials; the rest
    is signed by botocore. It makes one attempt, connects within 3 seconds and waits 10 for each
    part of an answer: a server that drips takes longer in all. Redirects are not followed.

    Args:
        client: An httpx.Client or httpx2.Client of yours, with your proxies, certificates and
            timeouts. You close it. Default: an httpx.Client of its own.
        session: Where the credentials for signed operations come from: a boto3.Session or anything
            with get_credentials(). Default: botocore's usual search.
        use_fips_endpoint: Talk to the FIPS 140 endpoint of the pool's region.
        use_dualstack_endpoint: Talk to an endpoint that has IPv6 addresses.

    Raises:
        ConfigurationError: client is not one of httpx or httpx2, or session has no get_credentials().
    """

    def __init__(
        self,
        *,
        client: HttpClient | None = None,
        session: CredentialSource | None = None,
        use_fips_endpoint: bool = False,
        use_dualstack_endpoint: bool = False,
    ) -> None:
        _check(client, "Client")
        _check_source(session)
        self._settings = _Settings(
            client, session, fips=use_fips_endpoint, dual_stack=use_dualstack_endpoint
        )
        self._own: httpx.Client | None = None
        self._lock = threading.Lock()

    def for_pool(self, pool: UserPool) -> HttpTransport:
        """Return a transport with the same settings to the pool's endpoint."""
        bound = HttpTransport()
        bound._settings = self._settings.for_pool(pool)
        return bound

    def send(self, call: Call) -> Mapping[str, Any]:
        """Carry one call to Cognito. See Transport.send."""
        settings = self._settings
        failure: CognitoKitError
        try:
            client = settings.client or self._own_client()
            request = settings.request(client, call)
            if call.operation not in PUBLIC_OPERATIONS:
                settings.sign(call.operation, request)
            # A client's own auth is for other servers than Cognito.
            response = client.send(request, auth=None, follow_redirects=False)
            return wire.response_body(
                call, response.status_code, response.headers, response.content
            )
        except CognitoKitError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - an HTTP client's frames hold the request
            failure = settings.failure(call, error)
        raise failure

    def close(self) -> None:
        """Close the connections, unless they belong to a client that you gave."""
        with self._lock:
            own, self._own = self._own, None
        if own is not None:
            own.close()

    def _own_client(self) -> httpx.Client:
        with self._lock:
            if self._own is None:
                import httpx  # noqa: PLC0415 - slow to import, and an httpx2 client may be given

                timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
                self._own = httpx.Client(timeout=timeout, mounts=_direct(self._settings.url))
            return self._own


class AsyncHttpTransport:
    """Talks to Cognito over httpx, from tasks of asyncio or trio.

    Public operations go out without a signature and without any look at AWS credentials; the rest
    is signed by botocore, in a worker thread because finding credentials blocks. It makes one
    attempt, connects within 3 seconds and waits 10 for each part of an answer: a server that drips
    takes longer in all, so put a deadline around a call that must not (`asyncio.timeout`,
    `trio.fail_after`). Redirects are not followed.

    Args:
        client: An httpx.AsyncClient or httpx2.AsyncClient of yours, with your proxies, certificates
            and timeouts. You close it. Default: an httpx.AsyncClient of its own for each event loop.
        session: Where the credentials for signed operations come from: a boto3.Session or anything
            with get_credentials(). Default: botocore's usual search.
        use_fips_endpoint: Talk to the FIPS 140 endpoint of the pool's region.
        use_dualstack_endpoint: Talk to an endpoint that has IPv6 addresses.

    Raises:
        ConfigurationError: client is not one of httpx or httpx2, or session has no get_credentials().
    """

    def __init__(
        self,
        *,
        client: AsyncHttpClient | None = None,
        session: CredentialSource | None = None,
        use_fips_endpoint: bool = False,
        use_dualstack_endpoint: bool = False,
    ) -> None:
        _check(client, "AsyncClient")
        _check_source(session)
        self._settings = _Settings(
            client, session, fips=use_fips_endpoint, dual_stack=use_dualstack_endpoint
        )
        self._own: RunVar[httpx.AsyncClient | None] | None = None

    def for_pool(self, pool: UserPool) -> AsyncHttpTransport:
        """Return a transport with the same settings to the pool's endpoint."""
        bound = AsyncHttpTransport()
        bound._settings = self._settings.for_pool(pool)
        return bound

    async def send(self, call: Call) -> Mapping[str, Any]:
        """Carry one call to Cognito. See AsyncTransport.send."""
        settings = self._settings
        failure: CognitoKitError
        try:
            client = settings.client or self._own_client()
            request = settings.request(client, call)
            if call.operation not in PUBLIC_OPERATIONS:
                from anyio.to_thread import run_sync  # noqa: PLC0415 - only signed operations need it

                await run_sync(settings.sign, call.operation, request)
            response = await client.send(request, auth=None, follow_redirects=False)
            return wire.response_body(
                call, response.status_code, response.headers, response.content
            )
        except CognitoKitError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - an HTTP client's frames hold the request
            failure = settings.failure(call, error)
        raise failure

    async def aclose(self) -> None:
        """Close this event loop's connections, unless they belong to a client that you gave."""
        own = None if self._own is None else self._own.get()
        if self._own is not None and own is not None:
            self._own.set(None)
            await own.aclose()

    def _own_client(self) -> httpx.AsyncClient:
        if self._own is None:
            from anyio.lowlevel import RunVar  # noqa: PLC0415 - slow to import

            self._own = RunVar("cognitokit_http_client", None)
        own = self._own.get()
        if own is None:
            import httpx  # noqa: PLC0415 - slow to import, and an httpx2 client may be given

            timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
            own = httpx.AsyncClient(timeout=timeout, mounts=_direct(self._settings.url))
            self._own.set(own)
        return own


def _direct(url: str) -> dict[str, None]:
    """Return for httpx's mounts which host is asked without the environment's proxy: loopback.

    httpx itself would send it there, passwords and all, where the URL is plain http.
    """
    host = urlsplit(url).hostname or ""
    if not is_loopback(host):
        return {}
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None}


def _check(client: object, kind: str) -> None:
    kinds = {(base.__module__.partition(".")[0], base.__name__) for base in type(client).__mro__}
    if client is not None and kinds.isdisjoint({("httpx", kind), ("httpx2", kind)}):
        raise ConfigurationError(f"client must be an httpx.{kind} or an httpx2.{kind}.")


def _check_source(session: object) -> None:
    if not (session is None or callable(getattr(session, "get_credentials", None))):
        raise ConfigurationError(
            "session must be a boto3.Session or have a method get_credentials()."
        )
