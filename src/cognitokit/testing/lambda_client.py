"""Test clients for Lambda functions: requests in, responses out, as a gateway would have it."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from cognitokit.errors import ConfigurationError
from cognitokit.testing.lambda_events import http_api_authorizer_event, rest_event

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = dict[str, Any]
    Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """What Lambda passes to a handler as its second argument."""

    function_name: str = "tests"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 128
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    remaining_time_in_millis: int = 30_000

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:eu-west-1:123456789012:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where the function logs."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """Where in there."""
        return "2026/11/21/[$LATEST]49e9d65c45c6791a"

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        return self.remaining_time_in_millis


@dataclass(frozen=True, slots=True)
class LambdaResponse:
    """What a client of the gateway gets."""

    status_code: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """By names in lower case."""
    text: str = ""

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.text)


class LambdaClient:
    """Sends requests to a Lambda handler through the events of a gateway.

        client = LambdaClient(handler, http_api_event)
        with as_cognito_user(client, groups=["admin"]):
            assert client.get("/tasks").status_code == 200

    Args:
        handler: The function: handler(event, context).
        make_event: The gateway: rest_event, http_api_event or alb_event.
        context: The second argument; default: a LambdaContext.
        **event_options: Passed to make_event every time, for instance authorized_by=.
    """

    def __init__(
        self,
        handler: Callable[[Event, Any], Any],
        make_event: Callable[..., Event] = rest_event,
        *,
        context: Any = None,
        **event_options: Any,
    ) -> None:
        self._handler = handler
        self._make_event = make_event
        self._context = context or LambdaContext()
        self._event_options = event_options
        self.headers: dict[str, str] = {}
        """Sent with every request."""

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Headers = (),
        json: object = None,
        data: str | bytes | None = None,
        follow_redirects: bool = False,
    ) -> LambdaResponse:
        """Send a request and return the response. What the handler raises comes through.

        Args:
            method: GET, POST, ...
            path: Path and query.
            headers: Sent besides the client's own; one of the same name goes before it.
            json: A body, sent as JSON.
            data: A body, sent as it is.
            follow_redirects: Not done here; there for the likeness with other clients.
        """
        if follow_redirects:
            raise ConfigurationError("LambdaClient follows no redirects.")
        event = self._make_event(
            method,
            urlsplit(path).path,
            headers=_merged(self.headers, headers),
            query=dict(parse_qsl(urlsplit(path).query)),
            body=data if json is None else json,
            **self._event_options,
        )
        return _response(self._handler(event, self._context))

    def get(self, path: str, **options: Any) -> LambdaResponse:
        """Send a GET request."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> LambdaResponse:
        """Send a POST request."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> LambdaResponse:
        """Send a PUT request."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> LambdaResponse:
        """Send a PATCH request."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> LambdaResponse:
        """Send a DELETE request."""
        return self.request("DELETE", path, **options)


class AuthorizerClient:
    """Asks a Lambda authorizer, and answers as the gateway does on its word.

    The status is 200 where the authorizer lets the request pass (the body is then the context
    that it gives to the function, as JSON), 401 where the gateway says Unauthorized, 403
    where it is denied, and 500 where the authorizer fails.

    Args:
        authorizer: The function: authorizer(event, context).
        make_event: The gateway: request_authorizer_event, http_api_authorizer_event, or a
            function of yours with the same first arguments.
        context: The second argument; default: a LambdaContext.
    """

    def __init__(
        self,
        authorizer: Callable[[Event, Any], Any],
        make_event: Callable[..., Event] = http_api_authorizer_event,
        *,
        context: Any = None,
    ) -> None:
        self._authorizer = authorizer
        self._make_event = make_event
        self._context = context or LambdaContext()
        self.headers: dict[str, str] = {}
        """Sent with every request."""

    def request(
        self, method: str, path: str, *, headers: Headers = (), follow_redirects: bool = False
    ) -> LambdaResponse:
        """Ask for a request to be let through.

        Args:
            method: GET, POST, ...
            path: Path and query.
            headers: Sent besides the client's own; one of the same name goes before it.
            follow_redirects: Not done here; there for the likeness with other clients.
        """
        if follow_redirects:
            raise ConfigurationError("AuthorizerClient follows no redirects.")
        event = self._make_event(
            method,
            urlsplit(path).path,
            headers=_merged(self.headers, headers),
            query=dict(parse_qsl(urlsplit(path).query)),
        )
        if event.get("version") == "2.0" and not event.get("identitySource"):
            # API Gateway does not even ask where the identity source is missing.
            return LambdaResponse(401)
        try:
            said = _as_object(self._authorizer(event, self._context))
        except Exception as error:  # noqa: BLE001 - whatever an authorizer may raise
            # What API Gateway looks at is the text: "Unauthorized" is 401, any other 500.
            return LambdaResponse(401 if str(error) == "Unauthorized" else 500)
        allowed = _allows(said, event.get("methodArn") or event.get("routeArn") or "")
        if not allowed:
            return LambdaResponse(403)
        return LambdaResponse(200, text=json.dumps(said.get("context") or {}))

    def get(self, path: str, **options: Any) -> LambdaResponse:
        """Ask for a GET request."""
        return self.request("GET", path, **options)


def _merged(defaults: Mapping[str, str], headers: Headers) -> dict[str, list[str]]:
    pairs = cast("dict[str, str]", headers).items() if isinstance(headers, Mapping) else headers
    merged: dict[str, list[str]] = {}
    for name, value in pairs:
        known = next((known for known in merged if known.lower() == name.lower()), name)
        merged.setdefault(known, []).append(value)
    given = {name.lower() for name in merged}
    return {name: [value] for name, value in defaults.items() if name.lower() not in given} | merged


def _response(said: Any) -> LambdaResponse:
    answer = _as_object(said)
    if "statusCode" not in answer:
        # HTTP APIs take anything else for the body of a 200.
        return LambdaResponse(200, {"content-type": "application/json"}, json.dumps(said))
    headers = {
        name.lower(): str(value) for name, value in _as_object(answer.get("headers")).items()
    }
    for name, values in _as_object(answer.get("multiValueHeaders")).items():
        headers[name.lower()] = ", ".join(map(str, values))
    body: str = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    return LambdaResponse(int(answer["statusCode"]), headers, body)


def _allows(said: Mapping[str, Any], arn: str) -> bool:
    if "isAuthorized" in said:
        # Only the boolean counts: the string "false" would be true elsewhere.
        return said["isAuthorized"] is True
    statements: list[Any] = _as_object(said.get("policyDocument")).get("Statement") or []
    effects = {
        statement.get("Effect")
        for statement in map(_as_object, statements)
        if any(_matches(pattern, arn) for pattern in _as_list(statement.get("Resource")))
    }
    return "Allow" in effects and "Deny" not in effects


def _as_object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _as_list(value: Any) -> list[str]:
    return cast("list[str]", value) if isinstance(value, list) else [str(value)]


def _matches(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern of an IAM policy: * is any text, ? any character."""
    translated = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(translated, arn, re.DOTALL) is not None
