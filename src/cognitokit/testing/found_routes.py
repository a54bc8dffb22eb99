"""What the search through an application finds: its routes, each with a request that reaches it."""

from __future__ import annotations

import inspect
import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from cognitokit.testing.clients import Answer

Public = str | Callable[..., Any]
"""How a route that is meant to be open is named."""

SOCKET = "WEBSOCKET"
MOUNT = "MOUNT"

NONE: frozenset[str] = frozenset()

GUESSES: frozenset[str] = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
"""What to ask of a view that does not say which methods it takes."""

REFUSED_SOCKET = 403
"""What a server answers to a WebSocket handshake that the application closes."""

_METHOD_NOT_ALLOWED = 405

_TEXTS = (
    "1",
    "x",
    "made-up",
    "x/y",
    "made-up/x/y",
    "1.5",
    "0",
    "7",
    "en",
    "ABC",
    "2001-02-03",
    "0001",
    str(uuid.UUID(int=1)),
    str(uuid.UUID(int=2)),
    *("x" * length for length in range(2, 41)),
)
"""What may stand for a placeholder. Some differ in nothing but length, or in having a slash."""

_TEXTS_EACH = 8
"""How many of them are tried for one placeholder."""

_MOST_CHOICES = 500
"""How many paths are tried for one route."""


class Request(NamedTuple):
    """Where a request goes."""

    path: str
    """Without a query, encoded as a URL's."""
    host: str | None = None
    """None for the one that a test client calls anyway."""


@dataclass(frozen=True, slots=True)
class FoundRoute:
    """A route for one method, or an application that keeps its routes to itself."""

    method: str
    """GET, POST, ..., WEBSOCKET, or MOUNT for what keeps its routes to itself."""
    rule: str
    """The path as it was written, placeholders included."""
    names: frozenset[str]
    """What else it may be called: its endpoint or name."""
    view: object
    request: Request | None
    """What reaches it; None if nothing was found that does."""
    placeholders: tuple[str, ...] = ()
    is_guess: bool = False
    """Whether nothing says that it takes this method."""
    headers: tuple[tuple[str, str], ...] = ()
    """What a request must carry to reach it."""

    @property
    def path(self) -> str:
        """The path to ask for."""
        return self.request.path if self.request else self.rule

    @property
    def host(self) -> str | None:
        """The host to ask; None for the usual one."""
        return self.request.host if self.request else None

    def is_called(self, public: Public) -> bool:
        """Whether this is meant: a path, method and path, a name, a view, or a mounted application."""
        if not isinstance(public, str):
            view: Any = self.view
            return callable(view) and inspect.unwrap(view, stop=lambda f: f is public) is public
        # The path of a mount is no name of it: it may be that of a route too, and all below is meant.
        paths = {str(self)} if self.method == MOUNT else {str(self), self.rule}
        return public in paths | self.names

    def refuses(self, answer: Answer, refused: Collection[int]) -> bool:
        """Whether that is a refusal, or says that there is nothing to refuse."""
        if self.method == SOCKET and answer.status == REFUSED_SOCKET:
            return True
        if self.is_guess and answer.status == _METHOD_NOT_ALLOWED:
            return True
        if answer.is_empty_allow:
            return True
        return answer.status in refused

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def mount(rule: str, names: Iterable[str | None], app: object) -> FoundRoute:
    """Return what stands for an application that cannot be looked into."""
    found = frozenset(name for name in names if name)
    return FoundRoute(MOUNT, rule, found, app, None)


def worth_asking(methods: Iterable[str], view: object) -> list[str]:
    """Return the methods to ask a view for, of those that it takes."""
    worth = set(methods)
    made_by = view if isinstance(view, type) else getattr(view, "view_class", None)
    if "GET" in worth and not hasattr(made_by, "head"):
        worth.discard("HEAD")
    return sorted(worth)


def texts_for(regex: str, *likely: str) -> list[str]:
    """Return texts that a placeholder takes, likely ones first."""
    pattern = re.compile(regex)
    fitting = (text for text in dict.fromkeys((*likely, *_TEXTS)) if pattern.fullmatch(text))
    return list(itertools.islice(fitting, _TEXTS_EACH))


def choices(values: Sequence[Sequence[object]]) -> Iterator[tuple[object, ...]]:
    """One value of each: first those that differ everywhere, then every combination, up to a limit."""
    together = zip(*values, strict=False) if values else ()
    return itertools.islice(itertools.chain(together, itertools.product(*values)), _MOST_CHOICES)
