"""What really served applications answer to requests of which every byte is ours."""

import contextlib
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from fastapi.testclient import TestClient

from cognitokit.fastapi import require_cognito as require_on_fastapi
from cognitokit.testing import (
    TokenMint,
    assert_all_routes_protected,
    assert_rejects_bad_tokens,
)
from tests.frameworks import sample_apps
from tests.frameworks.sample_apps import fastapi_app, flask_app
from tests.frameworks.served import (
    Answer,
    ask,
    by_gunicorn,
    by_uvicorn,
    by_waitress,
    by_werkzeug,
)

Ask = Callable[..., Answer]
Serve = Callable[[TokenMint], contextlib.AbstractContextManager[int]]


@pytest.mark.parametrize("path, groups", [("/me", []), ("/admin", ["admin"])])
def test_every_bad_token_is_refused(mint: TokenMint, path: str, groups: list[str]) -> None:
    """The testing kit's attacks get nowhere, on either framework."""
    assert_rejects_bad_tokens(TestClient(fastapi_app(mint)), path, mint=mint, groups=groups)
    assert_rejects_bad_tokens(flask_app(mint).test_client(), path, mint=mint, groups=groups)


def test_every_route_is_protected(mint: TokenMint) -> None:
    """Nothing answers without a token but what is meant to."""
    documents = ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"]

    assert_all_routes_protected(fastapi_app(mint), public=["/public", *documents])
    assert_all_routes_protected(flask_app(mint), public=["/public", "static"])
    with pytest.raises(AssertionError, match="/public"):
        assert_all_routes_protected(flask_app(mint), public=["static"])


def _by_gunicorn(mint: TokenMint) -> contextlib.AbstractContextManager[int]:
    settings = {
        "COGNITO_USER_POOL_ID": mint.pool.id,
        "COGNITO_CLIENT_ID": mint.client_id,
        sample_apps.JWKS: json.dumps(mint.jwks),
    }
    return by_gunicorn("tests.frameworks.sample_apps:flask_app_from_environment()", settings)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(lambda mint: by_uvicorn(fastapi_app(mint)), id="fastapi-uvicorn"),
        pytest.param(
            _by_gunicorn,
            id="flask-gunicorn",
            marks=[
                pytest.mark.skipif(
                    sys.platform == "win32" or importlib.util.find_spec("gunicorn") is None,
                    reason="gunicorn runs on POSIX systems only",
                )
            ],
        ),
        pytest.param(lambda mint: by_waitress(flask_app(mint)), id="flask-waitress"),
        pytest.param(lambda mint: by_werkzeug(flask_app(mint)), id="flask-werkzeug"),
    ],
)
def served(request: pytest.FixtureRequest, mint: TokenMint) -> Iterator[Ask]:
    """Asks an application that is served for as long as this module's tests run."""
    serve: Serve = request.param
    with serve(mint) as port:
        yield lambda *args, **kwargs: ask(port, *args, **kwargs)


def test_good_and_missing_tokens(served: Ask, mint: TokenMint) -> None:
    """A token lets in, its lack does not, and public routes stay public."""
    user = f"Authorization: Bearer {mint.access_token('jane')}"
    admin = f"Authorization: Bearer {mint.access_token(groups=['admin'])}"

    assert [200, 401, 200] == [
        served(path, *lines).status for path, *lines in (("/me", user), ("/me",), ("/public",))
    ]
    assert "jane" == json.loads(served("/me", user).body)
    assert [200, 403, 401] == [served("/admin", *lines).status for lines in ([admin], [user], [])]
    assert "Bearer" == served("/me").headers["www-authenticate"]


