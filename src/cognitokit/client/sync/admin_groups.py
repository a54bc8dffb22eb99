"""client.admin: groups and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import admin_groups
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.client.results import Group, User


class AdminGroups(Part):
    """Makes groups and puts users into them."""

    def create_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
    ) -> Group:
        """Make a group (CreateGroup).

        Args:
            name: The name, as tokens have it in cognito:groups.
            description: For people.
            role_arn: The IAM role that identity pools give to members.
            precedence: Whose role wins for a user of several groups: the lowest.

        Raises:
            GroupExists: The name is taken.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_groups.write_group(
                "CreateGroup",
                self._app,
                name,
                description=description,
                role_arn=role_arn,
                precedence=precedence,
            )
        )

    def update_group(
        self,
        name: str,
        *,
        description: str | None = None,
        role_arn: str | None = None,
        precedence: int | None = None,
    ) -> Group:
        """Change a group (UpdateGroup); what is None stays as it is.

        Raises:
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_groups.write_group(
                "UpdateGroup",
                self._app,
                name,
                description=description,
                role_arn=role_arn,
                precedence=precedence,
            )
        )

    def get_group(self, name: str) -> Group:
        """Return a group (GetGroup).

        Raises:
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_groups.get_group(self._app, name))

    def delete_group(self, name: str) -> None:
        """Delete a group; its members stay (DeleteGroup).

        Raises:
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_groups.delete_group(self._app, name))

    def list_groups(self, *, page_size: int | None = None) -> Iterator[Group]:
        """Iterate over the pool's groups, page by page as they are used up (ListGroups).

        Args:
            page_size: Groups a call, 1 to 60. None: Cognito's default.

        Raises:
            ServiceError: Cognito refused.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(admin_groups.list_groups(self._app, page_size=page_size))

    def list_groups_for_user(
        self, username: str, *, page_size: int | None = None
    ) -> Iterator[Group]:
        """Iterate over a user's groups (AdminListGroupsForUser).

        Args:
            username: The user.
            page_size: Groups a call, 1 to 60. None: Cognito's default.

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            admin_groups.list_groups(self._app, username=username, page_size=page_size)
        )

    def list_users_in_group(self, name: str, *, page_size: int | None = None) -> Iterator[User]:
        """Iterate over a group's members (ListUsersInGroup).

        Args:
            name: The group.
            page_size: Users a call, 1 to 60. None: Cognito's default.

        Raises:
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            admin_groups.list_users_in_group(self._app, name, page_size=page_size)
        )

    def add_user_to_group(self, username: str, group: str) -> None:
        """Put a user into a group; the user's next tokens say so (AdminAddUserToGroup).

        Raises:
            UserNotFound: No such user.
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_groups.on_member("AdminAddUserToGroup", self._app, username, group)
        )

    def remove_user_from_group(self, username: str, group: str) -> None:
        """Take a user out of a group; tokens keep the group until they expire (AdminRemoveUserFromGroup).

        Raises:
            UserNotFound: No such user.
            ResourceNotFound: No such group.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_groups.on_member("AdminRemoveUserFromGroup", self._app, username, group)
        )
