"""Django: whose request it is, who is asked to find the user, and who may see what was answered."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.utils.deprecation import MiddlewareMixin

from cognitokit import AccessToken
from cognitokit.django import CognitoMiddleware, require_cognito
from cognitokit.django.user import CognitoUser
from cognitokit.errors import ConfigurationError
from cognitokit.testing import TokenMint
from cognitokit.verifier import CognitoVerifier
from tests.frameworks import django_settings

django_settings.configure()

Bearer = Callable[[str], dict[str, str]]
OURS = "cognitokit.django.CognitoMiddleware"
SESSIONS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    """The views for these tests."""
    with override_settings(ROOT_URLCONF="tests.frameworks.django_users_project"):
        yield


@pytest.fixture
def joe(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in no group."""
    return bearer(mint.access_token("joe"))


def get(path: str, headers: dict[str, str] | None = None, *, is_async: bool = False) -> Any:
    """What a server would answer."""
    if is_async:
        return asyncio.run(AsyncClient(raise_request_exception=False).get(path, headers=headers))
    return Client(raise_request_exception=False).get(path, headers=headers)


class OurMiddleware(CognitoMiddleware):
    """A project's own."""


class SessionUser(MiddlewareMixin):
    """What puts a session's user into the request, as AuthenticationMiddleware does."""

    def process_request(self, request: Any) -> None:
        """Sign Bob in."""

        class Bob:
            def get_username(self) -> str:
                return "bob"

        async def auser() -> Bob:
            return Bob()

        request.user, request.auser = Bob(), auser


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("path", ["/who", "/who-later"])
def test_no_two_users(joe: dict[str, str], path: str, is_async: bool) -> None:
    """Where a session's user comes in after the middleware, a guarded view has the token's all the same."""
    session_user = f"{__name__}.SessionUser"

    with override_settings(MIDDLEWARE=[OURS, session_user]):
        wrong = get(path, joe, is_async=is_async).content
    with override_settings(MIDDLEWARE=[session_user, OURS]):
        right = get(path, joe, is_async=is_async).content

    assert [b"joe joe", b"joe joe"] == [wrong, right]


@pytest.mark.parametrize(
    "ours", [OURS, "cognitokit.django.views.CognitoMiddleware", f"{__name__}.OurMiddleware"]
)
def test_the_order_of_middleware(ours: str) -> None:
    """`manage.py check` refuses the one in which a session's user replaces the token's, and no other."""

    def found(*middleware: str) -> list[str | None]:
        with override_settings(MIDDLEWARE=list(middleware)):
            return [message.id for message in run_checks(tags=["security"])]

    assert ["cognitokit.E001"] == found(ours, *SESSIONS)
    assert [] == found(*SESSIONS, ours)
    assert [] == found(ours)
    assert [] == found(*SESSIONS)
    assert ["cognitokit.E001"] == found("no.such.middleware", ours, *SESSIONS)


@pytest.mark.parametrize("path", ["/dispatched", "/dispatched-through"])
@pytest.mark.parametrize("is_async", [False, True])
def test_asynchronous_classes(joe: dict[str, str], path: str, is_async: bool) -> None:
    """The dispatch of a class with coroutines is awaited, and refused as any other view."""
    statuses = [get(path, headers, is_async=is_async).status_code for headers in (joe, None)]

    assert [200, 401] == statuses


async def nobody(token: AccessToken) -> CognitoUser | None:
    """Know no user but Jane."""
    await asyncio.sleep(0)
    return CognitoUser(token) if token.username == "jane" else None


class Nobody:
    """The same as an object."""

    async def __call__(self, token: AccessToken) -> CognitoUser | None:
        """Ask."""
        return await nobody(token)


def nobody_later(token: AccessToken) -> Any:
    """Return something to await."""
    return nobody(token)


@pytest.mark.parametrize("loader", [nobody, Nobody(), nobody_later])
def test_an_asynchronous_loader(
    mint: TokenMint, joe: dict[str, str], bearer: Bearer, loader: Any
) -> None:
    """It is awaited, and its None lets nobody in; a view that cannot await refuses to start on it."""
    jane = bearer(mint.access_token("jane"))

    with override_settings(COGNITO_USER_LOADER=loader):
        statuses = [get("/who-later", h, is_async=True).status_code for h in (jane, joe)]
        with pytest.raises(ConfigurationError, match="COGNITO_USER_LOADER is asynchronous"):
            Client().get("/who", headers=jane)
        with pytest.raises(ConfigurationError, match="COGNITO_USER_LOADER is asynchronous"):
            Client().get("/api", headers=jane)

    assert [200, 401] == statuses


def test_something_to_await_that_is_no_coroutine(joe: dict[str, str]) -> None:
    """It is no user either."""

    class Later:
        def __await__(self) -> Any:
            yield

    with (
        override_settings(COGNITO_USER_LOADER=lambda token: Later()),
        pytest.raises(ConfigurationError, match="COGNITO_USER_LOADER is asynchronous"),
    ):
        Client().get("/who", headers=joe)


