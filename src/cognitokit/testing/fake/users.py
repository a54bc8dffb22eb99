"""Users and groups, and finding one by any of the names that Cognito takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from cognitokit.testing.fake.devices import Device
from cognitokit.testing.fake.passwords import PasswordDigest
from cognitokit.testing.fake.refusal import (
    Refused,
    alias_exists,
    invalid_parameter,
    too_early_for_alias,
    unknown_user,
)
from cognitokit.testing.fake.webauthn import Passkey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cognitokit.testing.fake.settings import Attribute, PoolSettings

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+[0-9]{7,15}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", re.ASCII)
"""What an attribute of type Number may look like. No number of that length is infinite."""
CONTACTS = ("email", "phone_number")
PREFERRED = "preferred_username"


@dataclass(slots=True)
class SoftwareToken:
    """A user's authenticator app."""

    secret: str = field(repr=False)
    name: str | None = None
    verified: bool = False
    last_step: int | None = None


@dataclass(slots=True)
class User:
    """A user of the pool. Its repr shows no secret and no attribute."""

    username: str
    sub: str
    status: str
    created_at: float
    modified_at: float
    attributes: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    enabled: bool = True
    password: PasswordDigest | None = field(default=None, repr=False)
    old_passwords: list[PasswordDigest] = field(default_factory=list[PasswordDigest], repr=False)
    password_expires_at: float | None = None
    groups: list[str] = field(default_factory=list[str])
    mfa_methods: list[str] = field(default_factory=list[str])
    preferred_mfa: str | None = None
    passkey_mfa: bool = False
    software_token: SoftwareToken | None = None
    passkeys: dict[str, Passkey] = field(default_factory=dict[str, Passkey])
    devices: dict[str, Device] = field(default_factory=dict[str, Device])
    pending: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    misses: int = 0
    missed_at: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]], repr=False)

    def verified(self, attribute: str) -> str | None:
        """The email address or phone number if it is verified."""
        if self.attributes.get(f"{attribute}_verified") == "true":
            return self.attributes.get(attribute)
        return None


@dataclass(slots=True)
class Group:
    """A group of the pool."""

    name: str
    created_at: float
    modified_at: float
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None


class Directory:
    """The users of one pool, in the order of their creation."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._users: dict[str, User] = {}
        self._subs: set[str] = set()

    def __iter__(self) -> Iterator[User]:
        return iter(tuple(self._users.values()))

    def fold(self, name: str) -> str:
        """Return what two names have in common that mean the same user."""
        return name if self._settings.case_sensitive else name.lower()

    def add(self, user: User) -> None:
        """Take a new user in."""
        self._subs.add(user.sub)
        self._users[self.fold(user.username)] = user

    def remove(self, user: User) -> None:
        """Forget a user."""
        del self._users[self.fold(user.username)]

    def find(self, name: str) -> User | None:
        """Return the user of that username or alias; in a pool of email or phone usernames, also by sub."""
        return self._users.get(self.fold(name)) or next(self._holders(name), None)

    def require(self, name: str) -> User:
        """Return the user of that username or alias, or refuse: UserNotFoundException."""
        user = self.find(name)
        if user is None:
            raise unknown_user()
        return user

    def by_sub(self, sub: str) -> User | None:
        """Return the user of that sub."""
        return next((user for user in self._users.values() if user.sub == sub), None)

    def knows_sub(self, sub: str) -> bool:
        """Whether a user has the sub, or one who is gone had it."""
        return sub in self._subs

    def _holders(self, value: str) -> Iterator[User]:
        folded = self.fold(value)
        for user in self._users.values():
            for name in self._settings.username_attributes:
                if self.fold(user.attributes.get(name, "")) == folded:
                    yield user
            for name in self._settings.alias_attributes:
                # An address is an alias once it is verified; a preferred username at once.
                held = user.verified(name) if name in CONTACTS else user.attributes.get(name)
                if held is not None and self.fold(held) == folded:
                    yield user

    def check_username(self, username: str) -> str | None:
        """Return which attribute a new user's name is, if it is one; refuse a name of the wrong form."""
        settings = self._settings
        kinds = [name for name in CONTACTS if looks_like(name, username)]
        if settings.username_attributes:
            for name in settings.username_attributes:
                if name in kinds:
                    return name
            wanted = " or ".join(
                {"email": "an email", "phone_number": "a phone number"}[name]
                for name in settings.username_attributes
            )
            raise invalid_parameter(
                f"Username should be {'either ' if ' or ' in wanted else ''}{wanted}."
            )
        for name in settings.alias_attributes:
            if name in kinds:
                form = {"email": "email", "phone_number": "phone number"}[name]
                raise invalid_parameter(
                    f"Username cannot be of {form} format, since user pool is configured for {form} alias."
                )
        return None

    def claim_alias(self, user: User, attribute: str, value: str, *, force: bool = False) -> None:
        """Make sure that no other user holds the value as an alias, or take it away with force."""
        settings = self._settings
        if attribute not in (*settings.username_attributes, *settings.alias_attributes):
            return
        if attribute == PREFERRED:
            # Addresses need no such check: where they are aliases, no username looks like one.
            if user.status == "UNCONFIRMED":
                raise too_early_for_alias()
            if self._users.get(self.fold(value), user) is not user:
                raise alias_exists(attribute)
        for holder in list(self._holders(value)):
            if holder is user:
                continue
            if not force:
                raise alias_exists(attribute)
            holder.attributes[f"{attribute}_verified"] = "false"


