"""A server for each test, with whatever settings the test wants."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from cognitokit.testing import TokenMint
from cognitokit.testing.oauth_server import OAuthServer
from tests.oauth.stage import CALLBACK, CLIENT, PASSWORD, POOL, Clock, MakeStage, Stage


@pytest.fixture
def make_stage() -> Iterator[MakeStage]:
    """Make stages; their servers end with the test."""
    with contextlib.ExitStack() as stack:

        def make(shell: str = "sync", **options: Any) -> Stage:
            clock = Clock()
            mint = TokenMint(POOL, client_id=CLIENT, clock=clock)
            settings: dict[str, Any] = {"redirect_uris": [CALLBACK], "clock": clock, **options}
            server = stack.enter_context(OAuthServer(mint, **settings))
            server.add_user("jane", PASSWORD, email="jane@example.com", email_verified="true")
            return Stage(server, mint, clock, shell)

        yield make
