"""The client: a user and their own attributes, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.client.results import CodeDelivery, User
    from cognitokit.tokens import Tokens


class AsyncProfile(AsyncPart):
    """Same as Profile, awaited."""

    async def get_user(self, access_token: Tokens | str) -> User:
        """Same as CognitoClient.get_user, awaited."""
        return await self._driver.run(profile.get_user(access_token))

    async def update_attributes(
        self,
        access_token: Tokens | str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> tuple[CodeDelivery, ...]:
        """Same as CognitoClient.update_attributes, awaited."""
        return await self._driver.run(
            profile.update_attributes(access_token, attributes, client_metadata=client_metadata)
        )

    async def delete_attributes(self, access_token: Tokens | str, names: Iterable[str]) -> None:
        """Same as CognitoClient.delete_attributes, awaited."""
        return await self._driver.run(profile.delete_attributes(access_token, names))

    async def request_attribute_code(
        self,
        access_token: Tokens | str,
        name: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.request_attribute_code, awaited."""
        return await self._driver.run(
            profile.request_attribute_code(access_token, name, client_metadata=client_metadata)
        )

    async def verify_attribute(self, access_token: Tokens | str, name: str, code: str) -> None:
        """Same as CognitoClient.verify_attribute, awaited."""
        return await self._driver.run(profile.verify_attribute(access_token, name, code))

    async def delete_user(self, access_token: Tokens | str) -> None:
        """Same as CognitoClient.delete_user, awaited."""
        return await self._driver.run(profile.delete_user(access_token))
