"""Second factors: AssociateSoftwareToken, VerifySoftwareToken, SetUserMFAPreference and their like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cognitokit.client.arguments import given
from cognitokit.client.calls import Call
from cognitokit.client.challenges import Challenge, MfaSetup
from cognitokit.client.flows.request import access_token_of
from cognitokit.client.members import Members
from cognitokit.client.results import AuthFactors
from cognitokit.client.totp import TotpSetup
from cognitokit.errors import ConfigurationError, EnableSoftwareTokenMFA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow
    from cognitokit.tokens import Tokens

S = TypeVar("S", bound=MfaSetup | None)

_SETTINGS = {
    "SMS_MFA": "SMSMfaSettings",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
}
"""Cognito's name of a method -> the member that switches it."""


def associate(for_whom: Tokens | str | MfaSetup) -> Flow[TotpSetup[Any]]:
    """AssociateSoftwareToken."""
    if isinstance(for_whom, MfaSetup):
        reply = yield Call("AssociateSoftwareToken", given(Session=for_whom.session))
        members = Members(reply.body)
        session = members.optional_text("Session") or for_whom.session
        return TotpSetup(
            secret=members.text("SecretCode"),
            username=for_whom.username,
            challenge=replace(for_whom, session=session),
        )
    if isinstance(for_whom, Challenge):
        raise ConfigurationError(f"associate() answers no {for_whom.name}: it takes an MfaSetup.")
    token = access_token_of(for_whom)
    reply = yield Call("AssociateSoftwareToken", {"AccessToken": token})
    return TotpSetup(secret=Members(reply.body).text("SecretCode"), access_token=token)


def verify(setup: TotpSetup[S], code: str, *, device_name: str | None) -> Flow[S]:
    """VerifySoftwareToken.

    Raises:
        EnableSoftwareTokenMFA: The code is wrong.
    """
    if type(setup) is not TotpSetup:
        raise ConfigurationError("verify() takes what client.mfa.associate() gave, and the code.")
    if not isinstance(cast("object", code), str):
        raise ConfigurationError("code must be a str: a number loses the zeros at its beginning.")
    challenge = setup.challenge
    reply = yield Call(
        "VerifySoftwareToken",
        given(
            AccessToken=setup.access_token,
            Session=None if challenge is None else challenge.session,
            UserCode=code,
            FriendlyDeviceName=device_name,
        ),
    )
    members = Members(reply.body)
    if members.optional_text("Status") == "ERROR":
        raise EnableSoftwareTokenMFA("Cognito could not verify the code.")
    if challenge is None:
        return cast("S", None)
    return cast(
        "S", replace(challenge, session=members.optional_text("Session") or challenge.session)
    )


def set_preference(
    owner: Mapping[str, str],
    *,
    admin: bool = False,
    sms: bool | None,
    software_token: bool | None,
    email: bool | None,
    web_authn: bool | None,
    preferred: str | None,
) -> Flow[None]:
    """SetUserMFAPreference or AdminSetUserMFAPreference; a method that is None stays as it is.

    Args:
        owner: The members that say whose they are: AccessToken, or UserPoolId and Username.
        admin: Which of the two.
        sms: Whether to switch the method on or off.
        software_token: The same.
        email: The same.
        web_authn: The same.
        preferred: The method to ask for first, which switches it on; as in CognitoClient.mfa.

    Raises:
        ConfigurationError: The preferred method is unknown, or is switched off by the same call.
    """
    switches = {"SMS_MFA": sms, "SOFTWARE_TOKEN_MFA": software_token, "EMAIL_OTP": email}
    if preferred is not None:
        if not isinstance(cast("object", preferred), str) or preferred not in switches:
            raise ConfigurationError(f"preferred must be one of {', '.join(switches)}.")
        if switches[preferred] is False:
            raise ConfigurationError(f"{preferred} cannot be preferred and switched off.")
        switches[preferred] = True
    # PreferredMfa is no nullable boolean in Cognito's model: left out, it is false all the same.
    settings = {
        _SETTINGS[method]: {"Enabled": enabled, "PreferredMfa": method == preferred}
        for method, enabled in switches.items()
        if enabled is not None
    }
    if web_authn is not None:
        settings["WebAuthnMfaSettings"] = {"Enabled": web_authn}
    operation = "AdminSetUserMFAPreference" if admin else "SetUserMFAPreference"
    yield Call(operation, {**owner, **settings})


def auth_factors(owner: Mapping[str, str], *, admin: bool = False) -> Flow[AuthFactors]:
    """GetUserAuthFactors or AdminGetUserAuthFactors."""
    reply = yield Call("AdminGetUserAuthFactors" if admin else "GetUserAuthFactors", owner)
    members = Members(reply.body)
    return AuthFactors(
        username=members.text("Username"),
        factors=members.texts("ConfiguredUserAuthFactors"),
        mfa_methods=members.texts("UserMFASettingList"),
        preferred_mfa=members.optional_text("PreferredMfaSetting") or None,
    )
