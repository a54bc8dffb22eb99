"""What OpenAPI says of the authentication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from fastapi.openapi.models import (
    APIKey,
    APIKeyIn,
    HTTPBearer,
    OAuth2,
    OAuthFlowAuthorizationCode,
    OAuthFlows,
)
from fastapi.openapi.models import SecurityBase as SecurityModel

from cognitokit.bearer import TokenLocation
from cognitokit.errors import ConfigurationError
from cognitokit.oauth.urls import Endpoints
from cognitokit.pool import checked_url


def endpoints_of(domain: str) -> Endpoints:
    """Return the endpoints of a user pool's domain, given as a domain name or a URL.

    Raises:
        ConfigurationError: It is neither.
    """
    url = checked_url(domain if "://" in domain else f"https://{domain}", "domain")
    if "." not in url and "localhost" not in url:
        raise ConfigurationError(
            "domain is the whole domain name here, such as 'my-app.auth.eu-west-1.amazoncognito.com'."
        )
    return Endpoints(url.rstrip("/"))


def described(
    location: TokenLocation, where: Endpoints | None, scopes: Mapping[str, str] | Iterable[str]
) -> SecurityModel:
    """Return the security scheme: the login by code where it is known, else the header."""
    if where is not None:
        listed: dict[str, str] = dict.fromkeys(scopes, "")
        if isinstance(scopes, Mapping):
            listed.update(cast("Mapping[str, str]", scopes))
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=where.authorize, tokenUrl=where.token, scopes=listed
        )
        return OAuth2(flows=OAuthFlows(authorizationCode=flow))
    if location.header != "authorization":
        return APIKey.model_validate({"in": APIKeyIn.header, "name": location.header})
    return HTTPBearer(bearerFormat="JWT")
