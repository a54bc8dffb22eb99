"""What an administrator does with users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.pages import page
from cognitokit.testing.fake.passwords import check_policy
from cognitokit.testing.fake.profile import (
    change_attributes,
    drop_attributes,
    forget_user,
    mfa_settings,
)
from cognitokit.testing.fake.refusal import (
    Refused,
    invalid_parameter,
    not_authorized,
)
from cognitokit.testing.fake.sign_up import begin_recovery, new_user
from cognitokit.testing.fake.user_search import matcher
from cognitokit.testing.fake.users import CONTACTS, PREFERRED, attribute_list, attribute_map

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User

_ATTRIBUTE_OF = {"EMAIL": "email", "SMS": "phone_number"}


def admin_create_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminCreateUser."""
    state.check_pool(params)
    if params.get("MessageAction") == "RESEND":
        return _resend_invitation(state, params)
    attributes = attribute_map(params.get("UserAttributes", ()))
    username = params["Username"]
    if state.directory.find(username) is not None:
        raise Refused("UsernameExistsException", "User account already exists")
    user = new_user(state, username, attributes, status="FORCE_CHANGE_PASSWORD")
    password = params.get("TemporaryPassword")
    if password:
        check_policy(password, state.settings.passwords)
    for name in CONTACTS:
        if user.verified(name):
            state.directory.claim_alias(
                user, name, user.attributes[name], force=params.get("ForceAliasCreation", False)
            )
    if PREFERRED in user.attributes:
        state.directory.claim_alias(user, PREFERRED, user.attributes[PREFERRED])
    if not password and state.settings.passwordless and any(map(user.verified, CONTACTS)):
        user.status = "CONFIRMED"
    else:
        _give_temporary_password(state, user, params)
    state.directory.add(user)
    return {"User": described(state, user)}


def _resend_invitation(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    user = state.directory.require(params["Username"])
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise Refused(
            "UnsupportedUserStateException",
            f"Resend not possible. {user.sub} status is not FORCE_CHANGE_PASSWORD",
        )
    _give_temporary_password(state, user, params)
    return {"User": described(state, user)}


def _give_temporary_password(state: PoolState, user: User, params: Mapping[str, Any]) -> None:
    # Long enough and of every kind, so that it fits any policy.
    length = max(state.settings.passwords.minimum_length - 4, 5)
    password = params.get("TemporaryPassword") or f"Aa1!{state.randomness.name(length)}"
    state.set_password(user, password, permanent=False)
    if params.get("MessageAction") == "SUPPRESS":
        return
    wanted = [_ATTRIBUTE_OF[medium] for medium in params.get("DesiredDeliveryMediums", ("SMS",))]
    held = [name for name in wanted if name in user.attributes]
    if not held and "DesiredDeliveryMediums" not in params and "email" in user.attributes:
        held = ["email"]
    for name in held:
        state.send(user, name, "invitation", password, is_code=False)


def admin_get_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminGetUser."""
    user = state.admin_user(params)
    described_user = described(state, user)
    described_user["UserAttributes"] = described_user.pop("Attributes")
    return {**described_user, **mfa_settings(user)}


def list_users(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListUsers."""
    state.check_pool(params)
    selects = matcher(params.get("Filter"))
    users, following = page(
        [user for user in state.directory if selects(user)],
        params,
        size="Limit",
        token="PaginationToken",
    )
    wanted = params.get("AttributesToGet")
    listed: list[dict[str, Any]] = []
    for user in users:
        described_user = described(state, user)
        if wanted is not None:
            described_user["Attributes"] = [
                pair for pair in described_user["Attributes"] if pair["Name"] in wanted
            ]
        listed.append(described_user)
    return {"Users": listed, **following}


def admin_update_user_attributes(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminUpdateUserAttributes."""
    user = state.admin_user(params)
    values = attribute_map(params["UserAttributes"])
    for name in CONTACTS:
        if values.get(f"{name}_verified") == "true" and not (
            values.get(name) or user.attributes.get(name)
        ):
            raise invalid_parameter(f"{name} is required to verify/un-verify {name}")
    change_attributes(state, user, values)
    return {}


def admin_delete_user_attributes(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminDeleteUserAttributes."""
    drop_attributes(state, state.admin_user(params), params["UserAttributeNames"])
    return {}


def admin_delete_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminDeleteUser."""
    forget_user(state, state.admin_user(params))
    return {}


def admin_disable_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminDisableUser."""
    user = state.admin_user(params)
    user.enabled = False
    state.grants.revoke_access(user)
    state.touch(user)
    return {}


def admin_enable_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminEnableUser."""
    user = state.admin_user(params)
    user.enabled = True
    state.touch(user)
    return {}


def admin_confirm_sign_up(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminConfirmSignUp. It does not verify the email address or phone number."""
    user = state.admin_user(params)
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    user.status = "CONFIRMED"
    state.touch(user)
    return {}


def admin_set_user_password(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminSetUserPassword."""
    user = state.admin_user(params)
    permanent = params.get("Permanent", False)
    state.set_password(user, params["Password"], permanent=permanent)
    user.status = "CONFIRMED" if permanent else "FORCE_CHANGE_PASSWORD"
    return {}


def admin_reset_user_password(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminResetUserPassword."""
    user = state.admin_user(params)
    begin_recovery(state, user)
    user.status = "RESET_REQUIRED"
    state.touch(user)
    return {}


def admin_list_user_auth_events(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminListUserAuthEvents, newest first."""
    user = state.admin_user(params)
    if not state.settings.records_events:
        raise Refused(
            "UserPoolAddOnNotEnabledException",
            "Threat protection is not enabled for the user pool.",
        )
    events, following = page(user.events[::-1], params, size="MaxResults", token="NextToken")
    return {"AuthEvents": list(events), **following}


def described(state: PoolState, user: User) -> dict[str, Any]:
    """Return Cognito's UserType."""
    return {
        "Username": user.username,
        "Attributes": attribute_list(user.attributes),
        "UserCreateDate": state.moment(user.created_at),
        "UserLastModifiedDate": state.moment(user.modified_at),
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }
