"""client.sessions: a signed-in user's sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import sessions
from cognitokit.client.flows.request import token_member
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.client.results import UserSession
    from cognitokit.tokens import Tokens


class Sessions(Part):
    """Lists and revokes sessions, where the pool tracks them. Every access token needs the scope aws.cognito.signin.user.admin.

    Over Boto3Transport the installed boto3 must know the operations: 1.43.106 does not yet, 1.44.5
    does. HttpTransport needs no such knowledge.
    """

    def list(self, access_token: Tokens | str) -> Iterator[UserSession]:
        """Iterate over the user's sessions in all app clients (ListUserSessions).

        Raises:
            ServiceError: Cognito refused.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(sessions.list_sessions(token_member(access_token)))

    def revoke(self, access_token: Tokens | str, session_id: str, *, linked: bool = False) -> None:
        """Revoke one session, but not the access token's own (RevokeUserSession).

        Args:
            access_token: The user's.
            session_id: UserSession.id.
            linked: Revoke the sessions that it came from, or that came from it, as well.

        Raises:
            ResourceNotFound: The user has no such session.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            sessions.revoke_session(token_member(access_token), session_id, linked=linked)
        )
