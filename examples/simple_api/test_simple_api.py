"""The story of simple-api, and what it refuses."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitokit import errors
from cognitokit.testing import (
    FakePool,
    LocalServer,
    assert_rejects_bad_tokens,
    rest_event,
    totp_code,
)
from examples.gateway import LocalFunction, Stack, Story, WrongTurn, deployed, templates
from examples.simple_api.play import PASSWORD, play

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]


@pytest.fixture(scope="module")
def shared(cognito_local_server: LocalServer) -> Iterator[Stack]:
    """The same for tests that leave nothing behind."""
    with deployed(HERE / "template.yaml", HERE / "functions", cognito_local_server) as running:
        yield running


@pytest.fixture
def stack(cognito_local_server: LocalServer) -> Iterator[Stack]:
    """The template, deployed."""
    with deployed(HERE / "template.yaml", HERE / "functions", cognito_local_server) as running:
        yield running


def test_the_story(stack: Stack) -> None:
    """It goes as it is told, status by status."""
    story = Story(quiet=True)
    play(stack, story)

    assert [401, 400, 400, 400, 400, 401, 401, 200, 200, 200, 200, 401, 401] == [
        status for _, status in story.statuses
    ]


@pytest.mark.slow
def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own says the same, but for the last step: there an authorizer without scopes takes access tokens too, against what AWS documents."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api, pytest.raises(WrongTurn, match="with the access token"):
        play(stack, story)

    assert 13 == len(story.statuses)


@pytest.mark.slow
@pytest.mark.parametrize("action", ["AdminInitiateAuth", "AdminSetUserPassword"])
def test_permissions(action: str, cognito_local_server: LocalServer) -> None:
    """The role has no permission too many: without either of the two, /auth fails where roles count."""
    template = templates.load(HERE / "template.yaml")
    [policy] = template["Resources"]["AuthRole"]["Properties"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    statement["Action"].remove(f"cognito-idp:{action}")
    with deployed(template, HERE / "functions", cognito_local_server) as stack:
        client = stack.client()
        client.admin.create_user("jane", temporary_password=PASSWORD, suppress_invitation=True)
        with stack.elsewhere() as api:
            answer = api.post("/auth", json={"username": "jane", "password": PASSWORD})

    assert 500 == answer.status_code
    assert {"message": "Internal Server Error"} == json.loads(answer.text)


def test_what_the_gateway_says(shared: Stack) -> None:
    """The refusals are the gateway's own, word by word; the function is not even called."""
    assert {"message": "Unauthorized"} == shared.gateway.get("/hello").json()
    assert {
        "message": "Missing required request parameters: [username, password]"
    } == shared.gateway.get("/auth").json()
    assert {"message": "Missing required request parameters: [password]"} == shared.gateway.get(
        "/auth?username=jane"
    ).json()


def test_bad_tokens(shared: Stack) -> None:
    """/hello refuses every bad token, but for what the gateway's own authorizer does not look at."""
    with shared.minted() as (api, mint):
        assert_rejects_bad_tokens(
            api,
            "/hello",
            mint=mint,
            token_use="id",
            scheme="",
            # It knows no app client, and takes the last of two headers. The TODO API's functions
            # look again, and refuse these too.
            skip=[
                "other-client",
                "client-prefix",
                "client-extended",
                "no-client",
                "client-list",
                "two-headers-bad-first",
            ],
        )


def test_users_who_need_more(stack: Stack) -> None:
    """A user with a second factor gets no tokens here, and learns why."""
    client = stack.client()
    stack.local.cognito.set_user_pool_mfa_config(
        UserPoolId=stack.pool.id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    client.admin.create_user("joe", temporary_password=PASSWORD, suppress_invitation=True)
    joe = {"username": "joe", "password": PASSWORD}
    before = stack.gateway.post("/auth", json=joe)
    setup = client.mfa.associate(before.json()["access_token"])
    client.mfa.verify(setup, totp_code(setup.secret, time.time()))
    client.mfa.set_preference(before.json()["access_token"], preferred="SOFTWARE_TOKEN_MFA")
    after = stack.gateway.post("/auth", json=joe)

    assert [200, 403] == [before.status_code, after.status_code]
    assert {"message": "Sign in elsewhere: SOFTWARE_TOKEN_MFA is asked for."} == after.json()


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("PasswordResetRequiredException", 403, "Your password must be reset first."),
        ("UserNotConfirmedException", 403, "Forbidden"),
        ("TooManyRequestsException", 429, "Too Many Requests"),
        ("InternalErrorException", 503, "Service Unavailable"),
        ("AccessDeniedException", 500, "Internal Server Error"),
        (errors.ConnectionFailed, 503, "Service Unavailable"),
    ],
)
def test_what_cognito_refuses(
    shared: Stack, error: Any, status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever Cognito says, or where it says nothing, the answer is a status of its own and never a crash."""
    function = next(f for f in shared.functions.values() if "COGNITO_CLIENT_ID" in f.environ)
    event = rest_event("POST", "/auth", body={"username": "jane", "password": PASSWORD})
    answers = []
    with contextlib.closing(LocalFunction(HERE / "functions", "simple.auth", function.environ)):
        module: Any = sys.modules["simple_api_simple"]
        module.client.close()
        for failures in (10, 0):  # more than are tried again
            pool = FakePool()
            pool.add_user("jane", PASSWORD)
            if failures:
                pool.fail_next("AdminInitiateAuth", error, times=failures)
            module.client = pool.client(prevent_user_existence_errors=True)
            answers.append(module.auth(event, None))

    refused, accepted = answers
    assert (status, {"message": message}) == (refused["statusCode"], json.loads(refused["body"]))
    assert 200 == accepted["statusCode"]
    assert "jane" not in capsys.readouterr().out


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"username": "jane", "password": 1}'])
def test_bodies_that_say_nothing(shared: Stack, body: str) -> None:
    """A POST without both texts is 400; with them it is not."""
    assert 400 == shared.gateway.request("POST", "/auth", data=body).status_code
    whole = json.dumps({"username": "jane", "password": PASSWORD})
    assert 401 == shared.gateway.request("POST", "/auth", data=whole).status_code
