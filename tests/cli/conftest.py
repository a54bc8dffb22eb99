"""A mint, an embedded pool, and no settings of the machine's own."""

import importlib.util
from collections.abc import Iterator

import pytest

from cognitokit.testing import LocalPool, TokenMint

pytest.importorskip("click")
pytest.importorskip("rich")

from tests.cli.running import CALLBACK, CLIENT, POOL


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """What makes the tokens."""
    return TokenMint(POOL, client_id=CLIENT)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalPool]:
    """An embedded pool with a user."""
    if importlib.util.find_spec("ministack") is None:
        pytest.skip("the extra local is missing")
    with LocalPool(callback_urls=[CALLBACK]) as pool:
        pool.add_user("jane", "Passw0rd!")
        yield pool
