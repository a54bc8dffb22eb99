"""client.admin: users, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import admin_users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from cognitokit.client.filters import UserFilter
    from cognitokit.client.results import User


class AsyncAdminUsers(AsyncPart):
    """Same as AdminUsers, awaited."""

    async def create_user(
        self,
        username: str,
        *,
        temporary_password: str | None = None,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        delivery: Iterable[str] | None = None,
        suppress_invitation: bool = False,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> User:
        """Same as CognitoClient.admin.create_user, awaited."""
        return await self._driver.run(
            admin_users.create_user(
                self._app,
                username,
                temporary_password=temporary_password,
                attributes=attributes,
                validation_data=validation_data,
                delivery=delivery,
                message="SUPPRESS" if suppress_invitation else None,
                force_alias_creation=force_alias_creation,
                client_metadata=client_metadata,
            )
        )

    async def resend_invitation(
        self,
        username: str,
        *,
        delivery: Iterable[str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> User:
        """Same as CognitoClient.admin.resend_invitation, awaited."""
        return await self._driver.run(
            admin_users.create_user(
                self._app,
                username,
                temporary_password=None,
                attributes=None,
                validation_data=None,
                delivery=delivery,
                message="RESEND",
                force_alias_creation=None,
                client_metadata=client_metadata,
            )
        )

    async def get_user(self, username: str) -> User:
        """Same as CognitoClient.admin.get_user, awaited."""
        return await self._driver.run(admin_users.get_user(self._app, username))

    def list_users(
        self,
        matching: UserFilter | str | None = None,
        *,
        attributes: Iterable[str] | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[User]:
        """Same as CognitoClient.admin.list_users, iterated with async for."""
        return self._driver.iterate(
            admin_users.list_users(
                self._app, matching=matching, attributes=attributes, page_size=page_size
            )
        )

    async def update_attributes(
        self,
        username: str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Same as CognitoClient.admin.update_attributes, awaited."""
        return await self._driver.run(
            admin_users.update_attributes(
                self._app, username, attributes, client_metadata=client_metadata
            )
        )

    async def delete_attributes(self, username: str, names: Iterable[str]) -> None:
        """Same as CognitoClient.admin.delete_attributes, awaited."""
        return await self._driver.run(admin_users.delete_attributes(self._app, username, names))

    async def set_password(self, username: str, password: str, *, permanent: bool = True) -> None:
        """Same as CognitoClient.admin.set_password, awaited."""
        return await self._driver.run(
            admin_users.set_password(self._app, username, password, permanent=permanent)
        )

    async def confirm_sign_up(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> None:
        """Same as CognitoClient.admin.confirm_sign_up, awaited."""
        return await self._driver.run(
            admin_users.on_user("AdminConfirmSignUp", self._app, username, client_metadata)
        )

    async def reset_password(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> None:
        """Same as CognitoClient.admin.reset_password, awaited."""
        return await self._driver.run(
            admin_users.on_user("AdminResetUserPassword", self._app, username, client_metadata)
        )

    async def enable_user(self, username: str) -> None:
        """Same as CognitoClient.admin.enable_user, awaited."""
        return await self._driver.run(admin_users.on_user("AdminEnableUser", self._app, username))

    async def disable_user(self, username: str) -> None:
        """Same as CognitoClient.admin.disable_user, awaited."""
        return await self._driver.run(admin_users.on_user("AdminDisableUser", self._app, username))

    async def delete_user(self, username: str) -> None:
        """Same as CognitoClient.admin.delete_user, awaited."""
        return await self._driver.run(admin_users.on_user("AdminDeleteUser", self._app, username))

    async def sign_out_everywhere(self, username: str) -> None:
        """Same as CognitoClient.admin.sign_out_everywhere, awaited."""
        return await self._driver.run(
            admin_users.on_user("AdminUserGlobalSignOut", self._app, username)
        )
