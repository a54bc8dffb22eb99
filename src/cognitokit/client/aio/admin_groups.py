"""client.admin: groups and their members, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import admin_groups

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cognitokit.client.results import Group, User


class AsyncAdminGroups(AsyncPart):
    """Same as AdminGroups, awaited."""

    async def create_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
    ) -> Group:
        """Same as CognitoClient.admin.create_group, awaited."""
        return await self._driver.run(
            admin_groups.write_group(
                "CreateGroup",
                self._app,
                name,
                description=description,
                role_arn=role_arn,
                precedence=precedence,
            )
        )

    async def update_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
    ) -> Group:
        """Same as CognitoClient.admin.update_group, awaited."""
        return await self._driver.run(
            admin_groups.write_group(
                "UpdateGroup",
                self._app,
                name,
                description=description,
                role_arn=role_arn,
                precedence=precedence,
            )
        )

    async def get_group(self, name: str) -> Group:
        """Same as CognitoClient.admin.get_group, awaited."""
        return await self._driver.run(admin_groups.get_group(self._app, name))

    async def delete_group(self, name: str) -> None:
        """Same as CognitoClient.admin.delete_group, awaited."""
        return await self._driver.run(admin_groups.delete_group(self._app, name))

    def list_groups(self, *, page_size: int | None = None) -> AsyncIterator[Group]:
        """Same as CognitoClient.admin.list_groups, iterated with async for."""
        return self._driver.iterate(admin_groups.list_groups(self._app, page_size=page_size))

    def list_groups_for_user(
        self, username: str, *, page_size: int | None = None
    ) -> AsyncIterator[Group]:
        """Same as CognitoClient.admin.list_groups_for_user, iterated with async for."""
        return self._driver.iterate(
            admin_groups.list_groups(self._app, username=username, page_size=page_size)
        )

    def list_users_in_group(
        self, name: str, *, page_size: int | None = None
    ) -> AsyncIterator[User]:
        """Same as CognitoClient.admin.list_users_in_group, iterated with async for."""
        return self._driver.iterate(
            admin_groups.list_users_in_group(self._app, name, page_size=page_size)
        )

    async def add_user_to_group(self, username: str, group: str) -> None:
        """Same as CognitoClient.admin.add_user_to_group, awaited."""
        return await self._driver.run(
            admin_groups.on_member("AdminAddUserToGroup", self._app, username, group)
        )

    async def remove_user_from_group(self, username: str, group: str) -> None:
        """Same as CognitoClient.admin.remove_user_from_group, awaited."""
        return await self._driver.run(
            admin_groups.on_member("AdminRemoveUserFromGroup", self._app, username, group)
        )
