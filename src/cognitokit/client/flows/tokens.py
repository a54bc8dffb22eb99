"""Refreshing and revoking tokens: GetTokensFromRefreshToken, REFRESH_TOKEN_AUTH, RevokeToken."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from cognitokit.client.arguments import given, text_map
from cognitokit.client.calls import Call
from cognitokit.client.flows.replies import tokens_of
from cognitokit.client.flows.request import token_member
from cognitokit.client.flows.sign_in import initiate
from cognitokit.errors import ConfigurationError
from cognitokit.tokens import NewDevice, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow
    from cognitokit.client.user_context import UserContext


def refresh(
    app: AppClient,
    tokens: Tokens | str,
    *,
    device_key: str | None,
    client_metadata: Mapping[str, str] | None,
) -> Flow[Tokens]:
    """GetTokensFromRefreshToken."""
    refresh_token, device = refresh_token_of(tokens)
    reply = yield Call(
        "GetTokensFromRefreshToken",
        given(
            RefreshToken=refresh_token,
            ClientId=app.client_id,
            ClientSecret=app.client_secret,
            DeviceKey=device_key or (device and device.key),
            ClientMetadata=text_map(client_metadata, "client_metadata"),
        ),
        # Within its grace period the app client takes a refresh token that was rotated already.
        repeat_within=app.rotation_grace or None,
    )
    return tokens_of(reply, refresh_token=refresh_token, new_device=device)


def refresh_legacy(
    app: AppClient,
    tokens: Tokens | str,
    *,
    username: str | None,
    admin: bool,
    device_key: str | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[Tokens]:
    """InitiateAuth or AdminInitiateAuth with REFRESH_TOKEN_AUTH.

    Raises:
        ConfigurationError: The app client has a secret, and no username is given.
        FlowNotEnabled: The app client does not allow the flow.
    """
    if app.client_secret is not None and username is None:
        raise ConfigurationError(
            "This app client has a secret: give username=, the user's real name as the access "
            "token's username claim has it. An email address or another alias does not work."
        )
    refresh_token, device = refresh_token_of(tokens)
    reply = yield from initiate(
        app,
        "REFRESH_TOKEN_AUTH",
        given(
            REFRESH_TOKEN=refresh_token,
            DEVICE_KEY=device_key or (device and device.key),
            SECRET_HASH=app.hash_of(username),
        ),
        admin=admin,
        session=None,
        client_metadata=client_metadata,
        user_context=user_context,
        repeat_within=inf,
    )
    return tokens_of(reply, refresh_token=refresh_token, new_device=device)


def revoke(app: AppClient, tokens: Tokens | str) -> Flow[None]:
    """RevokeToken."""
    refresh_token, _ = refresh_token_of(tokens)
    yield Call(
        "RevokeToken",
        given(Token=refresh_token, ClientId=app.client_id, ClientSecret=app.client_secret),
    )


def sign_out_everywhere(tokens: Tokens | str) -> Flow[None]:
    """GlobalSignOut."""
    yield Call("GlobalSignOut", token_member(tokens))


def refresh_token_of(tokens: Tokens | str) -> tuple[str, NewDevice | None]:
    """Return the refresh token of what callers may give, and the device that it is bound to.

    Raises:
        ConfigurationError: There is none.
    """
    if isinstance(tokens, Tokens):
        refresh_token, device = tokens.refresh_token, tokens.new_device
    else:
        refresh_token, device = tokens, None
    if not isinstance(refresh_token, str) or not refresh_token:
        raise ConfigurationError("There is no refresh token in what was given.")
    return refresh_token, device
