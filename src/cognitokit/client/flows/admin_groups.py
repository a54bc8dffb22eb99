"""Groups: CreateGroup, ListGroups, AdminAddUserToGroup and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import user_of
from cognitokit.client.flows.request import given
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

    def page(token: str | None) -> Flow[tuple[tuple[Group, ...], str | None]]:
        reply = yield Call(
            "ListGroups" if username is None else "AdminListGroupsForUser",
            given(UserPoolId=app.pool_id, Username=username, Limit=page_size, NextToken=token),
        )
        members = Members(reply.body)
        groups = tuple(Group.read(item) for item in members.each("Groups"))
        return groups, members.optional_text("NextToken")

    return page


def list_users_in_group(app: AppClient, name: str, *, page_size: int | None) -> PagedFlow[User]:
    """ListUsersInGroup."""

    def page(token: str | None) -> Flow[tuple[tuple[User, ...], str | None]]:
        reply = yield Call(
            "ListUsersInGroup",
            given(UserPoolId=app.pool_id, GroupName=name, Limit=page_size, NextToken=token),
        )
        members = Members(reply.body)
        users = tuple(user_of(item, attributes="Attributes") for item in members.each("Users"))
        return users, members.optional_text("NextToken")

    return page


def on_member(operation: str, app: AppClient, username: str, group: str) -> Flow[None]:
    """AdminAddUserToGroup or AdminRemoveUserFromGroup."""
    yield Call(operation, {"UserPoolId": app.pool_id, "Username": username, "GroupName": group})
