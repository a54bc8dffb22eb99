"""The story of the CDK stack, and what it grants and refuses."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitokit.testing import LocalServer, assert_rejects_bad_tokens
from examples.cdk_sign_up.play import play
from examples.gateway import Stack, Story, cdk, deployed

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.local,
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
    pytest.mark.skipif(cdk.why_not() is not None, reason=str(cdk.why_not())),
]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """What CDK makes of app.py; that takes seconds."""
    return cdk.synthesized(HERE / "app.py", "SignUp")


@pytest.fixture
def stack(template: dict[str, Any], cognito_local_server: LocalServer) -> Iterator[Stack]:
    """The stack, deployed."""
    ready = cdk.without_bootstrap(template)
    with deployed(ready, HERE / "functions", cognito_local_server) as running:
        yield running


def test_the_story(stack: Stack) -> None:
    """It goes as it is told, status by status."""
    story = Story(quiet=True)
    play(stack, story)

    assert [401, 400, 400, 201, 409, 401, 400, 400, 200, 400, 401, 401, 200, 200, 401] == [
        status for _, status in story.statuses
    ]


def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own API Gateway, and functions in processes of their own, say the same."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api:
        play(stack, story)

    assert 15 == len(story.statuses)


def test_bad_tokens(stack: Stack) -> None:
    """/secret refuses every bad token, but for what the gateway's own authorizer does not look at."""
    with stack.minted() as (api, mint):
        assert_rejects_bad_tokens(
            api,
            "/secret",
            mint=mint,
            token_use="id",
            skip=[
                "other-client",
                "client-prefix",
                "client-extended",
                "no-client",
                "client-list",
                "two-headers-bad-first",
            ],
        )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("no JSON", "The body must be JSON."),
        ("[]", "The body must be a JSON object."),
        ("", "Missing: username, password, email."),
        ('{"username": "jane", "email": 1}', "Missing: password, email."),
    ],
)
def test_what_a_refusal_says(stack: Stack, body: str, message: str) -> None:
    """A 400 names what is missing."""
    answer = stack.gateway.request("POST", "/sign-up", data=body)

    assert (400, {"message": message}) == (answer.status_code, answer.json())


def test_permissions(template: dict[str, Any]) -> None:
    """Each function may call its one operation, on this pool; /secret may call none."""
    policies = [
        resource["Properties"]["PolicyDocument"]["Statement"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
    ]

    assert [
        "cognito-idp:ConfirmSignUp",
        "cognito-idp:InitiateAuth",
        "cognito-idp:SignUp",
    ] == sorted(statement["Action"] for [statement] in policies)
    assert all(
        name.startswith("Users") and attribute == "Arn"
        for [statement] in policies
        for name, attribute in [statement["Resource"]["Fn::GetAtt"]]
    )