def looks_like(attribute: str, value: str) -> bool:
    """Whether the value has the form of an email address or phone number."""
    return (_EMAIL if attribute == "email" else _PHONE).fullmatch(value) is not None


def attribute_map(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return Cognito's list of names and values as a mapping."""
    return {pair["Name"]: pair.get("Value", "") for pair in pairs}


def attribute_list(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a mapping as Cognito's list of names and values."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def check_attributes(settings: PoolSettings, values: Mapping[str, str], user: User | None) -> None:
    """Refuse values that the pool's schema does not take: InvalidParameterException.

    Args:
        settings: The pool's.
        values: Attribute name -> value; an empty value deletes.
        user: Whose attributes are changed; None: a new user's.
    """
    for name, value in values.items():
        attribute = settings.schema.get(name)
        if attribute is None:
            raise _schema_violation(name, "Attribute does not exist in the schema.")
        if name == "sub":
            raise invalid_parameter("Cannot modify the non-mutable attribute sub")
        if user is not None and not attribute.mutable:
            raise invalid_parameter(f"user.{name}: Attribute cannot be updated.\n")
        if value and name in CONTACTS and not looks_like(name, value):
            raise invalid_parameter(
                "Invalid email address format."
                if name == "email"
                else "Invalid phone number format."
            )
        if value:
            _check_value(attribute, value)


def check_required(settings: PoolSettings, values: Mapping[str, str]) -> None:
    """Refuse a sign-up that leaves a required attribute out: InvalidParameterException."""
    for name in missing_required(settings, values):
        raise _schema_violation(name, "The attribute is required\n")


def missing_required(settings: PoolSettings, values: Mapping[str, str]) -> list[str]:
    """Return the required attributes that have no value."""
    return [
        attribute.name
        for attribute in settings.schema.values()
        if attribute.required and attribute.name != "sub" and not values.get(attribute.name)
    ]


def _check_value(attribute: Attribute, value: str) -> None:
    if attribute.name == "birthdate" and not _is_date(value):
        raise _schema_violation(attribute.name, "Value is not a date in the form YYYY-MM-DD.\n")
    if attribute.data_type == "Number":
        number = float(value) if NUMBER.fullmatch(value) else None
        if (
            number is None
            or (attribute.min_value is not None and number < attribute.min_value)
            or (attribute.max_value is not None and number > attribute.max_value)
        ):
            raise _schema_violation(
                attribute.name, "Value is not a number that the schema allows.\n"
            )
    elif (attribute.min_length is not None and len(value) < attribute.min_length) or (
        attribute.max_length is not None and len(value) > attribute.max_length
    ):
        raise _schema_violation(
            attribute.name, "String is not of a length that the schema allows.\n"
        )


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        # OpenID Connect Core 5.1: the year 0000 says that there is none.
        date.fromisoformat(f"2000{value[4:]}" if value.startswith("0000") else value)
    except ValueError:
        return False
    return True


def _schema_violation(name: str, complaint: str) -> Refused:
    return invalid_parameter(f"Attributes did not conform to the schema: {name}: {complaint}")
