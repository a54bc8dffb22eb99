"""Events of API Gateway and load balancers, held against what their documentation shows."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cognitokit import testing as kit
from cognitokit.testing import TokenMint

MINT = TokenMint()
TOKEN = MINT.access_token(groups=["admin"])

EVENTS = {
    "rest": kit.rest_event(token=TOKEN),
    "http": kit.http_api_event(token=TOKEN),
    "websocket": kit.websocket_event(token=TOKEN),
    "alb": kit.alb_event(token=TOKEN),
    "token": kit.token_authorizer_event(f"Bearer {TOKEN}"),
    "request": kit.request_authorizer_event(token=TOKEN),
    "http authorizer": kit.http_api_authorizer_event(token=TOKEN),
    "websocket authorizer": kit.websocket_authorizer_event(token=TOKEN),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_events_are_json(event: dict[str, Any]) -> None:
    """Each event survives the way to Lambda, which is JSON."""
    assert event == json.loads(json.dumps(event))


def test_rest_event_has_the_members_of_a_proxy_event() -> None:
    """Lambda proxy integration of REST APIs: every member is there, null where there is nothing."""
    event = kit.rest_event("POST", "/tasks/1", resource="/tasks/{id}", path_params={"id": "1"})

    assert {
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
        "body",
        "isBase64Encoded",
    } == event.keys()
    assert ("/tasks/{id}", "/tasks/1", "POST") == (
        event["resource"],
        event["path"],
        event["httpMethod"],
    )
    assert {"id": "1"} == event["pathParameters"]
    assert (None, None) == (event["queryStringParameters"], event["body"])
    assert "/prod/tasks/1" == event["requestContext"]["path"]
    assert "authorizer" not in event["requestContext"]


def test_rest_event_keeps_header_names_and_the_last_value() -> None:
    """A REST API passes names as the client wrote them; of several values headers has the last."""
    event = kit.rest_event(headers={"AUTHORIZATION": ["Bearer a", "Bearer b"]}, token="x")

    assert "Bearer b" == event["headers"]["AUTHORIZATION"]
    assert ["Bearer a", "Bearer b"] == event["multiValueHeaders"]["AUTHORIZATION"]
    assert "Authorization" not in event["headers"]


def test_rest_event_after_a_cognito_authorizer() -> None:
    """The claims are where the Cognito authorizer puts them, and the token is still in the header."""
    event = kit.rest_event(authorized_by=TOKEN)
    claims = event["requestContext"]["authorizer"]["claims"]

    assert ("jane", "admin", "2") == (
        claims["username"],
        claims["cognito:groups"],
        claims["version"],
    )
    assert f"Bearer {TOKEN}" == event["headers"]["Authorization"]


def test_rest_event_after_a_lambda_authorizer() -> None:
    """The authorizer's context stands beside principalId."""
    event = kit.rest_event(authorizer_context={"username": "jane"})

    assert {"principalId": "user", "integrationLatency": 21, "username": "jane"} == event[
        "requestContext"
    ]["authorizer"]


def test_http_event_lowers_names_and_joins_values() -> None:
    """An HTTP API passes names in lower case, and several values joined with commas."""
    event = kit.http_api_event(headers={"Authorization": ["Bearer a", "Bearer b"], "X-Y": "z"})

    assert "Bearer a,Bearer b" == event["headers"]["authorization"]
    assert "z" == event["headers"]["x-y"]


def test_http_event_leaves_out_what_there_is_none_of() -> None:
    """Payload format 2.0 has no nulls."""
    bare = kit.http_api_event("GET", "/tasks")
    full = kit.http_api_event(
        "POST",
        "/tasks/1",
        route="/tasks/{id}",
        path_params={"id": "1"},
        query={"a": "1", "b": "x y"},
        cookies=["c=d"],
        body={"x": 1},
    )

    assert {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    } == bare.keys()
    assert {
        "cookies",
        "queryStringParameters",
        "pathParameters",
        "body",
    } == full.keys() - bare.keys()
    assert ("2.0", "POST /tasks/{id}", "a=1&b=x+y", '{"x": 1}') == (
        full["version"],
        full["routeKey"],
        full["rawQueryString"],
        full["body"],
    )
    assert "application/json" == full["headers"]["content-type"]


