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


def needed_name_value_list(values: Mapping[str, str], option: str) -> list[dict[str, str]]:
    """Return a mapping as Cognito's list of Name and Value, at least one of them.

    Raises:
        ConfigurationError: It is none, or empty; the message names the option.
    """
    listed = name_value_list(values, option)
    if listed is None:
        raise ConfigurationError(f"{option} must be a mapping of strings with at least one in it.")
    return listed


def text_map(values: Mapping[str, str] | None, option: str) -> dict[str, str] | None:
    """Return a copy of a mapping of strings; None where there is none.

    Raises:
        ConfigurationError: It is not one; the message names the option.
    """
    if values is None:
        return None
    texts = _texts(values) if isinstance(cast("object", values), Mapping) else None
    if texts is None:
        del values  # a traceback shows what is in this frame
        raise ConfigurationError(
            f"{option} must be a mapping of strings to strings, for instance "
            "{'email': 'jane@example.com'}; for a boolean give 'true' or 'false'."
        )
    return texts or None


def text_list(values: Iterable[str], option: str) -> Sequence[str]:
    """Return names as a list.

    Raises:
        ConfigurationError: They are none, or one string rather than several.
    """
    several = isinstance(cast("object", values), Iterable) and not isinstance(values, str)
    names = list(values) if several else []
    if not names or any(not isinstance(cast("object", name), str) for name in names):
        raise ConfigurationError(f"{option} must be a non-empty list of names.")
    return [str.__str__(name) for name in names]


def _texts(values: Mapping[str, str]) -> dict[str, str] | None:
    """Return a copy with plain strings, those of a StrEnum included; None where one is no string."""
    pairs: list[tuple[object, object]] = list(values.items())
    if any(not isinstance(text, str) for pair in pairs for text in pair):
        return None
    return {str.__str__(cast("str", name)): str.__str__(cast("str", text)) for name, text in pairs}


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
    from cognitokit.client.user_context import UserContext  # noqa: PLC0415 - it needs this module

    if not isinstance(cast("object", user_context), UserContext):
        raise ConfigurationError(
            "user_context must be a UserContext, for instance UserContext(ip_address='192.0.2.1')."
        )
    if admin:
        return {"ContextData": user_context.for_admin()}
    return {"UserContextData": user_context.for_user()}
