"""The routes of a login through managed login: begin, callback, logout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from cognitokit.errors import LoginError
from cognitokit.oauth.callback import read_parameters
from cognitokit.weblogin import pages
from cognitokit.weblogin.exchange import Reply, Step
from cognitokit.weblogin.logout import Logout
from cognitokit.weblogin.next_page import next_of, next_page
from cognitokit.weblogin.provider import Provider
from cognitokit.weblogin.replies import redirect

if TYPE_CHECKING:
    from cognitokit.oauth.callback import VerifiedTokens
    from cognitokit.oauth.login_state import LoginRequest, LoginState
    from cognitokit.weblogin.attempts import Attempts
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.gate import Gate
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit


class ManagedProvider(Provider, Protocol):
    """What these routes need of a ManagedLogin."""

    def begin(self, redirect_target: str | None = None, /, **hints: Any) -> LoginRequest:
        """Begin a login."""
        ...

    def complete(self, callback: object, login_state: LoginState | None, /) -> Any:
        """Complete a login."""
        ...

    def logout_url(self) -> str:
        """Where to send the browser so that managed login forgets it."""
        ...


class ManagedRoutes(Logout):
    """What each route does.

    Args:
        login: The ManagedLogin.
        sessions: The sessions.
        attempts: The logins that have begun.
        gate: Knows where the login begins.
        hints: What begin() is told each time.
        after_login: Where to go after a login that was begun without a place to return to.
    """

    def __init__(
        self,
        login: ManagedProvider,
        *,
        sessions: Sessions,
        attempts: Attempts,
        gate: Gate,
        hints: dict[str, Any],
        after_login: str,
    ) -> None:
        super().__init__(sessions, after_logout=login.logout_url())
        self._login = login
        self._gate = gate
        self._attempts = attempts
        self._hints = hints
        self._after_login = after_login

    def begin(self, visit: Visit) -> Flow[Reply]:
        """GET /login?next=...: send the browser to managed login."""
        target = next_page(next_of(visit.request.query), default=self._after_login)
        request = self._login.begin(target, **self._hints)
        self._attempts.keep(visit, request.login_state)
        yield from ()  # a flow like the others, though it asks for nothing
        return redirect(request.url)

    def callback(self, visit: Visit) -> Flow[Reply]:
        """GET /callback?code=...&state=...: complete the login, begin a session."""
        query = visit.request.query
        try:
            state = read_parameters(query, ["state"], part="query").get("state", "")
            login_state = yield from self._attempts.take(visit, state)
            done: VerifiedTokens = yield Step(self._login.complete, query, login_state)
        except LoginError as error:
            visit.notes.append(f"A login was refused: {error.reason} {error.code or ''}".rstrip())
            return self._refused(visit, error)
        yield from self._sessions.begin(visit, done.tokens)
        return redirect(login_state.redirect_target if login_state else self._after_login)

    def _refused(self, visit: Visit, error: LoginError) -> Reply:
        again = self._gate.login_page(visit.request)
        return Reply(
            status=error.http_status,
            retry_after=5 if error.retryable else None,
            html=pages.message_page("The login did not succeed", str(error), again, "Start again"),
        )
