"""client.sessions: a signed-in user's sessions, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import sessions
from cognitokit.client.flows.request import token_member

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cognitokit.client.results import UserSession
    from cognitokit.tokens import Tokens


class AsyncSessions(AsyncPart):
    """Same as Sessions, awaited."""

    def list(self, access_token: Tokens | str) -> AsyncIterator[UserSession]:
        """Same as CognitoClient.sessions.list, iterated with async for."""
        return self._driver.iterate(sessions.list_sessions(token_member(access_token)))

    async def revoke(
        self, access_token: Tokens | str, session_id: str, *, linked: bool = False
    ) -> None:
        """Same as CognitoClient.sessions.revoke, awaited."""
        return await self._driver.run(
            sessions.revoke_session(token_member(access_token), session_id, linked=linked)
        )
