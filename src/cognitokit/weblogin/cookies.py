"""The login's cookies: their names and attributes, and values that are longer than one cookie."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_COOKIE = 3800
"""Bytes of a cookie's value: browsers keep 4,096 with its name and attributes (RFC 6265 6.1)."""

MAX_TOTAL = 7000
"""Bytes of a value in all its cookies: servers refuse requests with longer headers, often from 8 kB on."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_FIRST = re.compile(r"([1-9])\.(.*)", re.ASCII | re.DOTALL)


class CookieRules:
    """How this login's cookies are called and what attributes they have.

    Args:
        name: What their names begin with, after "__Host-".
        insecure: For plain http on this machine: no Secure, and so no "__Host-" prefix.

    Raises:
        ConfigurationError: The name is none that a cookie can have.
    """

    def __init__(self, name: str, *, insecure: bool) -> None:
        if _NAME.fullmatch(name) is None:
            raise ConfigurationError(
                "cookie_name must be up to 40 letters, digits, hyphens and underscores."
            )
        start = name if insecure else f"__Host-{name}"
        self.insecure = insecure
        self.session: str = f"{start}-session"
        """The session's cookie."""
        self.ended: str = f"{start}-ended"
        """The cookie that says which session has ended."""
        self.challenge: str = f"{start}-challenge"
        """The cookie of a challenge that waits for its answer."""
        self._attempts = f"{start}-login-"
        self._secure = "" if insecure else "; Secure"

    def attempt(self, state: str) -> str:
        """Return the name of the cookie of the login with this state: each tab has its own."""
        digest = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self._attempts}{digest[:16]}"

    def is_attempt(self, name: str) -> bool:
        """Whether a cookie is one of a login that has begun."""
        return name.startswith(self._attempts)

    def set(self, name: str, value: str, max_age: int) -> str:
        """Return the value of a Set-Cookie header (RFC 6265bis 4.1)."""
        return f"{name}={value}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Lax{self._secure}"

    def delete(self, name: str) -> str:
        """Return the value of a Set-Cookie header that deletes the cookie."""
        return self.set(name, "", 0)


def read_cookies(headers: Sequence[str]) -> dict[str, str]:
    """Return the cookies of a request (RFC 6265 4.2.1).

    A name that occurs with two values is left out: nobody can say which of them is meant.
    """
    found: dict[str, str] = {}
    doubtful: set[str] = set()
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            name, value = name.strip(" \t"), value.strip(' \t"')
            if equals and found.setdefault(name, value) != value:
                doubtful.add(name)
    return {name: value for name, value in found.items() if name not in doubtful}


def fits(value: str) -> bool:
    """Whether a value can be kept in cookies at all."""
    return len(value) <= MAX_TOTAL


def split(name: str, value: str) -> dict[str, str]:
    """Return the cookies that a value is kept in: itself, and where it is long "name.1", "name.2".

    Raises:
        ConfigurationError: It is too long for cookies at all; the message names the cure.
    """
    if not fits(value):
        raise ConfigurationError(
            f"The session does not fit into cookies: it has {len(value)} bytes, {MAX_TOTAL} is the "
            "most that servers take. Keep sessions in a server-side store: give store=."
        )
    parts = [value[start : start + MAX_COOKIE] for start in range(0, len(value), MAX_COOKIE)]
    first, *others = parts
    return {
        name: f"{len(parts)}.{first}",
        **{f"{name}.{number}": part for number, part in enumerate(others, start=1)},
    }


def joined(name: str, cookies: dict[str, str]) -> str | None:
    """Return the value that split() has cut up; None where it is not there whole."""
    match = _FIRST.fullmatch(cookies.get(name, ""))
    if match is None:
        return None
    parts = [match[2], *(cookies.get(part, "") for part in _parts(name, int(match[1])))]
    return "".join(parts) if all(parts) else None


def cookies_of(name: str, cookies: dict[str, str]) -> list[str]:
    """Return the names of the cookies that a value is kept in, those of longer ones before it included."""
    return [part for part in (name, *_parts(name, 10)) if part in cookies]


def _parts(name: str, count: int) -> Iterator[str]:
    return (f"{name}.{number}" for number in range(1, count))
