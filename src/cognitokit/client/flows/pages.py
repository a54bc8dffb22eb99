"""Lists that Cognito gives page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cognitokit.client.arguments import given
from cognitokit.client.calls import Call
from cognitokit.client.members import Members

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.client.calls import Flow, PagedFlow

T = TypeVar("T")


def pages(
    operation: str,
    request: Mapping[str, Any],
    *,
    items: str,
    read: Callable[[Members], T],
    token: str = "NextToken",
) -> PagedFlow[T]:
    """Return what asks for a page of a list.

    Args:
        operation: Cognito's name of the operation.
        request: The request's members but for the token; those that are None are left out.
        items: The response's member that holds the items.
        read: Makes an item of an object in there.
        token: The member that holds the token of the next page, of request and response alike.
    """

    def page(at: str | None) -> Flow[tuple[tuple[T, ...], str | None]]:
        reply = yield Call(operation, given(**{**request, token: at}))
        members = Members(reply.body)
        return tuple(map(read, members.each(items))), members.optional_text(token)

    return page
