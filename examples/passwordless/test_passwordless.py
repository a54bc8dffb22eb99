"""The passwordless story, and what its API refuses."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitokit import AccessToken, CognitoVerifier, CustomChallenge
from cognitokit.testing import LocalServer, assert_rejects_bad_tokens, http_api_event
from examples.gateway import LocalFunction, Stack, Story, deployed
from examples.passwordless.play import EMAIL, add_user, play

HERE = Path(__file__).parent
NEEDED = ("fastapi", "mangum", "ministack", "pyotp")

pytestmark = [
    pytest.mark.local,
    pytest.mark.slow,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in NEEDED),
        reason=f"needs {', '.join(NEEDED)}",
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

    assert [
        *(401, 401),
        *(200, 200, 200, 200, 401),
        *(403, 409, 201, 403, 204, 201),
        *(403, 409, 403, 429),
        *(200, 200, 401),
    ] == [status for _, status in story.statuses]


def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own API Gateway, functions in processes of their own, and the template's roles say the same."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api:
        play(stack, story)

    assert 20 == len(story.statuses)


def test_bad_tokens(shared: Stack) -> None:
    """A protected route refuses every bad token, two of them and other app clients' included."""
    with shared.minted() as (api, mint):
        assert_rejects_bad_tokens(api, "/account", mint=mint)


def test_a_step_up_is_the_tokens_own(stack: Stack) -> None:
    """Another token of the same user pays nothing, nor does the first one later, nor one without an id."""
    table = stack.local.session.resource("dynamodb", endpoint_url=stack.local.url).Table(
        stack.resources["Factors"][1]
    )
    with stack.minted() as (api, mint):
        raw = [
            mint.access_token("jane"),
            mint.access_token("jane"),
            mint.access_token("jane", jti=None),
        ]
        first, second, nameless = ({"Authorization": f"Bearer {token}"} for token in raw)
        assert 201 == api.post("/authenticator", headers=first).status_code
        jti = mint.verifier().verify(raw[0]).jti
        step_up = {"id": f"step-up#{mint.sub('jane')}#{jti}", "expires": 2**40}
        table.put_item(Item=step_up)
        answers = [
            api.post("/payments", headers=headers, json={"euros": 5})
            for headers in (first, second, nameless)
        ]
        table.put_item(Item=step_up | {"expires": 1})
        answers.append(api.post("/payments", headers=first, json={"euros": 5}))

    assert [201, 403, 403, 403] == [answer.status_code for answer in answers]


def test_what_a_token_may_not_do(stack: Stack) -> None:
    """The access token does not have the scope that would let its holder change the user's address."""
    stack.local.boto3_client("ses").verify_email_identity(EmailAddress="app@example.com")
    stack.grant("TriggersRole", "ses:SendEmail")
    add_user(stack, EMAIL)
    client = stack.client()
    challenge = client.sign_in_with_custom_auth(EMAIL)
    assert isinstance(challenge, CustomChallenge)
    tokens = client.respond(challenge.answer(stack.local.last_code(EMAIL))).require_tokens()
    verifier: CognitoVerifier[AccessToken] = CognitoVerifier(
        stack.pool, client_id=stack.client_id, token_use="access"
    )

    assert "aws.cognito.signin.user.admin" not in verifier.verify(tokens.access_token).scopes


@pytest.mark.parametrize(
    "challenge", [{}, {"name": "CUSTOM_CHALLENGE"}, {"name": "SMS_MFA"}, {"name": 1}]
)
def test_challenges_that_are_none(shared: Stack, challenge: dict[str, Any]) -> None:
    """What /sign-in has not answered with is 400."""
    given = {"challenge": challenge, "code": "12345678"}

    assert 400 == shared.gateway.post("/sign-in/code", json=given).status_code


def test_a_challenge_that_was_changed(stack: Stack) -> None:
    """Another app client's and an administrator's challenge is 400; as it came it is answered."""
    stack.local.boto3_client("ses").verify_email_identity(EmailAddress="app@example.com")
    stack.grant("TriggersRole", "ses:SendEmail")
    add_user(stack, EMAIL)
    challenge = stack.gateway.post("/sign-in", json={"email": EMAIL}).json()["challenge"]
    code = stack.local.last_code(EMAIL)
    answers = [
        stack.gateway.post("/sign-in/code", json={"challenge": challenge | change, "code": code})
        for change in ({"client_id": "1another23456789"}, {"admin": True}, {})
    ]

    assert [400, 400, 200] == [answer.status_code for answer in answers]


def test_an_outage(stack: Stack) -> None:
    """While Cognito cannot be reached, /sign-in says 503."""
    reached = stack.gateway.post("/sign-in", json={"email": "joe@example.com"})
    [function] = [f for f in stack.functions.values() if "FACTORS_TABLE" in f.environ]
    with socket.socket() as nobody:  # bound, and not listening
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with contextlib.closing(
            LocalFunction(
                HERE / "functions",
                "api.handler",
                function.environ | {"COGNITO_ENDPOINT_URL": url},
            )
        ) as cut_off:
            event = http_api_event("POST", "/sign-in", body={"email": "joe@example.com"})
            answer = cut_off(event, None)

    assert 401 == reached.status_code
    assert 503 == answer["statusCode"]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef"])
def test_codes_that_no_app_shows(shared: Stack, code: str) -> None:
    """Anything but six digits is 422, and no guess."""
    with shared.minted() as (api, mint):
        jane = {"Authorization": f"Bearer {mint.access_token(f'jane-{len(code)}-{code[:1]}')}"}
        answers = [api.post("/step-up", headers=jane, json={"code": code}) for _ in range(6)]
        guess = api.post("/step-up", headers=jane, json={"code": "123456"})

    assert {422} == {answer.status_code for answer in answers}
    assert 409 == guess.status_code


def test_browsers(shared: Stack) -> None:
    """The gateway answers preflight requests by itself, and lets the page read what it may."""
    origin = {"Origin": "https://app.example.com"}
    asked = {**origin, "Access-Control-Request-Method": "POST"}
    preflight = shared.gateway.request("OPTIONS", "/payments", headers=asked)
    elsewhere = shared.gateway.get("/account", headers={"Origin": "https://evil.example.com"})

    assert (204, origin["Origin"]) == (
        preflight.status_code,
        preflight.headers["access-control-allow-origin"],
    )
    assert (
        origin["Origin"]
        == shared.gateway.get("/account", headers=origin).headers["access-control-allow-origin"]
    )
    assert "access-control-allow-origin" not in elsewhere.headers
