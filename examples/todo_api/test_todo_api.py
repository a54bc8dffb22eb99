"""The TODO API's story, and what its template and functions refuse."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitokit.testing import LocalServer, assert_rejects_bad_tokens
from examples.gateway import Gateway, Stack, Story, deployed
from examples.todo_api.play import play

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]


@pytest.fixture
def stack(cognito_local_server: LocalServer) -> Iterator[Stack]:
    """The template, deployed."""
    with deployed(HERE / "template.yaml", HERE / "functions", cognito_local_server) as running:
        yield running


def test_the_story(stack: Stack) -> None:
    """It goes as it is told, status by status."""
    story = Story(quiet=True)
    play(stack, story)

    assert [401, 200, 201, 400, 200, 200, 401, 401, 200] == [status for _, status in story.statuses]


@pytest.mark.slow
def test_another_gateway(stack: Stack) -> None:
    """The embedded server's own API Gateway, and functions in processes of their own, say the same."""
    story = Story(quiet=True)
    with stack.elsewhere() as stack.api:
        play(stack, story)

    assert 9 == len(story.statuses)


def test_bad_tokens(stack: Stack) -> None:
    """Every route refuses every bad token, the template's authorizer and the function's own check together."""
    with stack.minted() as (api, mint):
        assert_rejects_bad_tokens(api, "/tasks", mint=mint, token_use="id", scheme="")
        assert_rejects_bad_tokens(
            api, "/tasks", mint=mint, token_use="id", method="POST", json={"title": "Buy milk"}
        )


def test_without_its_authorizer(stack: Stack) -> None:
    """A method that was deployed without its authorizer is shut all the same."""
    open_routes = [dataclasses.replace(route, authorizer=None) for route in stack.gateway.routes]

    assert 401 == Gateway(open_routes).get("/tasks").status_code


def test_tasks_of_others(stack: Stack) -> None:
    """A user's list holds what that user put there."""
    with stack.minted() as (api, mint):
        jane, joe = ({"Authorization": mint.id_token(name)} for name in ("jane", "joe"))
        added = api.post("/tasks", headers=jane, json={"title": "Buy milk"})

        assert [added.json()] == api.get("/tasks", headers=jane).json()["tasks"]
        assert [] == api.get("/tasks", headers=joe).json()["tasks"]
