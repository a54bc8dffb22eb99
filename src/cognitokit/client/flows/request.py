"""How requests are put together: members by Cognito's names, and only those that are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from cognitokit.errors import ConfigurationError
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognitokit.client.app import AppClient
    from cognitokit.client.user_context import UserContext


def given(**members: Any) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def name_value_list(values: Mapping[str, str] | None, option: str) -> list[dict[str, str]] | None:
    """Return a mapping as Cognito's list of Name and Value; None where there is none.

    Raises:
        ConfigurationError: It is not a mapping of strings; the message names the option.
    """
    texts = text_map(values, option)
    if texts is None:
        return None
    return [{"Name": name, "Value": value} for name, value in texts.items()]


def text_map(values: Mapping[str, str] | None, option: str) -> dict[str, str] | None:
    """Return a copy of a mapping of strings; None where there is none.

    Raises:
        ConfigurationError: It is not one; the message names the option.
    """
    if not values:
        return None
    texts = dict(values) if isinstance(cast("object", values), Mapping) else {}
    if not texts or any(type(text) is not str for pair in texts.items() for text in pair):
        raise ConfigurationError(
            f"{option} must be a mapping of strings to strings, for instance "
            "{'email': 'jane@example.com'}; for a boolean give 'true' or 'false'."
        )
    return texts


def text_list(values: Iterable[str], option: str) -> Sequence[str]:
    """Return names as a list.

    Raises:
        ConfigurationError: They are none, or one string rather than several.
    """
    several = isinstance(cast("object", values), Iterable) and not isinstance(values, str)
    names = list(values) if several else []
    if not names or any(type(name) is not str for name in names):
        raise ConfigurationError(f"{option} must be a non-empty list of names.")
    return names


def access_token_of(token: Tokens | str) -> str:
    """Return the access token of what callers may give: Tokens, or the token itself.

    Raises:
        ConfigurationError: It is neither.
    """
    text = token.access_token if isinstance(token, Tokens) else token
    if isinstance(cast("object", text), str):
        return text
    del token, text  # a traceback shows what is in this frame
    raise ConfigurationError("Give the user's Tokens or their access token, a str.")


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
        UserContextData=user_context and user_context.for_user(),
    )
