"""What API Gateway asks before it calls a function: its own authorizers, and Lambda's."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cognitokit import CognitoVerifier, UserPool
from cognitokit.errors import CognitoKitError, ExpiredToken, KeysUnavailable, MissingScope
from cognitokit.testing import (
    AuthorizerClient,
    http_api_authorizer_event,
    request_authorizer_event,
    token_authorizer_event,
)
from cognitokit.testing.gateway_claims import claims_of, http_api_claims, rest_claims

Refused = Literal["unauthorized", "expired", "denied", "authorizer_failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request that is to be authorized."""

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]
    resource: str = "/"
    """The route's path, with placeholders."""
    path_params: Mapping[str, str] = field(default_factory=dict[str, str])
    scopes: tuple[str, ...] = ()
    """The scopes of which the route wants one."""

    def values(self, header: str) -> list[str]:
        """Return what came under that name, whatever its case."""
        return [
            value
            for name, values in self.headers.items()
            if name.lower() == header.lower()
            for value in values
        ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an authorizer says: why not, or what the function finds in requestContext.authorizer."""

    refused: Refused | None = None
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims that a Cognito authorizer hands on."""
        claims: Mapping[str, str] = self.context.get("claims", {})
        return claims


class Authorizer(Protocol):
    """Whatever can say whether a request may pass."""

    header: str

    def ask(self, asked: Asked) -> Verdict:
        """Return the verdict."""
        ...


class CognitoAuthorizer:
    """A REST API's Cognito authorizer: COGNITO_USER_POOLS.

    It takes an id token of any app client of the pool, raw or with "Bearer "; on a method with
    scopes an access token that has one of them.

    Args:
        pool: The user pool.
        header: The token source.
        jwks: The pool's keys, where they are not to be fetched.
    """

    def __init__(
        self,
        pool: UserPool,
        *,
        header: str = "Authorization",
        jwks: Mapping[str, Any] | None = None,
    ) -> None:
        self.header = header
        self._id = CognitoVerifier(pool, client_id=None, token_use="id", jwks=jwks)
        self._access = CognitoVerifier(pool, client_id=None, token_use="access", jwks=jwks)

    def ask(self, asked: Asked) -> Verdict:
        """Verify the token."""
        token = _token(asked, self.header)
        if token is None:
            return Verdict("unauthorized")
        try:
            if asked.scopes:
                self._access.verify(token, any_scope=asked.scopes)
            else:
                self._id.verify(token)
        except CognitoKitError as error:
            return Verdict(_why(error))
        return Verdict(context={"claims": rest_claims(claims_of(token))})


class JwtAuthorizer:
    """An HTTP API's JWT authorizer: it takes id and access tokens of the audience, its app clients.

    Args:
        pool: The user pool, of which the issuer is made.
        audience: App client ids.
        header: The identity source.
        jwks: The pool's keys, where they are not to be fetched.
    """

    def __init__(
        self,
        pool: UserPool,
        *,
        audience: Sequence[str],
        header: str = "Authorization",
        jwks: Mapping[str, Any] | None = None,
    ) -> None:
        self.header = header
        self._verifier = CognitoVerifier(pool, client_id=audience, token_use=None, jwks=jwks)

    def ask(self, asked: Asked) -> Verdict:
        """Verify the token."""
        token = _token(asked, self.header)
        if token is None:
            return Verdict("unauthorized")
        try:
            if asked.scopes:
                self._verifier.verify(token, any_scope=asked.scopes)
            else:
                self._verifier.verify(token)
        except MissingScope:
            return Verdict("denied")
        except CognitoKitError as error:
            return Verdict(
                "authorizer_failed" if isinstance(error, KeysUnavailable) else "unauthorized"
            )
        claims = http_api_claims(claims_of(token))
        return Verdict(context={"jwt": {"claims": claims, "scopes": list(asked.scopes) or None}})


class LambdaAuthorizer:
    """A function that is asked, and whose answer is kept for some time.

    Args:
        function: The function.
        kind: What it is asked with: a TOKEN or REQUEST event of a REST API, or an HTTP API's
            payload format 2.0.
        header: The identity source. Without that header the function is not even asked.
        ttl: How long an answer is kept, seconds. It counts for every request with the same
            identity, whatever its path.
        clock: Seconds.
    """

    def __init__(
        self,
        function: Callable[[dict[str, Any], Any], Any],
        *,
        kind: Literal["TOKEN", "REQUEST", "HTTP"] = "TOKEN",
        header: str = "Authorization",
        ttl: float = 300,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.header = header
        self.function = function
        self._kind = kind
        self._ttl = ttl
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def ask(self, asked: Asked) -> Verdict:
        """Ask the function, or look up what it said before."""
        identity = tuple(asked.values(self.header))
        if not any(identity):
            return Verdict("unauthorized")
        client = AuthorizerClient(
            functools.partial(self._answer, identity), functools.partial(self._event, asked)
        )
        pairs = [(name, value) for name, values in asked.headers.items() for value in values]
        said = client.request(asked.method, asked.path, headers=pairs)
        refusals: dict[int, Refused] = {
            401: "unauthorized",
            403: "denied",
            500: "authorizer_failed",
        }
        if said.status_code in refusals:
            return Verdict(refusals[said.status_code])
        context: dict[str, Any] = said.json()
        if self._kind == "HTTP":
            return Verdict(context={"lambda": context})
        # A REST API hands everything on as text.
        texts = {name: _text(value) for name, value in context.items()}
        return Verdict(context={**texts, "principalId": self._principal(identity)})

    def _answer(self, identity: tuple[str, ...], event: dict[str, Any], context: object) -> Any:
        until, answer = self._kept.get(identity, (0.0, None))
        if answer is None or until <= self._clock():
            # What it raises is not kept: only answers are.
            answer = self.function(event, context)
            self._kept[identity] = (self._clock() + self._ttl, answer)
        return answer

    def _principal(self, identity: tuple[str, ...]) -> str:
        return str(self._kept[identity][1]["principalId"])

    def _event(
        self, asked: Asked, method: str, path: str, *, headers: Any, query: Any
    ) -> dict[str, Any]:
        if self._kind == "TOKEN":
            return token_authorizer_event(asked.values(self.header)[-1], method, path)
        given: dict[str, Any] = {"headers": headers, "query": query}
        if self._kind == "REQUEST":
            return request_authorizer_event(
                method, path, resource=asked.resource, path_params=asked.path_params, **given
            )
        return http_api_authorizer_event(
            method,
            path,
            route=asked.resource,
            path_params=asked.path_params,
            identity_source=asked.values(self.header),
            **given,
        )


def _token(asked: Asked, header: str) -> str | None:
    values = asked.values(header)
    # Of a header that came twice the last one counts.
    return re.sub(r"^bearer +", "", values[-1].strip(), flags=re.IGNORECASE) if values else None


def _why(error: CognitoKitError) -> Refused:
    if isinstance(error, KeysUnavailable):
        return "authorizer_failed"
    return "expired" if isinstance(error, ExpiredToken) else "unauthorized"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
