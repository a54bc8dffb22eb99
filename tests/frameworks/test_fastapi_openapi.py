"""FastAPI: what OpenAPI says of protected routes, and what Swagger UI needs to sign in."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

import functools
from typing import Annotated, Any
from weakref import WeakSet

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.openapi.utils import get_openapi
from fastapi.testclient import TestClient

from cognitokit import AccessToken
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, apps, require_cognito
from cognitokit.verifier import AsyncCognitoVerifier
from tests.frameworks.verifiers import NoKeys

# FastAPI 0.124 describes itself through an attribute that pydantic 2.9 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The `__fields__` attribute is deprecated")

DOMAIN = "auth.example.com"


@pytest.fixture
def cognito(async_verifier: AsyncCognitoVerifier[AccessToken]) -> CognitoAuth[AccessToken]:
    """An authenticator that knows where users sign in."""
    return CognitoAuth(
        async_verifier, domain=DOMAIN, scopes={"tasks/read": "Read tasks", "tasks/write": ""}
    )


def described(app: FastAPI, path: str = "/") -> Any:
    """What OpenAPI says of the GET on that path."""
    return app.openapi()["paths"][path]["get"]


def test_each_route_shows_its_scopes(cognito: CognitoAuth[AccessToken]) -> None:
    """The scopes of app, router, route and decorator add up, and other routes do not show them."""
    app = FastAPI()
    cognito.init_app(app)
    router = APIRouter(dependencies=[Security(cognito, scopes=["tasks/read"])])

    @app.get("/plain")
    async def plain(token: Annotated[AccessToken, Depends(cognito)]) -> None:
        return None

    @app.get("/decorated")
    @cognito.require(scopes=["tasks/read"])
    async def decorated() -> None:
        return None

    @app.get("/sugar")
    @require_cognito(scopes=["tasks/read"], groups=["admin"])
    async def sugar(token: AccessToken) -> None:
        return None

    @app.get("/both")
    async def both(
        token: Annotated[
            AccessToken, Security(cognito.require(scopes=["tasks/read"]), scopes=["tasks/write"])
        ],
    ) -> None:
        return None

    @router.get("/router")
    @cognito.require(scopes=["tasks/write"])
    async def in_router() -> None:
        return None

    @app.get("/public")
    async def public() -> None:
        return None

    app.include_router(router)
    shown = {
        path: [{name: sorted(scopes) for name, scopes in each.items()} for each in security]
        for path in ("/plain", "/decorated", "/sugar", "/both", "/router")
        for security in [described(app, path)["security"]]
    }

    assert {
        "/plain": [{"Cognito": []}],
        "/decorated": [{"Cognito": ["tasks/read"]}],
        "/sugar": [{"Cognito": ["tasks/read"]}],
        "/both": [{"Cognito": ["tasks/read", "tasks/write"]}],
        "/router": [{"Cognito": ["tasks/read", "tasks/write"]}],
    } == shown
    assert "security" not in described(app, "/public")
    assert ["Cognito"] == list(app.openapi()["components"]["securitySchemes"])


def test_what_the_decorator_adds_is_not_shown(cognito: CognitoAuth[AccessToken]) -> None:
    """The parameters of the operation are the view's own."""
    app = FastAPI()

    @app.get("/")
    @cognito.require()
    async def home(number: int, token: AccessToken) -> None:
        """Say home."""

    @app.get("/hidden")
    @cognito.require()
    async def hidden(number: int) -> None:
        return None

    assert ["number"] == [each["name"] for each in described(app)["parameters"]]
    assert ["number"] == [each["name"] for each in described(app, "/hidden")["parameters"]]
    assert "Say home." == described(app)["description"]


def test_the_login_by_code(cognito: CognitoAuth[AccessToken]) -> None:
    """With a domain the scheme is the authorization code flow at that domain's endpoints."""
    app = FastAPI()
    app.get("/", dependencies=[Depends(cognito)])(lambda: None)

    assert {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {
                "scopes": {"tasks/read": "Read tasks", "tasks/write": ""},
                "authorizationUrl": "https://auth.example.com/oauth2/authorize",
                "tokenUrl": "https://auth.example.com/oauth2/token",
            }
        },
    } == app.openapi()["components"]["securitySchemes"]["Cognito"]


@pytest.mark.parametrize(
    "options, scheme",
    [
        ({}, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}),
        (
            {"header": "dev-auth-token", "raw_token": True},
            {"type": "apiKey", "in": "header", "name": "dev-auth-token"},
        ),
    ],
)
def test_without_a_domain(
    async_verifier: AsyncCognitoVerifier[AccessToken],
    options: dict[str, Any],
    scheme: dict[str, str],
) -> None:
    """Without one, Authorize takes a pasted token, for the header that is configured."""
    cognito = CognitoAuth(async_verifier, **options)
    app = FastAPI()
    app.get("/", dependencies=[Depends(cognito.optional)])(lambda: None)

    assert {"Cognito": scheme} == app.openapi()["components"]["securitySchemes"]


def test_the_sugar_is_described_by_its_own_app_s_authenticator(
    async_verifier: AsyncCognitoVerifier[AccessToken],
) -> None:
    """Of several authenticators in a process, the one that serves the app describes its routes."""
    apps = dict[str, FastAPI]()
    for name in ("One", "Two"):
        app = apps[name] = FastAPI()
        CognitoAuth(async_verifier, scheme_name=name).init_app(app)

        @app.get("/")
        @require_cognito
        async def home() -> None:
            return None

    for name, app in apps.items():
        assert [{name: []}] == described(app)["security"]


