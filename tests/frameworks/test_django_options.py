"""Django: OPTIONS requests, which browsers send without a token, run nobody's code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.test import AsyncClient, Client, override_settings

from cognitokit.testing import TokenMint
from tests.frameworks import django_settings

django_settings.configure()

Bearer = Callable[[str], dict[str, str]]
PATHS = [
    "function",
    "coroutine",
    "own",
    "own-coroutine",
    "rest-function",
    "redirect",
    "redirect-class",
]


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """The methods of the requests that reached a view's own code."""
    from tests.frameworks import django_options_project

    django_options_project.RAN.clear()
    with override_settings(ROOT_URLCONF="tests.frameworks.django_options_project"):
        yield django_options_project.RAN


def ask(name: str, headers: dict[str, str] | None, *, is_async: bool) -> Any:
    """Send an OPTIONS request."""
    if is_async:
        return asyncio.run(AsyncClient().options(f"/{name}", headers=headers))
    return Client().options(f"/{name}", headers=headers)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("name", PATHS)
def test_no_view_runs(
    mint: TokenMint, bearer: Bearer, ran: list[str], name: str, is_async: bool
) -> None:
    """Without a token, with a bad one and with one that lacks the group the answer is empty; with a good one the view runs."""
    refused = [
        ask(name, headers, is_async=is_async)
        for headers in (None, bearer("garbage"), bearer(mint.access_token()))
    ]

    assert [(204, b"", False)] * 3 == [(r.status_code, r.content, "Location" in r) for r in refused]
    assert [] == ran

    good = ask(name, bearer(mint.access_token(groups=["admin"])), is_async=is_async)

    assert good.status_code in {200, 302}
    assert "redirect-class" == name or ["OPTIONS"] == ran


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_class_takes_is_said(
    mint: TokenMint, bearer: Bearer, ran: list[str], is_async: bool
) -> None:
    """Of a class-based view a preflight learns the methods, as with a token; of a function nothing is known."""
    without = ask("stock", None, is_async=is_async)
    token = bearer(mint.access_token(groups=["admin"]))

    assert (204, "GET, HEAD, OPTIONS") == (without.status_code, without["Allow"])
    assert without["Allow"] == ask("stock", token, is_async=is_async)["Allow"]
    assert without["Allow"] == ask("own-coroutine", None, is_async=is_async)["Allow"]
    assert "Allow" not in ask("function", None, is_async=is_async)
    assert [] == ran


def test_optional_authentication(mint: TokenMint, bearer: Bearer, ran: list[str]) -> None:
    """Nobody may run what is open to nobody; a bad token may not."""
    statuses = [
        ask("optional", headers, is_async=False).status_code
        for headers in (None, bearer(mint.access_token()), bearer("garbage"))
    ]

    assert [200, 200, 204] == statuses
    assert ["nobody", "somebody"] == ran


def test_rest_framework_s_own_protection(mint: TokenMint, bearer: Bearer, ran: list[str]) -> None:
    """REST framework asks for a token before it answers OPTIONS."""
    assert 401 == ask("rest", None, is_async=False).status_code
    assert [] == ran
    assert (
        200 == ask("rest", bearer(mint.access_token(groups=["admin"])), is_async=False).status_code
    )
    assert ["OPTIONS"] == ran
