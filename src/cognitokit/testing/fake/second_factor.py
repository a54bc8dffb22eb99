"""Which second factor a sign-in needs, and the tokens once it needs none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cognitokit.testing.fake.delivery import MEDIUM_OF, mask
from cognitokit.testing.fake.devices import remember_device
from cognitokit.testing.fake.refusal import invalid_parameter

if TYPE_CHECKING:
    from typing import Any

    from cognitokit.testing.fake.sign_in_sessions import SignIn
    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User

CONTACT_OF = {
    "SMS_MFA": "phone_number",
    "EMAIL_OTP": "email",
    "SMS_OTP": "phone_number",
}
"""Challenge by code -> where the code goes."""

MFA_DIGITS = 6
FIRST_FACTOR_DIGITS = 8


def after_first_factor(state: PoolState, sign_in: SignIn, user: User) -> dict[str, Any]:
    """Ask for a second factor, or give tokens."""
    device = user.devices.get(sign_in.device_key or "")
    if device is not None and device.remembered:
        # Cognito now wants the device's SRP proof in place of a second factor.
        return challenge(state, sign_in, "DEVICE_SRP_AUTH", {"DEVICE_KEY": device.key})
    if state.settings.mfa == "OFF":
        return complete(state, sign_in, user)
    methods = usable_methods(state, user)
    if user.preferred_mfa in methods:
        return ask(state, sign_in, user, user.preferred_mfa)
    if len(methods) == 1:
        return ask(state, sign_in, user, methods[0])
    if methods:
        parameters = {"MFAS_CAN_CHOOSE": json.dumps(methods), "USER_ID_FOR_SRP": user.username}
        sign_in.choices = tuple(methods)
        return challenge(state, sign_in, "SELECT_MFA_TYPE", parameters)
    if state.settings.mfa == "ON":
        parameters = {
            "MFAS_CAN_SETUP": json.dumps(list(state.settings.mfa_methods)),
            "USER_ID_FOR_SRP": user.username,
        }
        return challenge(state, sign_in, "MFA_SETUP", parameters)
    return complete(state, sign_in, user)


def usable_methods(state: PoolState, user: User) -> list[str]:
    """Return the second factors that the user can be asked for.

    Where the pool demands one, a phone number or email address serves without having been set up.
    """
    demanded = state.settings.mfa == "ON"
    usable: list[str] = []
    for method in state.settings.mfa_methods:
        contact = CONTACT_OF.get(method)
        if contact is None:
            token = user.software_token
            ready = token is not None and token.verified
            wanted = method in user.mfa_methods or demanded
        else:
            ready = contact in user.attributes
            wanted = method in user.mfa_methods or (demanded and not user.mfa_methods)
        if ready and wanted:
            usable.append(method)
    return usable


def ask(state: PoolState, sign_in: SignIn, user: User, method: str) -> dict[str, Any]:
    """Ask for one second factor; send its code if it is one that travels."""
    sign_in.second_factor = True
    parameters = {"USER_ID_FOR_SRP": user.username}
    contact = CONTACT_OF.get(method)
    if contact is None:
        name = user.software_token.name if user.software_token else None
        if name:
            parameters["FRIENDLY_DEVICE_NAME"] = name
        return challenge(state, sign_in, method, parameters)
    parameters |= send_sign_in_code(state, sign_in, user, contact, MFA_DIGITS)
    return challenge(state, sign_in, method, parameters)


def send_sign_in_code(
    state: PoolState, sign_in: SignIn, user: User, contact: str, digits: int
) -> dict[str, str]:
    """Send a code for this sign-in and return the challenge parameters that say where it went."""
    if contact not in user.attributes:
        # It was there when the choice was offered.
        raise invalid_parameter(f"User does not have {contact} to send a code to.")
    sign_in.code = state.make_code(digits)
    state.send(user, contact, "sign_in", sign_in.code)
    return delivery_parameters(contact, user.attributes[contact])


def delivery_parameters(contact: str, destination: str) -> dict[str, str]:
    """Return the challenge parameters that say where a code went."""
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": MEDIUM_OF[contact],
        "CODE_DELIVERY_DESTINATION": mask(destination),
    }


def challenge(
    state: PoolState, sign_in: SignIn, name: str, parameters: dict[str, str]
) -> dict[str, Any]:
    """Open a session that waits for this challenge's answer, and return the response."""
    sign_in.challenge = name
    return {
        "ChallengeName": name,
        "Session": state.sessions.open(sign_in),
        "ChallengeParameters": parameters,
    }


def complete(state: PoolState, sign_in: SignIn, user: User) -> dict[str, Any]:
    """Give tokens."""
    user.misses = 0
    device, metadata = remember_device(state, user, sign_in.device_key)
    grant = state.grants.open(sign_in.client, user, device)
    record_event(state, user, passed=True)
    result = state.grants.authentication_result(
        grant, groups_of(state, user), refresh_token=grant.refresh_token
    )
    if metadata is not None:
        result["NewDeviceMetadata"] = metadata
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def groups_of(state: PoolState, user: User) -> list[Any]:
    """Return the groups that the user is in."""
    return [state.groups[name] for name in user.groups]


def record_event(state: PoolState, user: User, *, passed: bool) -> None:
    """Note a sign-in for AdminListUserAuthEvents, where the pool has threat protection."""
    if state.settings.records_events:
        user.events.append(
            {
                "EventId": state.randomness.uuid(),
                "EventType": "SignIn",
                "CreationDate": state.moment(),
                "EventResponse": "Pass" if passed else "Fail",
            }
        )
