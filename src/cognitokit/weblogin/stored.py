"""Sessions in a server-side store: sealed, each under a key that does not tell its id."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.record import SessionRecord

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.seals import Seals

_PURPOSE = "stored session"
_ENDED = "ended"  # opens no session: in its place for a moment, so that it ends unchanged or not
_MOMENT = 10  # seconds


class StoredSessions:
    """Reads and writes sessions, several processes at once.

    Args:
        store: The application's SessionStore or AsyncSessionStore.
        seals: Seals what goes there.
    """

    def __init__(self, store: Any, seals: Seals) -> None:
        self._store = store
        self._seals = seals

    def get(self, session_id: str) -> Flow[tuple[str | None, SessionRecord | None]]:
        """Return what lies there, and the session in it; one that another process has sealed may not open."""
        raw = yield Step(self._store.get, store_key("session", session_id))
        return raw, self._opened(session_id, raw)

    def put(self, record: SessionRecord, *, expected: str | None) -> Flow[bool]:
        """Write a session if what lies there is what was expected, and say whether it was."""
        key = store_key("session", record.id)
        value = self._seals.seal(record.to_dict(), _PURPOSE, key, record.ends_at)
        lifetime = max(record.ends_at - int(self._seals.clock()), 1)
        put = partial(self._store.put, key, value, expected=expected, lifetime=lifetime)
        is_written: bool = yield Step(put)
        return is_written

    def pop(self, session_id: str) -> Flow[SessionRecord | None]:
        """Take a session out and return it, so that nobody writes to it any more."""
        raw = yield Step(self._store.pop, store_key("session", session_id))
        return self._opened(session_id, raw)

    def delete(self, session_id: str) -> Flow[None]:
        """Forget a session."""
        yield Step(self._store.delete, store_key("session", session_id))

    def delete_unchanged(self, session_id: str, raw: str | None) -> Flow[bool]:
        """Forget a session if it is still as it was read, and say whether it was."""
        key = store_key("session", session_id)
        put = partial(self._store.put, key, _ENDED, expected=raw, lifetime=_MOMENT)
        is_unchanged: bool = yield Step(put)
        if is_unchanged:
            yield from self.delete(session_id)
        return is_unchanged

    def _opened(self, session_id: str, raw: str | None) -> SessionRecord | None:
        if raw is None:
            return None
        content = self._seals.unseal(raw, _PURPOSE, store_key("session", session_id))
        return None if content is None else SessionRecord.from_dict(content)


def store_key(kind: str, secret: str) -> str:
    """Return the store's key of what a secret id stands for: who reads the store learns no id."""
    return f"{kind}:{hashlib.sha256(secret.encode()).hexdigest()}"
