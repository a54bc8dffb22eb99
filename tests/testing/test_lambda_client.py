"""LambdaClient and AuthorizerClient: handlers and authorizers called as a gateway calls them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cognitokit import ConfigurationError, InsufficientPermission, TokenError
from cognitokit.testing import (
    AuthorizerClient,
    LambdaClient,
    LambdaContext,
    TokenMint,
    alb_event,
    as_cognito_user,
    assert_rejects_bad_tokens,
    http_api_authorizer_event,
    http_api_event,
    request_authorizer_event,
    rest_event,
)

MINT = TokenMint()
VERIFIER = MINT.verifier(groups=["admin"])


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A handler that verifies the token by itself, behind any gateway."""
    values = [
        value
        for name, listed in event.get(
            "multiValueHeaders", {n: [v] for n, v in event.get("headers", {}).items()}
        ).items()
        for value in listed
        if name.lower() == "authorization"
    ]
    if len(values) > 1:
        return {"statusCode": 400}
    token = (values or [""])[0]
    try:
        if not token.startswith("Bearer "):
            return {"statusCode": 401}
        verified = VERIFIER.verify(token.removeprefix("Bearer "))
    except TokenError:
        return {"statusCode": 401}
    except InsufficientPermission:
        return {"statusCode": 403}
    return {"statusCode": 200, "headers": {"X-User": verified.username}, "body": '{"ok": true}'}


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An HTTP API handler that answers with what it got, without a status."""
    return {"event": event, "function": context.function_name}


@pytest.mark.parametrize("make_event", [rest_event, http_api_event, alb_event])
def test_signed_in_user_reaches_the_handler(make_event: Any) -> None:
    """as_cognito_user signs a LambdaClient in as it does other clients, whatever the gateway."""
    client = LambdaClient(handler, make_event)

    assert 401 == client.get("/tasks").status_code
    with as_cognito_user(client, "joe", groups=["admin"]):
        response = client.get("/tasks")
    assert (200, "joe", {"ok": True}) == (
        response.status_code,
        response.headers["x-user"],
        response.json(),
    )
    with as_cognito_user(client, "joe"):
        assert 403 == client.get("/tasks").status_code
    assert 401 == client.get("/tasks").status_code


@pytest.mark.parametrize("make_event", [rest_event, http_api_event])
def test_bad_tokens_can_be_sent_to_a_handler(make_event: Any) -> None:
    """The attack set runs against a Lambda handler."""
    assert_rejects_bad_tokens(LambdaClient(handler, make_event), "/tasks", groups=["admin"])


def test_requests_arrive_as_sent() -> None:
    """Method, path, query, headers and body are those of the request."""
    client = LambdaClient(echo, http_api_event, scopes=["a"], authorized_by=MINT.access_token())
    client.headers["X-Default"] = "1"
    client.headers["X-Both"] = "client"
    event = client.post(
        "/tasks?page=2", headers=[("x-both", "a"), ("X-BOTH", "b")], json={"x": 1}
    ).json()["event"]

    assert "POST /tasks" == event["routeKey"]
    assert {"page": "2"} == event["queryStringParameters"]
    assert '{"x": 1}' == event["body"]
    assert ("1", "a,b") == (event["headers"]["x-default"], event["headers"]["x-both"])
    assert ["a"] == event["requestContext"]["authorizer"]["jwt"]["scopes"]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_method_has_its_shortcut(method: str) -> None:
    """client.get() and its like send that method, with the options of request()."""
    client = LambdaClient(echo, http_api_event)
    event = getattr(client, method)("/x", data="text", headers={"A": "b"}).json()["event"]

    assert (method.upper(), "text", "b") == (
        event["requestContext"]["http"]["method"],
        event["body"],
        event["headers"]["a"],
    )


def test_answers_of_each_form_are_read() -> None:
    """A body in base64, several values of a header, and no body at all."""
    answers: list[dict[str, Any]] = [
        {"statusCode": "201", "body": base64.b64encode(b"hi").decode(), "isBase64Encoded": True},
        {"statusCode": 204, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}},
    ]
    client = LambdaClient(lambda event, context: answers.pop(0))
    first, second = client.get("/"), client.get("/")

    assert (201, "hi") == (first.status_code, first.text)
    assert (204, "", "a=1, b=2") == (second.status_code, second.text, second.headers["set-cookie"])


def test_context_is_passed_on() -> None:
    """The handler gets a context like Lambda's, or the one that the test made."""
    mine = LambdaContext(function_name="mine", remaining_time_in_millis=5)
    client = LambdaClient(echo, http_api_event, context=mine)

    assert "mine" == client.get("/").json()["function"]
    assert "tests" == LambdaClient(echo, http_api_event).get("/").json()["function"]
    assert 5 == mine.get_remaining_time_in_millis()
    assert mine.invoked_function_arn.endswith(":function:mine")
    assert "/aws/lambda/mine" == mine.log_group_name
    assert "[$LATEST]" in mine.log_stream_name


