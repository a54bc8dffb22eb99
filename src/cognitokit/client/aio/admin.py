"""client.admin: what an administrator does, with AWS credentials, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.admin_groups import AsyncAdminGroups
from cognitokit.client.aio.admin_security import AsyncAdminSecurity
from cognitokit.client.aio.admin_users import AsyncAdminUsers
from cognitokit.client.flows import sign_in, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class AsyncAdmin(AsyncAdminUsers, AsyncAdminGroups, AsyncAdminSecurity):
    """Same as Admin, awaited."""

    async def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: Literal[
            "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_AUTH"
        ] = "ADMIN_USER_PASSWORD_AUTH",
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.admin.sign_in, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow=flow,
                admin=True,
                password=password,
                preferred="PASSWORD" if flow == "USER_AUTH" else None,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def sign_in_with_choice(
        self,
        username: str,
        *,
        preferred: str | None = None,
        password: str | None = None,
        session: str | None = None,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.admin.sign_in_with_choice, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="USER_AUTH",
                admin=True,
                password=password,
                preferred=preferred,
                session=session,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def sign_in_with_custom_auth(
        self,
        username: str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.admin.sign_in_with_custom_auth, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="CUSTOM_AUTH",
                admin=True,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
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
        """Same as CognitoClient.admin.refresh_legacy, awaited."""
        return await self._driver.run(
            tokens.refresh_legacy(
                self._app,
                tokens_or_refresh_token,
                username=username,
                admin=True,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def respond(
        self,
        answer: ChallengeAnswer,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.admin.respond, awaited."""
        return await self._driver.run(
            sign_in.respond(
                self._app,
                answer,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )
