"""The client: refreshing and revoking tokens, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.arguments import text_map
from cognitokit.client.flows import tokens
from cognitokit.client.session import PATIENCE, AsyncTokenSession, SessionState
from cognitokit.frames import without_inner_frames

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class AsyncTokenCare(AsyncPart):
    """Same as TokenCare, awaited."""

    async def refresh(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> Tokens:
        """Same as CognitoClient.refresh, awaited."""
        return await self._driver.run(
            tokens.refresh(
                self._app,
                tokens_or_refresh_token,
                device_key=device_key,
                client_metadata=client_metadata,
            )
        )

    async def refresh_legacy(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        username: str | None = None,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> Tokens:
        """Same as CognitoClient.refresh_legacy, awaited."""
        return await self._driver.run(
            tokens.refresh_legacy(
                self._app,
                tokens_or_refresh_token,
                username=username,
                admin=False,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def revoke(self, tokens_or_refresh_token: Tokens | str) -> None:
        """Same as CognitoClient.revoke, awaited."""
        return await self._driver.run(tokens.revoke(self._app, tokens_or_refresh_token))

    async def sign_out_everywhere(self, access_token: Tokens | str) -> None:
        """Same as CognitoClient.sign_out_everywhere, awaited."""
        return await self._driver.run(tokens.sign_out_everywhere(access_token))

    def session(
        self,
        tokens: Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | Awaitable[Tokens | None] | None] | None = None,
        refresh_before: float = 60,
        patience: float = PATIENCE,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> AsyncTokenSession:
        """Same as CognitoClient.session; on_refresh and reload may be coroutine functions."""
        metadata = text_map(client_metadata, "client_metadata")
        state = without_inner_frames(
            lambda: SessionState(
                tokens,
                refresh=lambda used: self.refresh(
                    used, device_key=device_key, client_metadata=metadata
                ),
                save=on_refresh,
                load=reload,
                refresh_before=refresh_before,
                patience=patience,
                clock=self._driver.clock,
            )
        )
        return AsyncTokenSession(state)