def policy(effect: str, resource: str | list[str], **context: Any) -> dict[str, Any]:
    """What a REST API's authorizer answers."""
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": "jane",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }


def asked(answer: Any, make_event: Any = request_authorizer_event) -> int:
    """Return the status that the gateway makes of an authorizer's answer."""
    client = AuthorizerClient(lambda event, context: answer, make_event)
    return client.get("/tasks", headers={"Authorization": "x"}).status_code


ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/"


@pytest.mark.parametrize(
    "answer, status",
    [
        (policy("Allow", ARN + "GET/tasks"), 200),
        (policy("Allow", [ARN + "POST/x", ARN + "*"]), 200),
        (policy("Allow", ARN + "GET/task?"), 200),
        (policy("Allow", ARN + "POST/tasks"), 403),
        (policy("Deny", ARN + "GET/tasks"), 403),
        (policy("Allow", "arn:aws:execute-api:eu-west-1:123456789012:other00000/prod/*"), 403),
        ({"principalId": "jane"}, 403),
        (None, 403),
        ("Allow", 403),
    ],
)
def test_policies_are_applied_to_the_request(answer: Any, status: int) -> None:
    """A policy lets the request through only where it allows this very method."""
    assert status == asked(answer)


def test_deny_goes_before_allow() -> None:
    """A statement that denies wins over one that allows."""
    both = policy("Allow", ARN + "*")
    both["policyDocument"]["Statement"] += policy("Deny", ARN + "GET/*")["policyDocument"][
        "Statement"
    ]

    assert 403 == asked(both)


@pytest.mark.parametrize(
    "authorized, status", [(True, 200), (False, 403), ("false", 403), ("true", 403), (1, 403)]
)
def test_simple_responses_count_only_when_true(authorized: object, status: int) -> None:
    """The HTTP API's simple response is true or it is not."""
    assert status == asked({"isAuthorized": authorized}, http_api_authorizer_event)


@pytest.mark.parametrize(
    "error, status",
    [(Exception("Unauthorized"), 401), (Exception("Unauthorized."), 500), (KeyError("x"), 500)],
)
def test_exceptions_of_authorizers(error: Exception, status: int) -> None:
    """The exception whose text is Unauthorized is 401, any other 500."""

    def authorizer(event: dict[str, Any], context: Any) -> Any:
        raise error

    assert (
        status == AuthorizerClient(authorizer).get("/", headers={"authorization": "x"}).status_code
    )


def test_gateway_does_not_ask_without_an_identity() -> None:
    """An HTTP API answers 401 by itself where the identity source is missing."""
    asked_for: list[object] = []

    def authorizer(event: dict[str, Any], context: Any) -> Any:
        asked_for.append(event)
        return {"isAuthorized": True, "context": {"sub": "1"}}

    client = AuthorizerClient(authorizer)

    assert 401 == client.get("/tasks").status_code
    assert [] == asked_for
    with as_cognito_user(client):
        assert {"sub": "1"} == client.get("/tasks").json()
    assert 1 == len(asked_for)


def test_bad_tokens_can_be_sent_to_an_authorizer() -> None:
    """The attack set runs against a Lambda authorizer."""

    def authorizer(event: dict[str, Any], context: Any) -> Any:
        return {"isAuthorized": 200 == handler(event, context)["statusCode"]}

    assert_rejects_bad_tokens(
        AuthorizerClient(authorizer), "/tasks", groups=["admin"], unauthorized=(401, 403)
    )


@pytest.mark.parametrize("client", [LambdaClient(handler), AuthorizerClient(handler)])
def test_redirects_are_not_followed(client: LambdaClient | AuthorizerClient) -> None:
    """follow_redirects=True is refused, not ignored."""
    with pytest.raises(ConfigurationError, match="follows no redirects"):
        client.request("GET", "/", follow_redirects=True)
