"""client.passkeys: a signed-in user's passkeys, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import passkeys
from cognitokit.client.flows.request import token_member

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from cognitokit.client.results import Passkey
    from cognitokit.tokens import Tokens


class AsyncPasskeys(AsyncPart):
    """Same as Passkeys, awaited."""

    async def start_registration(self, access_token: Tokens | str) -> dict[str, Any]:
        """Same as CognitoClient.passkeys.start_registration, awaited."""
        return await self._driver.run(passkeys.start_registration(access_token))

    async def complete_registration(
        self, access_token: Tokens | str, credential: Mapping[str, Any] | str
    ) -> None:
        """Same as CognitoClient.passkeys.complete_registration, awaited."""
        return await self._driver.run(passkeys.complete_registration(access_token, credential))

    def list(self, access_token: Tokens | str) -> AsyncIterator[Passkey]:
        """Same as CognitoClient.passkeys.list, iterated with async for."""
        return self._driver.iterate(passkeys.list_passkeys(token_member(access_token)))

    async def delete(self, access_token: Tokens | str, credential_id: str) -> None:
        """Same as CognitoClient.passkeys.delete, awaited."""
        return await self._driver.run(passkeys.delete_passkey(access_token, credential_id))
