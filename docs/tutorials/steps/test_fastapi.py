import sys

import pytest
from fastapi.testclient import TestClient

from cognitokit.testing import assert_all_routes_protected, assert_rejects_bad_tokens


@pytest.fixture
def app(cognito_env, monkeypatch):
    monkeypatch.delitem(sys.modules, "main", raising=False)
    from main import app

    return app


def test_everyone_sees_the_tasks(app, as_cognito_user):
    client = TestClient(app)
    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").json()["user"] == "jane"


def test_only_administrators_clear_them(app, as_cognito_user):
    client = TestClient(app)
    with as_cognito_user(client, "jane"):
        assert client.delete("/tasks").status_code == 403
    with as_cognito_user(client, "joe", groups=["admin"]):
        assert client.delete("/tasks").status_code == 200


def test_no_bad_token_gets_in(app, cognito_mint):
    assert_rejects_bad_tokens(TestClient(app), "/tasks", mint=cognito_mint)


def test_nothing_else_is_open(app):
    documents = ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"]
    assert_all_routes_protected(app, public=["/sign-in", *documents])
