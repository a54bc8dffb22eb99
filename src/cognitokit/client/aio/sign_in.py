"""The client: signing in, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.user_context import UserContext


class AsyncSignIn(AsyncPart):
    """Same as SignIn, awaited."""

    async def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: Literal["USER_PASSWORD_AUTH", "USER_AUTH"] = "USER_PASSWORD_AUTH",
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.sign_in, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow=flow,
                admin=False,
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
        """Same as CognitoClient.sign_in_with_choice, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="USER_AUTH",
                admin=False,
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
        """Same as CognitoClient.sign_in_with_custom_auth, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="CUSTOM_AUTH",
                admin=False,
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
        """Same as CognitoClient.respond, awaited."""
        return await self._driver.run(
            sign_in.respond(
                self._app,
                answer,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )
