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
    """

    def __init__(self) -> None:
        self._sessions: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, session_id: str, make: Callable[[], Any]) -> Any:
        """Return the session's object, made if nobody holds one."""
        # An event loop runs in one thread, and its sessions wait for nobody in another loop.
        key = session_id, threading.get_ident() if self.of_one_thread else None
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = make()
            return session

    of_one_thread = False
    """Whether each thread has its own: where they run event loops."""
