"""Views of every kind that note when their own code runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import RedirectView
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cognitokit.django import require_cognito, token_of
from cognitokit.django.rest import CognitoAuthentication, cognito_permission

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

    def options(self, request: HttpRequest) -> HttpResponse:
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


PATHS: dict[str, Any] = {
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
