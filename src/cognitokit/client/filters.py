"""What ListUsers can look for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import Self

SEARCHABLE = (
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
)
"""The attributes that Cognito searches by; "status" is whether the user is enabled."""


@dataclass(frozen=True, slots=True)
class UserFilter:
    """A condition for ListUsers: one attribute, equal to a value or starting with it.

    Make it with `UserFilter.equals("email", "jane@example.com")` or `UserFilter.starts_with(...)`.

    Raises:
        ConfigurationError: Cognito does not search by that attribute, or the value is no string.
    """

    attribute: str
    value: str = field(repr=False)
    prefix: bool = False

    def __post_init__(self) -> None:
        if self.attribute not in SEARCHABLE:
            raise ConfigurationError(
                f"Cognito searches users by {', '.join(SEARCHABLE)} only; filter others yourself."
            )
        if not isinstance(cast("object", self.value), str):
            raise ConfigurationError("A UserFilter's value must be a string.")

    @classmethod
    def equals(cls, attribute: str, value: str) -> Self:
        """Users whose attribute is the value."""
        return cls(attribute, value)

    @classmethod
    def starts_with(cls, attribute: str, value: str) -> Self:
        """Users whose attribute starts with the value."""
        return cls(attribute, value, prefix=True)

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.attribute} {"^=" if self.prefix else "="} "{quoted}"'
