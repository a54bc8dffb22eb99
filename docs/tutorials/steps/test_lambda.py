import sys

import pytest

from cognitokit.testing import LambdaClient, assert_rejects_bad_tokens, http_api_event


@pytest.fixture
def client(cognito_env, monkeypatch):
    monkeypatch.delitem(sys.modules, "main", raising=False)
    from main import handler

    return LambdaClient(handler, http_api_event)


def test_everyone_sees_the_tasks(client, as_cognito_user):
    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").json()["user"] == "jane"


def test_only_administrators_clear_them(client, as_cognito_user):
    with as_cognito_user(client, "jane"):
        assert client.delete("/tasks").status_code == 403
    with as_cognito_user(client, "joe", groups=["admin"]):
        assert client.delete("/tasks").json()["tasks"] == []


def test_no_bad_token_gets_in(client, cognito_mint):
    assert_rejects_bad_tokens(client, "/tasks", mint=cognito_mint)
