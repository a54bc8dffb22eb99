"""What a pool and its app clients are configured to do, in Cognito's own vocabulary.

Settings are given as CreateUserPool, SetUserPoolMfaConfig and CreateUserPoolClient take them, so
that one set of settings makes a FakePool, an embedded pool and a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cognitokit.errors import ConfigurationError
from cognitokit.testing.fake import service_model
from cognitokit.testing.fake.refusal import NotInFakePool

Settings: TypeAlias = Mapping[str, Any]
Trigger: TypeAlias = Callable[[dict[str, Any], object], Mapping[str, Any]]
"""A Lambda handler: takes the event and a context, and returns the event with its response filled in."""

DEFAULT_POOL_SETTINGS: Settings = {"AutoVerifiedAttributes": ["email"]}
"""What FakePool adds to the settings that it is given: sign-up sends its code by email."""

DEFAULT_CLIENT_SETTINGS: Settings = {
    "ExplicitAuthFlows": [
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
    ],
    "PreventUserExistenceErrors": "ENABLED",
}
"""The same for its app client: every flow without SRP, and the console's way with unknown users."""

STANDARD_ATTRIBUTES = (
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "website",
    "zoneinfo",
)
TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_UNITS = {"seconds": 1, "minutes": _MINUTE, "hours": _HOUR, "days": _DAY}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the pool's schema."""

    name: str
    data_type: str = "String"
    mutable: bool = True
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Policies.PasswordPolicy, with Cognito's defaults."""

    minimum_length: int = 8
    uppercase: bool = True
    lowercase: bool = True
    numbers: bool = True
    symbols: bool = True
    history: int = 0
    temporary_validity: float = 7 * _DAY


