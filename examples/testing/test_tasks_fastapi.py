"""The tests of the small API, with authorization switched on in every one."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tasks_fastapi import create_app

from cognitokit.testing import (
    AsCognitoUser,
    JwksServer,
    TokenMint,
    assert_all_routes_protected,
    assert_rejects_bad_tokens,
)


@pytest.fixture
def app(cognito_mint: TokenMint) -> FastAPI:
    return create_app(cognito_mint.async_verifier())


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def test_users_see_the_tasks(client: TestClient, as_cognito_user: AsCognitoUser) -> None:
    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").json() == {"tasks": []}


def test_only_administrators_add_tasks(client: TestClient, as_cognito_user: AsCognitoUser) -> None:
    with as_cognito_user(client, "jane"):
        assert client.post("/tasks", json={"title": "Write tests"}).status_code == 403
    with as_cognito_user(client, "joe", groups=["admin"]):
        made = client.post("/tasks", json={"title": "Write tests"})
    assert (made.status_code, made.json()["by"]) == (201, "joe")


def test_bad_tokens_are_refused(client: TestClient, cognito_mint: TokenMint) -> None:
    assert_rejects_bad_tokens(client, "/tasks", mint=cognito_mint)
    assert_rejects_bad_tokens(
        client,
        "/tasks",
        mint=cognito_mint,
        method="POST",
        groups=["admin"],
        json={"title": "Break in"},
    )


def test_every_route_is_protected(app: FastAPI) -> None:
    assert_all_routes_protected(app, public=["/health"])


def test_app_that_reads_its_settings_from_the_environment(
    cognito_env: JwksServer, as_cognito_user: AsCognitoUser
) -> None:
    client = TestClient(create_app())
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").status_code == 200
        assert client.get("/tasks").status_code == 200

    assert cognito_env.requests == 1
