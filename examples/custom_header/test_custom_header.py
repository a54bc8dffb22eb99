"""The story of the custom header, and what both authorizers refuse."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitokit.aws_lambda import AuthorizerRefusal
from cognitokit.testing import LocalServer, assert_rejects_bad_tokens, request_authorizer_event
from examples.custom_header.play import play
from examples.gateway import LambdaAuthorizer, Stack, Story, deployed

HERE = Path(__file__).parent
ORIGIN = "http://localhost:8000"

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

    assert [401, 401, 200, 403, 403, 401, 401, 403, 200] == [status for _, status in story.statuses]


@pytest.mark.slow
def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own API Gateway, and functions in processes of their own, say the same."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api:
        play(stack, story)

    assert 9 == len(story.statuses)


def test_bad_tokens_at_our_authorizer(shared: Stack) -> None:
    """It refuses every bad token, also where two come, and users who are not in the group."""
    with shared.minted() as (api, mint):
        api.headers["x-api-key"] = shared.api_key()
        assert_rejects_bad_tokens(
            api, "/admin", mint=mint, groups=["admin"], header="dev-auth-token", scheme=""
        )


def test_bad_tokens_at_the_gateways_own(shared: Stack) -> None:
    """It refuses what it looks at: not the app client, and not the first of two headers."""
    with shared.minted() as (api, mint):
        api.headers["x-api-key"] = shared.api_key()
        assert_rejects_bad_tokens(
            api,
            "/hello",
            mint=mint,
            token_use="id",
            header="dev-auth-token",
            scheme="",
            skip=[
                "other-client",
                "client-prefix",
                "client-extended",
                "no-client",
                "client-list",
                "two-headers-bad-first",
            ],
        )


def test_what_is_handed_on(shared: Stack) -> None:
    """The function behind our authorizer finds the chosen claims and nothing else."""
    with shared.minted() as (api, mint):
        verdict = api.try_authorizer("/admin", mint.access_token("jane", groups=["admin"]))

        expected = {"sub": mint.sub("jane"), "principalId": mint.sub("jane")}
        assert expected == verdict.context


def test_a_wildcard_in_the_request(shared: Stack) -> None:
    """Our authorizer makes no policy of an ARN with a wildcard in it; of its twin it names the stage."""
    with shared.minted() as (api, mint):
        [authorizer] = [route.authorizer for route in api.routes if route.path == "/admin"]
        assert isinstance(authorizer, LambdaAuthorizer)
        token = mint.access_token("jane", groups=["admin"])
        event = request_authorizer_event("GET", "/admin", headers={"dev-auth-token": token})
        for wild in "*", "?":
            with pytest.raises(AuthorizerRefusal):
                authorizer.function(event | {"methodArn": event["methodArn"] + wild}, None)
        [statement] = authorizer.function(event, None)["policyDocument"]["Statement"]

    assert "Allow" == statement["Effect"]
    assert statement["Resource"].endswith("/prod/*")


def test_an_outage(shared: Stack) -> None:
    """Without the pool's keys our authorizer fails, which is 500 and is not kept for later requests."""
    with shared.minted() as (api, mint):
        token = mint.access_token("jane", groups=["admin"])
    headers = {"dev-auth-token": token, "x-api-key": shared.api_key()}
    answers = [api.get("/admin", headers=headers) for _ in range(2)]

    assert [500, 500] == [answer.status_code for answer in answers]
    assert [{"message": None}] * 2 == [answer.json() for answer in answers]


@pytest.mark.parametrize("name", ["jane", "CORP\\jane", 'jane"\r\nx-admin: 1'])
def test_every_user_has_a_sub(shared: Stack, name: str) -> None:
    """An administrator of any name is let in, and the function behind is told who it is."""
    with shared.minted() as (api, mint):
        headers = {
            "dev-auth-token": mint.access_token(name, groups=["admin"]),
            "x-api-key": shared.api_key(),
        }
        answer = api.get("/admin", headers=headers)

    assert (200, {"administrator": mint.sub(name)}) == (answer.status_code, answer.json())


def test_browsers(shared: Stack) -> None:
    """A preflight request is answered without a token, and a refusal can be read by the page that asked."""
    api = shared.gateway
    preflight = api.request("OPTIONS", "/hello", headers={"Origin": ORIGIN})

    assert 204 == preflight.status_code
    assert ORIGIN == preflight.headers["access-control-allow-origin"]
    assert "dev-auth-token,x-api-key" == preflight.headers["access-control-allow-headers"]
    assert ORIGIN == api.get("/hello").headers["access-control-allow-origin"]
