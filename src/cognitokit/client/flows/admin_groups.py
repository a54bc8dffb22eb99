"""Groups: CreateGroup, ListGroups, AdminAddUserToGroup and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import given
from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.flows.replies import listed_user
from cognitokit.client.flows.request import user_members
from cognitokit.client.members import Members
from cognitokit.client.results import Group

if TYPE_CHECKING:
    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow, PagedFlow
    from cognitokit.client.results import User


def write_group(
    operation: str,
    app: AppClient,
    name: str,
    *,
    description: str | None,
    role_arn: str | None,
    precedence: int | None,
) -> Flow[Group]:
    """CreateGroup or UpdateGroup."""
    reply = yield Call(
        operation,
        given(
            UserPoolId=app.pool_id,
            GroupName=name,
            Description=description,
            RoleArn=role_arn,
            Precedence=precedence,
        ),
    )
    return Group.read(Members(reply.body).members("Group"))


def get_group(app: AppClient, name: str) -> Flow[Group]:
    """GetGroup."""
    reply = yield Call("GetGroup", {"UserPoolId": app.pool_id, "GroupName": name})
    return Group.read(Members(reply.body).members("Group"))


def delete_group(app: AppClient, name: str) -> Flow[None]:
    """DeleteGroup."""
    yield Call("DeleteGroup", {"UserPoolId": app.pool_id, "GroupName": name})


def list_groups(
    app: AppClient, *, username: str | None = None, page_size: int | None
) -> PagedFlow[Group]:
    """ListGroups, or of one user AdminListGroupsForUser."""
    return pages(
        "ListGroups" if username is None else "AdminListGroupsForUser",
        {"UserPoolId": app.pool_id, "Username": username, "Limit": page_size},
        items="Groups",
        read=Group.read,
    )


def list_users_in_group(app: AppClient, name: str, *, page_size: int | None) -> PagedFlow[User]:
    """ListUsersInGroup."""
    return pages(
        "ListUsersInGroup",
        {"UserPoolId": app.pool_id, "GroupName": name, "Limit": page_size},
        items="Users",
        read=listed_user,
    )


def on_member(operation: str, app: AppClient, username: str, group: str) -> Flow[None]:
    """AdminAddUserToGroup or AdminRemoveUserFromGroup."""
    yield Call(operation, {**user_members(app, username), "GroupName": group})
