"""Which factors a user has, and which of the second ones they want to be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.first_factor import available
from cognitokit.testing.fake.profile import mfa_settings
from cognitokit.testing.fake.refusal import invalid_parameter
from cognitokit.testing.fake.second_factor import CONTACT_OF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User

_SETTINGS = {
    "SMSMfaSettings": "SMS_MFA",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}


def set_user_mfa_preference(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """SetUserMFAPreference."""
    user, _ = state.grants.authorize(params["AccessToken"])
    _prefer(state, user, params)
    return {}


def admin_set_user_mfa_preference(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminSetUserMFAPreference."""
    _prefer(state, state.admin_user(params), params)
    return {}


def admin_delete_software_token(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminDeleteSoftwareToken."""
    user = state.admin_user(params)
    user.software_token = None
    _switch(user, "SOFTWARE_TOKEN_MFA", on=False, preferred=False)
    state.touch(user)
    return {}


def get_user_auth_factors(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetUserAuthFactors."""
    user, _ = state.grants.authorize(params["AccessToken"])
    return _factors(state, user)


def admin_get_user_auth_factors(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminGetUserAuthFactors."""
    return _factors(state, state.admin_user(params))


def _factors(state: PoolState, user: User) -> dict[str, Any]:
    configured = [name for name in available(state, user) if name != "PASSWORD_SRP"]
    return {
        "Username": user.username,
        **mfa_settings(user),
        **({"ConfiguredUserAuthFactors": configured} if configured else {}),
    }


def _prefer(state: PoolState, user: User, params: Mapping[str, Any]) -> None:
    chosen = {method: params[name] for name, method in _SETTINGS.items() if name in params}
    preferred = [method for method, setting in chosen.items() if setting.get("PreferredMfa")]
    if len(preferred) > 1:
        raise invalid_parameter("Only one MFA method can be preferred.")
    for method, setting in chosen.items():
        if setting.get("PreferredMfa") and not setting.get("Enabled"):
            raise invalid_parameter("A preferred MFA method must be enabled.")
        if setting.get("Enabled") and not _ready(state, user, method):
            raise invalid_parameter(f"User does not have delivery config set to turn on {method}")
    for method, setting in chosen.items():
        on, wanted = setting.get("Enabled", False), setting.get("PreferredMfa", False)
        _switch(user, method, on=on, preferred=wanted)
    if "WebAuthnMfaSettings" in params:
        on = params["WebAuthnMfaSettings"].get("Enabled", False)
        if on and not (user.passkeys and user.mfa_methods):
            raise invalid_parameter("Passkey MFA needs a passkey and one more MFA method.")
        user.passkey_mfa = on
    state.touch(user)


def _ready(state: PoolState, user: User, method: str) -> bool:
    if method not in state.settings.mfa_methods:
        return False
    contact = CONTACT_OF.get(method)
    if contact is not None:
        return contact in user.attributes
    return user.software_token is not None and user.software_token.verified


def _switch(user: User, method: str, *, on: bool, preferred: bool) -> None:
    if on and method not in user.mfa_methods:
        user.mfa_methods.append(method)
    if not on and method in user.mfa_methods:
        user.mfa_methods.remove(method)
    if preferred:
        user.preferred_mfa = method
    elif user.preferred_mfa == method:
        user.preferred_mfa = None
