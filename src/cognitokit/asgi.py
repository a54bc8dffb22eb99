"""Protection for any ASGI application, with no framework at all.

What the integrations for Starlette and FastAPI stand on too.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    MutableMapping,
    Sequence,
)
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

from anyio.to_thread import run_sync

from cognitokit.bearer import NO_CREDENTIALS, Refusal, TokenLocation, refusal_of
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.frames import without_our_frames
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

__all__ = [
    "AsyncVerifier",
    "CognitoMiddleware",
    "Denial",
    "SessionSource",
    "TokenCheck",
    "Verifier",
    "token_of",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

TokenT = TypeVar("TokenT", bound=AccessToken | IdToken)
TokenT_co = TypeVar("TokenT_co", bound=AccessToken | IdToken, covariant=True)

_VERIFIED = "cognitokit.verified"
"""Where a connection's scope keeps what was verified, so that it is verified once."""

_TOKEN = "cognitokit.token"
"""Where it keeps the token that the middleware let in."""

_PERSONAL = "cognitokit.personal"
"""Where it lists the cookies that were looked at: its response is for one user alone."""

_RESPONSE_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})

POLICY_VIOLATION = 1008  # RFC 6455 7.4.1
TRY_AGAIN_LATER = 1013  # IANA's registry of WebSocket close codes

_KINDS = (AccessToken, IdToken)

_log = logging.getLogger("cognitokit")


class Verifier(Protocol[TokenT_co]):
    """What is needed of a synchronous verifier."""

    def verify(self, raw: str, /) -> TokenT_co:
        """Return the verified token, or raise one of our errors."""
        ...


class AsyncVerifier(Protocol[TokenT_co]):
    """What is needed of an asynchronous verifier."""

    async def verify(self, raw: str, /) -> TokenT_co:
        """Return the verified token, or raise one of our errors."""
        ...


class SessionSource(Protocol):
    """What is needed of a login whose sessions are as good as a token."""

    async def token(
        self, scope: Scope, from_header: str | None, verify: Callable[[str], Awaitable[Any]], /
    ) -> Any:
        """Return the connection's verified token, from its header or its session; the Refusal; None."""
        ...


class Denial(NamedTuple):
    """Why a connection is refused."""

    refusal: Refusal
    error: CognitoKitError | None = None
    """What the verifier said; None where it was not asked."""

    def log(self) -> None:
        """Note the status, a fixed word for the reason, and which claim is at fault."""
        _log.info("Refused with %d: %s", self.refusal.status, self.refusal.logged)


