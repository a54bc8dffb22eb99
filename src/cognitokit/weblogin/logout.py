"""Signing out: here, at Cognito, and in the browser's session with managed login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.weblogin import pages
from cognitokit.weblogin.exchange import Reply
from cognitokit.weblogin.gate import redirect

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.gate import Gate
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit


class Logout:
    """What the route that signs out does.

    Args:
        sessions: The sessions.
        gate: Which requests may change something.
        after_logout: Where to send the browser then.
    """

    def __init__(self, sessions: Sessions, gate: Gate, *, after_logout: str) -> None:
        self._sessions = sessions
        self._gate = gate
        self._after_logout = after_logout

    def log_out(self, visit: Visit) -> Flow[Reply]:
        """POST /logout: end the session, revoke its tokens, send the browser on.

        A script gets the place to go to as JSON: it could not follow a redirect to another origin.
        """
        if not self._gate.may_change(visit.request):
            return foreign(visit)
        yield from self._sessions.log_out(visit)
        if visit.request.is_navigation:
            return redirect(self._after_logout)
        return Reply(status=200, json={"location": self._after_logout})


def foreign(visit: Visit) -> Reply:
    """Return the reply to a request that another site made the browser send."""
    sentence = "Requests from other sites are not accepted."
    if visit.request.is_navigation:
        return Reply(status=403, html=pages.message_page("Not accepted", sentence))
    return Reply(status=403, json={"error": "forbidden", "error_description": sentence})


def too_large(visit: Visit) -> Reply:
    """Return the reply to a body that is longer than any form."""
    sentence = "The form is too large."
    if visit.request.is_navigation:
        return Reply(status=413, html=pages.message_page("Not accepted", sentence))
    return Reply(status=413, json={"error": "too_large", "error_description": sentence})
