"""The ways to begin a sign-in: a password, a one-time code, a passkey, and choosing among them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cognitokit.testing.fake import webauthn
from cognitokit.testing.fake.delivery import simulated_details
from cognitokit.testing.fake.refusal import (
    NotInFakePool,
    Refused,
    incorrect_credentials,
    invalid_parameter,
    missing_parameter,
    not_authorized,
    user_disabled,
)
from cognitokit.testing.fake.second_factor import (
    CONTACT_OF,
    FIRST_FACTOR_DIGITS,
    after_first_factor,
    challenge,
    complete,
    record_event,
    send_sign_in_code,
    usable_methods,
)
from cognitokit.testing.fake.sign_in_sessions import AFTER_SIGN_UP
from cognitokit.testing.fake.users import missing_required

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.sign_in_sessions import SignIn
    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User

FREE_MISSES = 5
LONGEST_LOCK = 15 * 60


def srp() -> NotInFakePool:
    """What every step of the Secure Remote Password protocol meets."""
    return NotInFakePool(
        "the Secure Remote Password protocol",
        "Sign in with USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH or the PASSWORD choice of USER_AUTH.",
    )


def check_lock(state: PoolState, user: User) -> None:
    """Refuse while the user is locked out for too many wrong passwords: NotAuthorizedException.

    Cognito's guide, "Lockout behavior for failed sign-in attempts": n misses lock for 2^(n-5)
    seconds, at most about 15 minutes; as long without an attempt forgives them all.
    """
    since = state.now() - user.missed_at
    if since >= LONGEST_LOCK:
        user.misses = 0
    if user.misses >= FREE_MISSES and since < min(2 ** (user.misses - FREE_MISSES), LONGEST_LOCK):
        raise not_authorized("Password attempts exceeded")


def note_miss(state: PoolState, user: User) -> None:
    """Count a wrong password or second factor."""
    user.misses += 1
    user.missed_at = state.now()
    record_event(state, user, passed=False)


def by_password(state: PoolState, sign_in: SignIn, password: str) -> dict[str, Any]:
    """Go on with a password: to NEW_PASSWORD_REQUIRED, a second factor or tokens."""
    user = sign_in.user
    if user is None:
        raise incorrect_credentials()
    check_lock(state, user)
    if user.status == "RESET_REQUIRED":
        raise Refused("PasswordResetRequiredException", "Password reset required for the user")
    if user.password is None or not user.password.matches(password):
        note_miss(state, user)
        raise incorrect_credentials()
    check_may_sign_in(user)
    if user.status != "FORCE_CHANGE_PASSWORD":
        return after_first_factor(state, sign_in, user)
    if user.password_expires_at is not None and state.now() >= user.password_expires_at:
        raise not_authorized(
            "Temporary password has expired and must be reset by an administrator."
        )
    known = {name: value for name, value in user.attributes.items() if name != "sub"}
    required = [f"userAttributes.{name}" for name in missing_required(state.settings, known)]
    parameters = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(required),
        "userAttributes": json.dumps(known),
    }
    return challenge(state, sign_in, "NEW_PASSWORD_REQUIRED", parameters)


def check_may_sign_in(user: User) -> None:
    """Refuse a user who is disabled or never confirmed the sign-up."""
    if not user.enabled:
        raise user_disabled()
    if user.status == "UNCONFIRMED":
        raise Refused("UserNotConfirmedException", "User is not confirmed.")


def by_choice(state: PoolState, sign_in: SignIn, parameters: Mapping[str, str]) -> dict[str, Any]:
    """USER_AUTH: begin with the preferred challenge, or offer the choice."""
    if sign_in.user is not None:
        check_may_sign_in(sign_in.user)
    choices = available(state, sign_in.user)
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if sign_in.user is None and preferred not in choices:
        preferred = _simulated_choice(state, sign_in.name, choices)
    sign_in.choices = tuple(choices)
    if preferred in choices:
        reply = begin(state, sign_in, preferred, parameters)
    else:
        reply = challenge(state, sign_in, "SELECT_CHALLENGE", _passkey_parameters(state, sign_in))
    if "ChallengeName" in reply:
        reply["AvailableChallenges"] = choices
    return reply


def _simulated_choice(state: PoolState, name: str, choices: list[str]) -> str | None:
    # Cognito answers for an unknown user with one of the pool's challenges, at random.
    seed = hashlib.sha256(f"{state.pool_id} {name}".encode()).digest()[0]
    candidates = [choice for choice in choices if choice != "PASSWORD_SRP"]
    return candidates[seed % len(candidates)] if candidates else None


def available(state: PoolState, user: User | None) -> list[str]:
    """Return the challenges that the user can begin with; for an unknown user all that the pool has."""
    allowed = state.settings.first_factors
    choices: list[str] = []
    if "PASSWORD" in allowed and (user is None or user.password is not None):
        choices += ["PASSWORD_SRP", "PASSWORD"]
    if user is not None and user.status == "FORCE_CHANGE_PASSWORD":
        return choices
    needs_mfa = state.settings.mfa == "ON" or (
        user is not None and state.settings.mfa != "OFF" and bool(usable_methods(state, user))
    )
    for otp in ("EMAIL_OTP", "SMS_OTP"):
        if otp in allowed and not needs_mfa and (user is None or user.verified(CONTACT_OF[otp])):
            choices.append(otp)
    passkeys = state.settings.passkeys
    if "WEB_AUTHN" in allowed and passkeys is not None and (user is None or user.passkeys):
        stands_for_both = passkeys.satisfies_mfa and (user is None or user.passkey_mfa)
        if stands_for_both or not needs_mfa:
            choices.append("WEB_AUTHN")
    return choices


def begin(
    state: PoolState, sign_in: SignIn, choice: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """Go on with one of the choices, as far as what is given with it reaches."""
    match choice:
        case "PASSWORD" if "PASSWORD" in given:
            return by_password(state, sign_in, given["PASSWORD"])
        case "PASSWORD":
            return challenge(state, sign_in, "PASSWORD", {})
        case "PASSWORD_SRP":
            raise srp()
        case "WEB_AUTHN" if "CREDENTIAL" in given:
            return by_passkey(state, sign_in, given["CREDENTIAL"])
        case "WEB_AUTHN":
            return challenge(state, sign_in, "WEB_AUTHN", _passkey_parameters(state, sign_in))
        case _:
            return _by_one_time_code(state, sign_in, choice)


def _by_one_time_code(state: PoolState, sign_in: SignIn, choice: str) -> dict[str, Any]:
    if sign_in.user is None:
        details = simulated_details(sign_in.name)
        parameters = {
            "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS" if choice == "SMS_OTP" else "EMAIL",
            "CODE_DELIVERY_DESTINATION": details["Destination"],
        }
    else:
        parameters = send_sign_in_code(
            state, sign_in, sign_in.user, CONTACT_OF[choice], FIRST_FACTOR_DIGITS
        )
    return challenge(state, sign_in, choice, parameters)


def by_passkey(state: PoolState, sign_in: SignIn, credential: str) -> dict[str, Any]:
    """Go on with a passkey's assertion: to tokens, for it stands for both factors or none other is due."""
    user, configuration = sign_in.user, state.settings.passkeys
    if user is None or configuration is None or sign_in.ceremony is None:
        raise incorrect_credentials()
    user_verified = webauthn.check_assertion(
        configuration, sign_in.ceremony, credential, user.passkeys, sub=user.sub, now=state.now()
    )
    check_may_sign_in(user)
    if state.settings.mfa != "OFF" and usable_methods(state, user) and not user_verified:
        raise not_authorized("User verification is required.")
    return complete(state, sign_in, user)