@dataclass(frozen=True, slots=True)
class Passkeys:
    """WebAuthnConfiguration."""

    relying_party: str
    user_verification_required: bool = False
    satisfies_mfa: bool = False


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """A pool's settings, read once."""

    passwords: PasswordPolicy
    first_factors: tuple[str, ...]
    auto_verified: tuple[str, ...]
    username_attributes: tuple[str, ...]
    alias_attributes: tuple[str, ...]
    case_sensitive: bool
    mfa: str
    mfa_methods: tuple[str, ...]
    passkeys: Passkeys | None
    schema: Mapping[str, Attribute]
    self_sign_up: bool
    recovery: tuple[str, ...] | None
    verify_before_update: tuple[str, ...]
    tracks_devices: bool
    device_on_prompt: bool
    records_events: bool
    updated_issuer: bool
    texts: Mapping[str, str]

    @classmethod
    def parse(cls, settings: Settings) -> PoolSettings:
        """Read what CreateUserPool and SetUserPoolMfaConfig take.

        Raises:
            ConfigurationError: A setting is unknown, wrong, or contradicts another.
            NotInFakePool: A setting asks for what the fake does not do.
        """
        service_model.check_settings(settings, "CreateUserPool", "SetUserPoolMfaConfig")
        if settings.get("LambdaConfig"):
            raise NotInFakePool(
                "Lambda triggers by ARN",
                f"Give Python callables as triggers={{...}}: {', '.join(TRIGGERS)}.",
            )
        if settings.get("UsernameAttributes") and settings.get("AliasAttributes"):
            raise ConfigurationError(
                "UsernameAttributes and AliasAttributes exclude each other: leave one out."
            )
        policies = settings.get("Policies", {})
        recovery = settings.get("AccountRecoverySetting")
        verification = settings.get("VerificationMessageTemplate", {})
        email_mfa = settings.get("EmailMfaConfiguration", {})
        invitation = settings.get("AdminCreateUserConfig", {}).get("InviteMessageTemplate", {})
        devices = settings.get("DeviceConfiguration")
        return cls(
            passwords=_password_policy(policies.get("PasswordPolicy", {})),
            first_factors=tuple(
                policies.get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ("PASSWORD",))
            ),
            auto_verified=tuple(settings.get("AutoVerifiedAttributes", ())),
            username_attributes=tuple(settings.get("UsernameAttributes", ())),
            alias_attributes=tuple(settings.get("AliasAttributes", ())),
            case_sensitive=settings.get("UsernameConfiguration", {}).get("CaseSensitive", True),
            mfa=settings.get("MfaConfiguration", "OFF"),
            mfa_methods=_mfa_methods(settings),
            passkeys=_passkeys(settings.get("WebAuthnConfiguration", {})),
            schema=_schema(settings.get("Schema", ())),
            self_sign_up=not settings.get("AdminCreateUserConfig", {}).get(
                "AllowAdminCreateUserOnly", False
            ),
            recovery=_recovery(recovery) if recovery else None,
            verify_before_update=tuple(
                settings.get("UserAttributeUpdateSettings", {}).get(
                    "AttributesRequireVerificationBeforeUpdate", ()
                )
            ),
            tracks_devices=devices is not None,
            device_on_prompt=bool(devices and devices.get("DeviceOnlyRememberedOnUserPrompt")),
            records_events=settings.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF")
            != "OFF",
            updated_issuer=settings.get("IssuerConfiguration", {}).get("Type") == "UPDATED",
            texts={
                "verification_subject": verification.get(
                    "EmailSubject",
                    settings.get("EmailVerificationSubject", "Your verification code"),
                ),
                "verification_email": verification.get(
                    "EmailMessage",
                    settings.get("EmailVerificationMessage", "Your confirmation code is {####}"),
                ),
                "verification_sms": verification.get(
                    "SmsMessage",
                    settings.get("SmsVerificationMessage", "Your confirmation code is {####}"),
                ),
                "invitation_subject": invitation.get("EmailSubject", "Your temporary password"),
                "invitation_email": invitation.get(
                    "EmailMessage", "Your username is {username} and temporary password is {####}."
                ),
                "invitation_sms": invitation.get(
                    "SMSMessage", "Your username is {username} and temporary password is {####}."
                ),
                "sign_in_subject": email_mfa.get("Subject", "Your authentication code"),
                "sign_in_email": email_mfa.get("Message", "Your authentication code is {####}"),
                "sign_in_sms": settings.get("SmsMfaConfiguration", {}).get(
                    "SmsAuthenticationMessage",
                    settings.get("SmsAuthenticationMessage", "Your authentication code is {####}"),
                ),
            },
        )

    @property
    def passwordless(self) -> bool:
        """Whether a user may sign in by a one-time code, and so need no password."""
        return bool({"EMAIL_OTP", "SMS_OTP"} & set(self.first_factors))


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """An app client's settings, read once."""

    name: str
    has_secret: bool
    flows: frozenset[str]
    hides_users: bool
    access_token_lifetime: int
    id_token_lifetime: int
    refresh_token_lifetime: int
    session_lifetime: int
    rotates: bool
    grace: int
    revocable: bool
    readable: frozenset[str] | None
    writable: frozenset[str] | None
    secret: str | None = field(repr=False)

    @classmethod
    def parse(cls, settings: Settings) -> ClientSettings:
        """Read what CreateUserPoolClient takes.

        Raises:
            ConfigurationError: A setting is unknown, wrong, or contradicts another.
        """
        service_model.check_settings(settings, "CreateUserPoolClient")
        rotation = settings.get("RefreshTokenRotation", {})
        rotates = rotation.get("Feature") == "ENABLED"
        flows = frozenset(
            settings.get(
                "ExplicitAuthFlows",
                ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"),
            )
        )
        if rotates and "ALLOW_REFRESH_TOKEN_AUTH" in flows:
            raise ConfigurationError(
                "RefreshTokenRotation excludes ALLOW_REFRESH_TOKEN_AUTH: leave it out of ExplicitAuthFlows."
            )
        return cls(
            name=settings.get("ClientName", "fake"),
            has_secret=bool(settings.get("GenerateSecret") or settings.get("ClientSecret")),
            flows=flows,
            hides_users=settings.get("PreventUserExistenceErrors", "LEGACY") == "ENABLED",
            access_token_lifetime=_lifetime(
                settings, "AccessToken", "hours", 1, low=5 * _MINUTE, high=_DAY
            ),
            id_token_lifetime=_lifetime(
                settings, "IdToken", "hours", 1, low=5 * _MINUTE, high=_DAY
            ),
            refresh_token_lifetime=_lifetime(
                settings, "RefreshToken", "days", 30, low=_HOUR, high=3650 * _DAY
            ),
            session_lifetime=settings.get("AuthSessionValidity", 3) * _MINUTE,
            rotates=rotates,
            grace=rotation.get("RetryGracePeriodSeconds", 0),
            revocable=settings.get("EnableTokenRevocation", True),
            readable=_names(settings.get("ReadAttributes")),
            writable=_names(settings.get("WriteAttributes")),
            secret=settings.get("ClientSecret"),
        )

    def may_read(self, attribute: str) -> bool:
        """Whether the app client sees the attribute. By default it sees all of them."""
        return self.readable is None or attribute in self.readable or attribute == "sub"

    def may_write(self, attribute: str) -> bool:
        """Whether the app client sets the attribute. By default all but what Cognito itself keeps."""
        if attribute in {"email_verified", "phone_number_verified", "identities"}:
            return False
        return self.writable is None or attribute in self.writable


