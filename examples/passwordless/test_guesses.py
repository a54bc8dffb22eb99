"""How often somebody may guess at the code of an authenticator app."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cognitokit.testing import LocalPool, LocalServer
from examples.gateway import LocalFunction

FUNCTIONS = Path(__file__).parent / "functions"
NEEDED = ("fastapi", "mangum", "ministack", "pyotp")
NOW = 1_800_000_000

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in NEEDED),
        reason=f"needs {', '.join(NEEDED)}",
    ),
]


class InStep:
    """A table whose update_item answers when all have been answered."""

    def __init__(self, table: Any, parties: int) -> None:
        self.meta = table.meta
        self.put_item = table.put_item
        self._table = table
        self._answered = threading.Barrier(parties, timeout=20)

    def update_item(self, **request: Any) -> Any:
        """Update an item, and wait for the others."""
        try:
            return self._table.update_item(**request)
        finally:
            self._answered.wait()


@pytest.fixture
def api(cognito_local_server: LocalServer) -> Iterator[Any]:
    """The application's module, with a table on the local server."""
    with LocalPool(server=cognito_local_server) as local:
        table = local.session.resource("dynamodb", endpoint_url=local.url).create_table(
            TableName=f"factors-{local.pool.id}",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        environ = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": local.pool.region,
            "AWS_ENDPOINT_URL": local.url,
            "COGNITO_USER_POOL_ID": local.pool.id,
            "COGNITO_CLIENT_ID": local.client_id,
            "FACTORS_TABLE": table.name,
        }
        with contextlib.closing(LocalFunction(FUNCTIONS, "api.handler", environ)):
            yield sys.modules["passwordless_api"]
        table.delete()


def guess(api: Any, now: int = NOW, user: str = "jane") -> int:
    """Count a guess, and return the status that its sender gets."""
    from fastapi import HTTPException

    try:
        api.count_guess(user, now)
    except HTTPException as error:
        return error.status_code
    return 204


def test_five_guesses(api: Any) -> None:
    """Five pass in fifteen minutes, however many more are tried; then five again, and each user has their own."""
    first = [guess(api, NOW + i) for i in range(8)]
    last = guess(api, NOW + 899)
    later = [guess(api, NOW + 900 + i) for i in range(6)]

    assert [204] * 5 + [429] * 3 == first
    assert 429 == last
    assert [204] * 5 + [429] == later
    assert 204 == guess(api, user="joe")


def test_the_count_expires(api: Any) -> None:
    """The table's TTL removes the count when the fifteen minutes are over."""
    guess(api)
    guess(api, NOW + 60)

    row = api.table.get_item(Key={"id": "guesses#jane"}, ConsistentRead=True)["Item"]
    assert {"id": "guesses#jane", "expires": NOW + 900, "guesses": 2} == row


@pytest.mark.parametrize("in_step", [True, False])
def test_guesses_at_the_same_moment(api: Any, *, in_step: bool) -> None:
    """When the fifteen minutes have just ended, twenty at once still have five guesses between them, and no more."""
    table = api.table
    table.put_item(Item={"id": "guesses#jane", "expires": NOW, "guesses": 5})
    if in_step:  # all have learnt that the old count is over before any begins a new one
        api.table = InStep(table, 20)
    with ThreadPoolExecutor(20) as pool:
        at_once = Counter(pool.map(lambda _: guess(api), range(20)))
    api.table = table
    after = Counter(guess(api) for _ in range(20))

    assert {204, 429} == at_once.keys()
    assert 5 == (at_once + after)[204]
