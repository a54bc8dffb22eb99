"""Every scenario on FakePool, on ministack and on moto's server."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitokit.testing import LocalPool
from tests.conformance import stage as stages
from tests.conformance.differences import DIFFERENCES
from tests.conformance.scenarios import SCENARIOS, Scenario
from tests.conformance.stage import outcome
from tests.conformance.table import table

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=[row.name for row in SCENARIOS])


@pytest.fixture(scope="module")
def ministack() -> Iterator[LocalPool]:
    """One embedded server for all scenarios."""
    with LocalPool() as pool:
        yield pool


@pytest.fixture(scope="module")
def moto_client() -> Iterator[Any]:
    """A boto3 client of a moto server of our own, with its TOTP checks on."""
    import boto3
    from botocore.config import Config
    from moto.server import ThreadedMotoServer

    before = os.environ.get("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP")
    os.environ["MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP"] = "true"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    yield client
    client.close()
    server.stop()
    if before is None:
        del os.environ["MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP"]
    else:
        os.environ["MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP"] = before


def expected(scenario: Scenario, server: str) -> Any:
    """Return what the server is known to give: what is right, or its known difference."""
    difference = DIFFERENCES[server].get(scenario.name)
    return scenario.expected if difference is None else difference.outcome


@each_scenario
def test_fake_pool_does_what_cognito_does(scenario: Scenario) -> None:
    """FakePool gives what the table says is right, and has no differences."""
    assert scenario.expected == outcome(lambda: scenario.play(stages.fake(scenario.options)))


@pytest.mark.local
@pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)
@each_scenario
def test_ministack_differs_only_where_the_table_says(
    scenario: Scenario, ministack: LocalPool
) -> None:
    """ministack gives what is right, or what the table says it gives instead."""
    played = outcome(lambda: scenario.play(stages.ministack(ministack, scenario.options)))

    assert expected(scenario, "ministack") == played


@each_scenario
def test_moto_differs_only_where_the_table_says(scenario: Scenario, moto_client: Any) -> None:
    """moto gives what is right, or what the table says it gives instead."""
    played = outcome(lambda: scenario.play(stages.moto(moto_client, scenario.options)))

    assert expected(scenario, "moto") == played


def test_every_difference_is_explained() -> None:
    """No entry repeats what is right, and each says why it is wrong; no two scenarios share a name."""
    rows = {row.name: row for row in SCENARIOS}

    assert len(rows) == len(SCENARIOS)
    assert all(row.source for row in SCENARIOS)
    for differences in DIFFERENCES.values():
        for name, difference in differences.items():
            assert difference.outcome != rows[name].expected
            assert difference.why


def test_the_documentation_shows_the_differences() -> None:
    """The page on what FakePool does not do has the table as it is."""
    page = Path(__file__).parents[2] / "docs/explanation/fake-pool.md"

    assert table() in page.read_text(encoding="utf-8")
