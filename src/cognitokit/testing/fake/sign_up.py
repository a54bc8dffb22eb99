"""Signing up, and getting back in: the operations that need a username and no token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.codes import RECOVERY_LIFETIME, SIGN_UP_LIFETIME
from cognitokit.testing.fake.delivery import simulated_details
from cognitokit.testing.fake.passwords import check_policy
from cognitokit.testing.fake.refusal import (
    Refused,
    expired_code,
    invalid_parameter,
    missing_parameter,
    not_authorized,
    unknown_combination,
    user_disabled,
)
from cognitokit.testing.fake.sign_in_sessions import AFTER_SIGN_UP, SignIn
from cognitokit.testing.fake.users import (
    CONTACTS,
    PREFERRED,
    User,
    attribute_map,
    check_attributes,
    check_required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState, RegisteredClient

SIGN_UP, RECOVERY = "sign_up", "recovery"


def sign_up(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """SignUp."""
    client = state.client(params["ClientId"])
    username = params["Username"]
    client.check_secret_hash(params.get("SecretHash"), username)
    settings = state.settings
    if not settings.self_sign_up:
        raise not_authorized("SignUp is not permitted for this user pool")
    attributes = attribute_map(params.get("UserAttributes", ()))
    for name in attributes:
        if not client.settings.may_write(name):
            raise not_authorized("A client attempted to write unauthorized attribute")
    password = params.get("Password")
    if not password and not settings.passwordless:
        raise missing_parameter("Password")
    user = new_user(state, username, attributes, status="UNCONFIRMED")
    if PREFERRED in user.attributes:
        state.directory.claim_alias(user, PREFERRED, user.attributes[PREFERRED])
    check_required(settings, user.attributes)
    if password:
        state.set_password(user, password)
    state.directory.add(user)
    reply: dict[str, Any] = {"UserConfirmed": False, "UserSub": user.sub}
    attribute = _to_verify(state, user)
    if attribute:
        reply["CodeDeliveryDetails"] = send_code(state, user, SIGN_UP, attribute, SIGN_UP_LIFETIME)
    if "ALLOW_USER_AUTH" in client.settings.flows:
        reply["Session"] = _session(state, client, username, user)
    return reply


def confirm_sign_up(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ConfirmSignUp."""
    client, user = _known_user(state, params)
    if user is None:
        raise expired_code()
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    if "Session" in params:
        sign_in = state.sessions.find(params["Session"])
        if sign_in.user is not user or sign_in.challenge != AFTER_SIGN_UP:
            raise not_authorized("Invalid session for the user.")
    state.codes.check(SIGN_UP, user.sub, params["ConfirmationCode"], state.now())
    attribute = _to_verify(state, user)
    if attribute:
        state.directory.claim_alias(
            user,
            attribute,
            user.attributes[attribute],
            force=params.get("ForceAliasCreation", False),
        )
        user.attributes[f"{attribute}_verified"] = "true"
    state.codes.spend(SIGN_UP, user.sub)
    user.status = "CONFIRMED"
    state.touch(user)
    if "ALLOW_USER_AUTH" in client.settings.flows:
        return {"Session": _session(state, client, params["Username"], user)}
    return {}


def resend_confirmation_code(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ResendConfirmationCode."""
    _, user = _known_user(state, params)
    if user is None:
        return {"CodeDeliveryDetails": simulated_details(params["Username"])}
    if user.status != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    attribute = _to_verify(state, user)
    if attribute is None:
        raise invalid_parameter("Auto verification not turned on.")
    return {"CodeDeliveryDetails": send_code(state, user, SIGN_UP, attribute, SIGN_UP_LIFETIME)}


def forgot_password(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ForgotPassword."""
    _, user = _known_user(state, params)
    if user is None:
        return {"CodeDeliveryDetails": simulated_details(params["Username"])}
    return {"CodeDeliveryDetails": begin_recovery(state, user)}


def begin_recovery(state: PoolState, user: User) -> dict[str, Any]:
    """Send a recovery code and return its CodeDeliveryDetails."""
    if not user.enabled:
        raise user_disabled()
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise not_authorized("User password cannot be reset in the current state.")
    return send_code(state, user, RECOVERY, state.recovery_contact(user), RECOVERY_LIFETIME)


def confirm_forgot_password(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ConfirmForgotPassword."""
    _, user = _known_user(state, params)
    if user is None:
        raise expired_code()
    if not user.enabled:
        raise user_disabled()
    check_policy(params["Password"], state.settings.passwords)
    state.codes.check(RECOVERY, user.sub, params["ConfirmationCode"], state.now())
    state.set_password(user, params["Password"])
    state.codes.spend(RECOVERY, user.sub)
    user.status = "CONFIRMED"
    return {}


def new_user(
    state: PoolState, username: str, attributes: Mapping[str, str], *, status: str
) -> User:
    """Return a user of that name who is not in the directory yet, or refuse.

    In a pool where an email address or phone number is the username, that becomes an attribute
    and the user's own name is the sub.
    """
    settings, directory = state.settings, state.directory
    named_by = directory.check_username(username)
    if directory.find(username) is not None:
        raise Refused(
            "UsernameExistsException",
            f"An account with the given {named_by} already exists."
            if named_by
            else "User already exists",
        )
    check_attributes(settings, attributes, None)
    given = {name: value for name, value in attributes.items() if value}
    if named_by:
        if given.get(named_by, username) != username:
            raise invalid_parameter(f"User {named_by} should be empty or same as username.")
        given[named_by] = username
    for name in settings.username_attributes:
        if name in given and directory.find(given[name]) is not None:
            raise Refused(
                "UsernameExistsException", f"An account with the given {name} already exists."
            )
    for name in CONTACTS:
        if name in given:
            given.setdefault(f"{name}_verified", "false")
    sub = state.new_sub(username)
    now = state.now()
    return User(
        username=sub if named_by else username,
        sub=sub,
        status=status,
        created_at=now,
        modified_at=now,
        attributes={"sub": sub, **given},
    )


def send_code(
    state: PoolState,
    user: User,
    purpose: str,
    attribute: str,
    lifetime: float,
    *,
    destination: str | None = None,
) -> dict[str, Any]:
    """Make a code, send it, and return its CodeDeliveryDetails."""
    code = state.make_code(6)
    state.codes.keep(purpose, user.sub, code, state.now() + lifetime)
    return state.send(user, attribute, "verification", code, destination=destination)


def _known_user(
    state: PoolState, params: Mapping[str, Any]
) -> tuple[RegisteredClient, User | None]:
    """Return the app client and the user; None for a user that the app client says nothing of."""
    client = state.client(params["ClientId"])
    client.check_secret_hash(params.get("SecretHash"), params["Username"])
    user = state.directory.find(params["Username"])
    if user is None and not client.settings.hides_users:
        raise unknown_combination()
    return client, user


def _to_verify(state: PoolState, user: User) -> str | None:
    # Where both would be verified, Cognito sends the code to the phone.
    for attribute in ("phone_number", "email"):
        if attribute in state.settings.auto_verified and attribute in user.attributes:
            return attribute
    return None


def _session(state: PoolState, client: RegisteredClient, name: str, user: User) -> str:
    return state.sessions.open(SignIn(client=client, name=name, user=user, challenge=AFTER_SIGN_UP))
