"""Passwords: what the policy takes, and comparing without keeping them."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cognitokit.testing.fake.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.testing.fake.settings import PasswordPolicy

_SYMBOLS = frozenset("^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ")


class PasswordDigest:
    """A password that can be compared in constant time and not be read back.

    One fast hash: what is hashed here are the passwords of a test.
    """

    __slots__ = ("_digest", "_salt")

    def __init__(self, password: str, salt: bytes) -> None:
        self._salt = salt
        self._digest = self._hash(password)

    def matches(self, password: str) -> bool:
        """Whether this is the password."""
        return hmac.compare_digest(self._digest, self._hash(password))

    def _hash(self, password: str) -> bytes:
        return hmac.new(self._salt, password.encode(), hashlib.sha256).digest()


def check_policy(password: str, policy: PasswordPolicy) -> None:
    """Refuse a password that the policy does not take: InvalidPasswordException."""
    for complaint in _complaints(password, policy):
        raise Refused(
            "InvalidPasswordException", f"Password did not conform with policy: {complaint}"
        )


def _complaints(password: str, policy: PasswordPolicy) -> Iterator[str]:
    if len(password) < policy.minimum_length:
        yield "Password not long enough"
    if policy.uppercase and not any("A" <= letter <= "Z" for letter in password):
        yield "Password must have uppercase characters"
    if policy.lowercase and not any("a" <= letter <= "z" for letter in password):
        yield "Password must have lowercase characters"
    if policy.numbers and not any("0" <= letter <= "9" for letter in password):
        yield "Password must have numeric characters"
    if policy.symbols and not _SYMBOLS & set(password):
        yield "Password must have symbol characters"
