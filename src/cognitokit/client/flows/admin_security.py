"""What an administrator sees of a user's sign-ins, and the accounts elsewhere that are linked to the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.flows.request import user_members
from cognitokit.client.results import AuthEvent

if TYPE_CHECKING:
    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow, PagedFlow


def list_auth_events(
    app: AppClient, username: str, *, page_size: int | None
) -> PagedFlow[AuthEvent]:
    """AdminListUserAuthEvents."""
    return pages(
        "AdminListUserAuthEvents",
        {**user_members(app, username), "MaxResults": page_size},
        items="AuthEvents",
        read=AuthEvent.read,
    )


def give_auth_event_feedback(
    app: AppClient, username: str, event_id: str, *, valid: bool
) -> Flow[None]:
    """AdminUpdateAuthEventFeedback."""
    yield Call(
        "AdminUpdateAuthEventFeedback",
        {
            **user_members(app, username),
            "EventId": event_id,
            "FeedbackValue": "Valid" if valid else "Invalid",
        },
    )


def link_provider(
    app: AppClient, username: str, provider: str, value: str, *, attribute: str
) -> Flow[None]:
    """AdminLinkProviderForUser."""
    yield Call(
        "AdminLinkProviderForUser",
        {
            "UserPoolId": app.pool_id,
            "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": username},
            "SourceUser": _account(provider, value, attribute),
        },
    )


def unlink_provider(app: AppClient, provider: str, value: str, *, attribute: str) -> Flow[None]:
    """AdminDisableProviderForUser."""
    yield Call(
        "AdminDisableProviderForUser",
        {"UserPoolId": app.pool_id, "User": _account(provider, value, attribute)},
    )


def _account(provider: str, value: str, attribute: str) -> dict[str, str]:
    return {
        "ProviderName": provider,
        "ProviderAttributeName": attribute,
        "ProviderAttributeValue": value,
    }
