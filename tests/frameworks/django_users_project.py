"""Views that say whose request it is, and that answer where the token may be in a cookie."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cognitokit.django import require_cognito, token_of
from cognitokit.django.rest import CognitoAuthentication, cognito_permission


@require_cognito
def who(request: Any) -> HttpResponse:
    """Name the user and the token's."""
    token = token_of(request)
    return HttpResponse(f"{request.user.get_username()} {token.username if token else None}")


@require_cognito
async def who_later(request: Any) -> HttpResponse:
    """Name the user and the token's."""
    token = token_of(request)
    user = await request.auser()
    return HttpResponse(f"{user.get_username()} {token.username if token else None}")


def passing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a view, and change nothing."""

    @functools.wraps(view)
    def passed(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return passed


@method_decorator(require_cognito, name="dispatch")
class Dispatched(View):
    """Asynchronous, protected as a whole."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return HttpResponse("in")


@method_decorator([require_cognito, passing], name="dispatch")
class DispatchedThrough(View):
    """The same, with another decorator in between."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return HttpResponse("in")


def cached(request: HttpRequest) -> HttpResponse:
    """Say itself how it may be cached."""
    return HttpResponse("in", headers={"Cache-Control": "max-age=60", "Vary": "Accept"})


def nothing(request: HttpRequest) -> Any:
    """Forget the response."""


class Api(APIView):
    """What REST framework answers."""

    authentication_classes = (CognitoAuthentication,)
    permission_classes: Any = ()

    def get(self, request: Request) -> Response:
        """Answer."""
        return Response("in")


class ApiCached(Api):
    """What says itself how it may be cached."""

    def get(self, request: Request) -> Response:
        """Answer."""
        return Response("in", headers={"Cache-Control": "max-age=60"})


class IsHead(BasePermission):
    """Lets anyone ask for headers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it is a HEAD request."""
        return request.method == "HEAD"


Banned = cognito_permission(groups=["banned"])


class NotBanned(Api):
    """For all who are not banned."""

    permission_classes = (~Banned,)


class NeitherNor(Api):
    """For all who are neither."""

    permission_classes = (~(Banned | IsHead) & AllowAny,)


class Either(Api):
    """For the banned, and for those who want the headers alone."""

    permission_classes = (Banned | IsHead,)


class Chosen(Api):
    """For all who are not banned, said by a method."""

    def get_permissions(self) -> Any:
        """Choose."""
        return [(~Banned)()]


class ChosenEither(Api):
    """As Either, said by a method."""

    def get_permissions(self) -> Any:
        """Choose."""
        return [(Banned | IsHead)()]


urlpatterns = [
    path("who", who),
    path("who-later", who_later),
    path("dispatched", Dispatched.as_view()),
    path("dispatched-through", DispatchedThrough.as_view()),
    path("cached", require_cognito(cached)),
    path("nothing", require_cognito(nothing)),
    path("public", cached),
    path("api", Api.as_view()),
    path("api-cached", ApiCached.as_view()),
    path("not-banned", NotBanned.as_view()),
    path("neither-nor", NeitherNor.as_view()),
    path("either", Either.as_view()),
    path("chosen", Chosen.as_view()),
    path("chosen-either", ChosenEither.as_view()),
]
