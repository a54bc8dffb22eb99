"""Passwords: ForgotPassword, ConfirmForgotPassword, ChangePassword."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import delivery_of
from cognitokit.client.flows.request import given, text_map, token_member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow
    from cognitokit.client.results import CodeDelivery
    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


def forgot_password(
    app: AppClient,
    username: str,
    *,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[CodeDelivery | None]:
    """ForgotPassword."""
    reply = yield Call(
        "ForgotPassword",
        given(
            ClientId=app.client_id,
            SecretHash=app.hash_of(username),
            Username=username,
            ClientMetadata=text_map(client_metadata, "client_metadata"),
            UserContextData=user_context and user_context.for_user(),
        ),
    )
    return delivery_of(reply)


def confirm_forgot_password(
    app: AppClient,
    username: str,
    code: str,
    new_password: str,
    *,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[None]:
    """ConfirmForgotPassword."""
    yield Call(
        "ConfirmForgotPassword",
        given(
            ClientId=app.client_id,
            SecretHash=app.hash_of(username),
            Username=username,
            ConfirmationCode=code,
            Password=new_password,
            ClientMetadata=text_map(client_metadata, "client_metadata"),
            UserContextData=user_context and user_context.for_user(),
        ),
    )


def change_password(
    tokens: Tokens | str, old_password: str | None, new_password: str
) -> Flow[None]:
    """ChangePassword."""
    yield Call(
        "ChangePassword",
        given(
            **token_member(tokens),
            PreviousPassword=old_password,
            ProposedPassword=new_password,
        ),
    )
