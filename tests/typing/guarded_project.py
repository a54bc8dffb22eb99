"""What type checkers say of a Django project. Never run: mypy and pyright read it."""

from typing import assert_type

from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission

from cognitokit import AccessToken, IdToken
from cognitokit.django import CognitoUser, require_cognito, token_of, user_key
from cognitokit.django.rest import cognito_permission


@require_cognito
def tasks(request: HttpRequest) -> HttpResponse:
    assert_type(token_of(request), AccessToken | IdToken | None)
    return HttpResponse()


@require_cognito(groups=["admin"])
async def task(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(number)


async def views_keep_their_signatures(request: HttpRequest) -> None:
    assert_type(tasks(request), HttpResponse)
    assert_type(await task(request, 1), HttpResponse)
    await task(request, "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def users_have_keys(token: AccessToken) -> None:
    assert_type(user_key(token), tuple[str, str])
    assert_type(CognitoUser(token).pk, str)


def permissions_are_classes() -> None:
    assert_type(cognito_permission(scopes=["tasks/read"]), type[BasePermission])
    cognito_permission(role="admin")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