@pytest.mark.parametrize("path", ["/not-banned", "/neither-nor", "/chosen"])
def test_what_is_negated_demands_a_token(
    mint: TokenMint, joe: dict[str, str], bearer: Bearer, path: str
) -> None:
    """Nobody is in no group, and yet not let in; somebody who is in none is."""
    banned = bearer(mint.access_token(groups=["banned"]))

    assert [200, 403, 401] == [get(path, headers).status_code for headers in (joe, banned, None)]


@pytest.mark.parametrize("path", ["/either", "/chosen-either"])
def test_what_is_not_negated_leaves_the_word_to_others(joe: dict[str, str], path: str) -> None:
    """Beside another permission that lets nobody in, nobody is let in."""
    assert 200 == Client().head(path).status_code
    assert [403, 401] == [get(path, headers).status_code for headers in (joe, None)]


def test_someone_who_came_in_another_way() -> None:
    """Without a token of ours a negated permission lets nobody in, whoever it is."""
    from rest_framework.test import APIRequestFactory, force_authenticate

    from tests.frameworks.django_users_project import NotBanned

    request = APIRequestFactory().get("/")
    force_authenticate(request, user=object(), token="something else")  # type: ignore[arg-type]

    assert 403 == NotBanned.as_view()(request).status_code


@pytest.mark.parametrize("is_async", [False, True])
def test_caches_keep_users_apart(mint: TokenMint, joe: dict[str, str], is_async: bool) -> None:
    """Where a cookie may carry the token, caches learn so, unless the view says more; else nothing is said."""
    client = Client()
    client.cookies["token"] = mint.access_token()

    def says(path: str, headers: dict[str, str] | None = joe) -> tuple[str | None, str | None]:
        response = get(path, headers, is_async=is_async)
        return response.headers.get("Vary"), response.headers.get("Cache-Control")

    before = [says(path) for path in ("/who", "/cached", "/api")]
    with override_settings(COGNITO_COOKIE="token"):
        with_cookie = client.get("/who")
        after = [says(path) for path in ("/who", "/cached", "/api", "/api-cached")]
        refused = says("/who", None), says("/api", None)
        untouched = says("/public")
        with override_settings(MIDDLEWARE=[OURS]):
            looked_at = says("/public")

    assert [(None, None), ("Accept", "max-age=60")] == before[:2]
    assert "Cookie" not in str(before[2][0])
    assert 200 == with_cookie.status_code
    assert ("Cookie", "private, no-store") == (with_cookie["Vary"], with_cookie["Cache-Control"])
    assert [
        ("Cookie", "private, no-store"),
        ("Accept, Cookie", "max-age=60"),
        ("Accept, Cookie", "private, no-store"),
        ("Accept, Cookie", "max-age=60"),
    ] == after
    assert (("Cookie", "no-store"), ("Accept, Cookie", "private, no-store")) == refused
    assert ("Accept", "max-age=60") == untouched
    assert ("Accept, Cookie", "max-age=60") == looked_at


def test_a_view_without_a_response(joe: dict[str, str]) -> None:
    """It is Django that says so."""
    with (
        override_settings(COGNITO_COOKIE="token"),
        pytest.raises(ValueError, match="didn't return an HttpResponse"),
    ):
        Client().get("/nothing", headers=joe)


@pytest.mark.parametrize("path", ["/who", "/who-later"])
def test_what_a_check_raises(mint: TokenMint, joe: dict[str, str], path: str) -> None:
    """The exception of the project's own check goes on with its own frames, and none of ours, which hold the token."""

    def check(token: AccessToken) -> bool:
        raise LookupError("the database is gone")

    verifier = CognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks, check=check
    )
    raw = joe["Authorization"].removeprefix("Bearer ")

    def ask() -> None:
        if path == "/who":
            Client().get(path, headers=joe)
        else:
            asyncio.run(AsyncClient().get(path, headers=joe))

    with override_settings(COGNITO_VERIFIER=verifier), pytest.raises(LookupError) as info:
        ask()

    ours = [
        frame
        for frame, _ in traceback.walk_tb(info.value.__traceback__)
        if frame.f_globals["__name__"].startswith("cognitokit.")
    ]
    assert "check" == traceback.extract_tb(info.value.__traceback__)[-1].name
    assert ours
    assert not [frame for frame in ours if any(raw == value for value in frame.f_locals.values())]


def test_a_method_is_no_view() -> None:
    """The decorator on a bare method would take self for the request: the error says what to write."""
    with pytest.raises(ConfigurationError, match="method_decorator"):

        class Tasks:
            @require_cognito
            def list(self, request: HttpRequest) -> HttpResponse:
                return HttpResponse()

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert callable(require_cognito(view))