def test_the_sugar_on_an_app_that_nobody_serves() -> None:
    """Such an app lets nobody in; its description says that a token is needed."""
    app = FastAPI()

    @app.get("/")
    @require_cognito
    async def home() -> None:
        return None

    assert 1 == len(described(app)["security"])


def test_the_sugar_where_an_app_describes_itself(
    cognito: CognitoAuth[AccessToken], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that describes itself after all shows the authenticator too, if it is the only one there is."""
    monkeypatch.setattr(apps, "_known", WeakSet())
    app = FastAPI()
    cognito.init_app(app)

    @app.get("/")
    @require_cognito
    async def home() -> None:
        return None

    def schemes() -> Any:
        document = get_openapi(title="", version="", routes=app.routes)
        return document["components"]["securitySchemes"]["Cognito"]["type"]

    only = schemes()
    CognitoAuth(NoKeys()).init_app(other := FastAPI())

    assert ("oauth2", "http") == (only, schemes())
    assert other in apps._known


def test_swagger_s_authorize_button(cognito: CognitoAuth[AccessToken]) -> None:
    """Swagger UI signs in by code and PKCE with the app client that is given."""
    app = FastAPI()
    cognito.init_app(app)
    cognito.enable_swagger_login(app, client_id="1example", scopes=["openid", "tasks/read"])
    client = TestClient(app)

    page = client.get("/docs").text

    assert "oauth2RedirectUrl: window.location.origin + '/docs/oauth2-redirect'" in page
    assert '"clientId": "1example"' in page
    assert '"usePkceWithAuthorizationCodeGrant": true' in page
    assert '"scopes": "openid tasks/read"' in page
    assert 200 == client.get("/docs/oauth2-redirect").status_code


@pytest.mark.parametrize(
    "app",
    [
        FastAPI(docs_url=None),
        FastAPI(swagger_ui_oauth2_redirect_url=None),
        FastAPI(openapi_url=None),
    ],
)
def test_swagger_that_is_not_there(cognito: CognitoAuth[AccessToken], app: FastAPI) -> None:
    """An app without Swagger UI cannot have its login."""
    with pytest.raises(ConfigurationError, match="Swagger UI"):
        cognito.enable_swagger_login(app, client_id="1example")


def test_swagger_without_a_domain(async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """Without a domain there is nowhere to sign in."""
    with pytest.raises(ConfigurationError, match="domain="):
        CognitoAuth(async_verifier).enable_swagger_login(FastAPI(), client_id="1example")


@pytest.mark.parametrize("domain", ["http://auth.example.com", "my-app", "https://", "a b"])
def test_a_domain_that_is_none(
    async_verifier: AsyncCognitoVerifier[AccessToken], domain: str
) -> None:
    """The domain is a domain name, or an https URL."""
    with pytest.raises(ConfigurationError, match="domain"):
        CognitoAuth(async_verifier, domain=domain)


@pytest.mark.parametrize(
    "domain", ["auth.example.com", "https://auth.example.com/", "http://localhost:9000"]
)
def test_a_domain_as_name_or_url(
    async_verifier: AsyncCognitoVerifier[AccessToken], domain: str
) -> None:
    """The twin: a name, a URL, and plain http to loopback are taken."""
    CognitoAuth(async_verifier, domain=domain)


def test_an_openapi_of_the_app_s_own(cognito: CognitoAuth[AccessToken]) -> None:
    """An app that makes its own description is asked for it."""
    app = FastAPI()
    app.openapi = lambda: {"mine": True}  # type: ignore[method-assign]
    cognito.init_app(app)

    assert {"mine": True} == TestClient(app).get("/openapi.json").json()


def test_names_of_callables_that_are_no_functions(
    cognito: CognitoAuth[AccessToken],
) -> None:
    """OpenAPI shows a partial under its function's name and docstring, and an object under its class's."""
    app = FastAPI()

    class Greeter:
        """Greet somebody."""

        async def __call__(self) -> str:
            return "hello"

    async def say(word: str) -> str:
        """Say a word."""
        return word

    app.get("/partial")(cognito.require(functools.partial(say, "hello")))
    app.get("/object")(cognito.require(Greeter()))
    paths = app.openapi()["paths"]

    assert [("Say", "Say a word."), ("Greeter", "Greet somebody.")] == [
        (paths[path]["get"]["summary"], paths[path]["get"]["description"])
        for path in ("/partial", "/object")
    ]


def test_two_security_schemes_of_one_name(
    async_verifier: AsyncCognitoVerifier[AccessToken],
) -> None:
    """Two that differ would show as one, so they are refused; with a name each, both are shown."""

    def served(*authenticators: CognitoAuth[AccessToken]) -> FastAPI:
        app = FastAPI()
        for number, authenticator in enumerate(authenticators):
            authenticator.init_app(app)
            app.get(f"/{number}")(authenticator.require(lambda: "in"))
        return app

    bearer = CognitoAuth(async_verifier)
    alike = CognitoAuth(async_verifier)
    other = CognitoAuth(async_verifier, header="x-token")
    named = CognitoAuth(async_verifier, header="x-token", scheme_name="Partner")

    with pytest.raises(ConfigurationError, match=r"'Cognito'.*scheme_name="):
        served(bearer, other)
    assert {"Cognito"} == set(served(bearer, alike).openapi()["components"]["securitySchemes"])
    assert {"Cognito", "Partner"} == set(
        served(bearer, named).openapi()["components"]["securitySchemes"]
    )
