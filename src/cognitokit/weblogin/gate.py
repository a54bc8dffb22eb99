"""Who a request comes from, by its session: what the guards of the frameworks ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from cognitokit.bearer import (
    CROSS_SITE,
    MALFORMED,
    REPEATED,
    SAFE_METHODS,
    Refusal,
    is_same_origin,
)
from cognitokit.errors import ConfigurationError, ExpiredToken, TokenError
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.next_page import next_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.tokens import AccessToken, IdToken
    from cognitokit.weblogin.exchange import Flow, WebRequest
    from cognitokit.weblogin.record import SessionRecord, WebSession
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Gate:
    """Looks at a request's session, and sends those who have none to the login page.

    Args:
        sessions: The sessions.
        login_path: Where the login begins.
        origins: The application's own origins, which may send requests that change something,
            beside the one that the request names itself.
    """

    def __init__(self, sessions: Sessions, *, login_path: str, origins: frozenset[str]) -> None:
        self._sessions = sessions
        self._login_path = login_path
        self._origins = origins

    def session(self, visit: Visit) -> Flow[WebSession | None]:
        """Return the visit's session; None where there is none, or it cannot be renewed now.

        None also where another site made the browser send a request that may change something: a
        view that is open to all must not take it for one of the user's.
        """
        visit.is_personal = True
        if not self.may_change(visit.request):
            return None
        found = yield from self._sessions.current(visit)
        return None if found is None or isinstance(found, Refusal) else found.view()

    def token(
        self, visit: Visit, from_header: str | None, verify: Callable[[str], Any]
    ) -> Flow[AccessToken | IdToken | Refusal | None]:
        """Return the verified token of a request, from its header or from its session.

        Args:
            visit: The request.
            from_header: What the Authorization header has, if it has a token.
            verify: Verifies a token; its result may have to be awaited.

        Returns:
            The token; None where there is neither; the refusal of what must not be used.

        Raises:
            TokenError: The token is refused. A session with such a token is ended.
        """
        if from_header is not None:
            found = yield from self._sessions.found(visit)
            if found is not None and found.tokens.access_token != from_header:
                return REPEATED
            verified: AccessToken | IdToken = yield Step(verify, from_header)
            return verified
        if not self.may_change(visit.request):
            found = yield from self._sessions.found(visit)
            return None if found is None else CROSS_SITE
        current = yield from self._sessions.current(visit)
        if current is None or isinstance(current, Refusal):
            return current
        return (yield from self._verified(visit, current, verify))

    def may_change(self, request: WebRequest) -> bool:
        """Whether a request with our cookies comes from our own pages, or changes nothing.

        A browser sends cookies along whoever made it send the request; SameSite=Lax stops most
        of that, but not what comes from a sibling subdomain.
        """
        return request.method in SAFE_METHODS or is_same_origin(request.values_of, self._origins)

    def login_url(self, request: WebRequest) -> str | None:
        """Return where to send a person without a session; None for an API call, which gets 401."""
        if not request.is_page:
            return None
        target = next_page(request.target, default="")
        page = self.login_page(request)
        return f"{page}?next={quote(target, safe='')}" if target else page

    def login_page(self, request: WebRequest) -> str:
        """Return where the login begins, as the browser sees it."""
        return f"{request.root}{self._login_path}"

    def _verified(
        self, visit: Visit, record: SessionRecord, verify: Callable[[str], Any]
    ) -> Flow[AccessToken | IdToken | Refusal | None]:
        try:
            token: AccessToken | IdToken = yield Step(verify, record.tokens.access_token)
        except ExpiredToken:
            yield from self._sessions.end(visit)
            return None
        except TokenError:
            # Not to the login page: a verifier that refuses what the login gives would make a circle.
            yield from self._sessions.end(visit)
            raise
        if token.sub != record.sub:
            yield from self._sessions.end(visit)
            return MALFORMED
        return token


def checked_host(request: WebRequest, *, insecure: bool) -> None:
    """Refuse to serve cookies without Secure to anything but this machine.

    Raises:
        ConfigurationError: The request names another host.
    """
    if not insecure:
        return
    for host in request.values_of("host"):
        if not _is_loopback(host):
            raise ConfigurationError(
                "insecure_cookies=True is for loopback: serve the application by https and leave it out."
            )


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:  # no host at all, for instance "["
        return False
