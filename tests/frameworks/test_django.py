"""Django: the decorator, the middleware and REST framework."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.management import call_command
from django.test import AsyncClient, Client, override_settings

from cognitokit import AccessToken
from cognitokit.django.setup import setup
from cognitokit.django.user import CognitoUser, user_key
from cognitokit.errors import ConfigurationError
from cognitokit.testing import TokenMint, as_cognito_user, assert_rejects_bad_tokens
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks import django_settings
from tests.frameworks.served import ask, by_uvicorn, by_waitress
from tests.frameworks.verifiers import AsyncCountingVerifier, CountingVerifier, NoKeys
from tests.frameworks.web_attacks import GROUPS, answers_to_bad_requests, with_token

django_settings.configure()

Bearer = Callable[[str], dict[str, str]]
WITH_MIDDLEWARE = override_settings(
    MIDDLEWARE=[
        "django.middleware.csrf.CsrfViewMiddleware",
        "cognitokit.django.CognitoMiddleware",
    ]
)


@pytest.fixture
def client() -> Client:
    """A client that checks CSRF tokens as browsers' requests are checked."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def failing() -> Client:
    """A client that shows what a server would answer where a view raises."""
    return Client(raise_request_exception=False)


@pytest.fixture
def user(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in no group."""
    return bearer(mint.access_token("joe"))


@pytest.fixture
def admin(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in the group "admin" with the scope "tasks/read"."""
    return bearer(mint.access_token("jane", groups=["admin"], scopes=["tasks/read"]))


def with_settings(**changed: Any) -> Any:
    """Settings for the length of a test, without the verifier that is there else."""
    return override_settings(**{"COGNITO_VERIFIER": None, **changed})


@pytest.mark.parametrize("path", ["/bare", "/admin", "/admin/7", "/class", "/async-class"])
def test_views(client: Client, mint: TokenMint, admin: dict[str, str], path: str) -> None:
    """A good token reaches the view, which finds user and token; nothing else does."""
    response = client.get(path, headers=admin)

    assert ["jane", "CognitoUser", mint.sub("jane")] == response.json()
    assert 401 == client.get(path).status_code


def test_statuses(
    client: Client, user: dict[str, str], admin: dict[str, str], bearer: Bearer
) -> None:
    """Each kind of refusal has its status, challenge and body (RFC 6750 3.1)."""
    missing, bad = client.get("/bare"), client.get("/bare", headers=bearer("garbage"))
    lacking, twice = (
        client.get("/async", headers=user),
        client.get("/bare", headers={"Authorization": "Bearer a,Bearer b"}),
    )

    assert [401, 401, 403, 400] == [r.status_code for r in (missing, bad, lacking, twice)]
    assert [
        "Bearer",
        'Bearer error="invalid_token"',
        'Bearer error="insufficient_scope", scope="tasks/read"',
        'Bearer error="invalid_request"',
    ] == [r.headers["WWW-Authenticate"] for r in (missing, bad, lacking, twice)]
    assert "unauthorized" == missing.json()["error"]
    assert 403 == client.get("/admin", headers=user).status_code
    assert 200 == client.get("/async", headers=admin).status_code


def test_an_outage(client: Client, user: dict[str, str]) -> None:
    """Where the keys cannot be had the answer is 503, on Django's views and on REST framework's."""
    with with_settings(COGNITO_VERIFIER=NoKeys()):
        plain, rest = (client.get(path, headers=user) for path in ("/bare", "/rest/tasks"))

    assert (503, "7") == (plain.status_code, plain.headers["Retry-After"])
    assert (503, "7") == (rest.status_code, rest.headers["Retry-After"])


@pytest.mark.parametrize("path", ["/bare", "/class", "/async-class", "/rest/tasks", "/rest/both"])
def test_every_bad_token_is_refused(mint: TokenMint, path: str) -> None:
    """The testing kit's attacks get nowhere, on any kind of view."""
    groups = ["admin"] if path == "/class" else []
    scopes = ["tasks/read"] if path == "/rest/tasks" else []
    assert_rejects_bad_tokens(Client(), path, mint=mint, groups=groups, scopes=scopes)


def test_optional_authentication(client: Client, user: dict[str, str], bearer: Bearer) -> None:
    """Those without a token are let in as nobody; those with a bad one are not let in."""
    assert b"nobody" == client.get("/optional").content
    assert b"somebody" == client.get("/optional", headers=user).content
    assert 401 == client.get("/optional", headers=bearer("garbage")).status_code


def test_a_token_takes_the_place_of_a_csrf_token(client: Client, admin: dict[str, str]) -> None:
    """A view that demands a token needs none against forgery; one that does not, needs it."""
    posted = client.post("/class", "in", content_type="text/plain", headers=admin)

    assert (200, b"in") == (posted.status_code, posted.content)
    assert 403 == client.post("/optional", headers=admin).status_code
    assert 403 == client.post("/public", headers=admin).status_code


def test_a_cookie_from_another_site(client: Client, mint: TokenMint) -> None:
    """A form on another site cannot use the cookie that the browser sends along with it."""
    client.cookies["token"] = mint.access_token(groups=["admin"])

    with override_settings(COGNITO_COOKIE="token", COGNITO_TRUSTED_ORIGINS=["https://app.example"]):
        statuses = [
            client.post("/class", "in", "text/plain", headers=headers).status_code
            for headers in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Origin": "https://evil.example"},
                {"Origin": "http://testserver", "Host": "testserver"},
                {"Origin": "https://app.example"},
            )
        ]

    assert [403, 403, 200, 200] == statuses


