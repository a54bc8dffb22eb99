"""Server-side stores for sessions: what one has to do.

Sessions are sealed before they get there, and keys are hashes: who reads the store learns nothing.
"""

from __future__ import annotations

from typing import Protocol


class SessionStore(Protocol):
    """Keeps sealed sessions, and which logins were used, by key.

    Several processes use it at once, so put() and pop() must be atomic: in Redis a short Lua
    script and GETDEL, in SQL `UPDATE ... WHERE key = ? AND value = ?` and `DELETE ... RETURNING`.
    """

    def get(self, key: str, /) -> str | None:
        """Return the value; None where there is none, or its lifetime is over."""
        ...

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Set the value if what is there is what was expected, and say whether it was.

        Args:
            key: Up to 80 ASCII characters.
            value: ASCII text.
            expected: The value that must be there; None if there must be none.
            lifetime: After how many seconds it may be forgotten.
        """
        ...

    def delete(self, key: str, /) -> object:
        """Forget the value, if there is one."""
        ...

    def pop(self, key: str, /) -> str | None:
        """Return the value and forget it, in one: of two callers one gets it."""
        ...


class AsyncSessionStore(Protocol):
    """Same as SessionStore, awaited."""

    async def get(self, key: str, /) -> str | None:
        """Same as SessionStore.get, awaited."""
        ...

    async def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Same as SessionStore.put, awaited."""
        ...

    async def delete(self, key: str, /) -> object:
        """Same as SessionStore.delete, awaited."""
        ...

    async def pop(self, key: str, /) -> str | None:
        """Same as SessionStore.pop, awaited."""
        ...
