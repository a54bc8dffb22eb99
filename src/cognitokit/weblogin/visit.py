"""One request on its way through the login: what it brought, and the cookies that its response sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cognitokit.weblogin.cookies import CookieRules, cookies_of, joined, read_cookies, split

if TYPE_CHECKING:
    from cognitokit.bearer import Refusal
    from cognitokit.weblogin.exchange import Fields, WebRequest
    from cognitokit.weblogin.record import SessionRecord


class Visit:
    """What is known of one request. Its repr shows nothing that the request brought."""

    def __init__(self, request: WebRequest, rules: CookieRules) -> None:
        self.request: WebRequest = request
        self.rules = rules
        self.cookies: dict[str, str] = read_cookies(request.values_of("cookie"))
        """The request's cookies, and in their place those that its response sets."""
        self.is_personal: bool = False
        """Whether the response depends on who asks, and so must not be shared by caches."""
        self.looked_up: SessionRecord | Refusal | None = None
        """The session that was found; the refusal where it cannot be used now."""
        self.is_looked_up = False
        self.notes: list[str] = []
        """What the log should know."""
        self._set: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """Return a value that may be spread over several cookies; None where it is not there whole."""
        self.is_personal = True
        return joined(name, self.cookies)

    def write(self, name: str, value: str, max_age: int) -> None:
        """Set a value, in as many cookies as it takes, and delete those that it no longer takes.

        Raises:
            ConfigurationError: It does not fit into cookies.
        """
        parts = split(name, value)
        self.delete(name)
        self.cookies |= parts
        for part, text in parts.items():
            self._set[part] = self.rules.set(part, text, max_age)

    def delete(self, name: str) -> None:
        """Delete a value, all its cookies."""
        self.is_personal = True
        for part in [*cookies_of(name, self.cookies), *self._set]:
            if part == name or part.startswith(f"{name}."):
                self.cookies.pop(part, None)
                self._set[part] = self.rules.delete(part)

    def take(self, fields: Fields) -> None:
        """Take what came in the request's body."""
        self.request = replace(self.request, fields=fields)

    @property
    def set_cookie(self) -> list[str]:
        """The values of the response's Set-Cookie headers."""
        return list(self._set.values())

    def __repr__(self) -> str:
        return f"Visit({self.request.method} {self.request.path})"