def test_other_places_for_the_token(client: Client, mint: TokenMint) -> None:
    """Another header and a raw token are settings."""
    token = mint.access_token("joe")

    with override_settings(COGNITO_HEADER="dev-auth-token", COGNITO_RAW_TOKEN=True):
        inside = client.get("/bare", headers={"dev-auth-token": token}).status_code
    outside = client.get("/bare", headers={"dev-auth-token": token}).status_code

    assert (200, 401) == (inside, outside)


def test_asking_for_the_token_where_nothing_looked(client: Client) -> None:
    """That is an error, and not None."""
    with pytest.raises(ConfigurationError, match="@require_cognito"):
        client.get("/careless")


async def _get(path: str, headers: dict[str, str] | None = None) -> Any:
    return await AsyncClient().get(path, headers=headers)


def test_asynchronous_requests(
    admin: dict[str, str], user: dict[str, str], mint: TokenMint
) -> None:
    """Under ASGI the same views give the same answers."""

    async def ask_all() -> list[int]:
        return [
            (await _get(path, headers)).status_code
            for path in ("/async", "/bare", "/async-class", "/rest/tasks")
            for headers in (admin, user, {})
        ]

    assert [200, 403, 401, 200, 200, 401, 200, 200, 401, 200, 403, 401] == asyncio.run(ask_all())
    assert ["jane"] == asyncio.run(_get("/async", admin)).json()


def test_an_asynchronous_verifier(
    async_verifier: AsyncCognitoVerifier[AccessToken], admin: dict[str, str], client: Client
) -> None:
    """It does for asynchronous views; for others the error says what does for both."""
    with with_settings(COGNITO_VERIFIER=async_verifier):
        assert 200 == asyncio.run(_get("/async", admin)).status_code
        with pytest.raises(ConfigurationError, match="CognitoVerifier"):
            client.get("/bare", headers=admin)


