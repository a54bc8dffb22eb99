"""The tests of the small API, with authorization switched on in every one."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tasks_flask import create_app

from cognitokit.testing import (
    AsCognitoUser,
    Clock,
    FakePool,
    TokenMint,
    assert_all_routes_protected,
    assert_rejects_bad_tokens,
)


@pytest.fixture
def app(cognito_pool: FakePool) -> Flask:
    return create_app(cognito_pool.mint.verifier(), cognito_pool.client())


@pytest.fixture
def cognito_mint(cognito_pool: FakePool) -> TokenMint:
    return cognito_pool.mint


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_users_see_the_tasks(client: FlaskClient, as_cognito_user: AsCognitoUser) -> None:
    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").get_json() == {"tasks": []}


def test_only_administrators_add_tasks(client: FlaskClient, as_cognito_user: AsCognitoUser) -> None:
    with as_cognito_user(client, "jane"):
        assert client.post("/tasks", json={"title": "Write tests"}).status_code == 403
    with as_cognito_user(client, "joe", groups=["admin"]):
        made = client.post("/tasks", json={"title": "Write tests"})
    assert (made.status_code, made.get_json()["by"]) == (201, "joe")


def test_tokens_expire(
    client: FlaskClient, as_cognito_user: AsCognitoUser, cognito_clock: Clock
) -> None:
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").status_code == 200
        cognito_clock.advance(3600)
        assert client.get("/tasks").status_code == 401


def test_bad_tokens_are_refused(client: FlaskClient, cognito_mint: TokenMint) -> None:
    assert_rejects_bad_tokens(client, "/tasks", mint=cognito_mint)
    assert_rejects_bad_tokens(
        client,
        "/tasks",
        mint=cognito_mint,
        method="POST",
        groups=["admin"],
        json={"title": "Break in"},
    )


def test_every_route_is_protected(app: Flask) -> None:
    assert_all_routes_protected(app, public=["/health", "/sign-in"])


def test_sign_in_gives_a_token_that_works(client: FlaskClient, cognito_pool: FakePool) -> None:
    cognito_pool.add_user("jane", "Tr0ub4dor&3")
    wrong = client.post("/sign-in", json={"username": "jane", "password": "guess"})
    right = client.post("/sign-in", json={"username": "jane", "password": "Tr0ub4dor&3"})
    token = right.get_json()["access_token"]
    tasks = client.get("/tasks", headers={"Authorization": f"Bearer {token}"})

    assert (wrong.status_code, right.status_code, tasks.status_code) == (401, 200, 200)
