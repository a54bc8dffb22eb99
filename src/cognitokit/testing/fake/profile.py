"""What a signed-in user does with their own profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.codes import VERIFICATION_LIFETIME
from cognitokit.testing.fake.refusal import (
    incorrect_credentials,
    invalid_parameter,
    missing_parameter,
    not_authorized,
)
from cognitokit.testing.fake.sign_up import send_code
from cognitokit.testing.fake.users import (
    CONTACTS,
    attribute_list,
    attribute_map,
    check_attributes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from cognitokit.testing.fake.state import PoolState, RegisteredClient
    from cognitokit.testing.fake.users import User


def get_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetUser."""
    user, client = _caller(state, params)
    readable = {
        name: value for name, value in user.attributes.items() if client.settings.may_read(name)
    }
    return {
        "Username": user.username,
        "UserAttributes": attribute_list(readable),
        **mfa_settings(user),
    }


def mfa_settings(user: User) -> dict[str, Any]:
    """Return the members that say which second factors a user has; none where there are none."""
    settings: dict[str, Any] = {}
    if user.mfa_methods:
        settings["UserMFASettingList"] = list(user.mfa_methods)
    if user.preferred_mfa:
        settings["PreferredMfaSetting"] = user.preferred_mfa
    return settings


def update_user_attributes(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateUserAttributes."""
    user, client = _caller(state, params)
    values = attribute_map(params["UserAttributes"])
    _check_writable(client, values)
    deliveries = change_attributes(state, user, values)
    return {"CodeDeliveryDetailsList": deliveries} if deliveries else {}


def delete_user_attributes(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteUserAttributes."""
    user, client = _caller(state, params)
    _check_writable(client, params["UserAttributeNames"])
    drop_attributes(state, user, params["UserAttributeNames"])
    return {}


def change_attributes(
    state: PoolState, user: User, values: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Set attributes and return the CodeDeliveryDetails of the codes that this sends.

    A new email address or phone number is unverified unless the same call says otherwise.
    """
    check_attributes(state.settings, values, user)
    _check_deletable(state, [name for name, value in values.items() if not value])
    for name, value in values.items():
        if value and value != user.attributes.get(name):
            state.directory.claim_alias(user, name, value)
    deliveries: list[dict[str, Any]] = []
    for name, value in values.items():
        if not value:
            drop_attributes(state, user, [name])
            continue
        changed = value != user.attributes.get(name)
        if name not in CONTACTS or not changed:
            user.attributes[name] = value
            continue
        verified = values.get(f"{name}_verified") == "true"
        if name in state.settings.verify_before_update and not verified:
            user.pending[name] = value
        else:
            user.pending.pop(name, None)
            user.attributes[name] = value
            user.attributes[f"{name}_verified"] = "true" if verified else "false"
        if name in state.settings.auto_verified and not verified:
            deliveries.append(_send_verification(state, user, name))
    state.touch(user)
    return deliveries


def drop_attributes(state: PoolState, user: User, names: Sequence[str]) -> None:
    """Delete attributes, and with an email address or phone number that it was verified."""
    _check_deletable(state, names)
    for name in names:
        user.attributes.pop(name, None)
        if name in CONTACTS:
            user.attributes.pop(f"{name}_verified", None)
            user.pending.pop(name, None)
            state.codes.spend(f"verify {name}", user.sub)
    state.touch(user)


def get_user_attribute_verification_code(
    state: PoolState, params: Mapping[str, Any]
) -> dict[str, Any]:
    """GetUserAttributeVerificationCode."""
    user, _ = _caller(state, params)
    name = params["AttributeName"]
    if name not in CONTACTS:
        raise invalid_parameter("Attribute is not verifiable.")
    if not user.pending.get(name) and not user.attributes.get(name):
        raise invalid_parameter(f"User does not have {name} to verify.")
    return {"CodeDeliveryDetails": _send_verification(state, user, name)}


def verify_user_attribute(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """VerifyUserAttribute."""
    user, _ = _caller(state, params)
    name = params["AttributeName"]
    purpose = f"verify {name}"
    state.codes.check(purpose, user.sub, params["Code"], state.now())
    value = user.pending.get(name) or user.attributes[name]
    state.directory.claim_alias(user, name, value)
    state.codes.spend(purpose, user.sub)
    user.pending.pop(name, None)
    user.attributes |= {name: value, f"{name}_verified": "true"}
    state.touch(user)
    return {}


def change_password(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ChangePassword."""
    user, _ = _caller(state, params)
    if user.password is not None:
        previous = params.get("PreviousPassword")
        if previous is None:
            raise missing_parameter("PreviousPassword")
        if not user.password.matches(previous):
            raise incorrect_credentials()
    state.set_password(user, params["ProposedPassword"])
    return {}


def delete_user(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteUser."""
    user, _ = _caller(state, params)
    forget_user(state, user)
    return {}


def forget_user(state: PoolState, user: User) -> None:
    """Delete a user with everything that is theirs."""
    state.directory.remove(user)
    state.codes.forget(user.sub)
    state.grants.revoke_all(user)


def _caller(state: PoolState, params: Mapping[str, Any]) -> tuple[User, RegisteredClient]:
    user, claims = state.grants.authorize(params["AccessToken"])
    return user, state.client(claims["client_id"])


def _check_writable(client: RegisteredClient, names: Iterable[str]) -> None:
    if not all(client.settings.may_write(name) for name in names):
        raise not_authorized("A client attempted to write unauthorized attribute")


def _check_deletable(state: PoolState, names: Iterable[str]) -> None:
    for name in names:
        attribute = state.settings.schema.get(name)
        if attribute is None:
            raise invalid_parameter(f"user.{name}: Attribute does not exist in the schema.\n")
        if attribute.required or not attribute.mutable:
            raise invalid_parameter(f"user.{name}: Attribute cannot be deleted.\n")


def _send_verification(state: PoolState, user: User, name: str) -> dict[str, Any]:
    return send_code(
        state,
        user,
        f"verify {name}",
        name,
        VERIFICATION_LIFETIME,
        destination=user.pending.get(name),
    )
