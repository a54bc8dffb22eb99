"""FastAPI: replacing the authenticator in tests leaves every other check in place."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Security
from fastapi.testclient import TestClient

from cognitokit import AccessToken
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier

MakeToken = Callable[..., AccessToken]


@pytest.fixture
def make_token(mint: TokenMint, verifier: CognitoVerifier[AccessToken]) -> MakeToken:
    """Makes verified tokens."""
    return lambda **claims: verifier.verify(mint.access_token(**claims))


@pytest.fixture
def cognito(async_verifier: AsyncCognitoVerifier[AccessToken]) -> CognitoAuth[AccessToken]:
    """The authenticator."""
    return CognitoAuth(async_verifier)


@pytest.fixture
def app(cognito: CognitoAuth[AccessToken]) -> FastAPI:
    """An app that is protected in every way there is."""
    made = FastAPI()
    cognito.init_app(made)
    router = APIRouter(dependencies=[Depends(cognito.require(groups=["admin"]))])

    @made.get("/me")
    async def me(token: Annotated[AccessToken, Depends(cognito)]) -> str | None:
        return token.username

    @made.post("/sugar")
    @require_cognito(groups=["admin"])
    async def sugar(body: dict[str, int], token: AccessToken) -> str | None:
        return token.username

    @made.get("/decorated")
    @cognito.require(groups=["admin"])
    async def decorated(token: AccessToken) -> str | None:
        return token.username

    @made.get("/scoped")
    async def scoped(
        token: Annotated[
            AccessToken, Security(cognito.require(groups=["admin"]), scopes=["tasks/read"])
        ],
    ) -> str | None:
        return token.username

    @router.get("/router")
    async def in_router(
        token: Annotated[AccessToken | None, Depends(cognito.optional)],
    ) -> str | None:
        return token.username if token else None

    made.include_router(router)
    return made


def statuses(app: FastAPI) -> dict[str, int]:
    """What each route answers to a request without credentials."""
    client = TestClient(app)
    return {
        "/me": client.get("/me").status_code,
        "/sugar": client.post("/sugar", json={"n": 1}).status_code,
        "/decorated": client.get("/decorated").status_code,
        "/scoped": client.get("/scoped").status_code,
        "/router": client.get("/router").status_code,
    }


def test_nothing_overridden(app: FastAPI) -> None:
    """The twin: without an override nobody gets in without a token."""
    assert {401} == set(statuses(app).values())


def test_the_authenticator_alone(
    app: FastAPI, cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """With the authenticator replaced, groups and scopes are still checked, on every kind of route."""
    tokens = {
        "nobody": make_token(),
        "admin": make_token(groups=["admin"]),
        "admin that reads": make_token(groups=["admin"], scopes=["tasks/read"]),
    }
    answers = dict[str, dict[str, int]]()
    for name, token in tokens.items():
        app.dependency_overrides[cognito] = lambda token=token: token
        answers[name] = statuses(app)

    assert {
        "/me": 200,
        "/sugar": 403,
        "/decorated": 403,
        "/scoped": 403,
        "/router": 403,
    } == answers["nobody"]
    assert {
        "/me": 200,
        "/sugar": 200,
        "/decorated": 200,
        "/scoped": 403,
        "/router": 200,
    } == answers["admin"]
    assert {200} == set(answers["admin that reads"].values())


def test_an_override_that_gives_no_token(
    app: FastAPI, cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """An override with something else cannot be checked for groups: the error says how a token is made."""
    client = TestClient(app)
    app.dependency_overrides[cognito] = lambda: {"sub": "x", "cognito:groups": ["admin"]}

    for path in ("/decorated", "/scoped", "/router"):
        with pytest.raises(ConfigurationError, match="TokenMint"):
            client.get(path)
    with pytest.raises(ConfigurationError, match="TokenMint"):
        client.post("/sugar", json={"n": 1})
    app.dependency_overrides[cognito] = lambda: make_token(groups=["admin"], scopes=["tasks/read"])

    assert {200} == set(statuses(app).values())


def test_overrides_with_dependencies_of_their_own(
    app: FastAPI, cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """An override is solved like any dependency: asynchronous, a generator, with parameters."""

    async def user(request: Request) -> AsyncIterator[AccessToken]:
        yield make_token(username=request.headers["X-User"], groups=["admin"])

    app.dependency_overrides[cognito] = user
    client = TestClient(app, headers={"X-User": "joe"})

    assert "joe" == client.get("/me").json()
    assert "joe" == client.post("/sugar", json={"n": 1}).json()
    assert "joe" == client.get("/decorated").json()


def test_a_demand_can_be_overridden_by_an_equal_one(
    app: FastAPI, cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """A demand is replaced by writing it again; others stay, and so does one that names no authenticator."""
    app.dependency_overrides[cognito.require(groups=["admin"])] = lambda: make_token(username="joe")

    answers = statuses(app)

    assert (401, 401, 200, 200) == tuple(
        answers[path] for path in ("/me", "/sugar", "/decorated", "/router")
    )


def test_the_sugar_can_be_overridden_by_itself(app: FastAPI, make_token: MakeToken) -> None:
    """The decorator without the authenticator is equal by value too."""
    app.dependency_overrides[require_cognito(groups=["admin"])] = lambda: make_token(username="joe")

    assert 200 == statuses(app)["/sugar"]
    assert 401 == statuses(app)["/me"]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_optional_authentication(
    cognito: CognitoAuth[AccessToken], make_token: MakeToken, kind: str
) -> None:
    """Replacing the authenticator replaces its optional form as well."""
    app = FastAPI()

    @app.get("/")
    async def home(
        token: Annotated[AccessToken | None, Depends(cognito.optional)],
    ) -> str | None:
        return token.username if token else None

    async def in_loop() -> AccessToken:
        return make_token(username="joe")

    override: Any = in_loop if kind == "async" else lambda: make_token(username="joe")
    before = TestClient(app).get("/").json()
    app.dependency_overrides[cognito] = override

    assert before is None
    assert "joe" == TestClient(app).get("/").json()


def test_overrides_of_what_stands_in_for_the_authenticator(
    cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """Where a route does not name the authenticator, its override is solved like any dependency all the same."""
    app, closed = FastAPI(), list[str]()
    cognito.init_app(app)

    @app.get("/optional")
    async def optional(
        token: Annotated[AccessToken | None, Depends(cognito.optional)],
    ) -> str | None:
        return token.username if token else None

    @app.get("/sugar")
    @require_cognito
    async def sugar(token: AccessToken) -> str | None:
        return token.username

    def name(x_user: Annotated[str, Header()]) -> str:
        return x_user

    def user(name: Annotated[str, Depends(name)]) -> Iterator[AccessToken]:
        yield make_token(username=name)
        closed.append(name)

    app.dependency_overrides[cognito] = user
    client = TestClient(app)

    for path in ("/optional", "/sugar"):
        assert "joe" == client.get(path, headers={"X-User": "joe"}).json()
        assert 422 == client.get(path).status_code
    assert ["joe", "joe"] == closed


def test_an_override_of_another_authenticator(
    cognito: CognitoAuth[AccessToken],
    async_verifier: AsyncCognitoVerifier[AccessToken],
    make_token: MakeToken,
) -> None:
    """Replacing an authenticator that does not serve the app leaves the one that does in place."""
    app, other = FastAPI(), CognitoAuth(async_verifier)
    cognito.init_app(app)

    @app.get("/")
    @require_cognito
    async def home(token: Annotated[AccessToken, Depends(other)]) -> None:
        return None

    app.dependency_overrides[other] = lambda: make_token(username="joe")
    assert 401 == TestClient(app).get("/").status_code
    app.dependency_overrides[cognito] = lambda: make_token(username="joe")

    assert 200 == TestClient(app).get("/").status_code


def test_a_mounted_app_has_overrides_of_its_own(
    cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """As everywhere in FastAPI, a mounted app is overridden on that app."""
    outer, inner = FastAPI(), FastAPI()
    cognito.init_app(outer)

    @inner.get("/")
    @require_cognito
    async def home() -> None:
        return None

    outer.mount("/inner", inner)
    outer.dependency_overrides[cognito] = make_token
    outer_alone = TestClient(outer).get("/inner/").status_code
    inner.dependency_overrides[cognito] = lambda: make_token(username="joe")

    assert 401 == outer_alone
    assert 200 == TestClient(outer).get("/inner/").status_code


def test_the_body_is_read_where_the_authenticator_is_overridden(
    app: FastAPI, cognito: CognitoAuth[AccessToken], make_token: MakeToken
) -> None:
    """Authentication before the body goes by the overrides as well."""
    app.dependency_overrides[cognito] = lambda: make_token(groups=["admin"])
    client = TestClient(app)

    assert 200 == client.post("/sugar", json={"n": 1}).status_code
    assert 422 == client.post("/sugar", json={"n": "x"}).status_code
    app.dependency_overrides.clear()
    assert 401 == client.post("/sugar", json={"n": "x"}).status_code
