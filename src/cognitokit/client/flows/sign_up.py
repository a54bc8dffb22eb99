"""Signing up: SignUp, ConfirmSignUp, ResendConfirmationCode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import given, name_value_list
from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import delivery_of
from cognitokit.client.flows.request import public_user_members
from cognitokit.client.members import Members
from cognitokit.client.results import CodeDelivery, ConfirmSignUpResult, SignUpResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow
    from cognitokit.client.user_context import UserContext


def sign_up(
    app: AppClient,
    username: str,
    password: str | None,
    *,
    attributes: Mapping[str, str] | None,
    validation_data: Mapping[str, str] | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[SignUpResult]:
    """SignUp."""
    reply = yield Call(
        "SignUp",
        given(
            **public_user_members(app, username, client_metadata, user_context),
            Password=password,
            UserAttributes=name_value_list(attributes, "attributes"),
            ValidationData=name_value_list(validation_data, "validation_data"),
        ),
    )
    members = Members(reply.body)
    return SignUpResult(
        user_sub=members.text("UserSub"),
        confirmed=members.flag("UserConfirmed"),
        delivery=delivery_of(reply),
        session=members.optional_text("Session"),
    )


def confirm_sign_up(
    app: AppClient,
    username: str,
    code: str,
    *,
    session: str | None,
    force_alias_creation: bool | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[ConfirmSignUpResult]:
    """ConfirmSignUp."""
    reply = yield Call(
        "ConfirmSignUp",
        given(
            **public_user_members(app, username, client_metadata, user_context),
            ConfirmationCode=code,
            Session=session,
            ForceAliasCreation=force_alias_creation,
        ),
    )
    return ConfirmSignUpResult(session=Members(reply.body).optional_text("Session"))


def resend_confirmation_code(
    app: AppClient,
    username: str,
    *,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[CodeDelivery | None]:
    """ResendConfirmationCode."""
    members = public_user_members(app, username, client_metadata, user_context)
    return delivery_of((yield Call("ResendConfirmationCode", members)))