@pytest.mark.parametrize("is_async", [False, True])
def test_the_middleware(
    client: Client, mint: TokenMint, user: dict[str, str], bearer: Bearer, is_async: bool
) -> None:
    """With the middleware every view finds the user of a token, and a bad token gets nowhere."""

    def get(path: str, headers: dict[str, str] | None = None) -> Any:
        return asyncio.run(_get(path, headers)) if is_async else client.get(path, headers=headers)

    with WITH_MIDDLEWARE:
        assert b"CognitoUser" == get("/public", user).content
        assert b"no user" == get("/public").content
        assert mint.sub("joe").encode() in get("/careless", user).content
        assert b"None" == get("/careless").content
        assert 401 == get("/public", bearer("garbage")).status_code
        assert 401 == get("/bare").status_code
        assert 200 == get("/bare", user).status_code


def test_a_token_is_verified_once_a_request(
    counting: CountingVerifier,
    async_counting: AsyncCountingVerifier,
    admin: dict[str, str],
    client: Client,
) -> None:
    """Middleware, decorator and REST framework may each look at a request: one verification."""
    with WITH_MIDDLEWARE, override_settings(COGNITO_VERIFIER=counting):
        assert 200 == client.get("/bare", headers=admin).status_code
        assert 1 == counting.calls
        assert 200 == client.get("/rest/both", headers=admin).status_code
        assert 2 == counting.calls
    with WITH_MIDDLEWARE, override_settings(COGNITO_VERIFIER=async_counting):
        assert 200 == asyncio.run(_get("/async", admin)).status_code
        assert 1 == async_counting.calls


def test_what_is_no_token_is_not_taken_for_one(failing: Client, user: dict[str, str]) -> None:
    """A verifier that gives back anything but a token is a mistake, and lets nobody in."""

    class Careless:
        def verify(self, raw: str, /) -> Any:
            return {"sub": raw}

    with with_settings(COGNITO_VERIFIER=Careless()):
        assert 500 == failing.get("/bare", headers=user).status_code


def test_a_mistake_of_the_project_s_own(client: Client, user: dict[str, str]) -> None:
    """What is not the client's fault is raised."""

    class Misconfigured:
        def verify(self, raw: str, /) -> AccessToken:
            raise ConfigurationError("The file is gone.")

    with with_settings(COGNITO_VERIFIER=Misconfigured()):
        with pytest.raises(ConfigurationError, match="The file is gone"):
            client.get("/bare", headers=user)
        with pytest.raises(ConfigurationError, match="The file is gone"):
            asyncio.run(_get("/async", user))


@pytest.mark.parametrize("path", ["/broken", "/broken-async"])
def test_django_s_report_of_an_error(failing: Client, user: dict[str, str], path: str) -> None:
    """Shows the request's META and each frame's variables, as the mail to ADMINS does, and no token."""

    class Misconfigured:
        def verify(self, raw: str, /) -> AccessToken:
            del raw
            raise ConfigurationError("The file is gone.")

    class Careless:
        def verify(self, raw: str, /) -> Any:
            return len(raw)

    signature = user["Authorization"].rpartition(".")[2]
    reports = []
    with override_settings(DEBUG=True):
        reports.append(failing.get(path, headers=user).content.decode())
        for verifier in Misconfigured(), Careless():
            with with_settings(COGNITO_VERIFIER=verifier):
                reports.append(failing.get(path, headers=user).content.decode())

    for report, expected in zip(
        reports, ("LookupError", "The file is gone.", "must return a verified token"), strict=True
    ):
        assert expected in report
        assert "HTTP_AUTHORIZATION" in report
        assert signature not in report


def test_what_others_see_of_a_view() -> None:
    """Name and docstring are the view's own, and so is the function beneath."""
    from tests.frameworks import django_project

    assert "bare" == django_project.bare.__name__
    assert "For anyone who signed in." == django_project.bare.__doc__
    assert inspect.iscoroutinefunction(django_project.asynchronous)


@pytest.mark.parametrize("view", [dict, "admin", ["admin"], 1])
def test_what_is_no_view(view: Any) -> None:
    """A class, or an argument without its name, is an error that says what to write."""
    from cognitokit.django import require_cognito

    with pytest.raises(ConfigurationError, match="groups="):
        require_cognito(view)


