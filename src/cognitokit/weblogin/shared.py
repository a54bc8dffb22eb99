"""The token sessions that several requests of one process use at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class SharedSessions:
    """Gives requests with the same tokens the same object, as long as one of them holds it.

    So requests that come at once cause one refresh, and each of them gets its tokens. An object
    may outlive its last request, held by the traceback of a failure; where a refresh has been
    refused it is given to nobody any more, so that the next request asks again.

    Args:
        per_thread: Whether each thread has its own: where threads run event loops, whose tasks
            wait for nobody in another loop.
    """

    def __init__(self, *, per_thread: bool = False) -> None:
        self._per_thread = per_thread
        self._sessions: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """Return the object for the tokens that have this name, made if nobody holds one."""
        key = name, threading.get_ident() if self._per_thread else None
        with self._lock:
            session = self._sessions.get(key)
            if session is None or session.ended:
                session = self._sessions[key] = make()
            return session
