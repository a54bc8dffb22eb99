"""A user pool domain's endpoints, and the URLs that a browser is sent to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from cognitokit.errors import ConfigurationError
from cognitokit.pool import checked_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.pool import UserPool

_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_HOST = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
    re.ASCII | re.IGNORECASE,
)
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/{1,2}[!\"$-~]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of a user pool's domain."""

    base: str
    """The domain as an origin, for instance "https://auth.example.com"."""

    @property
    def authorize(self) -> str:
        """Where a browser begins a login."""
        return f"{self.base}/oauth2/authorize"

    @property
    def token(self) -> str:
        """Where codes, refresh tokens and client secrets become tokens."""
        return f"{self.base}/oauth2/token"

    @property
    def revoke(self) -> str:
        """Where a refresh token is revoked (RFC 7009)."""
        return f"{self.base}/oauth2/revoke"

    @property
    def user_info(self) -> str:
        """Where an access token with the scope openid becomes the user's attributes."""
        return f"{self.base}/oauth2/userInfo"

    @property
    def logout(self) -> str:
        """Where a browser ends the session that managed login keeps for it."""
        return f"{self.base}/logout"


def endpoints(
    domain: str, pool: UserPool, *, fips: bool = False, allow_http: bool = False
) -> Endpoints:
    """Return the endpoints of a domain.

    Args:
        domain: A prefix ("my-app"), a full domain name ("auth.example.com"), or an origin
            ("https://auth.example.com"; plain http for loopback).
        pool: The pool, whose region a prefix domain belongs to.
        fips: Use a prefix domain's FIPS form, {prefix}.auth-fips.{region}.amazoncognito.com.
            GovCloud has no other.
        allow_http: Allow plain http for hosts other than loopback.

    Raises:
        ConfigurationError: The domain is malformed, or its form cannot be known.
    """
    if type(domain) is not str:
        raise ConfigurationError("domain must be a string.")
    if _PREFIX.fullmatch(domain):
        if pool.partition not in {"aws", "aws-us-gov"}:
            raise ConfigurationError(
                f"The form of prefix domains in partition {pool.partition} is not known: "
                "give domain= as the full domain name that the Cognito console shows."
            )
        label = "auth-fips" if fips or pool.partition == "aws-us-gov" else "auth"
        return Endpoints(f"https://{domain}.{label}.{pool.region}.amazoncognito.com")
    if fips:
        raise ConfigurationError(
            "fips=True goes with a domain prefix; a full domain name is used as it is."
        )
    if _HOST.fullmatch(domain):
        return Endpoints(f"https://{domain.lower()}")
    if "://" not in domain:
        raise ConfigurationError(
            "domain must be a prefix such as 'my-app' (lower-case letters, digits and hyphens), "
            "a domain name such as 'auth.example.com', or its https URL."
        )
    origin = checked_url(domain, "domain", allow_http=allow_http)
    parts = urlsplit(origin)
    if parts.path.strip("/") or parts.query:
        raise ConfigurationError("domain must not contain a path or a query.")
    return Endpoints(f"{parts.scheme}://{parts.netloc}")


def checked_return_uri(uri: str, name: str, *, allow_http: bool = False) -> str:
    """Return a redirect_uri or logout_uri if it is one that Cognito would register.

    That is an https URL, http to loopback, or an own scheme of a native application
    (RFC 8252 7.1), without a fragment.

    Raises:
        ConfigurationError: It is not; the message says which option is at fault.
    """
    if type(uri) is str and _OWN_SCHEME.fullmatch(uri) and "." in uri.partition(":")[0]:
        return uri
    return checked_url(uri, name, allow_http=allow_http)


def with_query(url: str, params: Mapping[str, str | None]) -> str:
    """Return the URL with these parameters, those that are None left out, spaces as %20."""
    given = {name: value for name, value in params.items() if value is not None}
    return f"{url}?{urlencode(given, quote_via=quote)}"