def test_rest_framework(
    client: Client, mint: TokenMint, admin: dict[str, str], user: dict[str, str], bearer: Bearer
) -> None:
    """REST framework's views know user and token, and answer refusals with status and challenge."""
    good = client.get("/rest/tasks", headers=admin)
    answers = {
        "missing": client.get("/rest/tasks"),
        "bad": client.get("/rest/tasks", headers=bearer("garbage")),
        "lacking": client.get("/rest/tasks", headers=user),
        "twice": client.get("/rest/tasks", headers={"Authorization": "Bearer a, Bearer b"}),
    }

    assert ["jane", mint.sub("jane")] == good.json()
    assert {
        "missing": (401, "Bearer"),
        "bad": (401, 'Bearer error="invalid_token"'),
        "lacking": (403, 'Bearer error="insufficient_scope", scope="tasks/read"'),
        "twice": (400, 'Bearer error="invalid_request"'),
    } == {name: (r.status_code, r.headers["WWW-Authenticate"]) for name, r in answers.items()}
    assert {"detail": "The token is not accepted."} == answers["bad"].json()
    assert "joe" == client.get("/rest/function", headers=user).json()
    assert "joe" == client.get("/rest/both", headers=user).json()
    assert [401, 401] == [client.get(f"/rest/{n}").status_code for n in ("function", "both")]


def test_permissions_can_be_combined(
    client: Client, admin: dict[str, str], user: dict[str, str]
) -> None:
    """They stand beside others with or, and and not."""
    either = [
        client.get("/rest/either", headers=admin).status_code,
        client.get("/rest/either", headers=user).status_code,
        client.head("/rest/either", headers=user).status_code,
    ]
    neither = [client.get("/rest/neither", headers=h).status_code for h in (admin, user, {})]

    assert [200, 403, 200] == either
    assert [403, 200, 401] == neither


def test_a_permission_without_our_authentication(client: Client, user: dict[str, str]) -> None:
    """A permission is about a verified token: who came in another way does not have it."""
    from rest_framework.test import APIRequestFactory, force_authenticate

    from tests.frameworks.django_project import Tasks

    request = APIRequestFactory().get("/")
    force_authenticate(request, user=object(), token="something else")  # type: ignore[arg-type]

    assert 403 == Tasks.as_view()(request).status_code


def test_requests_without_a_token_are_left_to_others(client: Client) -> None:
    """Where a view demands nothing, it is reached without a token, and not with a bad one."""
    assert 405 == client.put("/rest/anonymous").status_code
    assert 401 == client.put("/rest/anonymous", headers={"Authorization": "Bearer x"}).status_code


@pytest.fixture
def users() -> Iterator[Any]:
    """The project's own users, in a database."""
    from django.contrib.auth import get_user_model

    call_command("migrate", verbosity=0)
    yield get_user_model()
    call_command("flush", verbosity=0, interactive=False)


def test_users_of_the_project_s_own(
    client: Client, users: Any, mint: TokenMint, user: dict[str, str], bearer: Bearer
) -> None:
    """The hook finds or makes a user by pool and sub, whatever form of issuer the token names."""

    def load(token: AccessToken) -> Any:
        pool, sub = user_key(token)
        found, _ = users.objects.get_or_create(
            username=f"{pool}/{sub}", defaults={"first_name": token.username}
        )
        return found if found.is_active else None

    updated = TokenMint(mint.pool, client_id=mint.client_id, issuer_form="UPDATED")
    with override_settings(COGNITO_USER_LOADER=load):
        first = client.get("/bare", headers=user).json()
        second = client.get("/rest/function", headers=bearer(updated.access_token("joe"))).json()
        made = list(users.objects.values_list("first_name", flat=True))
        users.objects.update(is_active=False)
        plain = client.get("/bare", headers=user)
        rest = client.get("/rest/function", headers=user)

    assert [f"{mint.pool.id}/{mint.sub('joe')}", "User", mint.sub("joe")] == first
    assert first[0] == second
    assert ["joe"] == made
    assert (401, 401) == (plain.status_code, rest.status_code)
    assert 'Bearer error="invalid_token"' == rest.headers["WWW-Authenticate"]


