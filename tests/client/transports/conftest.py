"""A server that answers what a test tells it, and a pool whose API is there."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognitokit import (
    Call,
    UserPool,
)
from tests.client.transports.canned_server import CannedServer, canned_server
from tests.client.transports.ways import POOL_ID, WAYS


@pytest.fixture(scope="module")
def _served() -> Iterator[CannedServer]:
    with canned_server() as server:
        yield server


@pytest.fixture
def server(_served: CannedServer) -> CannedServer:
    """A server that answers {} until told otherwise."""
    _served.asked.clear()
    _served.hang_up = False
    _served.answer({})
    return _served


@pytest.fixture
def pool(server: CannedServer) -> UserPool:
    """A pool whose API is the server."""
    return UserPool(POOL_ID, endpoint_url=server.url)


@pytest.fixture(params=WAYS)
def send(request: pytest.FixtureRequest, pool: UserPool) -> Iterator[Callable[[Call], Any]]:
    """Each way to carry a call."""
    with WAYS[request.param](pool) as way:
        yield way


@pytest.fixture
def silent() -> Iterator[UserPool]:
    """A pool behind a server that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield UserPool(POOL_ID, endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
