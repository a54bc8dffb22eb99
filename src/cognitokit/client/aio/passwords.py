"""The client: passwords, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import passwords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.results import CodeDelivery
    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class AsyncPasswordCare(AsyncPart):
    """Same as PasswordCare, awaited."""

    async def forgot_password(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.forgot_password, awaited."""
        return await self._driver.run(
            passwords.forgot_password(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )

    async def confirm_forgot_password(
        self,
        username: str,
        code: str,
        new_password: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> None:
        """Same as CognitoClient.confirm_forgot_password, awaited."""
        return await self._driver.run(
            passwords.confirm_forgot_password(
                self._app,
                username,
                code,
                new_password,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def change_password(
        self, access_token: Tokens | str, old_password: str | None, new_password: str
    ) -> None:
        """Same as CognitoClient.change_password, awaited."""
        return await self._driver.run(
            passwords.change_password(access_token, old_password, new_password)
        )
