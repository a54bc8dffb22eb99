"""The token sessions that several requests of one process use at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class SharedSessions:
    """Gives requests of the same session the same object, as long as one of them holds it.

    So requests that come at once cause one refresh, and each of them gets its tokens.

    Args:
        per_thread: Whether each thread has its own: where threads run event loops, whose tasks
            wait for nobody in another loop.
    """

    def __init__(self, *, per_thread: bool = False) -> None:
        self._per_thread = per_thread
        self._sessions: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, session_id: str, make: Callable[[], Any]) -> Any:
        """Return the session's object, made if nobody holds one."""
        key = session_id, threading.get_ident() if self._per_thread else None
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = make()
            return session
