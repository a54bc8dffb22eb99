"""Logins that have begun at managed login and wait for their callback, each used once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.oauth.login_state import LoginState
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.sessions import store_key

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit

MAX_ATTEMPTS = 3
"""How many logins one browser may have begun at the same time: more cookies would not fit beside a session's."""


class Attempts:
    """Keeps login states between /login and the callback.

    Each has a cookie of its own, so that two tabs do not disturb each other. With a store the
    cookie has only an id, and the state is taken out of the store by one atomic operation; without
    one the cookie has the sealed state, and is deleted before the code is exchanged.

    Args:
        sessions: Whose store, seals and clock are used.
        lifetime: Seconds from a login's begin to its callback.
    """

    def __init__(self, sessions: Sessions, *, lifetime: int) -> None:
        self._sessions = sessions
        self._lifetime = lifetime

    def keep(self, visit: Visit, login_state: LoginState) -> Flow[None]:
        """Keep a login that begins, and drop the oldest where there are too many."""
        yield from self._make_room(visit)
        sessions = self._sessions
        expires_at = int(sessions.clock()) + self._lifetime
        name = visit.rules.attempt(login_state.state)
        content = login_state.to_dict()
        if sessions.store is None:
            sealed = sessions.seal(content, "login", name, expires_at)
        else:
            attempt_id = sessions.random_id()
            key = store_key("login", attempt_id)
            value = sessions.seal(content, "stored login", key, expires_at)
            store, lifetime = sessions.store, self._lifetime
            yield Step(lambda: store.put(key, value, expected=None, lifetime=lifetime))
            sealed = sessions.seal({"id": attempt_id}, "login id", name, expires_at)
        visit.write(name, sealed, self._lifetime)

    def take(self, visit: Visit, state: str) -> Flow[LoginState | None]:
        """Take out the login with this state: it can be taken once, whatever comes of it."""
        sessions = self._sessions
        name = visit.rules.attempt(state)
        text = visit.read(name)
        if text is None:
            return None
        visit.delete(name)
        if sessions.store is None:
            content = sessions.unseal(text, "login", name)
        else:
            content = yield from self._popped(sessions.unseal(text, "login id", name))
        return None if content is None else LoginState.from_dict(content)

    def _popped(self, cookie: dict[str, str] | None) -> Flow[dict[str, object] | None]:
        if cookie is None:
            return None
        key = store_key("login", cookie["id"])
        value = yield Step(self._sessions.store.pop, key)
        return None if value is None else self._sessions.unseal(value, "stored login", key)

    def _make_room(self, visit: Visit) -> Flow[None]:
        sessions = self._sessions
        purpose = "login" if sessions.store is None else "login id"
        begun: list[tuple[int, str]] = []
        for name in visit.cookies:
            if visit.rules.is_attempt(name):
                text = visit.read(name) or ""
                opened = sessions.sealer.open(
                    text, purpose=purpose, name=name, now=sessions.clock()
                )
                begun.append((0 if opened is None else opened.expires_at, name))
        for expires_at, name in sorted(begun)[: max(len(begun) - MAX_ATTEMPTS + 1, 0)]:
            visit.delete(name)
            if sessions.store is not None and expires_at:
                yield from self._popped(sessions.unseal(visit.read(name) or "", purpose, name))
