"""A request's headers -> its token; an error -> what the response says (RFC 6750, RFC 9110 11).

What every framework's integration shares. Pure: header values come in, plain data goes out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InsufficientPermission,
    InvalidClaim,
    KeysUnavailable,
    MissingScope,
    TokenError,
)

HeaderValues = Callable[[str], Sequence[str]]
"""Gives every value of a header, in order, each field line on its own."""

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)  # b64token, RFC 6750 2.1
_TCHAR = r"!#$%&'*+\-.^_`|~0-9A-Za-z"
_FIELD_NAME = re.compile(rf"[{_TCHAR}]+", re.ASCII)  # token, RFC 9110 5.6.2
_SCOPE = re.compile(r"[!#-\[\]-~]+", re.ASCII)  # scope-token, RFC 6749 3.3
_PARAMETER = re.compile(rf'[ \t]*[{_TCHAR}]+[ \t]*=[ \t]*["{_TCHAR}]', re.ASCII)  # RFC 9110 11.2
_ESCAPED = re.compile(r"\\.", re.DOTALL)

_NO_CREDENTIALS_IN = frozenset(
    {
        "accept",
        "content-type",
        "cookie",
        "host",
        "origin",
        "sec-fetch-mode",
        "sec-fetch-site",
        "x-requested-with",
    }
)
"""The other headers that are read, whose values may have commas of their own."""

_CLAIMS = frozenset(
    {
        "aud",
        "auth_time",
        "check",
        "client",
        "client_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "signer",
        "sub",
        "token_use",
    }
)
"""What a verifier of ours names as the claim at fault. A check of the caller's may name anything."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""The methods that change nothing (RFC 9110 9.2.1)."""

_RETRY_AFTER = 5
_RETRY_AFTER_MAX = 3600


class Refusal(NamedTuple):
    """What a response says instead of what was asked for: nothing that helps an attacker.

    Fixed sentences only. No part of a token, no claim's value, no key id, no exception's text.
    """

    status: int
    """400, 401, 403 or 503."""
    error: str | None
    """RFC 6750's error code; None where it has none."""
    message: str
    """The sentence that the caller may read."""
    reason: str
    """Which check refused: a stable word for logs and counters, not for the response."""
    scope: str = ""
    """The scopes that would help, separated by spaces."""
    retry_after: int | None = None
    """Seconds."""
    claim: str | None = None
    """The name of the claim at fault, for logs and not for the response; None where it is none that we check."""

    @property
    def logged(self) -> str:
        """The reason with the claim's name, as the log has it: "claim token_use"."""
        return self.reason if self.claim is None else f"{self.reason} {self.claim}"

    @property
    def challenge(self) -> str | None:
        """The value of WWW-Authenticate (RFC 6750 3); None where no token would help."""
        if self.error is None:
            return "Bearer" if self.status == _UNAUTHORIZED else None
        scope = f', scope="{self.scope}"' if self.scope else ""
        return f'Bearer error="{self.error}"{scope}'

    @property
    def headers(self) -> dict[str, str]:
        """The response's headers beside Content-Type."""
        headers = {"Cache-Control": "no-store"}
        if self.challenge is not None:
            headers["WWW-Authenticate"] = self.challenge
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers

    @property
    def body(self) -> dict[str, str]:
        """The response's JSON object."""
        return {"error": self.error or _ERRORS[self.status], "error_description": self.message}


_UNAUTHORIZED = 401
_ERRORS = {401: "unauthorized", 403: "forbidden", 503: "temporarily_unavailable"}

NO_CREDENTIALS = Refusal(401, None, "Authentication is required.", "no_credentials")
"""The request carries no token. RFC 6750 3.1: such a challenge has no error code."""

MALFORMED = Refusal(401, "invalid_token", "The token is not accepted.", "malformed_header")
"""What follows the scheme is not one token."""

REPEATED = Refusal(
    400, "invalid_request", "The request carries credentials more than once.", "repeated"
)
"""Two Authorization headers, two cookies of the name, or a header and a cookie that differ.

Servers and proxies disagree on which of the two counts, so none does.
"""

