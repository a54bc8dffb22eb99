"""The tests of the Lambda function, called as API Gateway calls it."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.aws_lambda import cognito_authorizer
from cognitokit.testing import (
    AsCognitoUser,
    AuthorizerClient,
    LambdaClient,
    LambdaContext,
    TokenMint,
    assert_rejects_bad_tokens,
    http_api_event,
    request_authorizer_event,
)

pytestmark = pytest.mark.usefixtures("cognito_env")

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    monkeypatch.delitem(sys.modules, "tasks_lambda", raising=False)
    cold: Handler = importlib.import_module("tasks_lambda").handler
    return cold


@pytest.fixture
def client(handler: Handler) -> LambdaClient:
    return LambdaClient(handler, http_api_event)


def test_event_with_a_token(handler: Handler, cognito_mint: TokenMint) -> None:
    token = cognito_mint.access_token("jane", groups=["admin"])
    event = http_api_event("GET", "/hello", token=token)

    assert handler(event, LambdaContext())["statusCode"] == 200


def test_administrators_are_greeted(client: LambdaClient, as_cognito_user: AsCognitoUser) -> None:
    assert client.get("/hello").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/hello").status_code == 403
    with as_cognito_user(client, "jane", groups=["admin"]):
        assert client.get("/hello").json() == {"hello": "jane"}


def test_bad_tokens_are_refused(client: LambdaClient) -> None:
    assert_rejects_bad_tokens(client, "/hello", groups=["admin"])


def test_authorizer(cognito_mint: TokenMint, as_cognito_user: AsCognitoUser) -> None:
    authorizer = cognito_authorizer(cognito_mint.verifier(), groups=["admin"], context=["username"])
    client = AuthorizerClient(authorizer, request_authorizer_event)

    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").status_code == 403
    with as_cognito_user(client, "jane", groups=["admin"]):
        assert client.get("/tasks").json() == {"username": "jane"}


def test_claims_as_the_gateways_own_authorizer_passes_them_on(cognito_mint: TokenMint) -> None:
    token = cognito_mint.access_token(groups=["admin", "staff"])
    event = http_api_event("GET", "/hello", authorized_by=token)

    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["cognito:groups"] == "[admin staff]"
