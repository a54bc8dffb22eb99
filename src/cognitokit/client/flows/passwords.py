"""Passwords: ForgotPassword, ConfirmForgotPassword, ChangePassword."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import given
from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import delivery_of
from cognitokit.client.flows.request import public_user_members, token_member

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
    members = public_user_members(app, username, client_metadata, user_context)
    return delivery_of((yield Call("ForgotPassword", members)))


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
            **public_user_members(app, username, client_metadata, user_context),
            ConfirmationCode=code,
            Password=new_password,
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
