"""What a Lambda function is invoked with -> which gateway sent it, its headers, its claims. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cognitokit.bearer import separated
from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Literal

    from cognitokit.bearer import HeaderValues

    Event = Mapping[str, Any]
    Gateway = Literal["rest", "http", "websocket", "alb"]
    AuthorizerKind = Literal["token", "request", "http"]

_REQUESTS = (
    "The event is not one that API Gateway (proxy integration), a function URL or an Application "
    "Load Balancer sends with a request. In tests, make one with rest_event() and its like of "
    "cognitokit.testing."
)
_AUTHORIZATIONS = (
    "The event is not one that API Gateway sends to a Lambda authorizer. In tests, make one with "
    "request_authorizer_event() and its like of cognitokit.testing."
)
_LATER_MESSAGE = (
    "Only $connect carries headers: protect that route of the WebSocket API. What its authorizer "
    "returned is in requestContext.authorizer of every later message."
)


def gateway_of(event: object) -> Gateway:
    """Return which gateway sent the event of a request; function URLs send those of HTTP APIs.

    Raises:
        ConfigurationError: None of them did, or it is a WebSocket message, which has no headers.
    """
    if isinstance(event, Mapping):
        request = cast("Event", event)
        context = _object(request, "requestContext")
        if "elb" in context:
            return "alb"
        if request.get("version") == "2.0" and "http" in context:
            return "http"
        kind = context.get("eventType")
        if kind == "CONNECT":
            return "websocket"
        if kind in {"MESSAGE", "DISCONNECT"}:
            raise ConfigurationError(_LATER_MESSAGE)
        if isinstance(request.get("httpMethod"), str):
            return "rest"
    raise ConfigurationError(_REQUESTS)


def authorizer_kind(event: object) -> AuthorizerKind:
    """Return what a Lambda authorizer is asked as: "http" is HTTP APIs' payload format 2.0.

    Raises:
        ConfigurationError: The event is not an authorizer's.
    """
    if isinstance(event, Mapping):
        asked = cast("Event", event)
        if asked.get("type") == "TOKEN" and isinstance(asked.get("methodArn"), str):
            return "token"
        if asked.get("type") == "REQUEST":
            if asked.get("version") == "2.0" and isinstance(asked.get("routeArn"), str):
                return "http"
            if isinstance(asked.get("methodArn"), str):
                return "request"
    raise ConfigurationError(_AUTHORIZATIONS)


def trigger_of(event: object) -> str:
    """Return which trigger of a user pool the event is for; empty where it is for none."""
    source = _mapping(event).get("triggerSource")
    return source if isinstance(source, str) else ""


def header_values(event: Event) -> HeaderValues:
    """Return a look-up of header values in an event, whatever the case of the names in it.

    HTTP APIs and function URLs join a repeated header with commas: such a value is taken apart.
    REST APIs keep the last value in `headers` and every one in `multiValueHeaders`, as load
    balancers do on demand.
    """
    is_joined = event.get("version") == "2.0"

    def values_of(name: str) -> Sequence[str]:
        several = tuple(_texts(_object(event, "multiValueHeaders"), name))
        values = several or tuple(_texts(_object(event, "headers"), name))
        if is_joined:
            return [part for value in values for part in separated(name, value)]
        return values

    return values_of


def token_values(event: Event) -> HeaderValues:
    """Return a look-up that gives what a TOKEN authorizer is asked about, whatever the header."""
    value = event.get("authorizationToken")
    values = (value,) if isinstance(value, str) else ()
    return lambda _name: values


def claims_from_event(event: Event) -> dict[str, str]:
    """Return the claims that the gateway's own authorizer has verified: a REST API's Cognito authorizer, or an HTTP API's JWT authorizer.

    Only the gateway's word stands behind them, and that the function is called by nobody else.

    Warning:
        Every value is text, and lists cannot be read back: a user's groups are "admin,staff" from
        a REST API and "[admin staff]" from an HTTP API, and a group's name may hold commas and
        brackets. `"admin" in claims["cognito:groups"]` also holds for a member of "non-admins".
        To decide by groups, scopes or any other list use @require_cognito: the token is still in
        the Authorization header.

    Args:
        event: The event.

    Returns:
        The claims by name, as the gateway wrote them.

    Raises:
        ConfigurationError: The event carries none, because no such authorizer guards the route.
    """
    authorizer = _object(_object(_mapping(event), "requestContext"), "authorizer")
    claims = _object(authorizer, "claims") or _object(_object(authorizer, "jwt"), "claims")
    if not claims:
        raise ConfigurationError(
            "The event carries no claims: attach a Cognito authorizer (REST API) or a JWT authorizer "
            "(HTTP API) to the route, or verify the token with @require_cognito."
        )
    return {name: str(value) for name, value in claims.items()}


def _object(parent: Event, name: str) -> Event:
    return _mapping(parent.get(name))


def _mapping(value: object) -> Event:
    return cast("Event", value) if isinstance(value, Mapping) else {}


def _texts(headers: Event, wanted: str) -> Iterator[str]:
    """The values of a header, under every spelling of its name."""
    for name, value in headers.items():
        if name.lower() == wanted:
            values = cast("list[object]", value) if isinstance(value, list) else [value]
            yield from (item for item in values if isinstance(item, str))
