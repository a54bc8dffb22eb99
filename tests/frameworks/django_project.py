"""A Django project in one module: views of every kind, behind the decorator, the middleware and REST framework."""

from __future__ import annotations

import asyncio
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cognitokit.django import require_cognito, token_of
from cognitokit.django.rest import CognitoAuthentication, cognito_permission


def who(request: Any) -> JsonResponse:
    """Say who calls."""
    token = token_of(request)
    return JsonResponse(
        [request.user.get_username(), type(request.user).__name__, token.sub if token else None],
        safe=False,
    )


@require_cognito
def bare(request: HttpRequest) -> HttpResponse:
    """For anyone who signed in."""
    return who(request)


@require_cognito(groups=["admin"])
def admin(request: HttpRequest, number: int = 0) -> HttpResponse:
    """For administrators."""
    return who(request)


@require_cognito(scopes=["tasks/read"])
async def asynchronous(request: HttpRequest) -> HttpResponse:
    """For those with the scope."""
    await asyncio.sleep(0)
    user = await request.auser()
    return JsonResponse([user.get_username()], safe=False)


@require_cognito(optional=True)
def optional(request: HttpRequest) -> HttpResponse:
    """For everyone."""
    return HttpResponse("somebody" if token_of(request) else "nobody")


def public(request: HttpRequest) -> HttpResponse:
    """For everyone, and nobody looks."""
    return HttpResponse(type(request.user).__name__ if hasattr(request, "user") else "no user")


def careless(request: HttpRequest) -> HttpResponse:
    """Ask for the token where nothing verified one."""
    return HttpResponse(str(token_of(request)))


@require_cognito
def broken(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise LookupError(request.path)


@require_cognito
async def broken_asynchronous(request: HttpRequest) -> HttpResponse:
    """Fail too."""
    raise LookupError(request.path)


@method_decorator(require_cognito(groups=["admin"]), name="dispatch")
class ClassBased(View):
    """A class-based view, all of its methods protected."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say who calls."""
        return who(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Say what came."""
        return HttpResponse(request.body)


class AsyncClassBased(View):
    """One whose methods are coroutines."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Say who calls."""
        return who(request)


class Tasks(APIView):
    """REST framework's view."""

    authentication_classes = (CognitoAuthentication,)
    permission_classes = (cognito_permission(scopes=["tasks/read"]),)

    def get(self, request: Request) -> Response:
        """Say who calls."""
        token: Any = request.auth
        return Response([request.user.get_username(), token.sub])

    def post(self, request: Request) -> Response:
        """Say what came."""
        return Response(request.data)


class IsHead(BasePermission):
    """Lets anyone ask for headers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it is a HEAD request."""
        return request.method == "HEAD"


class Either(Tasks):
    """A view for administrators, and for those who want the headers alone."""

    permission_classes = (cognito_permission(groups=["admin"]) | IsHead,)  # type: ignore[assignment]


class Neither(Tasks):
    """A view for whoever is no administrator."""

    permission_classes = (IsAuthenticated, ~cognito_permission(groups=["admin"]))  # type: ignore[assignment]


class Anonymous(Tasks):
    """A view that authenticates and demands nothing."""

    permission_classes = ()  # type: ignore[assignment]


@api_view(["GET"])
@authentication_classes([CognitoAuthentication])
@permission_classes([IsAuthenticated])
def function_view(request: Request) -> Response:
    """REST framework's function view."""
    return Response(request.user.get_username())


@require_cognito
@api_view(["GET"])
@authentication_classes([CognitoAuthentication])
def both(request: Request) -> Response:
    """The decorator around a view of REST framework's."""
    return Response(request.user.get_username())


urlpatterns = [
    path("bare", bare),
    path("admin", admin),
    path("admin/<int:number>", admin),
    path("async", asynchronous),
    path("broken", broken),
    path("broken-async", broken_asynchronous),
    path("optional", optional),
    path("public", public),
    path("careless", careless),
    path("class", ClassBased.as_view()),
    path("async-class", require_cognito(AsyncClassBased.as_view())),
    path("rest/tasks", Tasks.as_view()),
    path("rest/either", Either.as_view()),
    path("rest/neither", Neither.as_view()),
    path("rest/anonymous", Anonymous.as_view()),
    path("rest/function", function_view),
    path("rest/both", both),
]
