"""Sessions, by their user and by an administrator: ListUserSessions, RevokeUserSession and their twins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import given
from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.results import UserSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow, PagedFlow


def list_sessions(owner: Mapping[str, str], *, admin: bool = False) -> PagedFlow[UserSession]:
    """ListUserSessions or AdminListUserSessions.

    Args:
        owner: The members that say whose they are: AccessToken, or UserPoolId and Username.
        admin: Which of the two.
    """
    return pages(
        "AdminListUserSessions" if admin else "ListUserSessions",
        owner,
        items="Sessions",
        read=UserSession.read,
    )


def revoke_session(
    owner: Mapping[str, str], session_id: str, *, linked: bool, admin: bool = False
) -> Flow[None]:
    """RevokeUserSession or AdminRevokeUserSession."""
    yield Call(
        "AdminRevokeUserSession" if admin else "RevokeUserSession",
        given(**owner, SessionId=session_id, RevokeAssociatedSessions="LINKED" if linked else None),
    )