class TokenCheck(Generic[TokenT]):
    """Finds and verifies a connection's token, once a connection.

    Args:
        verifier: An AsyncCognitoVerifier; or a CognitoVerifier, which gets a worker thread where
            it has to fetch keys or has a check that may block.
        location: Where connections carry their token.
        login: Whose sessions are as good as a token.

    Raises:
        ConfigurationError: The verifier is none.
    """

    def __init__(
        self,
        verifier: AsyncVerifier[TokenT] | Verifier[TokenT],
        location: TokenLocation,
        login: SessionSource | None = None,
    ) -> None:
        if not callable(getattr(verifier, "verify", None)):
            raise ConfigurationError("Give an AsyncCognitoVerifier or a CognitoVerifier.")
        self._verifier = verifier
        self._location = location
        self._login = login
        self._verify: Callable[[str], Any] = verifier.verify
        self._try_verify: Callable[[str], Any] = getattr(verifier, "try_verify", _cannot_tell)
        self._is_async = inspect.iscoroutinefunction(verifier.verify)
        self._ask: Callable[[str], Awaitable[object]] = self._ask_synchronous
        if self._is_async:
            self._ask = cast("Callable[[str], Awaitable[object]]", self._verify)

    async def __call__(
        self, scope: Scope, permissions: Permissions | None = None
    ) -> TokenT | Denial | None:
        """Return the token; None where the connection carries none; the Denial of a bad one.

        Args:
            scope: The connection's ASGI scope, of type "http" or "websocket".
            permissions: Scopes and groups that the token must have.

        Raises:
            ConfigurationError: The application, and not the client, made a mistake.
        """
        outcome: TokenT | Denial | Exception | None
        try:
            outcome = await self._outcome(scope, permissions)
        except Exception as caught:  # noqa: BLE001 - what a check raises goes on, without our frames
            outcome = without_our_frames(caught)
        del scope  # its headers hold the token
        if isinstance(outcome, Exception):
            # Raised here, so that no frame that held the token travels with it.
            raise outcome
        return outcome

    async def verify(self, raw: str) -> TokenT:
        """Return a verified token, without blocking the event loop.

        Raises:
            TokenError, InsufficientPermission, KeysUnavailable: As the verifier's verify().
            ConfigurationError: The verifier gave something that is no token.
        """
        try:
            return self._checked(await self._ask(raw))
        except Exception as caught:  # noqa: BLE001 - goes on, without the frames that held the token
            error = without_our_frames(caught)
        del raw
        raise error

    async def prefetch(self) -> None:
        """Fetch the user pool's keys now, if the verifier knows how to.

        Raises:
            KeysUnavailable: They could not be fetched.
        """
        fetch = getattr(self._verifier, "prefetch", None)
        if fetch is not None and self._is_async:
            await fetch()
        elif fetch is not None:
            await run_sync(fetch)

    def _checked(self, token: object) -> TokenT:
        if not isinstance(token, _KINDS):
            raise ConfigurationError(
                "The verifier's verify() must return a verified token, or raise."
            )
        return cast("TokenT", token)

    async def _ask_synchronous(self, raw: str) -> object:
        # A worker thread costs more than a verification: only what may wait gets one.
        token = self._try_verify(raw)
        if token is not None:
            return token

        def verify() -> object:
            # As a closure, because the frames of whoever runs it would show an argument.
            return self._verify(raw)

        return await run_sync(verify)

    async def _outcome(
        self, scope: Scope, permissions: Permissions | None
    ) -> TokenT | Denial | ConfigurationError | None:
        if self._location.cookie is not None:
            scope.setdefault(_PERSONAL, []).append(self._location.cookie)
        # A WebSocket handshake has no method here, though it is a GET to the server.
        raw = self._location.read(header_values(scope), method=scope.get("method"))
        if isinstance(raw, Refusal):
            return Denial(raw)
        token: TokenT | Refusal | None
        try:
            if self._login is None:
                token = None if raw is None else await self._verified(scope, raw)
            else:
                token = await self._from_login(self._login, scope, raw)
            if token is None or isinstance(token, Refusal):
                return None if token is None else Denial(token)
            if permissions is not None:
                permissions.check(token)
        except CognitoKitError as caught:
            error = caught.with_traceback(None)
        else:
            return token
        refusal = refusal_of(error)
        if refusal is None:
            return (
                error if isinstance(error, ConfigurationError) else ConfigurationError(str(error))
            )
        return Denial(refusal, error)

    async def _from_login(
        self, login: SessionSource, scope: Scope, raw: str | None
    ) -> TokenT | Refusal | None:
        verify = functools.partial(self._verified, scope)
        found: TokenT | Refusal | None = await login.token(scope, raw, verify)
        return found

    async def _verified(self, scope: Scope, raw: str) -> TokenT:
        verified: dict[int, TokenT] = scope.setdefault(_VERIFIED, {})
        token = verified.get(id(self._verifier))
        if token is None or token.raw != raw:
            token = verified[id(self._verifier)] = self._checked(await self._ask(raw))
        return token


