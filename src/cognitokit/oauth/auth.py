"""httpx authentication that attaches access tokens, and renews one that an API has refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol, cast

import httpx
from typing_extensions import override

from cognitokit.errors import ConfigurationError
from cognitokit.frames import Outcome, without_our_frames
from cognitokit.pool import checked_url, is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable
    from typing import Self

_UNAUTHORIZED = 401
_DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


class TokenSource(Protocol):
    """Where access tokens come from: ClientCredentials, a user's session, or your own."""

    def access_token(self, *, rejected: str | None = None) -> str:
        """Return an access token that is good for a while.

        Args:
            rejected: A token from here that an API has refused. Another one is wanted, if there
                is another: the same one means that no better is to be had.
        """
        ...


class AsyncTokenSource(Protocol):
    """Same as TokenSource, awaited."""

    async def access_token(self, *, rejected: str | None = None) -> str:
        """Same as TokenSource.access_token, awaited."""
        ...


class _Origins:
    """To which origins a token may travel."""

    def __init__(self, origins: str | Iterable[str] | None, *, allow_http: bool) -> None:
        self._allow_http = allow_http
        self._allowed = (
            None if origins is None else _checked_origins(origins, allow_http=allow_http)
        )

    def admit(self, url: Any) -> bool:
        """Whether a request to the URL gets the token."""
        origin = _origin(url)
        if self._allowed is not None:
            return origin in self._allowed
        return origin[0] == "https" or (
            origin[0] == "http" and (self._allow_http or is_loopback(origin[1]))
        )

    def has_refused(self, attempt: _Attempt, response: httpx.Response) -> bool:
        """Whether one of them has seen the token and refused it.

        The response may be that of the last of a chain of redirects: another origin never saw it.
        """
        attempt.refused = response.request
        return (
            response.status_code == _UNAUTHORIZED
            and attempt.refused.headers.get("Authorization") == _bearer(attempt.token)
            and self.admit(attempt.refused.url)
        )


class _Attempt(Outcome["httpx.Request | None"]):
    """A request with a token, and what to send after its refusal. Has no repr of its own, so that no frame shows the token.

    As a context it catches what ends the search for another token, without the token: neither in
    its frames nor in the requests, which the HTTP client's frames hold, that are none of ours.
    """

    __slots__ = ("refused", "request", "token")

    def __init__(self, request: httpx.Request, token: str) -> None:
        super().__init__()
        self.token = token
        self.request = self.refused = _with_token(request, token)

    def renewed(self, token: str) -> None:
        """Send the refused request again with another token, if it is another and it can be sent twice."""
        if token != self.token and _is_replayable(self.refused):
            self._ended = _with_token(self.refused, token)

    @override
    def _fail(self, error: BaseException) -> None:
        for request in (self.request, self.refused):
            request.headers.pop("Authorization", None)
        self._failure = without_our_frames(error)


class _BearerAuth(httpx.Auth):
    # Both packages take only instances of their own Auth.
    def __new__(cls, *_: Any, **__: Any) -> Self:
        httpx2 = sys.modules.get("httpx2")
        if httpx2 is None or issubclass(cls, httpx2.Auth):
            return super().__new__(cls)
        if cls not in _for_both:
            _for_both[cls] = type(cls.__name__, (cls, httpx2.Auth), {"__doc__": cls.__doc__})
        return super().__new__(cast("type[Self]", _for_both[cls]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


_for_both: dict[type, type] = {}


class BearerAuth(_BearerAuth):
    """Authenticates requests of an httpx.Client (or httpx2.Client) with an access token.

    The token goes to the named origins only, whatever redirects say; but httpx itself keeps it
    where a redirect leads from http to https of the same host, both on their usual ports. A 401
    from a named origin makes it ask the source for another token, once, and send the refused
    request again with it, once: after a redirect only the last request, never the one before it,
    which the API has carried out. A request whose body is a stream cannot be sent twice: its 401
    is returned.

    Args:
        source: Where tokens come from.
        origins: The API's origin, or several: "https://api.example.com". None, said aloud: any
            https origin that the client is used for.
        allow_http: Allow plain http for hosts other than loopback.

    Raises:
        ConfigurationError: An origin is malformed.
    """

    def __init__(
        self,
        source: TokenSource,
        *,
        origins: str | Iterable[str] | None,
        allow_http: bool = False,
    ) -> None:
        self._source = source
        self._origins = _Origins(origins, allow_http=allow_http)

    @override
    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Attach a token; after a 401, once, another one."""
        if not self._origins.admit(request.url):
            yield request
            return
        attempt = _Attempt(request, self._source.access_token())
        response = yield attempt.request
        if not self._origins.has_refused(attempt, response):
            return
        with attempt:
            attempt.renewed(self._source.access_token(rejected=attempt.token))
        again = attempt.result()
        if again is not None:
            yield again

    @override
    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Refuse: an async client would wait for the source and stop its event loop."""
        raise ConfigurationError("An async client takes AsyncBearerAuth, with an async source.")
        yield request  # what makes it a generator


class AsyncBearerAuth(_BearerAuth):
    """Same as BearerAuth, for an httpx.AsyncClient (or httpx2.AsyncClient) and an async source.

    Args:
        source: Where tokens come from.
        origins: As in BearerAuth.
        allow_http: As in BearerAuth.

    Raises:
        ConfigurationError: An origin is malformed.
    """

    def __init__(
        self,
        source: AsyncTokenSource,
        *,
        origins: str | Iterable[str] | None,
        allow_http: bool = False,
    ) -> None:
        self._source = source
        self._origins = _Origins(origins, allow_http=allow_http)

    @override
    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Refuse: a sync client cannot wait for an async source."""
        raise ConfigurationError("A sync client takes BearerAuth, with a sync source.")
        yield request

    @override
    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Same as BearerAuth.sync_auth_flow, awaited."""
        if not self._origins.admit(request.url):
            yield request
            return
        attempt = _Attempt(request, await self._source.access_token())
        response = yield attempt.request
        if not self._origins.has_refused(attempt, response):
            return
        with attempt:
            attempt.renewed(await self._source.access_token(rejected=attempt.token))
        again = attempt.result()
        if again is not None:
            yield again


def _with_token(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["Authorization"] = _bearer(token)
    return request


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _is_replayable(request: httpx.Request) -> bool:
    # Not by its content: that of a redirected request is there, but not read.
    httpx2 = sys.modules.get("httpx2")
    whole = (httpx.ByteStream, httpx2.ByteStream) if httpx2 else httpx.ByteStream
    return isinstance(request.stream, whole)


def _origin(url: Any) -> Origin:
    scheme = url.scheme.lower()
    return scheme, url.host.lower(), url.port or _DEFAULT_PORTS.get(scheme, 0)


def _checked_origins(origins: str | Iterable[str], *, allow_http: bool) -> frozenset[Origin]:
    given = (origins,) if isinstance(origins, str) else tuple(origins)
    if not given:
        raise ConfigurationError("origins must name the API's origin, or be None for any.")
    checked: set[Origin] = set()
    for origin in given:
        url = httpx.URL(checked_url(origin, "origins", allow_http=allow_http))
        if url.path.strip("/") or url.query:
            raise ConfigurationError("origins must not contain a path or a query.")
        checked.add(_origin(url))
    return frozenset(checked)
