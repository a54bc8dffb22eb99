"""What no framework's integration may let in: requests as they stand on the wire, and claims that grant nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.frameworks.served import Answer, ask


class Request(NamedTuple):
    """A request for a route that wants a token, and the statuses that may refuse it."""

    name: str
    lines: tuple[str, ...]
    """With {token} where a good token stands."""
    statuses: frozenset[int] = frozenset({401})
    query: str = ""


REQUESTS = [
    Request(
        "two headers",
        ("Authorization: Bearer {token}", "Authorization: Bearer {token}"),
        frozenset({400}),
    ),
    Request(
        "the good one first",
        ("Authorization: Bearer {token}", "Authorization: Bearer a.b.c"),
        frozenset({400}),
    ),
    Request(
        "the good one last",
        ("Authorization: Bearer a.b.c", "Authorization: Bearer {token}"),
        frozenset({400}),
    ),
    Request("two in one", ("Authorization: Bearer {token},Bearer {token}",), frozenset({400, 401})),
    Request("two words", ("Authorization: Bearer {token} {token}",)),
    Request("no token", ("Authorization: Bearer",)),
    Request("another scheme", ("Authorization: Basic {token}",)),
    Request("no scheme", ("Authorization: {token}",)),
    Request("in the query", (), query="?access_token={token}&token={token}"),
    Request("in a cookie", ("Cookie: token={token}; Authorization={token}",)),
    Request("no credentials", ()),
]

GROUPS: list[Any] = ["superadmins", "admin", ["Admin"], ["admins"], [1], {"admin": True}, None, []]
"""Values of cognito:groups that do not say that the user is in the group "admin"."""


def answers_to_bad_requests(port: int, path: str, token: str) -> list[str]:
    """Send each request, and name those whose answer is not a refusal as it should be."""
    wrong = []
    for name, lines, statuses, query in REQUESTS:
        answer = ask(
            port, path + query.format(token=token), *(line.format(token=token) for line in lines)
        )
        told = f"{answer.headers} {answer.body}"
        if answer.status not in statuses or any(part in told for part in token.split(".")):
            wrong.append(f"{name}: {answer.status} {told}")
    return wrong


def with_token(port: int, path: str, token: str) -> Answer:
    """Send a request as it should be."""
    return ask(port, path, f"Authorization: Bearer {token}")
