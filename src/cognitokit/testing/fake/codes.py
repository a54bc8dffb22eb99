"""Codes that travel by mail or text message: how long they live, and how often one may guess."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.errors import ConfigurationError
from cognitokit.testing.fake.refusal import expired_code, too_many_attempts, wrong_code

if TYPE_CHECKING:
    from collections.abc import Callable

SIGN_UP_LIFETIME = 24 * 3600
RECOVERY_LIFETIME = 3600
VERIFICATION_LIFETIME = 24 * 3600
GUESSES = 5
"""How many wrong codes in a row are answered as such."""
PAUSE = 15 * 60
"""How long one more is answered with LimitExceededException, seconds."""


@dataclass(slots=True)
class _Slot:
    code: str | None = field(default=None, repr=False)
    expires_at: float = 0.0
    misses: int = 0
    missed_at: float = 0.0


class CodeBook:
    """The codes that are out, one for each purpose and user."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, str], _Slot] = {}

    def keep(self, purpose: str, sub: str, code: str, expires_at: float) -> None:
        """Remember a code. It replaces the one before; the count of wrong guesses stays."""
        slot = self._slots.setdefault((purpose, sub), _Slot())
        slot.code, slot.expires_at = code, expires_at

    def check(self, purpose: str, sub: str, code: str, now: float) -> None:
        """Take the code or refuse it: CodeMismatch-, ExpiredCode- or LimitExceededException.

        A right code stays valid until spend(), so that what it was given for may still fail.
        """
        slot = self._slots.get((purpose, sub))
        if slot is None or slot.code is None:
            raise expired_code()
        if now - slot.missed_at >= PAUSE:
            slot.misses = 0
        if slot.misses >= GUESSES:
            raise too_many_attempts()
        if now >= slot.expires_at:
            raise expired_code()
        if not hmac.compare_digest(slot.code.encode(), code.encode()):
            slot.misses += 1
            slot.missed_at = now
            raise wrong_code()

    def spend(self, purpose: str, sub: str) -> None:
        """Forget the code: it was used, or its user is gone."""
        self._slots.pop((purpose, sub), None)

    def forget(self, sub: str) -> None:
        """Forget every code of a user who is gone."""
        self._slots = {key: slot for key, slot in self._slots.items() if key[1] != sub}


def checked_maker(codes: Callable[[int], object]) -> Callable[[int], str]:
    """Return what makes codes as this function does, and refuses what is no code: ConfigurationError."""
    if not callable(codes):
        raise ConfigurationError("codes must be a function that takes how many digits are wanted.")

    def make(digits: int) -> str:
        code = codes(digits)
        if not isinstance(code, str) or not code or any(map(str.isspace, code)):
            raise ConfigurationError(
                f"codes must return a str without spaces: what it returned for {digits} digits is none."
            )
        return code

    return make
