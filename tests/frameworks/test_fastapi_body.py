"""FastAPI: nobody's body is read before they are known, and mistakes of the application stay its own."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.testclient import TestClient

from cognitokit import AccessToken, VerifiedToken
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier
from tests.frameworks.verifiers import AsyncCountingVerifier

Bearer = Callable[[str], dict[str, str]]

BROKEN: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
"""A request whose body is no JSON."""


def sent(
    client: TestClient, method: str, path: str, credentials: dict[str, str], **request: Any
) -> int:
    """The status of the answer."""
    together = request.pop("headers", {}) | credentials
    return client.request(method, path, headers=together, **request).status_code


def app_in(where: str, cognito: CognitoAuth[AccessToken]) -> tuple[FastAPI, FastAPI]:
    """An app that is served, and the one with the routes: itself, or one that is mounted at /inner."""
    outer = FastAPI()
    cognito.init_app(outer)
    if where == "itself":
        return outer, outer
    inner = FastAPI()
    outer.mount("/inner", inner)
    if where == "mounted behind middleware":

        @inner.middleware("http")
        async def passing(
            request: Request, call_next: Callable[[Request], Awaitable[Response]]
        ) -> Response:
            return await call_next(request)

    elif where == "mounted with its own":
        cognito.init_app(inner)
    return outer, inner


EVERYWHERE = pytest.mark.parametrize(
    "where", ["itself", "mounted", "mounted behind middleware", "mounted with its own"]
)


@EVERYWHERE
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize("way", ["decorator", "sugar", "dependency", "user"])
def test_authentication_comes_before_the_body_whatever_the_method(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    where: str,
    method: str,
    way: str,
) -> None:
    """Without a token a body that is no JSON gets 401, and with one 422."""
    cognito = CognitoAuth(async_verifier)
    outer, app = app_in(where, cognito)
    user = cognito.user(lambda token: token.username)

    async def view(number: Annotated[int, Body()]) -> int:
        return number

    decorators: dict[str, Callable[..., Any]] = {
        "decorator": cognito.require,
        "sugar": require_cognito,
    }
    demands = {"dependency": [Depends(cognito)], "user": [Depends(user)]}
    guarded = decorators[way](view) if way in decorators else view
    app.api_route("/x", methods=[method], dependencies=demands.get(way))(guarded)
    client, path = TestClient(outer), "/x" if where == "itself" else "/inner/x"
    good = bearer(mint.access_token())

    assert [401, 401] == [
        sent(client, method, path, headers, **BROKEN) for headers in ({}, bearer("garbage"))
    ]
    assert 422 == sent(client, method, path, good, **BROKEN)
    assert 200 == sent(client, method, path, good, json=3)


@EVERYWHERE
def test_an_optional_token_that_is_bad(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer, where: str
) -> None:
    """Where the token is optional a bad one gets 401 before the body is read, and none at all is let in."""
    cognito = CognitoAuth(async_verifier)
    outer, app = app_in(where, cognito)

    @app.post("/x")
    async def view(
        number: Annotated[int, Body()],
        token: Annotated[AccessToken | None, Depends(cognito.optional)],
    ) -> str | None:
        return token.username if token else None

    client, path = TestClient(outer), "/x" if where == "itself" else "/inner/x"
    good = bearer(mint.access_token())

    assert 401 == sent(client, "POST", path, bearer("garbage"), **BROKEN)
    assert [422, 422] == [sent(client, "POST", path, headers, **BROKEN) for headers in ({}, good)]
    assert [200, 200] == [sent(client, "POST", path, headers, json=3) for headers in ({}, good)]
    app.dependency_overrides[cognito] = lambda: None
    assert 422 == sent(client, "POST", path, bearer("garbage"), **BROKEN)


def test_an_app_without_init_app(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Where init_app() was not called FastAPI's order holds: the body is looked at first, and nobody gets in."""
    app, cognito = FastAPI(), CognitoAuth(async_verifier)

    @app.post("/x")
    @cognito.require
    async def view(number: Annotated[int, Body()]) -> int:
        return number

    client = TestClient(app)

    assert 422 == sent(client, "POST", "/x", {}, **BROKEN)
    assert 401 == sent(client, "POST", "/x", {}, json=3)
    assert 200 == sent(client, "POST", "/x", bearer(mint.access_token()), json=3)