def test_http_event_after_each_authorizer() -> None:
    """A JWT authorizer's claims and a Lambda authorizer's context have members of their own."""
    by_jwt = kit.http_api_event(authorized_by=TOKEN, scopes=["tasks/read"])
    by_lambda = kit.http_api_event(authorizer_context={"admin": True})

    jwt = by_jwt["requestContext"]["authorizer"]["jwt"]
    assert ("[admin]", ["tasks/read"]) == (jwt["claims"]["cognito:groups"], jwt["scopes"])
    assert (
        kit.http_api_event(authorized_by=TOKEN)["requestContext"]["authorizer"]["jwt"]["scopes"]
        is None
    )
    assert {"lambda": {"admin": True}} == by_lambda["requestContext"]["authorizer"]


def test_websocket_events_have_headers_on_connect_alone() -> None:
    """The handshake has headers and query; a message has a body and what the authorizer had said."""
    connect = kit.websocket_event(token=TOKEN, query={"v": "1"})
    message = kit.websocket_event("send", body={"text": "hi"}, authorizer_context={"user": "jane"})
    left = kit.websocket_event("$disconnect")

    assert ["CONNECT", "MESSAGE", "DISCONNECT"] == [
        event["requestContext"]["eventType"] for event in (connect, message, left)
    ]
    assert f"Bearer {TOKEN}" == connect["headers"]["Authorization"]
    assert {"v": "1"} == connect["queryStringParameters"]
    assert "headers" not in message
    assert "jane" == message["requestContext"]["authorizer"]["user"]
    assert '{"text": "hi"}' == message["body"]
    assert connect["requestContext"]["connectionId"] == message["requestContext"]["connectionId"]


def test_alb_event_carries_what_the_load_balancer_adds() -> None:
    """Lower-case names, and the user's tokens in the x-amzn-oidc headers."""
    event = kit.alb_event(
        headers={"X-Request": ["1", "2"]}, oidc_access_token=TOKEN, oidc_data="h.p.s"
    )
    multi = kit.alb_event(headers={"X-Request": ["1", "2"]}, multi_value_headers=True)

    assert MINT.sub("jane") == event["headers"]["x-amzn-oidc-identity"]
    assert (TOKEN, "h.p.s") == (
        event["headers"]["x-amzn-oidc-accesstoken"],
        event["headers"]["x-amzn-oidc-data"],
    )
    assert "2" == event["headers"]["x-request"]
    assert ["1", "2"] == multi["multiValueHeaders"]["x-request"]
    assert "headers" not in multi
    assert event["requestContext"]["elb"]["targetGroupArn"].startswith(
        "arn:aws:elasticloadbalancing:"
    )


def test_bodies_may_be_bytes() -> None:
    """Bytes are sent as base64, and marked."""
    for event in (kit.rest_event(body=b"\xff"), kit.http_api_event(body=b"\xff")):
        assert (base64.b64encode(b"\xff").decode(), True) == (
            event["body"],
            event["isBase64Encoded"],
        )
    assert "text" == kit.rest_event(body="text")["body"]


def test_authorizer_events_name_what_is_asked_for() -> None:
    """Each authorizer gets the ARN of the method or route, and no body."""
    token = kit.token_authorizer_event("Bearer x", "POST", "/tasks/a b")
    request = kit.request_authorizer_event("GET", "/tasks", token="x")
    http = kit.http_api_authorizer_event("GET", "/tasks", token="x")
    socket = kit.websocket_authorizer_event(query={"token": "x"})

    assert {
        "type": "TOKEN",
        "authorizationToken": "Bearer x",
        "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/POST/tasks/a%20b",
    } == token
    assert "REQUEST" == request["type"] == http["type"] == socket["type"]
    assert request["methodArn"].endswith("/prod/GET/tasks")
    assert http["routeArn"].endswith("/$default/GET/tasks")
    assert socket["methodArn"].endswith("/prod/$connect")
    assert ["Bearer x"] == http["identitySource"]
    assert {"token": "x"} == socket["queryStringParameters"]
    assert {} == request["queryStringParameters"]
    assert not {"body", "isBase64Encoded"} & (request.keys() | http.keys())


def test_identity_source_can_be_another() -> None:
    """An authorizer whose identity source is not the header gets the values that it names."""
    chosen = kit.http_api_authorizer_event(query={"t": "x"}, identity_source=["x"])

    assert ["x"] == chosen["identitySource"]
    assert kit.http_api_authorizer_event()["identitySource"] is None
