"""Tokens that were verified a moment ago, a bounded number of them."""

from __future__ import annotations

from cognitokit.tokens import claims_of
from cognitokit.verifier.policy import lifetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.tokens import VerifiedToken
    from cognitokit.verifier.keys import KeySet

    Entry = tuple[str, VerifiedToken, KeySet, float, float]

_TAIL = 43
"""Characters from the end of the signature that stand for a token in the dicts: 256 bits, which no
two signatures share. A str computes its hash once, but a token comes in as a new str each time."""


class Memory:
    """The end of a token -> its text, the token, its key set, and when it begins and ends to be valid.

    Two generations: what is used lives on in the young one, and what is not goes with the old one.
    So the tokens that were used last are there, as many as size says, and twice as many at most.
    No lock: each step is one operation on a dict, and all that two threads at once can do to each
    other is to forget.

    Args:
        size: How many tokens to keep at least, 1 or more.
        leeway: Seconds by which exp and nbf are widened.
    """

    __slots__ = ("_leeway", "_old", "_size", "_young")

    def __init__(self, size: int, leeway: float) -> None:
        self._size = size
        self._leeway = leeway
        self._young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}

    def emptied(self) -> Memory:
        """Return another of the same size, which knows nothing yet."""
        return Memory(self._size, self._leeway)

    def recall(self, raw: str, keys: KeySet, now: float) -> VerifiedToken | None:
        """Return a token that was accepted before, if all that it rested on still holds.

        Args:
            raw: The token, of type str and of no subclass.
            keys: The keys that it would be verified with now.
            now: Epoch seconds.
        """
        tail = raw[-_TAIL:]
        entry = self._young.get(tail)
        if entry is None:
            entry = self._old.get(tail)
            if entry is None:
                return None
            self._put(tail, entry)
        text, token, verified_with, begin, end = entry
        if text != raw:
            return None
        if verified_with is keys and begin <= now < end:
            return token
        self._young.pop(tail, None)
        self._old.pop(tail, None)
        return None

    def keep(self, token: VerifiedToken, keys: KeySet) -> None:
        """Keep a token whose signature and claims these keys and the verifier's rules accepted."""
        raw = token.raw
        begin, end = lifetime(claims_of(token), self._leeway)
        self._put(raw[-_TAIL:], (raw, token, keys, begin, end))

    def _put(self, tail: str, entry: Entry) -> None:
        if len(self._young) >= self._size:
            self._old = self._young
            self._young = {}
        self._young[tail] = entry
