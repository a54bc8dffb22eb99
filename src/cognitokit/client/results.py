"""What the client's methods return, beside tokens and challenges: frozen, typed data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.client.texts import NOTHING, freeze_texts

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
    def from_data(cls, data: Members) -> Self:
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

    attributes: Mapping[str, str] = field(default=NOTHING, repr=False)
    """The standard attributes, read-only. All values are strings: email_verified is "true" or "false"."""

    custom: Mapping[str, str] = field(default=NOTHING, repr=False)
    """The custom attributes by their names without "custom:", read-only."""

    created_at: datetime | None = None
    modified_at: datetime | None = None

    mfa_methods: tuple[str, ...] = ()
    """The methods that the user has switched on, for instance ("SOFTWARE_TOKEN_MFA",)."""

    preferred_mfa: str | None = None
    """The method that Cognito asks for first."""

    def __post_init__(self) -> None:
        freeze_texts(self, "attributes", "custom")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthFactors:
    """What a user can prove themselves with."""

    username: str

    factors: tuple[str, ...] = ()
    """First factors that are set up: "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", ..."""

    mfa_methods: tuple[str, ...] = ()
    """Second factors that are switched on, for instance ("SOFTWARE_TOKEN_MFA",)."""

    preferred_mfa: str | None = None
    """The second factor that Cognito asks for first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of users in the pool."""

    name: str
    description: str | None = None
    role_arn: str | None = None
    """The IAM role that identity pools give to its members."""

    precedence: int | None = None
    """Whose role wins for a user of several groups: the lowest."""

    created_at: datetime | None = None
    modified_at: datetime | None = None

    @classmethod
    def read(cls, group: Members) -> Self:
        """Make it from GroupType."""
        return cls(
            name=group.text("GroupName"),
            description=group.optional_text("Description"),
            role_arn=group.optional_text("RoleArn"),
            precedence=group.optional_integer("Precedence"),
            created_at=group.moment("CreationDate"),
            modified_at=group.moment("LastModifiedDate"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that the pool tracks."""

    key: str
    attributes: Mapping[str, str] = field(default=NOTHING, repr=False)
    """For instance "device_name", "device_status" and "last_ip_used", read-only."""

    created_at: datetime | None = None
    modified_at: datetime | None = None
    last_authenticated_at: datetime | None = None

    def __post_init__(self) -> None:
        freeze_texts(self, "attributes")

    @property
    def name(self) -> str | None:
        """What the user calls it."""
        return self.attributes.get("device_name")

    @classmethod
    def read(cls, device: Members) -> Self:
        """Make it from DeviceType."""
        return cls(
            key=device.text("DeviceKey"),
            attributes=device.attributes("DeviceAttributes"),
            created_at=device.moment("DeviceCreateDate"),
            modified_at=device.moment("DeviceLastModifiedDate"),
            last_authenticated_at=device.moment("DeviceLastAuthenticatedDate"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey that a user has registered."""

    credential_id: str
    name: str | None = None
    """What the user sees, for instance "iCloud Keychain"."""

    relying_party_id: str | None = None
    """The domain that it is for."""

    attachment: str | None = None
    """"platform" or "cross-platform"."""

    transports: tuple[str, ...] = ()
    """How browsers reach it, for instance ("internal", "hybrid")."""

    created_at: datetime | None = None

    @classmethod
    def read(cls, credential: Members) -> Self:
        """Make it from WebAuthnCredentialDescription."""
        return cls(
            credential_id=credential.text("CredentialId"),
            name=credential.optional_text("FriendlyCredentialName"),
            relying_party_id=credential.optional_text("RelyingPartyId"),
            attachment=credential.optional_text("AuthenticatorAttachment"),
            transports=credential.texts("AuthenticatorTransports"),
            created_at=credential.moment("CreatedAt"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSession:
    """A user's session, where the pool tracks them: one sign-in of one app client, or managed login's own."""

    id: str
    kind: str | None = None
    """"TOKEN" or "SSO"."""

    client_id: str | None = None
    """The app client; None for managed login's own session."""

    current: bool = False
    """Whether it is the session of the access token that asked."""

    created_at: datetime | None = None
    last_active_at: datetime | None = None
    device_type: str | None = None
    ip_address: str | None = None
    city: str | None = None
    country: str | None = None
    origin_id: str | None = None
    """The managed login session that it came from."""

    @classmethod
    def read(cls, session: Members) -> Self:
        """Make it from SessionDescriptionType."""
        place = session.optional_members("LastLocation")
        return cls(
            id=session.text("SessionId"),
            kind=session.optional_text("SessionType"),
            client_id=session.optional_text("ClientId"),
            current=session.flag("IsCurrentSession"),
            created_at=session.moment("CreateDate"),
            last_active_at=session.moment("LastActiveDate"),
            device_type=session.optional_text("DeviceType"),
            ip_address=session.optional_text("LastIPAddress"),
            city=place.optional_text("City") if place else None,
            country=place.optional_text("Country") if place else None,
            origin_id=session.optional_text("OriginSessionId"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthEvent:
    """One event of a user's history, as threat protection keeps it."""

    id: str
    kind: str | None = None
    """"SignIn", "SignUp", "ForgotPassword", "PasswordChange" or "ResendCode"."""

    outcome: str | None = None
    """"Pass", "Fail" or "InProgress"."""

    created_at: datetime | None = None
    risk_decision: str | None = None
    """"NoRisk", "AccountTakeover" or "Block"."""

    risk_level: str | None = None
    """"Low", "Medium" or "High"."""

    compromised_credentials: bool | None = None
    """Whether the password is known from a leak."""

    challenges: tuple[tuple[str, str], ...] = ()
    """What the user was asked and how it went, for instance (("Password", "Success"),)."""

    ip_address: str | None = None
    device_name: str | None = None
    city: str | None = None
    country: str | None = None
    feedback: str | None = None
    """"Valid" or "Invalid", where somebody said so."""

    @classmethod
    def read(cls, event: Members) -> Self:
        """Make it from AuthEventType."""
        risk = event.optional_members("EventRisk")
        context = event.optional_members("EventContextData")
        feedback = event.optional_members("EventFeedback")
        return cls(
            id=event.text("EventId"),
            kind=event.optional_text("EventType"),
            outcome=event.optional_text("EventResponse"),
            created_at=event.moment("CreationDate"),
            risk_decision=risk.optional_text("RiskDecision") if risk else None,
            risk_level=risk.optional_text("RiskLevel") if risk else None,
            compromised_credentials=risk.optional_flag("CompromisedCredentialsDetected")
            if risk
            else None,
            challenges=tuple(
                (item.text("ChallengeName"), item.text("ChallengeResponse"))
                for item in event.each("ChallengeResponses")
            ),
            ip_address=context.optional_text("IpAddress") if context else None,
            device_name=context.optional_text("DeviceName") if context else None,
            city=context.optional_text("City") if context else None,
            country=context.optional_text("Country") if context else None,
            feedback=feedback.optional_text("FeedbackValue") if feedback else None,
        )