def test_users_of_the_project_s_own_in_asynchronous_views(user: dict[str, str]) -> None:
    """The hook, which may ask a database, runs outside the event loop."""
    import threading

    threads = list[int]()

    def load(token: AccessToken) -> CognitoUser:
        threads.append(threading.get_ident())
        return CognitoUser(token)

    async def ask() -> tuple[int, int]:
        with override_settings(COGNITO_USER_LOADER=load):
            return (await _get("/async-class", user)).status_code, threading.get_ident()

    status, loop = asyncio.run(ask())

    assert 200 == status
    assert 1 == len(threads)
    assert loop not in threads


def test_the_stateless_user(mint: TokenMint, verifier: CognitoVerifier[AccessToken]) -> None:
    """A user without a row in a database has an id, a name and no permissions of Django's."""
    ids = CognitoVerifier(mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks)
    user = CognitoUser(verifier.verify(mint.access_token("jane")))
    again = CognitoUser(ids.verify(mint.id_token("jane")))
    unverified = CognitoUser(ids.verify(mint.id_token("jane", email_verified=False)))
    machine = CognitoUser(verifier.verify(mint.machine_token(["a/b"])))

    assert (mint.sub("jane"), mint.sub("jane"), "jane") == (user.pk, user.id, user.username)
    assert ("jane", ("jane",), "jane") == (user.get_username(), user.natural_key(), str(user))
    assert (True, False, True, False, False) == (
        user.is_authenticated, user.is_anonymous, user.is_active, user.is_staff, user.is_superuser,
    )  # fmt: skip
    assert [False, False, False, True] == [
        user.has_perm("x"), user.has_module_perms("x"), user.has_perms(["x"]), user.has_perms([]),
    ]  # fmt: skip
    assert ("", "jane@example.com", "") == (user.email, again.email, unverified.email)
    assert user == again
    assert 1 == len({user, again})
    assert user != machine
    assert user != "jane"
    assert mint.client_id == machine.username
    assert f"CognitoUser({mint.sub('jane')!r})" == repr(user)


def test_settings_make_a_verifier(mint: TokenMint, user: dict[str, str], client: Client) -> None:
    """Without a verifier one is made of the settings, under our names and the aliases."""
    with (
        mint.serve() as server,
        with_settings(
            COGNITO_TOKEN_USE="access",
            AWS_COGNITO_USER_POOL_ID=mint.pool.id,
            COGNITO_CLIENT_ID=mint.client_id,
            COGNITO_JWKS_URI=server.pool.jwks_uri,
            COGNITO_ALLOW_HTTP=True,
            COGNITO_ISSUERS=list(mint.pool.issuers),
        ),
    ):
        assert 200 == client.get("/bare", headers=user).status_code
        assert (
            401
            == client.get(
                "/bare", headers={"Authorization": f"Bearer {mint.id_token()}"}
            ).status_code
        )