@pytest.mark.parametrize(
    "template",
    [
        "authorization: bearer {token}",
        "AUTHORIZATION: BEARER {token}",
        "Authorization:Bearer {token}",
        "Authorization:   Bearer {token}   ",
    ],
)
def test_the_same_header_in_other_letters(served: Ask, mint: TokenMint, template: str) -> None:
    """Names and schemes are compared without case, and the space around a value does not count."""
    assert 200 == served("/me", template.format(token=mint.access_token())).status


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0)])
@pytest.mark.parametrize(
    "names", [("Authorization", "Authorization"), ("authorization", "AUTHORIZATION")]
)
def test_two_headers(
    served: Ask, mint: TokenMint, order: tuple[int, int], names: tuple[str, str]
) -> None:
    """Of two headers none counts, whichever is good, and be they the same."""
    tokens = [mint.access_token(), "a.b.c"]
    lines = [f"{name}: Bearer {tokens[which]}" for name, which in zip(names, order, strict=True)]

    answer = served("/me", *lines)

    assert 400 == answer.status
    assert 'Bearer error="invalid_request"' == answer.headers["www-authenticate"]


def test_two_headers_of_different_schemes(served: Ask, mint: TokenMint) -> None:
    """Credentials of another scheme beside a token are two headers too."""
    lines = [f"Authorization: Bearer {mint.access_token()}", "Authorization: Basic dTpw"]

    assert 400 == served("/me", *lines).status
    assert 400 == served("/me", *reversed(lines)).status


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer {token},Bearer {token}",
        "Authorization: Bearer {token}, Bearer {token}",
        "Authorization: Bearer {token} {token}",
        "Authorization: Bearer",
        "Authorization: Basic {token}",
        "Authorization: {token}",
        "Authorization: Bearer\t{token}",
        "Authorization: Bearer {token}\xe9",
        "X-Authorization: Bearer {token}",
        "Cookie: token={token}; Authorization={token}",
    ],
)
def test_what_is_not_one_token(served: Ask, mint: TokenMint, line: str) -> None:
    """Nothing but one token after one scheme lets in. A WSGI server shows two headers as one with a comma."""
    answer = served("/me", line.format(token=mint.access_token()))

    assert answer.status in ({401, 400} if "," in line else {401})
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_in_the_query(served: Ask, mint: TokenMint) -> None:
    """A token in the URL is not read, under whatever name."""
    token = mint.access_token()

    for name in ("access_token", "token", "authorization", "Authorization"):
        assert 401 == served(f"/me?{name}={token}").status


@pytest.mark.parametrize(
    "host", ["localhost/public?", "localhost/public#", "localhost/public\\", "public", ""]
)
def test_the_host_decides_nothing(served: Ask, mint: TokenMint, host: str) -> None:
    """A host that makes the URL look like a public one opens no route: protection is the view's own."""
    good = f"Authorization: Bearer {mint.access_token()}"

    assert served("/me", host=host).status in {400, 401}
    assert served("/me", good, host=host).status in {200, 400}


@pytest.mark.parametrize(
    "path", ["//me", "/./me", "/%6de", "/me/", "/public/../me", "/me;x=1", "/ME"]
)
def test_other_ways_to_write_the_path(served: Ask, path: str) -> None:
    """However a path is written, it leads to the protected view, or to none."""
    assert served(path).status in {307, 308, 401, 404}


def test_a_very_long_token(served: Ask) -> None:
    """A token beyond all measure is refused, by the server or by us."""
    assert served("/me", f"Authorization: Bearer {'a' * 20_000}").status in {400, 401, 431}


def test_an_answer_says_nothing_of_the_token(served: Ask, mint: TokenMint) -> None:
    """Headers and body of a refusal hold no part of what was sent."""
    token = mint.access_token(expires_in=0)
    answer = served("/me", f"Authorization: Bearer {token}")

    assert 401 == answer.status
    assert "no-store" == answer.headers["cache-control"]
    shown = f"{answer.headers} {answer.body}"
    assert not [part for part in (*token.split("."), "expired", mint.client_id) if part in shown]


def test_a_misplaced_decorator_keeps_uvicorn_from_serving(mint: TokenMint) -> None:
    """The server ends instead of serving an app one of whose routes lost its protection."""
    app = fastapi_app(mint)

    async def view() -> str:
        return "in"

    app.get("/open")(view)
    with contextlib.suppress(Exception):
        require_on_fastapi(view)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))

    with contextlib.suppress(SystemExit):
        server.run()

    assert not server.started
    assert server.lifespan.should_exit
