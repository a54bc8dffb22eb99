"""Managed login, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from cognitokit.client.session import PATIENCE, AsyncTokenSession
from cognitokit.errors import KeysUnavailable, OAuthError
from cognitokit.oauth.drive import run_async
from cognitokit.oauth.exchange import AsyncVerifier
from cognitokit.oauth.held_tokens import sub_of
from cognitokit.oauth.http import AsyncSender
from cognitokit.oauth.login import Login
from cognitokit.verifier import AsyncCognitoVerifier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cognitokit.oauth.callback import VerifiedTokens
    from cognitokit.oauth.login_state import LoginState
    from cognitokit.oauth.user_info import UserInfo
    from cognitokit.tokens import AccessToken, Tokens


class AsyncManagedLogin(Login[AsyncSender, AsyncVerifier]):
    """Same as ManagedLogin, awaited where it talks to Cognito, under asyncio or trio.

    Args:
        pool: As in ManagedLogin.
        domain: As in ManagedLogin.
        client_id: As in ManagedLogin.
        redirect_uri: As in ManagedLogin.
        client_secret: As in ManagedLogin.
        scopes: As in ManagedLogin.
        logout_uri: As in ManagedLogin.
        resources: As in ManagedLogin.
        fips: As in ManagedLogin.
        client_authentication: As in ManagedLogin.
        login_timeout: As in ManagedLogin.
        verifier: As in ManagedLogin, an async one.
        http_client: An httpx.AsyncClient or httpx2.AsyncClient; the caller closes it.
        timeout: As in ManagedLogin.
        allow_http: As in ManagedLogin.
        clock: As in ManagedLogin.
        token_bytes: As in ManagedLogin.

    Raises:
        ConfigurationError: An argument is missing or malformed; the message names the cure.
    """

    async def complete(self, callback: object, login_state: LoginState | None) -> VerifiedTokens:
        """Same as ManagedLogin.complete, awaited."""
        flow = self._complete(callback, login_state)
        return await run_async(flow, self._sender, self._verifier)

    async def complete_implicit(
        self, fragment: object, login_state: LoginState | None
    ) -> VerifiedTokens:
        """Same as ManagedLogin.complete_implicit, awaited."""
        flow = self._complete_implicit(fragment, login_state)
        return await run_async(flow, self._sender, self._verifier)

    async def refresh(
        self, held: VerifiedTokens | Tokens | str, *, sub: str | None = None
    ) -> VerifiedTokens:
        """Same as ManagedLogin.refresh, awaited."""
        renewal = self._renewal(held, sub)
        renewed = await renewal.flight.run_async(
            renewal.ready,
            lambda: run_async(renewal.flow(), self._sender, self._verifier),
            patience=self._patience,
        )
        return renewal.checked(renewed)

    def session(
        self,
        held: VerifiedTokens | Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | Awaitable[Tokens | None] | None] | None = None,
        refresh_before: float = 60,
        patience: float = PATIENCE,
    ) -> AsyncTokenSession:
        """Same as ManagedLogin.session; on_refresh and reload may be coroutine functions."""
        sub = sub_of(held)
        return AsyncTokenSession(
            self._session_state(
                held,
                lambda used: self._renewed(used, sub),
                on_refresh,
                reload,
                refresh_before=refresh_before,
                patience=patience,
            )
        )

    async def revoke(self, held: VerifiedTokens | Tokens | str) -> None:
        """Same as ManagedLogin.revoke, awaited."""
        await run_async(self._revoke(held), self._sender)

    async def user_info(
        self, held: VerifiedTokens | AccessToken | str, *, sub: str | None = None
    ) -> UserInfo:
        """Same as ManagedLogin.user_info, awaited."""
        return await run_async(self._user_info(held, sub), self._sender)

    async def _renewed(self, used: Tokens, sub: str | None) -> Tokens:
        try:
            return (await self.refresh(used, sub=sub)).tokens
        except (OAuthError, KeysUnavailable) as error:
            failure = self._session_failure(error, used)
        try:
            raise failure
        finally:
            del failure

    @override
    def _make_sender(self, http_client: Any, timeout: float) -> AsyncSender:
        return AsyncSender(http_client, timeout=timeout, clock=self._clock)

    @override
    def _make_verifier(self) -> AsyncVerifier:
        plain = AsyncCognitoVerifier(
            self._pool, client_id=self.client_id, token_use=None, clock=self._clock
        )
        resources = self._application.resources
        if not resources:
            return plain
        bound = AsyncCognitoVerifier(
            self._pool,
            client_id=self.client_id,
            token_use=None,
            audience=resources,
            clock=self._clock,
        )
        return AsyncCognitoVerifier.any_of(plain, bound)
