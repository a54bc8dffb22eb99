"""A stage for each framework and each way to keep sessions."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognitokit.testing import OAuthServer, TokenMint
from tests.weblogin.stage import CALLBACK, CLIENT, FRAMEWORKS, KEEPING, PASSWORD, SITE, Clock, Stage

MakeStage = Callable[..., Stage]


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    """The framework of the application under test."""
    return str(request.param)


@pytest.fixture(params=KEEPING)
def keeping(request: pytest.FixtureRequest) -> str:
    """Where its sessions are kept."""
    return str(request.param)


@pytest.fixture
def make_stage() -> Iterator[MakeStage]:
    """Make stages; their servers end with the test."""
    with contextlib.ExitStack() as stack:

        def make(framework: str, keeping: str, **options: Any) -> Stage:
            clock = Clock()
            mint = TokenMint("eu-west-1_AbCdEfGhI", client_id=CLIENT, clock=clock)
            settings: dict[str, Any] = {
                "redirect_uris": [CALLBACK],
                "logout_uris": [f"{SITE}/"],
                "clock": clock,
                "rotation": True,
                **options,
            }
            server = stack.enter_context(OAuthServer(mint, **settings))
            server.add_user("jane", PASSWORD, email="jane@example.com")
            server.add_user("joe", PASSWORD, email="joe@example.com")
            return Stage(framework, keeping, server, mint, clock)

        yield make


@pytest.fixture
def stage(make_stage: MakeStage, framework: str, keeping: str) -> Stage:
    """A stage with refresh token rotation and no grace."""
    return make_stage(framework, keeping)