def with_defaults(settings: Settings | None, defaults: Settings) -> Settings:
    """Return the settings with the defaults for those that are not given."""
    merged = {**defaults, **(settings or {})}
    if merged.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED" and not (
        settings and "ExplicitAuthFlows" in settings
    ):
        # Rotation is the one setting that a default flow contradicts.
        flows = merged.get("ExplicitAuthFlows", ())
        merged["ExplicitAuthFlows"] = [flow for flow in flows if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    return merged


def _password_policy(policy: Settings) -> PasswordPolicy:
    return PasswordPolicy(
        minimum_length=policy.get("MinimumLength", 8),
        # Cognito asks for every kind of character where no policy is given, and for those named where one is.
        uppercase=policy.get("RequireUppercase", not policy),
        lowercase=policy.get("RequireLowercase", not policy),
        numbers=policy.get("RequireNumbers", not policy),
        symbols=policy.get("RequireSymbols", not policy),
        history=policy.get("PasswordHistorySize", 0),
        temporary_validity=(policy.get("TemporaryPasswordValidityDays") or 7) * _DAY,
    )


def _mfa_methods(settings: Settings) -> tuple[str, ...]:
    methods: list[str] = []
    if "SmsMfaConfiguration" in settings or "SmsConfiguration" in settings:
        methods.append("SMS_MFA")
    if settings.get("SoftwareTokenMfaConfiguration", {}).get("Enabled"):
        methods.append("SOFTWARE_TOKEN_MFA")
    if "EmailMfaConfiguration" in settings:
        methods.append("EMAIL_OTP")
    if settings.get("MfaConfiguration", "OFF") != "OFF" and not methods:
        raise ConfigurationError(
            "MfaConfiguration needs a method: give SoftwareTokenMfaConfiguration={'Enabled': True}, "
            "SmsMfaConfiguration={} or EmailMfaConfiguration={} as well."
        )
    return tuple(methods)


def _passkeys(configuration: Settings) -> Passkeys | None:
    if not configuration.get("RelyingPartyId"):
        return None
    return Passkeys(
        relying_party=configuration["RelyingPartyId"],
        user_verification_required=configuration.get("UserVerification") == "required",
        satisfies_mfa=configuration.get("FactorConfiguration")
        == "MULTI_FACTOR_WITH_USER_VERIFICATION",
    )


def _schema(schema: Any) -> dict[str, Attribute]:
    attributes = {name: Attribute(name) for name in STANDARD_ATTRIBUTES}
    attributes["sub"] = Attribute("sub", mutable=False)
    attributes["updated_at"] = Attribute("updated_at", data_type="Number", min_value=0)
    for entry in schema:
        name = entry.get("Name", "")
        if name not in attributes:
            prefix = "dev:custom:" if entry.get("DeveloperOnlyAttribute") else "custom:"
            name = prefix + name.removeprefix("custom:")
        standard = attributes.get(name, Attribute(name))
        length = entry.get("StringAttributeConstraints", {})
        number = entry.get("NumberAttributeConstraints", {})
        attributes[name] = Attribute(
            name,
            data_type=entry.get("AttributeDataType", standard.data_type),
            mutable=entry.get("Mutable", True),
            required=entry.get("Required", False),
            min_length=_number(length.get("MinLength"), int),
            max_length=_number(length.get("MaxLength"), int),
            min_value=_number(number.get("MinValue"), float, standard.min_value),
            max_value=_number(number.get("MaxValue"), float),
        )
    return attributes


def _number(text: str | None, kind: Callable[[str], Any], default: Any = None) -> Any:
    return default if text is None else kind(text)


def _recovery(setting: Settings) -> tuple[str, ...]:
    mechanisms = sorted(setting.get("RecoveryMechanisms", ()), key=lambda each: each["Priority"])
    return tuple(each["Name"] for each in mechanisms)


def _lifetime(
    settings: Settings, token: str, unit: str, default: int, *, low: int, high: int
) -> int:
    validity = settings.get(f"{token}Validity")
    if not validity:
        return default * _UNITS[unit]
    units = settings.get("TokenValidityUnits", {})
    seconds: int = validity * _UNITS[units.get(token, unit)]
    if not low <= seconds <= high:
        raise ConfigurationError(
            f"{token}Validity comes to {seconds} seconds; Cognito takes {low} to {high}. "
            "To see a token expire, let the pool's clock run: pool.advance(seconds)."
        )
    return seconds


def _names(names: Any) -> frozenset[str] | None:
    # An empty list is Cognito's way of saying that nothing was chosen.
    return frozenset(names) if names else None
