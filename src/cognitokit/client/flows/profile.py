"""A user and their own attributes: GetUser, UpdateUserAttributes, DeleteUser and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import given, needed_name_value_list, text_list, text_map
from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import delivery_of, user_of
from cognitokit.client.flows.request import token_member
from cognitokit.client.members import Members
from cognitokit.client.results import CodeDelivery, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.client.calls import Flow
    from cognitokit.tokens import Tokens


def get_user(tokens: Tokens | str) -> Flow[User]:
    """GetUser."""
    reply = yield Call("GetUser", token_member(tokens))
    return user_of(Members(reply.body))


def update_attributes(
    tokens: Tokens | str,
    attributes: Mapping[str, str],
    *,
    client_metadata: Mapping[str, str] | None,
) -> Flow[tuple[CodeDelivery, ...]]:
    """UpdateUserAttributes."""
    reply = yield Call(
        "UpdateUserAttributes",
        given(
            **token_member(tokens),
            UserAttributes=needed_name_value_list(attributes, "attributes"),
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
    )
    return tuple(
        CodeDelivery.read(item) for item in Members(reply.body).each("CodeDeliveryDetailsList")
    )


def delete_attributes(tokens: Tokens | str, names: Iterable[str]) -> Flow[None]:
    """DeleteUserAttributes."""
    yield Call(
        "DeleteUserAttributes",
        {**token_member(tokens), "UserAttributeNames": text_list(names, "names")},
    )


def request_attribute_code(
    tokens: Tokens | str, name: str, *, client_metadata: Mapping[str, str] | None
) -> Flow[CodeDelivery | None]:
    """GetUserAttributeVerificationCode."""
    reply = yield Call(
        "GetUserAttributeVerificationCode",
        given(
            **token_member(tokens),
            AttributeName=name,
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
    )
    return delivery_of(reply)


def verify_attribute(tokens: Tokens | str, name: str, code: str) -> Flow[None]:
    """VerifyUserAttribute."""
    yield Call(
        "VerifyUserAttribute",
        {**token_member(tokens), "AttributeName": name, "Code": code},
    )


def delete_user(tokens: Tokens | str) -> Flow[None]:
    """DeleteUser."""
    yield Call("DeleteUser", token_member(tokens))
