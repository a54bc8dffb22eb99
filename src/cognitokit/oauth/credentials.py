"""Machine-to-machine: an application's own access token, by the client credentials grant."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import override

from cognitokit.client.app import AppClient
from cognitokit.client.arguments import text_map
from cognitokit.errors import ConfigurationError, TransportError
from cognitokit.oauth.application import checked_scopes
from cognitokit.oauth.drive import run, run_async
from cognitokit.oauth.http import AsyncSender, Sender, checked_timeout
from cognitokit.oauth.token_endpoint import TokenClient, read_tokens
from cognitokit.oauth.urls import endpoints
from cognitokit.pool import as_pool
from cognitokit.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cognitokit.oauth.exchange import Flow
    from cognitokit.oauth.token_endpoint import ClientAuthentication
    from cognitokit.pool import UserPool
    from cognitokit.tokens import Tokens

S = TypeVar("S")

EXPIRY_MARGIN = 60
"""Seconds before its expiry from which a token is replaced: requests travel, and clocks differ."""

REJECTION_INTERVAL = 10
"""Seconds for which a new token is kept although an API refused it.

Cognito counts and bills each token of a machine: an API that refuses all of them must not cause
one for each request.
"""

PAUSE = 5
"""Seconds between attempts to replace a token that is due but has not expired."""


@dataclass(slots=True)
class TokenCache:
    """The token in use, told the time. Its repr shows no token."""

    _tokens: Tokens | None = field(default=None, repr=False)
    _obtained_at: float = field(default=0.0, repr=False)
    _failed_at: float = field(default=-math.inf, repr=False)

    def current(self, access_token: str | None) -> Tokens | None:
        """Return the tokens in use if that is their access token.

        What an API has refused travels as Tokens from here on: a traceback would show a str.
        """
        tokens = self._tokens
        return tokens if tokens is not None and tokens.access_token == access_token else None

    def usable(self, now: float, rejected: Tokens | None) -> str | None:
        """Return the token if it may be used, else None.

        Args:
            now: The time, epoch seconds.
            rejected: Tokens from here that an API has refused.
        """
        tokens = self._tokens
        if tokens is None or not self._obtained_at - EXPIRY_MARGIN <= now < tokens.expires_at:
            return None
        # Of a short-lived token a tenth of its life is margin enough.
        margin = min(EXPIRY_MARGIN, tokens.expires_in / 10)
        if now >= tokens.expires_at - margin and abs(now - self._failed_at) >= PAUSE:
            return None
        if tokens is rejected and now >= self._obtained_at + REJECTION_INTERVAL:
            return None
        return tokens.access_token

    def failed(self, now: float, rejected: Tokens | None) -> str | None:
        """Note that no other token is to be had; return the one that is merely due, if it is good."""
        self._failed_at = now
        return None if self._tokens is rejected else self.usable(now, rejected)

    def store(self, tokens: Tokens) -> str:
        """Keep new tokens and return the access token."""
        # In this order, because another thread may read in between.
        self._failed_at = -math.inf
        self._obtained_at = tokens.expires_at - tokens.expires_in
        self._tokens = tokens
        return tokens.access_token


class _Credentials(ABC, Generic[S]):
    """What ClientCredentials and AsyncClientCredentials have in common."""

    def __init__(
        self,
        pool: UserPool | str,
        *,
        domain: str,
        client_id: str,
        client_secret: str,
        scopes: Iterable[str] = (),
        client_metadata: Mapping[str, str] | None = None,
        fips: bool = False,
        client_authentication: ClientAuthentication = "basic",
        http_client: Any = None,
        timeout: float = 10,
        allow_http: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not client_secret:
            raise ConfigurationError(
                "client_secret is missing: the client credentials grant needs an app client with one."
            )
        user_pool = as_pool(pool)
        self._client = TokenClient(
            app=AppClient(pool_id=user_pool.id, client_id=client_id, client_secret=client_secret),
            endpoints=endpoints(domain, user_pool, fips=fips, allow_http=allow_http),
            authentication=client_authentication,
        )
        self._scopes = checked_scopes(scopes)
        self._metadata = text_map(client_metadata, "client_metadata")
        self._clock = clock
        self._cache = TokenCache()
        self._flight = SingleFlight()
        self._patience = 2 * checked_timeout(timeout)
        self._sender = self._make_sender(http_client, timeout)

    @abstractmethod
    def _make_sender(self, http_client: Any, timeout: float) -> S: ...

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._client.app.client_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client_id={self.client_id!r}, scopes={self._scopes!r})"

    def _usable(self, rejected: Tokens | None) -> str | None:
        return self._cache.usable(self._clock(), rejected)

    def _fetch(self, rejected: Tokens | None) -> Flow[str]:
        try:
            reply = yield self._client.client_credentials(self._scopes, self._metadata)
            return self._cache.store(read_tokens(reply))
        except TransportError:
            still_good = self._cache.failed(self._clock(), rejected)
            if still_good is None:
                raise
            return still_good


class ClientCredentials(_Credentials[Sender]):
    """Gets and keeps an application's own access token, for calls from machine to machine.

    One object serves any number of threads: one request is under way at a time, and the token is
    kept until shortly before it expires. Cognito bills these tokens, so make one object and keep it.

    Args:
        pool: The user pool, or its id.
        domain: The pool's domain, as in ManagedLogin.
        client_id: The app client.
        client_secret: Its secret; this grant has no public clients.
        scopes: What to ask for, for instance ["tasks/read"]; none: all that the app client has.
        client_metadata: What the pre token generation trigger shall see.
        fips: As in ManagedLogin.
        client_authentication: As in ManagedLogin.
        http_client: An httpx.Client or httpx2.Client to send with; the caller closes it.
        timeout: How long the token endpoint may take, seconds.
        allow_http: Allow plain http for hosts other than loopback.
        clock: What gives the time, epoch seconds.

    Raises:
        ConfigurationError: An argument is missing or malformed; the message names the cure.
    """

    def access_token(self, *, rejected: str | None = None) -> str:
        """Return an access token that is good for a while.

        Args:
            rejected: A token from here that an API answered with 401: another one is fetched,
                unless it is only seconds old.

        Raises:
            OAuthError: The token endpoint refused: code "invalid_client", "invalid_scope", ...
            TransportError: It gave no usable answer, and there is no token that is still good. While
                there is one, the endpoint is asked again after 5 seconds at the earliest.
        """
        refused = self._cache.current(rejected)
        del rejected  # an error's frames must not show it
        return self._flight.run(
            lambda: self._usable(refused),
            lambda: run(self._fetch(refused), self._sender),
            patience=self._patience,
        )

    @override
    def _make_sender(self, http_client: Any, timeout: float) -> Sender:
        return Sender(http_client, timeout=timeout, clock=self._clock)


class AsyncClientCredentials(_Credentials[AsyncSender]):
    """Same as ClientCredentials, awaited: any number of tasks, in any number of event loops.

    Args:
        pool: As in ClientCredentials.
        domain: As in ClientCredentials.
        client_id: As in ClientCredentials.
        client_secret: As in ClientCredentials.
        scopes: As in ClientCredentials.
        client_metadata: As in ClientCredentials.
        fips: As in ClientCredentials.
        client_authentication: As in ClientCredentials.
        http_client: An httpx.AsyncClient or httpx2.AsyncClient; the caller closes it.
        timeout: As in ClientCredentials.
        allow_http: As in ClientCredentials.
        clock: As in ClientCredentials.
    """

    async def access_token(self, *, rejected: str | None = None) -> str:
        """Same as ClientCredentials.access_token, awaited."""
        refused = self._cache.current(rejected)
        del rejected
        return await self._flight.run_async(
            lambda: self._usable(refused),
            lambda: run_async(self._fetch(refused), self._sender),
            patience=self._patience,
        )

    @override
    def _make_sender(self, http_client: Any, timeout: float) -> AsyncSender:
        return AsyncSender(http_client, timeout=timeout, clock=self._clock)
