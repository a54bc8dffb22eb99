"""Users, by an administrator: AdminCreateUser, AdminGetUser, ListUsers and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import (
    given,
    name_value_list,
    needed_name_value_list,
    text_list,
    text_map,
)
from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.flows.replies import listed_user, user_of
from cognitokit.client.flows.request import user_members
from cognitokit.client.members import Members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow, PagedFlow
    from cognitokit.client.filters import UserFilter
    from cognitokit.client.results import User


def create_user(
    app: AppClient,
    username: str,
    *,
    temporary_password: str | None,
    attributes: Mapping[str, str] | None,
    validation_data: Mapping[str, str] | None,
    delivery: Iterable[str] | None,
    message: str | None,
    force_alias_creation: bool | None,
    client_metadata: Mapping[str, str] | None,
) -> Flow[User]:
    """AdminCreateUser; with message "RESEND" a new invitation."""
    reply = yield Call(
        "AdminCreateUser",
        given(
            **user_members(app, username),
            TemporaryPassword=temporary_password,
            UserAttributes=name_value_list(attributes, "attributes"),
            ValidationData=name_value_list(validation_data, "validation_data"),
            DesiredDeliveryMediums=None if delivery is None else text_list(delivery, "delivery"),
            MessageAction=message,
            ForceAliasCreation=force_alias_creation,
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
    )
    return listed_user(Members(reply.body).members("User"))


def get_user(app: AppClient, username: str) -> Flow[User]:
    """AdminGetUser."""
    reply = yield Call("AdminGetUser", user_members(app, username))
    return user_of(Members(reply.body))


def list_users(
    app: AppClient,
    *,
    matching: UserFilter | str | None,
    attributes: Iterable[str] | None,
    page_size: int | None,
) -> PagedFlow[User]:
    """ListUsers."""
    return pages(
        "ListUsers",
        {
            "UserPoolId": app.pool_id,
            "AttributesToGet": None if attributes is None else text_list(attributes, "attributes"),
            "Filter": None if matching is None else str(matching),
            "Limit": page_size,
        },
        items="Users",
        read=listed_user,
        token="PaginationToken",
    )


def update_attributes(
    app: AppClient,
    username: str,
    attributes: Mapping[str, str],
    *,
    client_metadata: Mapping[str, str] | None,
) -> Flow[None]:
    """AdminUpdateUserAttributes."""
    yield Call(
        "AdminUpdateUserAttributes",
        given(
            **user_members(app, username),
            UserAttributes=needed_name_value_list(attributes, "attributes"),
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
    )


def delete_attributes(app: AppClient, username: str, names: Iterable[str]) -> Flow[None]:
    """AdminDeleteUserAttributes."""
    yield Call(
        "AdminDeleteUserAttributes",
        {**user_members(app, username), "UserAttributeNames": text_list(names, "names")},
    )


def set_password(app: AppClient, username: str, password: str, *, permanent: bool) -> Flow[None]:
    """AdminSetUserPassword."""
    yield Call(
        "AdminSetUserPassword",
        {**user_members(app, username), "Password": password, "Permanent": permanent},
    )


def on_user(
    operation: str,
    app: AppClient,
    username: str,
    client_metadata: Mapping[str, str] | None = None,
) -> Flow[None]:
    """Run one of the operations that take a user, perhaps metadata for the triggers, and answer nothing.

    AdminConfirmSignUp, AdminDeleteUser, AdminDisableUser, AdminEnableUser, AdminResetUserPassword,
    AdminUserGlobalSignOut, AdminDeleteSoftwareToken.
    """
    yield Call(
        operation,
        given(
            **user_members(app, username),
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
    )
