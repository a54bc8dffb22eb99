"""Refreshing and ending: refresh tokens, revocation, sign-out, and the list of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.fake.pages import page
from cognitokit.testing.fake.refusal import (
    Refused,
    invalid_parameter,
    missing_parameter,
    not_authorized,
    not_found,
)
from cognitokit.testing.fake.second_factor import groups_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.grants import Grant
    from cognitokit.testing.fake.state import PoolState, RegisteredClient
    from cognitokit.testing.fake.users import User

MOST_SESSIONS = 125


def by_refresh_token(
    state: PoolState, client: RegisteredClient, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """REFRESH_TOKEN_AUTH of InitiateAuth and AdminInitiateAuth."""
    refresh_token = parameters.get("REFRESH_TOKEN")
    if not refresh_token:
        raise missing_parameter("REFRESH_TOKEN")
    if client.settings.rotates:
        raise Refused(
            "UnsupportedOperationException", "Refresh token rotation is enabled for this client."
        )
    grant = state.grants.redeem(refresh_token, client, parameters.get("DEVICE_KEY"))
    if client.secret is not None and parameters.get("SECRET_HASH") is not None:
        # No username travels with a refresh: the hash is over the user's own.
        if parameters["SECRET_HASH"] != client.secret_hash(grant.user.username):
            raise not_authorized(f"SecretHash does not match for the client: {client.client_id}")
    else:
        client.check_secret_hash(parameters.get("SECRET_HASH"), grant.user.username)
    result = state.grants.authentication_result(
        grant, groups_of(state, grant.user), refresh_token=None
    )
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def get_tokens_from_refresh_token(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetTokensFromRefreshToken."""
    client = state.client(params["ClientId"])
    if not client.has_secret(params.get("ClientSecret")):
        raise not_authorized(f"Unable to verify secret for client {client.client_id}")
    grant = state.grants.redeem(params["RefreshToken"], client, params.get("DeviceKey"))
    refresh_token = state.grants.rotate(grant) if client.settings.rotates else None
    result = state.grants.authentication_result(
        grant, groups_of(state, grant.user), refresh_token=refresh_token
    )
    return {"AuthenticationResult": result}


def revoke_token(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """RevokeToken."""
    client = state.clients.get(params["ClientId"])
    if client is None:
        raise invalid_parameter(f"User pool client {params['ClientId']} does not exist.")
    if not client.has_secret(params.get("ClientSecret")):
        raise Refused(
            "UnauthorizedException", f"Unable to verify secret for client {client.client_id}"
        )
    if not client.settings.revocable:
        raise Refused(
            "UnsupportedOperationException", "Token revocation is not enabled for this client."
        )
    token = params["Token"]
    grant = state.grants.find(token)
    if grant is None:
        if token.count(".") == 2:  # noqa: PLR2004 - the three segments of an access or id token
            raise Refused("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
        raise invalid_parameter("Invalid Refresh Token")
    if grant.client is not client:
        raise Refused("UnauthorizedException", "The token was issued to another client.")
    state.grants.revoke(grant)
    return {}


def global_sign_out(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GlobalSignOut."""
    user, _ = state.grants.authorize(params["AccessToken"])
    state.grants.revoke_all(user)
    return {}


def admin_user_global_sign_out(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminUserGlobalSignOut."""
    state.grants.revoke_all(state.admin_user(params))
    return {}


def list_user_sessions(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListUserSessions."""
    user, claims = state.grants.authorize(params["AccessToken"])
    return _sessions(state, user, params, state.grants.of_claims(claims))


def revoke_user_session(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """RevokeUserSession."""
    user, claims = state.grants.authorize(params["AccessToken"])
    grant = _session(state, user, params["SessionId"])
    if grant is state.grants.of_claims(claims):
        raise invalid_parameter("The current session can't be revoked.")
    state.grants.revoke(grant)
    return {}


def admin_list_user_sessions(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminListUserSessions."""
    return _sessions(state, state.admin_user(params), params, None)


def admin_revoke_user_session(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminRevokeUserSession."""
    state.grants.revoke(_session(state, state.admin_user(params), params["SessionId"]))
    return {}


def _sessions(
    state: PoolState, user: User, params: Mapping[str, Any], current: Grant | None
) -> dict[str, Any]:
    grants, following = page(
        state.grants.of(user), params, size="", token="NextToken", largest=MOST_SESSIONS
    )
    return {
        "Sessions": [
            {
                "SessionId": grant.session_id,
                "SessionType": "TOKEN",
                "ClientId": grant.client.client_id,
                "CreateDate": state.moment(grant.created_at),
                "LastActiveDate": state.moment(grant.active_at),
                "DeviceType": "unknown",
                "IsCurrentSession": grant is current,
            }
            for grant in grants
        ],
        **following,
    }


def _session(state: PoolState, user: User, session_id: str) -> Grant:
    for grant in state.grants.of(user):
        if grant.session_id == session_id:
            return grant
    raise not_found("Session does not exist.")
