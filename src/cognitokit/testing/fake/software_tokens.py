"""Authenticator apps: enrolling one and checking its codes (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from cognitokit.testing.fake.first_factor import note_miss
from cognitokit.testing.fake.refusal import (
    Refused,
    invalid_parameter,
    missing_parameter,
    not_authorized,
)
from cognitokit.testing.fake.users import SoftwareToken
from cognitokit.testing.totp import totp_code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.sign_in_sessions import SignIn
    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User

PERIOD = 30
SECRET_BYTES = 32


def associate_software_token(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AssociateSoftwareToken, by access token or by the Session of MFA_SETUP."""
    _check_enabled(state)
    secret = base64.b32encode(state.randomness.bytes(SECRET_BYTES)).decode().rstrip("=")
    if "AccessToken" in params:
        user, _ = state.grants.authorize(params["AccessToken"])
        user.software_token = SoftwareToken(secret)
        return {"SecretCode": secret}
    sign_in = _setting_up(state, params)
    sign_in.secret = secret
    state.sessions.spend(params["Session"])
    return {"SecretCode": secret, "Session": state.sessions.open(sign_in)}


def verify_software_token(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """VerifySoftwareToken, by access token or by the Session of AssociateSoftwareToken."""
    _check_enabled(state)
    name = params.get("FriendlyDeviceName")
    if "AccessToken" in params:
        user, _ = state.grants.authorize(params["AccessToken"])
        _verify(state, user.software_token, params["UserCode"], name)
        return {"Status": "SUCCESS"}
    sign_in = _setting_up(state, params)
    token = SoftwareToken(sign_in.secret) if sign_in.secret else None
    _verify(state, token, params["UserCode"], name)
    assert sign_in.user is not None
    sign_in.user.software_token = token
    sign_in.user.mfa_methods.append("SOFTWARE_TOKEN_MFA")
    sign_in.set_up = True
    state.sessions.spend(params["Session"])
    return {"Status": "SUCCESS", "Session": state.sessions.open(sign_in)}


def check_software_token(state: PoolState, user: User, code: str) -> None:
    """Take the code of a second factor or refuse: CodeMismatch-, or ExpiredCodeException if it was used."""
    token = user.software_token
    step = None if token is None else _matching_step(token.secret, code, state.now())
    if token is None or step is None:
        note_miss(state, user)
        raise Refused("CodeMismatchException", "Invalid code received for user")
    if token.last_step is not None and step <= token.last_step:
        raise Refused("ExpiredCodeException", "Your software token has already been used once.")
    token.last_step = step


def _verify(state: PoolState, token: SoftwareToken | None, code: str, name: str | None) -> None:
    if token is None:
        raise invalid_parameter("No software token MFA has been associated for verification.")
    step = _matching_step(token.secret, code, state.now())
    if step is None:
        raise Refused("EnableSoftwareTokenMFAException", "Code mismatch")
    token.verified, token.name, token.last_step = True, name, step


def _matching_step(secret: str, code: str, now: float) -> int | None:
    """Return the half minute whose code this is; clocks may differ by one."""
    current = int(now // PERIOD)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp_code(secret, step * PERIOD).encode(), code.encode()):
            return step
    return None


def _setting_up(state: PoolState, params: Mapping[str, Any]) -> SignIn:
    if "Session" not in params:
        raise missing_parameter("Session")
    sign_in = state.sessions.find(params["Session"])
    if sign_in.challenge != "MFA_SETUP":
        raise not_authorized("Invalid session for the user.")
    return sign_in


def _check_enabled(state: PoolState) -> None:
    if "SOFTWARE_TOKEN_MFA" not in state.settings.mfa_methods:
        raise Refused(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userpool",
        )
