import pytest
from django.test import Client, override_settings

from cognitokit.testing import assert_rejects_bad_tokens


@pytest.fixture
def client(cognito_env, cognito_mint):
    import main  # noqa: F401 - makes the settings

    verifier = cognito_mint.verifier()
    with override_settings(COGNITO_VERIFIER=verifier, ALLOWED_HOSTS=["testserver"]):
        yield Client()


def test_everyone_sees_the_tasks(client, as_cognito_user):
    assert client.get("/tasks").status_code == 401
    with as_cognito_user(client, "jane"):
        assert client.get("/tasks").json()["user"] == "jane"


def test_only_administrators_clear_them(client, as_cognito_user):
    with as_cognito_user(client, "jane"):
        assert client.post("/tasks/clear").status_code == 403
    with as_cognito_user(client, "joe", groups=["admin"]):
        assert client.post("/tasks/clear").status_code == 200


def test_no_bad_token_gets_in(client, cognito_mint):
    assert_rejects_bad_tokens(client, "/tasks", mint=cognito_mint)