CROSS_SITE = Refusal(403, None, "Requests from other sites are not accepted.", "cross_site")
"""The token is in a cookie, which a browser sends along, and another site made the browser send it."""


UNKNOWN_USER = Refusal(401, "invalid_token", "The token is not accepted.", "unknown_user")
"""The token is good, but the application knows no such user."""


class TokenLocation:
    """Where a request carries its token. Immutable; locations with the same settings are equal.

    A token in the query string is never read: it would end up in logs and histories.

    Args:
        header: The header's name.
        raw: Take a bare token as well, without "Bearer " before it: API Gateway's authorizers do.
        cookie: Read the token from the cookie of this name too. Requests that change something
            are then accepted from the same origin only, because a browser sends cookies along
            whoever made it send the request.
        trusted_origins: Further origins, such as "https://app.example.com", that may send
            requests with the cookie.

    Raises:
        ConfigurationError: A name is not one that a header or cookie can have, or an origin is
            not scheme, host and port.
    """

    __slots__ = ("_cookie", "_header", "_raw", "_trusted_origins")

    def __init__(
        self,
        *,
        header: str = "Authorization",
        raw: bool = False,
        cookie: str | None = None,
        trusted_origins: Collection[str] = (),
    ) -> None:
        if _FIELD_NAME.fullmatch(header) is None:
            raise ConfigurationError("header must be a header's name, such as 'Authorization'.")
        if cookie is not None and _FIELD_NAME.fullmatch(cookie) is None:
            raise ConfigurationError("cookie must be a cookie's name, such as '__Host-token'.")
        if isinstance(trusted_origins, str) or not all(map(_is_origin, trusted_origins)):
            raise ConfigurationError(
                "trusted_origins must be a list of origins such as 'https://app.example.com'."
            )
        if trusted_origins and cookie is None:
            raise ConfigurationError(
                "trusted_origins is about cookies: name the cookie with cookie=."
            )
        self._header = header.lower()
        self._raw = raw
        self._cookie = cookie
        self._trusted_origins = frozenset(origin.lower() for origin in trusted_origins)

    @property
    def header(self) -> str:
        """The header's name, in lower case."""
        return self._header

    @property
    def cookie(self) -> str | None:
        """The cookie's name; None where no cookie is read."""
        return self._cookie

    def read(self, values_of: HeaderValues, *, method: str | None = "GET") -> str | Refusal | None:
        """Find the request's token.

        Args:
            values_of: Gives all values of a header by its name in lower case.
            method: The request's method in upper case; None for a WebSocket handshake.

        Returns:
            The token; None where the request carries none, or credentials of another scheme; the
            Refusal where it carries something that is not one token.
        """
        values = values_of(self._header)
        if len(values) > 1:
            return REPEATED
        token = self._from_header(values[0].strip(" \t")) if values else None
        if self._cookie is None or isinstance(token, Refusal):
            return token
        cookies = set(_cookies(values_of("cookie"), self._cookie))
        if token is not None:
            return token if cookies <= {token} else REPEATED
        if len(cookies) > 1:
            # A sibling subdomain can plant a second cookie of the same name.
            return REPEATED
        for value in cookies:
            if _TOKEN.fullmatch(value) is None:
                return MALFORMED
            if method not in SAFE_METHODS and not is_same_origin(values_of, self._trusted_origins):
                return CROSS_SITE
            return value
        return None

    def _from_header(self, value: str) -> str | Refusal | None:
        if not value:
            return None
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "bearer":
            token = rest.strip(" ")
        elif self._raw and not rest:
            token = value
        elif _FIELD_NAME.fullmatch(scheme) is None:
            return MALFORMED
        else:
            return None
        return token if _TOKEN.fullmatch(token) else MALFORMED

    def _settings(self) -> tuple[object, ...]:
        return self._header, self._raw, self._cookie, self._trusted_origins

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TokenLocation):
            return NotImplemented
        return self._settings() == other._settings()

    def __hash__(self) -> int:
        return hash(self._settings())

    def __repr__(self) -> str:
        return f"TokenLocation(header={self._header!r}, raw={self._raw}, cookie={self._cookie!r})"


@overload
def refusal_of(error: TokenError | InsufficientPermission | KeysUnavailable) -> Refusal: ...


