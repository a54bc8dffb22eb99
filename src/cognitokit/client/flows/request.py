"""How requests are put together: members by Cognito's names, and only those that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cognitokit.client.arguments import given, text_map
from cognitokit.client.user_context import UserContext
from cognitokit.errors import ConfigurationError
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient


def access_token_of(token: Tokens | str) -> str:
    """Return the access token of what callers may give: Tokens, or the token itself.

    Raises:
        ConfigurationError: It is neither.
    """
    text = token.access_token if isinstance(token, Tokens) else token
    if isinstance(cast("object", text), str):
        return text
    del token, text  # a traceback shows what is in this frame
    raise ConfigurationError(
        "Give the user's Tokens or their access token, a str; of a verified token its .raw."
    )


def token_member(token: Tokens | str) -> dict[str, str]:
    """Return AccessToken, the member by which an operation knows the signed-in user."""
    try:
        return {"AccessToken": access_token_of(token)}
    finally:
        del token  # as above


def user_members(app: AppClient, username: str) -> dict[str, str]:
    """Return UserPoolId and Username, the members by which an administrator names a user."""
    return {"UserPoolId": app.pool_id, "Username": username}


def public_user_members(
    app: AppClient,
    username: str,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> dict[str, Any]:
    """Return the members by which a public operation takes a user by name, and what goes with it.

    ClientId, SecretHash and Username; ClientMetadata and UserContextData where they are given.
    """
    return given(
        ClientId=app.client_id,
        SecretHash=app.hash_of(username),
        Username=username,
        ClientMetadata=text_map(client_metadata, "client_metadata"),
        **context_members(user_context),
    )


def context_members(user_context: UserContext | None, *, admin: bool = False) -> dict[str, Any]:
    """Return UserContextData or ContextData, as a public or an administrator's operation takes it.

    Raises:
        ConfigurationError: It is no UserContext, or lacks what the administrator's operations need.
    """
    if user_context is None:
        return {}
    if not isinstance(cast("object", user_context), UserContext):
        raise ConfigurationError(
            "user_context must be a UserContext, for instance UserContext(ip_address='192.0.2.1')."
        )
    if admin:
        return {"ContextData": user_context.for_admin()}
    return {"UserContextData": user_context.for_user()}
