"""The tests of the Lambda function, called as API Gateway calls it."""

import pytest
import tasks_lambda

from cognitokit.testing import (
    AsCognitoUser,
    LambdaClient,
    LambdaContext,
    TokenMint,
    assert_rejects_bad_tokens,
    http_api_event,
)

pytestmark = pytest.mark.usefixtures("cognito_env")


@pytest.fixture
def client() -> LambdaClient:
    tasks_lambda.verifier.cache_clear()
    return LambdaClient(tasks_lambda.handler, http_api_event)


def test_event_with_a_token(cognito_mint: TokenMint) -> None:
    tasks_lambda.verifier.cache_clear()
    event = http_api_event(
        "GET", "/hello", token=cognito_mint.access_token("jane", groups=["admin"])
    )

    assert tasks_lambda.handler(event, LambdaContext())["statusCode"] == 200


def test_administrators_are_greeted(client: LambdaClient, as_cognito_user: AsCognitoUser) -> None:
    assert client.get("/hello").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/hello").status_code == 403
    with as_cognito_user(client, "jane", groups=["admin"]):
        assert client.get("/hello").json() == {"hello": "jane"}


def test_bad_tokens_are_refused(client: LambdaClient) -> None:
    assert_rejects_bad_tokens(client, "/hello", groups=["admin"])


def test_claims_as_the_gateways_own_authorizer_passes_them_on(cognito_mint: TokenMint) -> None:
    token = cognito_mint.access_token(groups=["admin", "staff"])
    event = http_api_event("GET", "/hello", authorized_by=token)

    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["cognito:groups"] == "[admin staff]"
