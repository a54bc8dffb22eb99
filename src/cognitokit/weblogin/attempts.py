"""Logins that have begun at managed login and wait for their callback, each used once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cognitokit.oauth.login_state import LoginState
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.stored import store_key

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.seals import Seals
    from cognitokit.weblogin.visit import Visit

MAX_ATTEMPTS = 3
"""How many logins one browser may have begun at the same time."""

MAX_BYTES = 2700
"""Bytes of their cookies: more would not fit beside a session's into what servers take of a header."""

_PURPOSE = "login"


class Attempts:
    """Keeps login states between /login and the callback.

    Each has a cookie of its own, sealed, so that two tabs do not disturb each other and nothing is
    stored for who only asks for the login page. The cookie is deleted before the code is exchanged.
    A copy of it is worth nothing where there is a store, which remembers what was used; without one
    it is Cognito that takes a code once.

    Args:
        seals: Seals the cookies.
        store: A server-side store, which remembers what was used; or None.
        lifetime: Seconds from a login's begin to its callback.
    """

    def __init__(self, seals: Seals, store: Any, *, lifetime: int) -> None:
        self._seals = seals
        self._store = store
        self._lifetime = lifetime

    def keep(self, visit: Visit, login_state: LoginState) -> None:
        """Keep a login that begins, and drop the oldest where there are too many."""
        name = visit.rules.attempt(login_state.state)
        expires_at = int(self._seals.clock()) + self._lifetime
        sealed = self._seals.seal(login_state.to_dict(), _PURPOSE, name, expires_at)
        self._make_room(visit, len(name) + len(sealed))
        visit.write(name, sealed, self._lifetime)

    def take(self, visit: Visit, state: str) -> Flow[LoginState | None]:
        """Take out the login with this state: it can be taken once, whatever comes of it."""
        name = visit.rules.attempt(state)
        content = self._seals.read(visit, _PURPOSE, name)
        if content is None:
            return None
        visit.delete(name)
        login_state = LoginState.from_dict(content)
        if self._store is not None:
            key, lifetime = store_key("used", login_state.state), self._lifetime
            is_first = yield Step(
                partial(self._store.put, key, "used", expected=None, lifetime=lifetime)
            )
            if not is_first:
                return None
        return login_state

    def _make_room(self, visit: Visit, size: int) -> None:
        begun: list[tuple[int, str, int]] = []
        for name in visit.cookies:
            if visit.rules.is_attempt(name):
                opened = self._seals.opened(visit, _PURPOSE, name)
                if opened is not None:
                    begun.append((opened.expires_at, name, len(name) + len(visit.cookies[name])))
        begun.sort(reverse=True)
        while begun and (
            len(begun) >= MAX_ATTEMPTS or size + sum(one[2] for one in begun) > MAX_BYTES
        ):
            visit.delete(begun.pop()[1])
