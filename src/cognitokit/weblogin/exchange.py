"""What the login and a web framework say to each other: a request, a visit, a reply, a step."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from urllib.parse import parse_qsl, quote

from cognitokit.bearer import accepts_html
from cognitokit.oauth.redirect_target import safe_redirect_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cognitokit.bearer import HeaderValues

T = TypeVar("T")

MAX_BODY = 65_536
"""Bytes of a form."""

_FORMS = frozenset({"", "application/x-www-form-urlencoded"})
"""The media types of a form that can be read; one without fields may have none."""

_PAGE_METHODS = frozenset({"GET", "HEAD"})


class Step:
    """One thing to do outside: a call. Its repr hides the arguments, which may be passwords."""

    __slots__ = ("_args", "_call")

    def __init__(self, call: Callable[..., Any], *args: Any) -> None:
        self._call = call
        self._args = args

    def __call__(self) -> Any:
        """Do it; in an async application the result may have to be awaited."""
        return self._call(*self._args)

    def __repr__(self) -> str:
        return f"Step({getattr(self._call, '__qualname__', 'call')})"


Flow: TypeAlias = Generator[Step, Any, T]
"""What drive.py runs: it yields steps, is sent their results, and returns its own."""


class Fields:
    """What a form or a JSON object had in it. Its repr hides all of it."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = values or {}

    def text(self, name: str) -> str:
        """Return a field; empty where it is missing or no text."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> dict[str, str]:
        """Return an object of texts, {"name": {"a": "b"}} in JSON and "name.a" in a form."""
        start = f"{name}."
        members = {
            key.removeprefix(start): value
            for key, value in self._values.items()
            if key.startswith(start)
        }
        given = self._values.get(name)
        if isinstance(given, dict):
            members = cast("dict[str, Any]", given)
        return {key: value for key, value in members.items() if isinstance(value, str)}

    def value(self, name: str) -> Any:
        """Return a field of whatever type; None where it is missing."""
        return self._values.get(name)

    def __repr__(self) -> str:
        return "Fields(***)"


def percent_encoded(path: str) -> str:
    """Return a path as the browser has it, from what a server has decoded."""
    return quote(path, safe="/:@!$&'()*+,;=~-._")


def mounted_at(root: str) -> str:
    """Return where the application is mounted, as the browser has it, from what a server has decoded.

    A proxy's header may have named it; nothing that leads to another site is believed.
    """
    encoded = percent_encoded(root)
    return safe_redirect_target(encoded, default="")


def read_fields(body: bytes, *, is_json: bool) -> Fields:
    """Return the fields of a form or a JSON object; none where the body is neither."""
    try:
        if not is_json:
            # Of a field that occurs twice the first counts.
            return Fields(dict(reversed(parse_qsl(body.decode(), keep_blank_values=True))))
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    return Fields(cast("dict[str, Any]", sent) if isinstance(sent, dict) else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """What the login reads of a request."""

    method: str | None
    """In upper case; None for a WebSocket handshake."""
    values_of: HeaderValues = field(repr=False)
    """Gives all values of a header by its name in lower case."""
    path: str = "/"
    """The path as the browser has it, percent-encoded."""
    query: str = field(default="", repr=False)
    """What stands behind the "?"."""
    root: str = ""
    """The part of the path under which the application is mounted."""
    fields: Fields = field(default_factory=Fields)
    """What was sent in the body."""
    media_type: str = ""
    """What it was sent as, without parameters, in lower case; empty where it does not say."""
    is_json: bool = False
    """Whether it was sent as JSON; the reply then is JSON."""

    @property
    def can_be_read(self) -> bool:
        """Whether its body, if there is one, is a form or JSON."""
        return self.is_json or self.media_type in _FORMS

    @property
    def target(self) -> str:
        """The path with its query: where to come back to after a login."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_navigation(self) -> bool:
        """Whether a person looks at what comes back: a page is loaded, and not an API called."""
        if self.is_json:
            return False
        mode = self.values_of("sec-fetch-mode")
        if mode:
            return all(value == "navigate" for value in mode)
        if self.values_of("x-requested-with"):
            return False
        return accepts_html(self.values_of("accept"))

    @property
    def is_page(self) -> bool:
        """Whether it asks for a page, so that a login may stand between."""
        return self.method in _PAGE_METHODS and self.is_navigation


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back, beside the visit's cookies."""

    status: int
    location: str | None = field(default=None, repr=False)
    """Where to send the browser; it holds the state of a login."""
    html: str | None = field(default=None, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    retry_after: int | None = None
    """Seconds."""

    @property
    def content(self) -> str | None:
        """Its body, if it has one."""
        return self.html if self.json is None else json.dumps(self.json)

    @property
    def headers(self) -> dict[str, str]:
        """Its headers beside the cookies, Content-Type included."""
        headers = {"Cache-Control": "no-store", **_PAGE_HEADERS}
        if self.html is not None:
            headers["Content-Type"] = "text/html; charset=utf-8"
        elif self.json is not None:
            headers["Content-Type"] = "application/json"
        if self.location is not None:
            headers["Location"] = self.location
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers


_PAGE_HEADERS = {
    # The Origin header of a page's own forms must survive: no-referrer would make it "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src data:"
    ),
}
