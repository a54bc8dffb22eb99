"""A signed-in user's passkeys: registering, listing, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake import webauthn
from cognitokit.testing.fake.pages import page
from cognitokit.testing.fake.refusal import Refused, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.settings import Passkeys
    from cognitokit.testing.fake.state import PoolState

MOST_PASSKEYS = 20


def start_web_authn_registration(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """StartWebAuthnRegistration."""
    user, claims = state.grants.authorize(params["AccessToken"])
    configuration = _configuration(state)
    if len(user.passkeys) >= MOST_PASSKEYS:
        raise Refused("LimitExceededException", "Maximum number of passkeys reached.")
    ceremony = webauthn.Ceremony(
        claims["client_id"],
        state.now() + webauthn.CEREMONY_SECONDS,
        state.randomness.bytes(webauthn.CHALLENGE_BYTES),
    )
    state.registrations[user.sub] = ceremony
    options = webauthn.creation_options(
        configuration,
        ceremony,
        sub=user.sub,
        username=user.username,
        passkeys=user.passkeys.values(),
    )
    return {"CredentialCreationOptions": options}


def complete_web_authn_registration(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """CompleteWebAuthnRegistration."""
    user, claims = state.grants.authorize(params["AccessToken"])
    configuration = _configuration(state)
    ceremony = state.registrations.get(user.sub)
    if ceremony is None or state.now() >= ceremony.expires_at:
        raise Refused("WebAuthnChallengeNotFoundException", "No registration is under way.")
    if ceremony.client_id != claims["client_id"]:
        raise Refused(
            "WebAuthnClientMismatchException", "The registration was started by another client."
        )
    passkey = webauthn.register(configuration, ceremony, params["Credential"], state.now())
    del state.registrations[user.sub]
    user.passkeys[passkey.id] = passkey
    state.touch(user)
    return {}


def list_web_authn_credentials(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListWebAuthnCredentials."""
    user, _ = state.grants.authorize(params["AccessToken"])
    passkeys, following = page(
        list(user.passkeys.values()),
        params,
        size="MaxResults",
        token="NextToken",
        largest=MOST_PASSKEYS,
    )
    credentials: list[dict[str, Any]] = []
    for passkey in passkeys:
        credential: dict[str, Any] = {
            "CredentialId": passkey.id,
            "FriendlyCredentialName": "Passkey",
            "RelyingPartyId": passkey.relying_party,
            "AuthenticatorTransports": list(passkey.transports),
            "CreatedAt": state.moment(passkey.created_at),
        }
        if passkey.attachment is not None:
            credential["AuthenticatorAttachment"] = passkey.attachment
        credentials.append(credential)
    return {"Credentials": credentials, **following}


def delete_web_authn_credential(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """DeleteWebAuthnCredential."""
    user, _ = state.grants.authorize(params["AccessToken"])
    if user.passkeys.pop(params["CredentialId"], None) is None:
        raise not_found("The credential does not exist.")
    user.passkey_mfa = user.passkey_mfa and bool(user.passkeys)
    state.touch(user)
    return {}


def _configuration(state: PoolState) -> Passkeys:
    if "WEB_AUTHN" not in state.settings.first_factors:
        raise Refused("WebAuthnNotEnabledException", "Passkeys are not enabled for the user pool.")
    if state.settings.passkeys is None:
        raise Refused(
            "WebAuthnConfigurationMissingException",
            "The user pool has no relying party configured.",
        )
    return state.settings.passkeys
