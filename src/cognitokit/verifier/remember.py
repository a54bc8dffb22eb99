"""Tokens that were verified a moment ago, a bounded number of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.tokens import VerifiedToken
    from cognitokit.verifier.keys import KeySet

    Entry = tuple[VerifiedToken, KeySet, float, float]


class Memory:
    """Token text -> token, the key set that it was verified with, and when it begins and ends to be valid.

    Two generations of half the size: what is used lives on in the young one, and what is not goes
    with the old one. No lock: each step is one operation on a dict, and all that two threads
    at once can do to each other is to forget.

    Args:
        size: How many tokens to keep at most, 1 or more.
    """

    __slots__ = ("_generation", "_old", "_young")

    def __init__(self, size: int) -> None:
        # Of one token there is no half: then the old generation stays empty.
        self._generation = size // 2
        self._young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}

    def get(self, raw: str) -> Entry | None:
        """Return what is kept of this token."""
        entry = self._young.get(raw)
        if entry is None:
            entry = self._old.get(raw)
            if entry is not None:
                self._put(raw, entry)
        return entry

    def put(self, token: VerifiedToken, keys: KeySet, begin: float, end: float) -> None:
        """Keep a verified token."""
        self._put(token.raw, (token, keys, begin, end))

    def drop(self, raw: str) -> None:
        """Forget a token."""
        self._young.pop(raw, None)
        self._old.pop(raw, None)

    def _put(self, raw: str, entry: Entry) -> None:
        if len(self._young) >= (self._generation or 1):
            self._old = self._young if self._generation else {}
            self._young = {}
        self._young[raw] = entry
