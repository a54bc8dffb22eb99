"""The client: signing up, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import sign_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.results import CodeDelivery, ConfirmSignUpResult, SignUpResult
    from cognitokit.client.user_context import UserContext


class AsyncSignUp(AsyncPart):
    """Same as SignUp, awaited."""

    async def sign_up(
        self,
        username: str,
        password: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignUpResult:
        """Same as CognitoClient.sign_up, awaited."""
        return await self._driver.run(
            sign_up.sign_up(
                self._app,
                username,
                password,
                attributes=attributes,
                validation_data=validation_data,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def confirm_sign_up(
        self,
        username: str,
        code: str,
        *,
        session: str | None = None,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> ConfirmSignUpResult:
        """Same as CognitoClient.confirm_sign_up, awaited."""
        return await self._driver.run(
            sign_up.confirm_sign_up(
                self._app,
                username,
                code,
                session=session,
                force_alias_creation=force_alias_creation,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def resend_confirmation_code(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.resend_confirmation_code, awaited."""
        return await self._driver.run(
            sign_up.resend_confirmation_code(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )
