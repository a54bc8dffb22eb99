"""Any calls at all end in a reply that fits the model, or in one of our errors."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from cognitokit.errors import CognitoKitError, ServiceError
from cognitokit.testing import FakePool
from cognitokit.testing.fake.operations import OPERATIONS
from cognitokit.testing.fake.service_model import knows, service_model
from tests.testing.fake.calls import PASSWORD

OPTIONS: dict[str, Any] = {
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "AliasAttributes": ["email", "preferred_username"],
    "Policies": {
        "SignInPolicy": {
            "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
        }
    },
    "WebAuthnConfiguration": {"RelyingPartyId": "auth.example.com"},
    "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True},
    "SmsMfaConfiguration": {},
    "EmailMfaConfiguration": {},
    "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
}
CODES = ["123456", "123456", "000000"]
PASSWORDS = [PASSWORD, PASSWORD, "N3w-Passw0rd", "weak"]
LIKELY: dict[str, list[str]] = {
    "USERNAME": ["jane", "jane", "joe", "jane@example.com", "ann"],
    "Username": ["jane", "jane", "joe", "jane@example.com", "ann"],
    "Password": PASSWORDS,
    "PASSWORD": PASSWORDS,
    "NEW_PASSWORD": PASSWORDS,
    "PreviousPassword": PASSWORDS,
    "ProposedPassword": PASSWORDS,
    "TemporaryPassword": PASSWORDS,
    "ANSWER": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SMS_MFA", "SOFTWARE_TOKEN_MFA"],
    "PREFERRED_CHALLENGE": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"],
    "Code": CODES,
    "ConfirmationCode": CODES,
    "UserCode": CODES,
    "SMS_MFA_CODE": CODES,
    "SOFTWARE_TOKEN_MFA_CODE": CODES,
    "EMAIL_OTP_CODE": [*CODES, "12345678", "12345678"],
    "SMS_OTP_CODE": ["12345678"],
    "AttributeName": ["email", "phone_number", "name"],
    "UserAttributeNames": ["email", "nickname", "name"],
    "GroupName": ["admin", "staff"],
    "CREDENTIAL": ["{}"],
    "EMAIL": ["new@example.com"],
    "userAttributes.name": ["Jane"],
}
KEYS = [name for name in LIKELY if not name[0].isupper() or name.isupper()]
RARE = {
    "AnalyticsMetadata", "ClientSecret", "ContextData", "DeviceKey", "NextToken", "PaginationToken",
    "SecretHash", "UserContextData",
}  # fmt: skip
GIVEN: dict[str, Any] = {
    "AccessToken": lambda value: value.count(".") == 2,
    "RefreshToken": lambda value: value.count(".") == 4,
    "Token": lambda value: value.count(".") == 4,
    "REFRESH_TOKEN": lambda value: value.count(".") == 4,
    "Session": lambda value: len(value) == 128,
    "DeviceKey": lambda value: value.startswith("eu-west-1_"),
    "SessionId": lambda value: value.startswith("tkn"),
}
"""Members whose values the pool itself gave before -> what those look like."""


class Caller:
    """Makes up calls out of names, values that the pool gave, and nonsense."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable is what a test wants
        self.pool = FakePool(pool_options=OPTIONS, codes=lambda digits: "12345678"[:digits])
        self.challenge: dict[str, Any] = {}
        self.operations = sorted(filter(knows, OPERATIONS))
        self.values = ["{}", "nonsense", "+15550100", "new@example.com"]
        self.refill()

    def refill(self) -> None:
        """Bring back who was deleted, disabled or locked out, with tokens that work."""
        self.pool.advance(900)
        for name in ("jane", "joe"):
            user = {"UserPoolId": self.pool.pool.id, "Username": name}
            with contextlib.suppress(ServiceError):
                self.pool.add_user(name, PASSWORD, attributes={"email": f"{name}@example.com"})
            with contextlib.suppress(ServiceError):
                password = {"Password": PASSWORD, "Permanent": self.random.random() < 0.7}
                self.pool.handle("AdminSetUserPassword", {**user, **password})
            self.pool.handle("AdminEnableUser", user)
            self.values.append(self.pool.mint.access_token(name))

    def value(self, name: str, shape: Any) -> Any:
        """Make up a value for a member."""
        match shape.type_name:
            case "structure":
                members = {} if shape.is_document_type else shape.members
                required = shape.metadata.get("required", ())
                return {
                    member: self.value(member, members[member])
                    for member in members
                    if member in required
                    or self.random.random() < (0.02 if member in RARE else 0.4)
                }
            case "list":
                return [self.value(name, shape.member) for _ in range(self.random.randrange(3))]
            case "map":
                keys = {"USERNAME", "PASSWORD", *self.random.sample(KEYS, 4)}
                return {key: self.text(key, shape.value) for key in sorted(keys)}
            case "boolean":
                return self.random.random() < 0.7
            case "integer":
                return self.random.randrange(60)
            case _:
                return self.text(name, shape)

    def text(self, name: str, shape: Any) -> str:
        """Make up a string: mostly one that may mean something there."""
        if name == "UserPoolId":
            return self.pool.pool.id
        if name == "ClientId":
            return self.pool.client_id
        likely: list[str] | None = shape.metadata.get("enum") or LIKELY.get(name)
        if name in GIVEN:
            likely = [value for value in self.values[-40:] if GIVEN[name](value)]
        if not likely or self.random.random() < 0.05:
            likely = self.values
        return self.random.choice(likely)

    def keep(self, value: Any) -> None:
        """Remember what the pool gave."""
        if isinstance(value, dict):
            for item in value.values():
                self.keep(item)
        elif isinstance(value, list):
            for item in value:
                self.keep(item)
        elif isinstance(value, str):
            self.values.append(value)

    def call(self) -> str:
        """Make up one call; return the operation if it was answered."""
        if self.random.random() < 0.05:
            self.refill()
        operation = self.random.choice(
            [*self.operations, *["InitiateAuth", "RespondToAuthChallenge"] * 8]
        )
        params = self.value("", service_model().operation_model(operation).input_shape)
        if "ChallengeName" in params and self.random.random() < 0.9:
            params |= self.challenge
        reply = self.pool.handle(operation, params)
        if "ChallengeName" in reply:
            self.challenge = {name: reply[name] for name in ("ChallengeName", "Session")}
        self.keep(reply)
        return operation


@pytest.mark.parametrize("seed", range(6))
def test_nothing_foreign_escapes(seed: int) -> None:
    """Of hundreds of made-up calls each is answered, or refused by one of our errors; both happen often."""
    caller = Caller(seed)
    answered: set[str] = set()
    refused: set[str] = set()
    for _ in range(500):
        try:
            answered.add(caller.call())
        except ServiceError as error:
            refused.add(error.code)
        except CognitoKitError:
            continue

    assert len(answered) > len(OPERATIONS) / 3
    assert len(refused) > 5