@overload
def refusal_of(error: CognitoKitError) -> Refusal | None: ...


def refusal_of(error: CognitoKitError) -> Refusal | None:
    """Return what a response says of one of our errors; None where the fault is the application's own (500)."""
    if isinstance(error, TokenError):
        is_named = isinstance(error, InvalidClaim) and error.claim in _CLAIMS
        return Refusal(
            401,
            "invalid_token",
            "The token is not accepted.",
            error.reason,
            claim=error.claim if is_named else None,
        )
    if isinstance(error, InsufficientPermission):
        scopes = error.expected if isinstance(error, MissingScope) else ()
        return Refusal(
            403,
            "insufficient_scope",
            "The token does not grant what this request needs.",
            error.reason,
            scope=" ".join(scope for scope in scopes if _SCOPE.fullmatch(scope)),
        )
    if isinstance(error, KeysUnavailable):
        return Refusal(
            503,
            None,
            "Tokens cannot be checked at the moment.",
            error.reason,
            retry_after=_whole_seconds(error.retry_after),
        )
    return None


def is_same_origin(values_of: HeaderValues, trusted_origins: Collection[str] = ()) -> bool:
    """Whether the browser says that a request is the site's own, or no browser sent it.

    Args:
        values_of: Gives all values of a header by its name in lower case.
        trusted_origins: Further origins that may send it, in lower case.
    """
    origin = values_of("origin")
    if origin and all(value.lower() in trusted_origins for value in origin):
        return True
    site = values_of("sec-fetch-site")
    if site:
        return all(value in {"same-origin", "none"} for value in site)
    hosts = {value.lower() for value in values_of("host")}
    return all(value.lower().partition("://")[2] in hosts for value in origin)


def accepts_html(values: Sequence[str]) -> bool:
    """Whether an Accept header names HTML, as browsers do for pages; "*/*" does not (RFC 9110 12.5.1)."""
    for value in values:
        for item in value.split(","):
            media_type, *parameters = (part.strip().lower() for part in item.split(";"))
            weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
            if media_type == "text/html" and not any(w.strip("0.") == "" for w in weights):
                return True
    return False


def wsgi_values(environ: Mapping[str, object]) -> HeaderValues:
    """Return a look-up of header values in a WSGI environment (PEP 3333).

    WSGI servers join a repeated header with commas, so that two Authorization headers arrive as
    one value, which is taken apart again; see separated().
    """

    def values_of(name: str) -> Sequence[str]:
        value = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return separated(name, value) if isinstance(value, str) else ()

    return values_of


def separated(name: str, value: str) -> Sequence[str]:
    """Take a header's value apart that a server joined with commas from several (RFC 9110 5.3).

    Commas also stand between the parameters of one value (RFC 9110 11.4) and in quoted strings, and
    there it stays whole. Headers that carry no credentials are left alone.
    """
    if "," not in value or name in _NO_CREDENTIALS_IN:
        return (value,)
    values: list[list[str]] = []
    is_quoted = False
    for part in value.split(","):
        if is_quoted or (values and _PARAMETER.match(part)):
            values[-1].append(part)
        else:
            values.append([part])
        is_quoted ^= _ESCAPED.sub("", part).count('"') % 2 == 1
    # A quote that is never closed hides nothing.
    return value.split(",") if is_quoted else [",".join(parts) for parts in values]


def _cookies(headers: Sequence[str], name: str) -> Iterator[str]:
    """The values of one cookie (RFC 6265 4.2.1), every one of them."""
    for header in headers:
        for pair in header.split(";"):
            key, equals, value = pair.partition("=")
            if equals and key.strip(" \t") == name:
                yield value.strip(' \t"')


def _is_origin(value: object) -> bool:
    if not isinstance(value, str):
        return False
    scheme, separator, host = value.partition("://")
    return (
        scheme.lower() in {"http", "https"}
        and bool(separator)
        and re.search(r"[/?#@\s]|^$", host) is None
    )


def _whole_seconds(seconds: float | None) -> int:
    if seconds is None or not math.isfinite(seconds):
        return _RETRY_AFTER
    return min(max(math.ceil(seconds), 1), _RETRY_AFTER_MAX)
