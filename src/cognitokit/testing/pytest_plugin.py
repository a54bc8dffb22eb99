"""The pytest plugin: fixtures, loaded by pytest through the entry point "cognitokit".

It imports nothing of the kit until a fixture is used, so that a test run that uses none pays nothing,
and the coverage of modules that would be imported early is not lost.

    cognito_clock         the clock of the fixtures below
    cognito_mint          makes tokens: TokenMint
    cognito_pool          a user pool in memory: FakePool
    cognito_local         a user pool on a real server: LocalPool, a new one for each test
    cognito_env           the environment of an application that reads its settings there
    as_cognito_user       makes a test client send a user's token
"""

# ruff: noqa: PLC0415 - nothing is imported before it is used

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.testing import AsCognitoUser, FakePool, JwksServer, LocalPool, TokenMint
    from cognitokit.testing.clock import Clock
    from cognitokit.testing.local import LocalServer


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "cognito_time(at): freeze the clock of the cognito_ fixtures at that moment, epoch seconds.",
    )


@pytest.fixture
def cognito_clock(request: pytest.FixtureRequest) -> Clock:
    """The clock of cognito_mint and cognito_pool: it runs, or stands still at the marker cognito_time.

    An application under test has a clock of its own. It goes by this one only if it is told: give
    its verifier clock=cognito_clock, or take cognito_mint.verifier(). One that is made from the
    environment (cognito_env) goes by the machine's, and finds a frozen mint's tokens expired or not
    yet valid.
    """
    from cognitokit.errors import ConfigurationError
    from cognitokit.testing.clock import Clock

    marker = request.node.get_closest_marker("cognito_time")
    if marker is None:
        return Clock()
    given = [*marker.args, *marker.kwargs.values()]
    if len(given) != 1 or given == [None] or marker.kwargs.keys() - {"at"}:
        raise ConfigurationError(
            "The marker cognito_time takes one moment, epoch seconds: "
            "@pytest.mark.cognito_time(1_800_000_000)."
        )
    return Clock(given[0])


@pytest.fixture
def cognito_mint(cognito_clock: Clock) -> TokenMint:
    """Makes tokens of a pool that exists in this test alone; override it to choose the pool."""
    from cognitokit.testing import TokenMint

    return TokenMint(clock=cognito_clock)


@pytest.fixture
def cognito_pool(cognito_clock: Clock) -> FakePool:
    """A user pool in memory."""
    from cognitokit.testing import FakePool

    return FakePool(clock=cognito_clock)


@pytest.fixture(scope="session")
def cognito_local_server() -> Iterator[LocalServer]:
    """The server behind cognito_local, one for the session; needs the extra `local`."""
    from cognitokit.testing.local import LocalServer

    with LocalServer() as server:
        yield server


@pytest.fixture
def cognito_local(cognito_local_server: LocalServer) -> Iterator[LocalPool]:
    """A user pool on a real server on this machine, new for this test; needs the extra `local`."""
    from cognitokit.testing import LocalPool

    with LocalPool(server=cognito_local_server) as pool:
        yield pool


@pytest.fixture
def cognito_env(cognito_mint: TokenMint, monkeypatch: pytest.MonkeyPatch) -> Iterator[JwksServer]:
    """Set COGNITO_USER_POOL_ID and its like to the pool of cognito_mint, whose keys are served on loopback.

    There is no variable for the time: what is made from them goes by the machine's clock, not by
    cognito_clock, so that the marker cognito_time and a clock that was moved do not reach it.
    """
    with cognito_mint.serve() as server:
        monkeypatch.setenv("COGNITO_USER_POOL_ID", cognito_mint.pool.id)
        monkeypatch.setenv("COGNITO_CLIENT_ID", cognito_mint.client_id)
        monkeypatch.setenv("COGNITO_JWKS_URI", server.pool.jwks_uri)
        yield server


@pytest.fixture
def as_cognito_user(cognito_mint: TokenMint) -> AsCognitoUser:
    """The function of that name, with tokens of cognito_mint."""
    import functools

    from cognitokit.testing import as_cognito_user

    return functools.partial(as_cognito_user, mint=cognito_mint)
