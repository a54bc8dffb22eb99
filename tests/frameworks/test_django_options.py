"""Django: OPTIONS requests, which browsers send without a token, run nobody's code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import RedirectView

from cognitokit.testing import TokenMint
from tests.frameworks import django_settings

django_settings.configure()

from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cognitokit.django import require_cognito, token_of
from cognitokit.django.rest import CognitoAuthentication, cognito_permission

Bearer = Callable[[str], dict[str, str]]

RAN: list[str] = []
"""The methods of the requests that reached a view's own code."""


@require_cognito(groups=["admin"])
def function(request: HttpRequest) -> HttpResponse:
    """Run for administrators."""
    RAN.append(str(request.method))
    return HttpResponse("secret")


@require_cognito(groups=["admin"])
async def coroutine(request: HttpRequest) -> HttpResponse:
    """Run for administrators."""
    RAN.append(str(request.method))
    return HttpResponse("secret")


@method_decorator(require_cognito(groups=["admin"]), name="dispatch")
class Stock(View):
    """One that leaves OPTIONS to Django."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Run."""
        RAN.append(str(request.method))
        return HttpResponse("secret")


class Own(Stock):
    """One that answers OPTIONS itself."""

    def options(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        """Run."""
        return self.get(request)


@method_decorator(require_cognito(groups=["admin"]), name="dispatch")
class OwnCoroutine(View):
    """The same, asynchronous."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Run."""
        return await self.options(request)

    async def options(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        """Run."""
        RAN.append(str(request.method))
        return HttpResponse("secret")


@require_cognito(groups=["admin"])
@api_view(["GET", "OPTIONS"])
def rest_function(request: Request) -> Response:
    """Run for administrators."""
    RAN.append(str(request.method))
    return Response("secret")


class Rest(APIView):
    """REST framework's, which describes itself."""

    authentication_classes = (CognitoAuthentication,)
    permission_classes = (cognito_permission(groups=["admin"]),)

    def options(self, request: Request) -> Response:  # type: ignore[override]
        """Run."""
        RAN.append(str(request.method))
        return Response("secret")


@require_cognito(optional=True)
def optional(request: HttpRequest) -> HttpResponse:
    """Run for everyone."""
    RAN.append("somebody" if token_of(request) else "nobody")
    return HttpResponse("public")


def redirect(request: HttpRequest, **_: Any) -> Any:
    """Redirect, whatever the method."""
    RAN.append(str(request.method))
    return RedirectView.as_view(url="/secret-place")(request)


PATHS = {
    "function": function,
    "coroutine": coroutine,
    "own": Own.as_view(),
    "own-coroutine": OwnCoroutine.as_view(),
    "rest-function": rest_function,
    "redirect": require_cognito(groups=["admin"])(redirect),
    "redirect-class": require_cognito(groups=["admin"])(RedirectView.as_view(url="/secret-place")),
}

urlpatterns = [
    *(path(name, view) for name, view in PATHS.items()),
    path("stock", Stock.as_view()),
    path("rest", Rest.as_view()),
    path("optional", optional),
]


@pytest.fixture(autouse=True)
def project() -> Any:
    """The views above, and nothing that ran yet."""
    RAN.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


def ask(name: str, headers: dict[str, str] | None, *, is_async: bool) -> Any:
    """Send an OPTIONS request."""
    if is_async:
        return asyncio.run(AsyncClient().options(f"/{name}", headers=headers))  # type: ignore[arg-type]
    return Client().options(f"/{name}", headers=headers)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("name", PATHS)
def test_no_view_runs(mint: TokenMint, bearer: Bearer, name: str, is_async: bool) -> None:
    """Without a token, with a bad one and with one that lacks the group the answer is empty; with a good one the view runs."""
    refused = [
        ask(name, headers, is_async=is_async)
        for headers in (None, bearer("garbage"), bearer(mint.access_token()))
    ]

    assert [(204, b"", False)] * 3 == [(r.status_code, r.content, "Location" in r) for r in refused]
    assert [] == RAN

    good = ask(name, bearer(mint.access_token(groups=["admin"])), is_async=is_async)

    assert good.status_code in {200, 302}
    assert "redirect-class" == name or ["OPTIONS"] == RAN


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_class_takes_is_said(mint: TokenMint, bearer: Bearer, is_async: bool) -> None:
    """Of a class-based view a preflight learns the methods, as with a token; of a function nothing is known."""
    without = ask("stock", None, is_async=is_async)
    token = bearer(mint.access_token(groups=["admin"]))

    assert (204, "GET, HEAD, OPTIONS") == (without.status_code, without["Allow"])
    assert without["Allow"] == ask("stock", token, is_async=is_async)["Allow"]
    assert without["Allow"] == ask("own-coroutine", None, is_async=is_async)["Allow"]
    assert "Allow" not in ask("function", None, is_async=is_async)
    assert [] == RAN


def test_optional_authentication(mint: TokenMint, bearer: Bearer) -> None:
    """Nobody may run what is open to nobody; a bad token may not."""
    statuses = [
        ask("optional", headers, is_async=False).status_code
        for headers in (None, bearer(mint.access_token()), bearer("garbage"))
    ]

    assert [200, 200, 204] == statuses
    assert ["nobody", "somebody"] == RAN


def test_rest_framework_s_own_protection(mint: TokenMint, bearer: Bearer) -> None:
    """REST framework asks for a token before it answers OPTIONS."""
    assert 401 == ask("rest", None, is_async=False).status_code
    assert [] == RAN
    assert (
        200 == ask("rest", bearer(mint.access_token(groups=["admin"])), is_async=False).status_code
    )
    assert ["OPTIONS"] == RAN