@EVERYWHERE
@pytest.mark.parametrize("body", ["json", "form", "file"])
def test_a_mistake_of_the_application_is_no_fault_of_the_body(
    mint: TokenMint, bearer: Bearer, where: str, body: str
) -> None:
    """What the application's own check raises is raised, and reaches its own handlers."""

    def check(token: VerifiedToken) -> bool:
        if token.claims["username"] == "jane":
            raise ZeroDivisionError
        return True

    outer, app = app_in(where, CognitoAuth(mint.async_verifier(check=check)))

    async def of_json(number: Annotated[int, Body()]) -> int:
        return number

    async def of_form(number: Annotated[int, Form()]) -> int:
        return number

    async def of_file(file: UploadFile) -> int:
        return int(await file.read())

    views: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "json": (of_json, {"json": 3}),
        "form": (of_form, {"data": {"number": "3"}}),
        "file": (of_file, {"files": {"file": ("name", b"3")}}),
    }
    view, request = views[body]
    app.post("/x")(require_cognito(view))
    client, path = TestClient(outer), "/x" if where == "itself" else "/inner/x"
    jane, joe = bearer(mint.access_token("jane")), bearer(mint.access_token("joe"))

    assert [200, 401] == [sent(client, "POST", path, headers, **request) for headers in (joe, {})]
    with pytest.raises(ZeroDivisionError):
        sent(client, "POST", path, jane, **request)
    silent = TestClient(outer, raise_server_exceptions=False)
    assert 500 == sent(silent, "POST", path, jane, **request)


def test_a_mistake_of_the_application_reaches_its_handler(mint: TokenMint, bearer: Bearer) -> None:
    """An exception handler of the application answers it, as anywhere else in a view."""

    def check(token: VerifiedToken) -> bool:
        raise ZeroDivisionError

    app = FastAPI()
    CognitoAuth(mint.async_verifier(check=check)).init_app(app)

    @app.exception_handler(ZeroDivisionError)
    async def answer(request: Request, error: ZeroDivisionError) -> JSONResponse:
        return JSONResponse({}, 418)

    @app.post("/x")
    @require_cognito
    async def view(number: Annotated[int, Body()]) -> int:
        return number

    assert 418 == sent(TestClient(app), "POST", "/x", bearer(mint.access_token()), **BROKEN)


def test_an_authenticator_that_nobody_knows_before_a_body(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """@require_cognito that could mean either of two says so for a request with a body as well."""
    app, router = FastAPI(), APIRouter()
    for _ in range(2):
        CognitoAuth(async_verifier).init_app(app)

    @router.post("/x")
    async def view(number: Annotated[int, Body()]) -> int:
        return number

    app.include_router(router, dependencies=[Depends(require_cognito())])

    with pytest.raises(ConfigurationError, match="auth="):
        sent(TestClient(app), "POST", "/x", bearer(mint.access_token()), json=3)


def test_a_response_that_streams_is_not_authenticated_again(
    mint: TokenMint, async_counting: AsyncCountingVerifier, bearer: Bearer
) -> None:
    """What is received while a response is on its way, that the client has gone, costs no second look."""
    app, cognito, gone = FastAPI(), CognitoAuth(async_counting), list[bool]()
    cognito.init_app(app)

    @app.get("/")
    @cognito.require
    async def stream(request: Request) -> StreamingResponse:
        # So that a second look could not go unnoticed.
        request.scope.pop("cognitokit.verified")

        async def numbers() -> AsyncIterator[str]:
            gone.append(await request.is_disconnected())
            yield "1"

        return StreamingResponse(numbers())

    assert "1" == TestClient(app).get("/", headers=bearer(mint.access_token())).text
    assert [False] == gone
    assert 1 == async_counting.calls


@pytest.mark.parametrize("where", ["itself", "mounted"])
def test_caches_are_kept_from_responses_to_a_cookie(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer, where: str
) -> None:
    """Where a cookie was looked at the response, refusals too, says so to caches; others say what the view says."""
    by_cookie, by_header = CognitoAuth(async_verifier, cookie="token"), CognitoAuth(async_verifier)
    outer, app = app_in(where, by_cookie)

    @app.get("/cookie")
    @by_cookie.require
    async def cookie() -> str:
        return "in"

    @app.get("/own")
    @by_cookie.require
    async def own(response: Response) -> str:
        response.headers["Cache-Control"] = "private, max-age=60"
        return "in"

    @app.get("/optional")
    async def optional(
        token: Annotated[AccessToken | None, Depends(by_cookie.optional)],
    ) -> None:
        return None

    @app.get("/header")
    @by_header.require
    async def header() -> str:
        return "in"

    @app.get("/public")
    async def public() -> str:
        return "in"

    client, prefix = TestClient(outer), "" if where == "itself" else "/inner"
    token = mint.access_token()

    def asked(path: str, headers: dict[str, str]) -> tuple[int, str | None, str | None]:
        answer = client.get(prefix + path, headers=headers)
        return (
            answer.status_code,
            answer.headers.get("Vary"),
            answer.headers.get("Cache-Control"),
        )

    cookies = {"Cookie": f"token={token}"}
    assert (200, "Cookie", "private, no-store") == asked("/cookie", cookies)
    assert (200, "Cookie", "private, no-store") == asked("/cookie", bearer(token))
    assert (200, "Cookie", "private, max-age=60") == asked("/own", cookies)
    assert (200, "Cookie", "private, no-store") == asked("/optional", {})
    assert (401, "Cookie", "no-store") == asked("/cookie", {})
    assert (200, None, None) == asked("/header", bearer(token) | cookies)
    assert (200, None, None) == asked("/public", cookies)
