"""What the client's methods return, beside tokens and challenges: frozen, typed data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any, Self

    from cognitokit.client.members import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDelivery:
    """Where Cognito sent a code (CodeDeliveryDetails)."""

    destination: str | None = None
    """The masked address or number, for instance "j***@e***"."""

    medium: str | None = None
    """"EMAIL" or "SMS"."""

    attribute: str | None = None
    """The attribute that the code is for, for instance "email"; None for sign-in codes."""

    @classmethod
    def read(cls, details: Members) -> Self:
        """Make it from CodeDeliveryDetails."""
        return cls(
            destination=details.optional_text("Destination"),
            medium=details.optional_text("DeliveryMedium"),
            attribute=details.optional_text("AttributeName"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "destination": self.destination,
            "medium": self.medium,
            "attribute": self.attribute,
        }

    @classmethod
    def from_members(cls, data: Members) -> Self:
        """Make it from what to_dict() wrote."""
        return cls(
            destination=data.optional_text("destination"),
            medium=data.optional_text("medium"),
            attribute=data.optional_text("attribute"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpResult:
    """What SignUp gives."""

    user_sub: str
    """The new user's id in the pool, stable for ever."""

    confirmed: bool
    """Whether the user can sign in at once: a trigger or the pool's settings confirmed the sign-up."""

    delivery: CodeDelivery | None = None
    """Where the confirmation code went; None where none was sent."""

    session: str | None = field(default=None, repr=False)
    """For confirm_sign_up, and on from there to a sign-in without another factor. A secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSignUpResult:
    """What ConfirmSignUp gives."""

    session: str | None = field(default=None, repr=False)
    """For sign_in_with_choice(..., session=...), which then asks for no other factor. A secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the pool. The repr shows no attribute: they are personal data."""

    username: str
    """The real username; in pools that sign in by email or phone number it is the sub."""

    status: str | None = None
    """For instance "CONFIRMED" or "FORCE_CHANGE_PASSWORD"; None where a user asks about themselves."""

    enabled: bool | None = None
    """Whether the user may sign in; None where a user asks about themselves."""

    attributes: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """The standard attributes, read-only. All values are strings: email_verified is "true" or "false"."""

    custom: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """The custom attributes by their names without "custom:", read-only."""

    created_at: datetime | None = None
    modified_at: datetime | None = None

    mfa_methods: tuple[str, ...] = ()
    """The methods that the user has switched on, for instance ("SOFTWARE_TOKEN_MFA",)."""

    preferred_mfa: str | None = None
    """The method that Cognito asks for first."""

    @property
    def sub(self) -> str | None:
        """The user's id in the pool, stable for ever."""
        return self.attributes.get("sub")

    @property
    def email(self) -> str | None:
        """The email address. Trust it only where email_verified is True."""
        return self.attributes.get("email")

    @property
    def email_verified(self) -> bool:
        """Whether the user has proved that the address is theirs."""
        return self.attributes.get("email_verified") == "true"

    @property
    def phone_number(self) -> str | None:
        """The phone number, E.164. Trust it only where phone_number_verified is True."""
        return self.attributes.get("phone_number")

    @property
    def phone_number_verified(self) -> bool:
        """Whether the user has proved that the number is theirs."""
        return self.attributes.get("phone_number_verified") == "true"
