"""The replies that every route may give: on to another page, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.weblogin import pages
from cognitokit.weblogin.exchange import Reply

if TYPE_CHECKING:
    from cognitokit.weblogin.visit import Visit


def redirect(location: str) -> Reply:
    """Return the reply that sends the browser on with a GET."""
    return Reply(status=303, location=location)


def foreign(visit: Visit) -> Reply:
    """Return the reply to a request that another site made the browser send."""
    return _not_accepted(visit, 403, "forbidden", "Requests from other sites are not accepted.")


def too_large(visit: Visit) -> Reply:
    """Return the reply to a body that is longer than any form."""
    return _not_accepted(visit, 413, "too_large", "The form is too large.")


def unreadable(visit: Visit) -> Reply:
    """Return the reply to a body that is neither a form nor JSON, for instance multipart/form-data."""
    sentence = "Send application/x-www-form-urlencoded or application/json."
    return _not_accepted(visit, 415, "unsupported_media_type", sentence)


def _not_accepted(visit: Visit, status: int, code: str, sentence: str) -> Reply:
    if visit.request.is_navigation:
        return Reply(status=status, html=pages.message_page("Not accepted", sentence))
    return Reply(status=status, json={"error": code, "error_description": sentence})