def after_sign_up(state: PoolState, sign_in: SignIn, session: str) -> dict[str, Any]:
    """USER_AUTH with the Session of ConfirmSignUp, whose code then counts as the first factor."""
    confirmed = state.sessions.find(session)
    user = sign_in.user
    if user is None or confirmed.user is not user or confirmed.challenge != AFTER_SIGN_UP:
        raise not_authorized("Invalid session for the user.")
    if confirmed.client is not sign_in.client:
        raise not_authorized("Invalid session for the user.")
    check_may_sign_in(user)
    reply = complete(state, sign_in, user)
    state.sessions.spend(session)
    return reply


def choose(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
    """The answer to SELECT_CHALLENGE."""
    choice = responses.get("ANSWER")
    if choice is None:
        raise missing_parameter("ANSWER")
    if choice not in sign_in.choices:
        raise invalid_parameter("The selected challenge is not available.")
    return begin(state, sign_in, choice, responses)


def _passkey_parameters(state: PoolState, sign_in: SignIn) -> dict[str, str]:
    configuration = state.settings.passkeys
    if configuration is None or "WEB_AUTHN" not in sign_in.choices:
        return {}
    sign_in.ceremony = webauthn.Ceremony(
        sign_in.client.client_id,
        state.now() + webauthn.CEREMONY_SECONDS,
        state.randomness.bytes(webauthn.CHALLENGE_BYTES),
    )
    passkeys = sign_in.user.passkeys.values() if sign_in.user is not None else ()
    options = webauthn.request_options(configuration, sign_in.ceremony, passkeys)
    return {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}
