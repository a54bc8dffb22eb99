"""Everything that one pool remembers, and what every operation needs of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cognitokit.testing.fake.codes import CodeBook
from cognitokit.testing.fake.delivery import MEDIUM_OF, details
from cognitokit.testing.fake.passwords import PasswordDigest, check_policy
from cognitokit.testing.fake.refusal import (
    Refused,
    invalid_parameter,
    not_authorized,
    not_found,
)
from cognitokit.testing.fake.users import CONTACTS, Directory, Group, User
from cognitokit.testing.fake.webauthn import Ceremony
from cognitokit.testing.outbox import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.testing.fake.grants import GrantBook
    from cognitokit.testing.fake.settings import ClientSettings, PoolSettings, Trigger
    from cognitokit.testing.fake.sign_in_sessions import SignInSessions

_ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """An app client of the pool."""

    client_id: str
    settings: ClientSettings
    secret: str | None = field(repr=False)

    def secret_hash(self, username: str) -> str:
        """Return the SECRET_HASH of a username (Cognito: Computing secret hash values)."""
        message = (username + self.client_id).encode()
        digest = hmac.new((self.secret or "").encode(), message, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def check_secret_hash(self, given: str | None, username: str) -> None:
        """Refuse a SECRET_HASH that is missing, wrong or uncalled for: NotAuthorizedException."""
        if self.secret is None:
            if given is not None:
                raise not_authorized(f"Unable to verify secret hash for client {self.client_id}")
            return
        if given is None:
            raise not_authorized(
                f"Client {self.client_id} is configured with secret but SECRET_HASH was not received"
            )
        if not hmac.compare_digest(given.encode(), self.secret_hash(username).encode()):
            raise not_authorized(f"Unable to verify secret hash for client {self.client_id}")

    def has_secret(self, given: str | None) -> bool:
        """Whether this is the secret; None is that of an app client without one."""
        return hmac.compare_digest((given or "").encode(), (self.secret or "").encode())


class Randomness:
    """Ids and secrets that look random and are the same in every run."""

    def __init__(self, seed: int) -> None:
        # Nothing here guards anything: repeatable is what a test wants.
        self._random = random.Random(seed)  # noqa: S311

    def uuid(self) -> str:
        """Return a UUID of version 4."""
        return str(uuid.UUID(bytes=self._random.randbytes(16), version=4))

    def token(self, size: int) -> str:
        """Return that many bytes as base64url."""
        return base64.urlsafe_b64encode(self._random.randbytes(size)).rstrip(b"=").decode()

    def bytes(self, size: int) -> bytes:
        """Return that many bytes."""
        return self._random.randbytes(size)

    def name(self, size: int) -> str:
        """Return lower-case letters and digits."""
        return "".join(self._random.choices(_ALPHANUMERIC, k=size))

    def code(self, digits: int) -> str:
        """Return a code of that many digits."""
        return f"{self._random.randrange(10**digits):0{digits}}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out, and to whom."""

    username: str
    message: Message
    code: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class PoolState:
    """One pool: its settings, users, codes, sessions, tokens and messages."""

    pool_id: str
    region: str
    settings: PoolSettings
    now: Callable[[], float]
    randomness: Randomness
    make_code: Callable[[int], str]
    make_sub: Callable[[str], str]
    clients: dict[str, RegisteredClient]
    triggers: Mapping[str, Trigger]
    directory: Directory
    grants: GrantBook
    sessions: SignInSessions
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    codes: CodeBook = field(default_factory=CodeBook)
    sent: list[Sent] = field(default_factory=list[Sent])
    registrations: dict[str, Ceremony] = field(default_factory=dict[str, Ceremony])

    def moment(self, epoch_seconds: float | None = None) -> datetime:
        """Return a time, by default now, as botocore would: an aware datetime."""
        return datetime.fromtimestamp(self.now() if epoch_seconds is None else epoch_seconds, UTC)

    def client(self, client_id: str) -> RegisteredClient:
        """Return the app client, or refuse: ResourceNotFoundException."""
        client = self.clients.get(client_id)
        if client is None:
            raise not_found(f"User pool client {client_id} does not exist.")
        return client

    def check_pool(self, params: Mapping[str, Any]) -> None:
        """Refuse an administrator's call for another pool: ResourceNotFoundException."""
        if params["UserPoolId"] != self.pool_id:
            raise not_found(f"User pool {params['UserPoolId']} does not exist.")

    def admin_user(self, params: Mapping[str, Any]) -> User:
        """Return the user of an administrator's call."""
        self.check_pool(params)
        return self.directory.require(params["Username"])

    def new_sub(self, username: str) -> str:
        """Return the sub for a new user: the mint's for that name, unless someone has or had it."""
        sub, again = self.make_sub(username), 1
        while self.directory.knows_sub(sub):
            again += 1
            sub = self.make_sub(f"{username} {again}")
        return sub

    def touch(self, user: User) -> None:
        """Note that the user was changed just now."""
        user.modified_at = self.now()

    def digest(self, password: str) -> PasswordDigest:
        """Return what is kept of a password."""
        return PasswordDigest(password, self.randomness.bytes(16))

    def set_password(self, user: User, password: str, *, permanent: bool = True) -> None:
        """Give the user a password that the policy and the history take."""
        policy = self.settings.passwords
        check_policy(password, policy)
        if any(old.matches(password) for old in user.old_passwords):
            raise Refused(
                "PasswordHistoryPolicyViolationException", "Password has previously been used"
            )
        user.password = self.digest(password)
        if policy.history:
            user.old_passwords = [*user.old_passwords, user.password][-policy.history :]
        user.password_expires_at = None if permanent else self.now() + policy.temporary_validity
        user.misses = 0
        self.touch(user)

    def send(
        self,
        user: User,
        attribute: str,
        text: str,
        secret: str,
        *,
        is_code: bool = True,
        destination: str | None = None,
    ) -> dict[str, Any]:
        """Put a message into the outbox and return its CodeDeliveryDetails.

        Args:
            user: To whom.
            attribute: Where to: "email" or "phone_number".
            text: Which of the settings' texts: "verification", "invitation" or "sign_in".
            secret: What {####} stands for in it.
            is_code: Whether that is a code; else it is a temporary password.
            destination: The address, if it is not the attribute's value.
        """
        medium = MEDIUM_OF[attribute]
        destination = destination or user.attributes[attribute]
        texts = self.settings.texts
        body = texts[f"{text}_{medium.lower()}"].replace("{username}", user.username)
        message = Message(
            medium=medium,
            destination=destination,
            subject=texts[f"{text}_subject"] if medium == "EMAIL" else "",
            body=body.replace("{####}", secret),
        )
        self.sent.append(Sent(user.username, message, secret if is_code else None))
        return details(attribute, destination)

    def recovery_contact(self, user: User) -> str:
        """Return where the user's recovery code goes: "email" or "phone_number".

        AccountRecoverySetting decides; without one, Cognito prefers the phone. What serves as the
        second factor does not serve for recovery.
        """
        order = self.settings.recovery
        if order is None:
            order = ("verified_phone_number", "verified_email")
        if order == ("admin_only",):
            raise not_authorized("Contact administrator to reset password.")
        second_factors = {"email": "EMAIL_OTP", "phone_number": "SMS_MFA"}
        for mechanism in order:
            attribute = mechanism.removeprefix("verified_")
            if (
                attribute in CONTACTS
                and user.verified(attribute)
                and second_factors[attribute] not in user.mfa_methods
            ):
                return attribute
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
