"""API Gateway in this process: a request becomes an event, the function's reply becomes an answer.

The events are those of cognitokit.testing. The checks, their order and the words of the refusals
are the gateway's: authorizer, API key, required parameters, function.
"""

from __future__ import annotations

import json as json_
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from cognitokit.testing import LambdaClient, LambdaResponse, http_api_event, rest_event
from examples.gateway.authorizers import Asked, Authorizer, Verdict

Function: TypeAlias = Callable[[dict[str, Any], Any], Any]
Headers: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
Refusals: TypeAlias = Mapping[str, tuple[int, str, dict[str, str | None]]]

log = logging.getLogger("examples.gateway")

# What is wrong: the status, the gateway response's type, and the body.
REST: Refusals = {
    "unauthorized": (401, "UNAUTHORIZED", {"message": "Unauthorized"}),
    "expired": (401, "EXPIRED_TOKEN", {"message": "The incoming token has expired"}),
    "denied": (
        403,
        "ACCESS_DENIED",
        {"Message": "User is not authorized to access this resource with an explicit deny"},
    ),
    "authorizer_failed": (500, "AUTHORIZER_FAILURE", {"message": None}),
    "no_api_key": (403, "INVALID_API_KEY", {"message": "Forbidden"}),
    "no_route": (403, "MISSING_AUTHENTICATION_TOKEN", {"message": "Missing Authentication Token"}),
    "function_failed": (502, "DEFAULT_5XX", {"message": "Internal server error"}),
}
HTTP: Refusals = {
    "unauthorized": (401, "", {"message": "Unauthorized"}),
    "denied": (403, "", {"message": "Forbidden"}),
    "authorizer_failed": (500, "", {"message": "Internal Server Error"}),
    "no_route": (404, "", {"message": "Not Found"}),
    "function_failed": (500, "", {"message": "Internal Server Error"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mock:
    """An integration that answers by itself, as those of preflight requests do."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method of a resource, or a route of an HTTP API.

    Args:
        method: GET, POST, ... or ANY.
        path: With placeholders: "/tasks/{id}", "/{proxy+}".
        target: What answers.
        authorizer: Who is asked first.
        scopes: Scopes for the authorizer.
        required: Required parameters: "querystring.username", "header.x-tenant".
        needs_api_key: Whether x-api-key must be one of the gateway's keys.
    """

    method: str
    path: str
    target: Function | Mock
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    needs_api_key: bool = False

    @property
    def key(self) -> str:
        """The name of an HTTP API's route."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"

    def match(self, path: str) -> dict[str, str] | None:
        """Return the values of the placeholders, or None if the path is another."""
        if self.path == "$default":
            return {}
        parts = re.split(r"(\{\w+\+?\})", self.path)
        pattern = "".join(
            rf"(?P<{part.strip('{}+')}>{'.+' if part.endswith('+}') else '[^/]+'})"
            if part.startswith("{")
            else re.escape(part)
            for part in parts
        )
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groupdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """An HTTP API's CORS configuration."""

    origins: Sequence[str]
    methods: Sequence[str] = ()
    headers: Sequence[str] = ()

    def answer(self, asked: Asked) -> LambdaResponse | None:
        """Answer a preflight request; None for any other."""
        if asked.method != "OPTIONS" or not asked.values("Access-Control-Request-Method"):
            return None
        allowed = self.allow(asked)
        if allowed:
            allowed["access-control-allow-methods"] = ",".join(self.methods)
            allowed["access-control-allow-headers"] = ",".join(self.headers)
        return LambdaResponse(204, allowed)

    def allow(self, asked: Asked) -> dict[str, str]:
        """Return the headers that let the browser read an answer."""
        for origin in asked.values("Origin"):
            if origin in self.origins:
                return {"access-control-allow-origin": origin, "vary": "Origin"}
            if "*" in self.origins:
                return {"access-control-allow-origin": "*"}
        return {}


class Gateway:
    """An API, called as a client calls it.

        api = Gateway([Route(method="GET", path="/tasks", target=handler, authorizer=cognito)])
        assert api.get("/tasks").status_code == 401

    Args:
        routes: What it serves.
        kind: "rest", or "http" for HTTP APIs, whose events have payload format 2.0.
        api_keys: The keys that its usage plans know.
        responses: Headers that a REST API adds to its own refusals, by the gateway response's
            type: {"DEFAULT_4XX": {"Access-Control-Allow-Origin": "*"}}.
        cors: An HTTP API's CORS configuration.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        kind: Literal["rest", "http"] = "rest",
        api_keys: Iterable[str] = (),
        responses: Mapping[str, Mapping[str, str]] | None = None,
        cors: Cors | None = None,
    ) -> None:
        # Exact paths go before placeholders, and those before {proxy+}.
        self.routes = sorted(routes, key=_generality)
        self._kind = kind
        self._refusals = REST if kind == "rest" else HTTP
        self._api_keys = frozenset(api_keys)
        self._responses = dict(responses or {})
        self._cors = cors
        self.headers: dict[str, str] = {}
        """Sent with every request."""

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Headers | None = None,
        json: object = None,
        data: str | bytes | None = None,
        follow_redirects: bool = False,  # noqa: ARG002 - there for the likeness with other clients
    ) -> LambdaResponse:
        """Send a request, and return what the gateway answers.

        Args:
            method: GET, POST, ...
            path: Path and query.
            headers: Sent besides the gateway's own; one of the same name goes before it.
            json: A body, sent as JSON.
            data: A body, sent as it is.
            follow_redirects: Not done here.
        """
        pairs = _pairs(self.headers, headers)
        asked = Asked(method=method, path=path, headers=_gathered(pairs))
        answer = self._cors.answer(asked) if self._cors else None
        if answer is None:
            answer = self._answer(asked, LambdaRequest(pairs, json, data))
        if self._cors:
            answer.headers.update(self._cors.allow(asked))
        return answer

    def get(self, path: str, *, headers: Headers | None = None) -> LambdaResponse:
        """Send a GET request."""
        return self.request("GET", path, headers=headers)

    def post(
        self, path: str, *, headers: Headers | None = None, json: object = None
    ) -> LambdaResponse:
        """Send a POST request."""
        return self.request("POST", path, headers=headers, json=json)

    def try_authorizer(self, path: str, token: str) -> Verdict:
        """Ask a GET method's authorizer about a pasted token, as the console's Test button does."""
        found = self._route("GET", path)
        assert found is not None, "There is no such method."
        authorizer = found[0].authorizer
        assert authorizer is not None, "The method has no authorizer."
        return authorizer.ask(
            Asked(method="GET", path=path, headers={authorizer.header: [token]}, resource=path)
        )

    def _answer(self, asked: Asked, request: LambdaRequest) -> LambdaResponse:
        found = self._route(asked.method, unquote(urlsplit(asked.path).path))
        if found is None:
            return self._refusal("no_route")
        route, path_params = found
        context: Mapping[str, Any] = {}
        if route.authorizer is not None:
            verdict = route.authorizer.ask(
                Asked(
                    method=asked.method,
                    path=asked.path,
                    headers=asked.headers,
                    resource=route.path,
                    path_params=path_params,
                    scopes=route.scopes,
                )
            )
            if verdict.refused is not None:
                return self._refusal(verdict.refused)
            context = verdict.context
        if route.needs_api_key and not self._api_keys & set(asked.values("x-api-key")):
            return self._refusal("no_api_key")
        missing = [name for name in route.required if not _given(name, asked)]
        if missing:
            names = ", ".join(name.partition(".")[2] for name in missing)
            message = f"Missing required request parameters: [{names}]"
            return self._own(400, "BAD_REQUEST_PARAMETERS", {"message": message})
        if isinstance(route.target, Mock):
            answer = {name.lower(): value for name, value in route.target.headers.items()}
            return LambdaResponse(route.target.status, answer)
        return self._invoke(_Call(route, route.target, path_params, context), asked, request)

    def _invoke(self, call: _Call, asked: Asked, request: LambdaRequest) -> LambdaResponse:
        is_rest = self._kind == "rest"
        path = call.route.path

        def make_event(method: str, target: str, **given: Any) -> dict[str, Any]:
            if is_rest:
                event = rest_event(
                    method, target, resource=path, path_params=call.path_params, **given
                )
            else:
                event = http_api_event(
                    method, target, route=path, path_params=call.path_params, **given
                )
                event["routeKey"] = event["requestContext"]["routeKey"] = call.route.key
            if call.context:
                event["requestContext"]["authorizer"] = dict(call.context)
            return event

        def replied(event: dict[str, Any], lambda_context: object) -> Any:
            reply = call.function(event, lambda_context)
            _check_reply(reply, is_rest=is_rest)
            return reply

        try:
            return LambdaClient(replied, make_event).request(
                asked.method,
                asked.path,
                headers=request.headers,
                json=request.json,
                data=request.data,
            )
        except Exception:
            log.exception("The function failed: the gateway tells its client nothing of this.")
            return self._refusal("function_failed")

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for route in self.routes:
            if route.method in {method, "ANY"}:
                path_params = route.match(path)
                if path_params is not None:
                    return route, path_params
        return None

    def _refusal(self, what: str) -> LambdaResponse:
        return self._own(*self._refusals[what])

    def _own(self, status: int, kind: str, body: Mapping[str, Any]) -> LambdaResponse:
        headers = {"content-type": "application/json"}
        for name in (f"DEFAULT_{status // 100}XX", kind):
            added = self._responses.get(name, {})
            headers |= {header.lower(): value for header, value in added.items()}
        return LambdaResponse(status, headers, json_.dumps(body))


@dataclass(frozen=True, slots=True)
class _Call:
    """A function, the route that leads to it, and what the authorizer hands on."""

    route: Route
    function: Function
    path_params: dict[str, str]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LambdaRequest:
    """The part of a request that only the function sees."""

    headers: Sequence[tuple[str, str]]
    json: object
    data: str | bytes | None


class BrokenReply(Exception):
    """The function returned what the gateway cannot send on."""


def _generality(route: Route) -> tuple[int, int, int, int]:
    path = route.path
    return (
        int(path == "$default"),
        int("+}" in path),
        path.count("{"),
        int(route.method == "ANY"),
    )


def _check_reply(reply: Any, *, is_rest: bool) -> None:
    known = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    if not is_rest and not (isinstance(reply, dict) and "statusCode" in reply):
        return  # an HTTP API takes anything else for the body of a 200
    if not isinstance(reply, dict) or (is_rest and reply.keys() - known):
        raise BrokenReply(
            "A reply has statusCode, headers, multiValueHeaders, body, isBase64Encoded."
        )
    if not re.fullmatch(r"[1-5]\d\d", str(reply.get("statusCode"))):
        raise BrokenReply("statusCode must be a status.")
    if not isinstance(reply.get("body"), str | None):
        raise BrokenReply("body must be text: json.dumps() what is none.")


def _pairs(defaults: Mapping[str, str], headers: Headers | None) -> list[tuple[str, str]]:
    given: list[tuple[str, str]] = []
    if isinstance(headers, Mapping):
        given += headers.items()
    elif headers is not None:
        given += headers
    names = {name.lower() for name, _ in given}
    return [pair for pair in defaults.items() if pair[0].lower() not in names] + given


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _given(parameter: str, asked: Asked) -> bool:
    place, _, name = parameter.partition(".")
    if place == "header":
        return any(asked.values(name))
    return bool(dict(parse_qsl(urlsplit(asked.path).query)).get(name))