class CognitoMiddleware:
    """Lets only connections with a good token reach the application that it wraps.

    It covers all of that application, HTTP and WebSocket alike, and makes no difference between
    paths: put it around the part that is to be protected, and inside a middleware for CORS, because
    preflights carry no token. Wherever it covers a framework that has an integration, use that
    instead: it knows the routes.

    The application finds the token with token_of(scope).

    Args:
        app: The application.
        verifier: An AsyncCognitoVerifier, or a CognitoVerifier.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        optional: Let connections without a token pass; token_of() is then None. A bad token is
            refused all the same.
        header: The name of the header that carries the token.
        raw_token: Take a bare token as well, without "Bearer " before it.
        cookie: The name of a cookie to read the token from as well. Requests that change something,
            and WebSocket handshakes, are then accepted from the same origin only.
        trusted_origins: Further origins that may send requests with the cookie.

    Raises:
        ConfigurationError: An option is missing or wrong.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: AsyncVerifier[Any] | Verifier[Any],
        *,
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        optional: bool = False,
        header: str = "Authorization",
        raw_token: bool = False,
        cookie: str | None = None,
        trusted_origins: Collection[str] = (),
    ) -> None:
        self._app = app
        self._check: TokenCheck[Any] = TokenCheck(
            verifier,
            TokenLocation(
                header=header, raw=raw_token, cookie=cookie, trusted_origins=trusted_origins
            ),
        )
        self._permissions = Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        )
        self._optional = optional

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection, or refuse it: ASGI servers call this."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] not in {"http", "websocket"}:
            raise ConfigurationError(
                f"CognitoMiddleware does not know {scope['type']!r} connections."
            )
        send = keeping_private(scope, send)
        outcome = await self._check(scope, self._permissions)
        if outcome is None and not self._optional:
            outcome = Denial(NO_CREDENTIALS)
        if isinstance(outcome, Denial):
            outcome.log()
            await respond(outcome.refusal, scope, send)
            return
        scope[_TOKEN] = outcome
        await self._app(scope, receive, send)


def _cannot_tell(raw: str) -> None:
    """Every token takes a wait."""


def token_of(scope: Scope) -> AccessToken | IdToken | None:
    """Return the token of a connection that CognitoMiddleware let in; None where it is optional and absent.

    Raises:
        ConfigurationError: No CognitoMiddleware stands before this application.
    """
    if _TOKEN not in scope:
        raise ConfigurationError("No CognitoMiddleware stands before this application.")
    token: AccessToken | IdToken | None = scope[_TOKEN]
    return token


def header_values(scope: Scope) -> Callable[[str], Sequence[str]]:
    """Return a look-up of header values in an ASGI scope, each field line on its own."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]

    def values_of(name: str) -> Sequence[str]:
        wanted = name.encode("ascii")
        return [value.decode("latin-1") for key, value in headers if key.lower() == wanted]

    return values_of


def keeping_private(scope: Scope, send: Send) -> Send:
    """Return a send that keeps caches from giving one user's response to another.

    Where a cookie was looked at for the token, the response gets `Vary: Cookie`, and a
    Cache-Control unless it has one.
    """
    # A list that is shared with copies of the scope.
    looked_at: list[str] = scope.setdefault(_PERSONAL, [])

    async def sending(message: Message) -> None:
        if looked_at and message["type"] in _RESPONSE_STARTS:
            message = {**message, "headers": _private(message.get("headers", ()))}
        await send(message)

    return sending


def _private(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = list(headers)
    names = {name.lower() for name, _ in kept}
    varies = b",".join(value.lower() for name, value in kept if name.lower() == b"vary")
    if not {b"cookie", b"*"} & {field.strip() for field in varies.split(b",")}:
        kept.append((b"vary", b"Cookie"))
    if b"cache-control" not in names:
        kept.append((b"cache-control", b"private, no-store"))
    return kept


async def respond(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Send the refusal: as an HTTP response, or as the end of a WebSocket's handshake."""
    prefix = "http.response"
    if scope["type"] == "websocket":
        prefix = "websocket.http.response"
        if prefix not in (scope.get("extensions") or {}):
            # Before it is accepted: most servers turn this into a 403.
            is_outage = refusal.retry_after is not None
            code = TRY_AGAIN_LATER if is_outage else POLICY_VIOLATION
            await send({"type": "websocket.close", "code": code})
            return
    body = json.dumps(refusal.body).encode()
    headers = {
        **refusal.headers,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": f"{prefix}.start", "status": refusal.status, "headers": pairs})
    await send({"type": f"{prefix}.body", "body": body})
