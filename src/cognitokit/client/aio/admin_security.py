"""client.admin: a user's factors, sessions, devices, history and linked accounts, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import admin_security, admin_users, devices, mfa, sessions
from cognitokit.client.flows.request import user_members

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Literal

    from cognitokit.client.results import AuthEvent, AuthFactors, Device, UserSession


class AsyncAdminSecurity(AsyncPart):
    """Same as AdminSecurity, awaited."""

    async def set_mfa_preference(
        self,
        username: str,
        *,
        sms: bool | None = None,
        software_token: bool | None = None,
        email: bool | None = None,
        web_authn: bool | None = None,
        preferred: Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] | None = None,
    ) -> None:
        """Same as CognitoClient.admin.set_mfa_preference, awaited."""
        return await self._driver.run(
            mfa.set_preference(
                user_members(self._app, username),
                admin=True,
                sms=sms,
                software_token=software_token,
                email=email,
                web_authn=web_authn,
                preferred=preferred,
            )
        )

    async def delete_software_token(self, username: str) -> None:
        """Same as CognitoClient.admin.delete_software_token, awaited."""
        return await self._driver.run(
            admin_users.on_user("AdminDeleteSoftwareToken", self._app, username)
        )

    async def get_factors(self, username: str) -> AuthFactors:
        """Same as CognitoClient.admin.get_factors, awaited."""
        return await self._driver.run(
            mfa.auth_factors(user_members(self._app, username), admin=True)
        )

    def list_auth_events(
        self, username: str, *, page_size: int | None = None
    ) -> AsyncIterator[AuthEvent]:
        """Same as CognitoClient.admin.list_auth_events, iterated with async for."""
        return self._driver.iterate(
            admin_security.list_auth_events(self._app, username, page_size=page_size)
        )

    async def give_auth_event_feedback(self, username: str, event_id: str, *, valid: bool) -> None:
        """Same as CognitoClient.admin.give_auth_event_feedback, awaited."""
        return await self._driver.run(
            admin_security.give_auth_event_feedback(self._app, username, event_id, valid=valid)
        )

    def list_sessions(self, username: str) -> AsyncIterator[UserSession]:
        """Same as CognitoClient.admin.list_sessions, iterated with async for."""
        return self._driver.iterate(
            sessions.list_sessions(user_members(self._app, username), admin=True)
        )

    async def revoke_session(self, username: str, session_id: str, *, linked: bool = False) -> None:
        """Same as CognitoClient.admin.revoke_session, awaited."""
        return await self._driver.run(
            sessions.revoke_session(
                user_members(self._app, username), session_id, linked=linked, admin=True
            )
        )

    def list_devices(self, username: str) -> AsyncIterator[Device]:
        """Same as CognitoClient.admin.list_devices, iterated with async for."""
        return self._driver.iterate(
            devices.list_devices(user_members(self._app, username), admin=True)
        )

    async def get_device(self, username: str, key: str) -> Device:
        """Same as CognitoClient.admin.get_device, awaited."""
        return await self._driver.run(
            devices.get_device(user_members(self._app, username), key, admin=True)
        )

    async def forget_device(self, username: str, key: str) -> None:
        """Same as CognitoClient.admin.forget_device, awaited."""
        return await self._driver.run(
            devices.forget_device(user_members(self._app, username), key, admin=True)
        )

    async def remember_device(self, username: str, key: str, *, remembered: bool = True) -> None:
        """Same as CognitoClient.admin.remember_device, awaited."""
        return await self._driver.run(
            devices.remember_device(
                user_members(self._app, username), key, remembered=remembered, admin=True
            )
        )

    async def link_provider(
        self,
        username: str,
        provider: str,
        provider_user_id: str,
        *,
        attribute: str = "Cognito_Subject",
    ) -> None:
        """Same as CognitoClient.admin.link_provider, awaited."""
        return await self._driver.run(
            admin_security.link_provider(
                self._app, username, provider, provider_user_id, attribute=attribute
            )
        )

    async def unlink_provider(
        self, provider: str, provider_user_id: str, *, attribute: str = "Cognito_Subject"
    ) -> None:
        """Same as CognitoClient.admin.unlink_provider, awaited."""
        return await self._driver.run(
            admin_security.unlink_provider(
                self._app, provider, provider_user_id, attribute=attribute
            )
        )
