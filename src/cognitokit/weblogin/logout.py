"""Signing out: here, at Cognito, and in the browser's session with managed login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.weblogin.exchange import Reply
from cognitokit.weblogin.replies import redirect

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit


class Logout:
    """What the route that signs out does.

    Args:
        sessions: The sessions.
        after_logout: Where to send the browser then.
    """

    def __init__(self, sessions: Sessions, *, after_logout: str) -> None:
        self._sessions = sessions
        self._after_logout = after_logout

    def log_out(self, visit: Visit) -> Flow[Reply]:
        """POST /logout: end the session, revoke its tokens, send the browser on.

        A script gets the place to go to as JSON: it could not follow a redirect to another origin.
        """
        yield from self._sessions.log_out(visit)
        if visit.request.is_navigation:
            return redirect(self._after_logout)
        return Reply(status=200, json={"location": self._after_logout})
