"""What callers give, checked and as plain values: mappings and lists of strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


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
