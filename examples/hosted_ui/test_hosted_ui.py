"""The story of the hosted UI, and what its function refuses."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from cognitokit.testing import LocalServer, assert_rejects_bad_tokens
from examples.gateway import Stack, Story, as_cloudformation, deployed, hosted_ui
from examples.hosted_ui.play import CALLBACK, play

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]


@pytest.fixture
def stack(cognito_local_server: LocalServer) -> Iterator[Stack]:
    """The service, deployed."""
    with deployed(
        as_cloudformation(HERE / "serverless.yml"), HERE, cognito_local_server
    ) as running:
        yield running


def test_the_story(stack: Stack) -> None:
    """It goes as it is told, status by status."""
    story = Story(quiet=True)
    play(stack, story)

    assert [401, 200, 401, 200, 200] == [status for _, status in story.statuses]


@pytest.mark.slow
def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own API Gateway, and functions in processes of their own, say the same."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api:
        play(stack, story)

    assert 5 == len(story.statuses)


def test_bad_tokens(stack: Stack) -> None:
    """The route refuses every bad token, with and without Bearer."""
    with stack.minted() as (api, mint):
        for scheme in "Bearer", "":
            assert_rejects_bad_tokens(api, "/hiUsers", mint=mint, token_use="id", scheme=scheme)


def test_an_app_client_without_the_implicit_grant(stack: Stack) -> None:
    """The page gives tokens only where the app client may have them; a code it gives still."""
    client = stack.local.cognito.create_user_pool_client(
        UserPoolId=stack.pool.id,
        ClientName="code",
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]["ClientId"]
    asked = {"client_id": client, "redirect_uri": CALLBACK}
    with hosted_ui(stack.local, stack.pool.id) as domain:
        statuses = [
            httpx.get(f"{domain}/login?{urlencode({**asked, 'response_type': kind})}").status_code
            for kind in ("token", "code")
        ]

    assert [400, 200] == statuses


def test_browsers(stack: Stack) -> None:
    """A preflight request is answered without a token."""
    preflight = stack.gateway.request("OPTIONS", "/hiUsers")

    assert 200 == preflight.status_code
    assert "Authorization" == preflight.headers["access-control-allow-headers"]