@pytest.mark.parametrize(
    "changed, named",
    [
        ({}, "COGNITO_TOKEN_USE"),
        (
            {
                "COGNITO_TOKEN_USE": "refresh",
                "COGNITO_USER_POOL_ID": "eu-west-1_A",
                "COGNITO_CLIENT_ID": "x",
            },
            "token_use",
        ),
        ({"COGNITO_TOKEN_USE": None, "COGNITO_CLIENT_ID": "x"}, "COGNITO_USER_POOL_ID"),
        ({"COGNITO_VERIFIER": "no.such.module"}, "COGNITO_VERIFIER"),
        ({"COGNITO_VERIFIER": 1}, "COGNITO_VERIFIER"),
        ({"COGNITO_VERIFIER": NoKeys(), "COGNITO_USER_LOADER": 1}, "COGNITO_USER_LOADER"),
        ({"COGNITO_VERIFIER": NoKeys(), "COGNITO_USER_LOADER": "no.such"}, "COGNITO_USER_LOADER"),
        ({"COGNITO_VERIFIER": NoKeys(), "COGNITO_HEADER": "a b"}, "header"),
    ],
)
def test_settings_that_are_wrong(changed: dict[str, Any], named: str) -> None:
    """What is missing or wrong is named when Django starts, where it is an installed application."""
    from django.apps import apps

    with with_settings(**changed), pytest.raises(ConfigurationError, match=named):
        apps.get_app_config("cognitokit").ready()


def test_settings_by_dotted_path(mint: TokenMint) -> None:
    """A verifier and a loader can be named by their paths."""
    with with_settings(
        COGNITO_VERIFIER="tests.frameworks.test_django.DOTTED",
        COGNITO_USER_LOADER="cognitokit.django.CognitoUser",
    ):
        made = setup()

    assert isinstance(made.verifier, NoKeys)
    assert made.load_user is CognitoUser


DOTTED = NoKeys()


@pytest.mark.parametrize("server", ["wsgi", "asgi"])
def test_really_served(mint: TokenMint, server: str) -> None:
    """On a server two headers are refused, and one is accepted in any letters."""
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    good = f"Bearer {mint.access_token(scopes=['tasks/read'])}"
    serving = (
        by_waitress(get_wsgi_application())
        if server == "wsgi"
        else by_uvicorn(get_asgi_application())
    )

    with serving as port:
        for path in ("/bare", "/async", "/rest/tasks"):
            statuses = [
                ask(port, path, *lines).status
                for lines in (
                    [f"Authorization: {good}"],
                    [f"authorization: {good.lower()[:6]}{good[6:]}"],
                    [f"Authorization: {good}", "Authorization: Bearer a.b.c"],
                    ["Authorization: Bearer a.b.c", f"Authorization: {good}"],
                    [],
                )
            ]

            assert [200, 200, 400, 400, 401] == statuses


@pytest.mark.parametrize("path", ["/bare", "/async", "/rest/tasks"])
def test_requests_that_let_nobody_in(mint: TokenMint, path: str) -> None:
    """Headers, schemes and places that carry no one token are refused on a server, and the answer has nothing of them."""
    from django.core.wsgi import get_wsgi_application

    good = mint.access_token(scopes=["tasks/read"])

    with by_waitress(get_wsgi_application()) as port:
        assert [] == answers_to_bad_requests(port, path, good)
        assert 200 == with_token(port, path, good).status


@pytest.mark.parametrize("groups", GROUPS, ids=repr)
@pytest.mark.parametrize("path", ["/admin", "/class", "/rest/either"])
def test_groups_that_are_none(
    client: Client, mint: TokenMint, bearer: Bearer, path: str, groups: Any
) -> None:
    """A group counts if it is in a list of strings, as a whole; a claim of another type grants nothing."""
    bad = mint.access_token(claims={"cognito:groups": groups})
    good = mint.access_token(groups=["admin"])

    assert 403 == client.get(path, headers=bearer(bad)).status_code
    assert 200 == client.get(path, headers=bearer(good)).status_code


def test_the_testing_kit_signs_djangos_client_in(mint: TokenMint) -> None:
    """Within the context every request of Django's test client carries a token, bodies included; after it none does."""
    client = Client()

    with as_cognito_user(client, "jane", mint=mint, groups=["admin"]):
        assert b"jane" in client.get("/bare").content
        assert 200 == client.post("/class", {"a": 1}, content_type="application/json").status_code
    assert 401 == client.get("/bare").status_code
    assert_rejects_bad_tokens(
        client, "/class", mint=mint, groups=["admin"], method="POST", json={"a": 1}
    )
