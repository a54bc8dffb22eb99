"""Managed login and machine-to-machine against the embedded pool, another's implementation."""

import dataclasses
import importlib.util
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cognitokit.errors import LoginError, OAuthError
from cognitokit.oauth.aio import AsyncManagedLogin
from cognitokit.oauth.auth import BearerAuth
from cognitokit.oauth.client import ManagedLogin
from cognitokit.oauth.credentials import ClientCredentials
from cognitokit.testing import LocalPool
from cognitokit.verifier import CognitoVerifier
from tests.oauth.browser import sign_in
from tests.oauth.stage import CALLBACK, SHELLS, Driven, shells

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    """A pool with a user and an app client for managed login."""
    with LocalPool(callback_urls=[CALLBACK]) as running:
        running.add_user("jane", PASSWORD)
        yield running


def login_of(pool: LocalPool, shell: str = "sync", **options: Any) -> Driven:
    """An application of that pool."""
    cls, runner = SHELLS[shell]
    settings: dict[str, Any] = {
        "domain": pool.url,
        "client_id": pool.client_id,
        "redirect_uri": CALLBACK,
        "scopes": ["openid", "email"],
    }
    return Driven(cls(pool.pool, **{**settings, **options}), runner)


@shells
def test_a_login(pool: LocalPool, shell: str) -> None:
    """Code, PKCE, state and nonce are what another server understands, and its tokens verify."""
    login = login_of(pool, shell)
    request = login.begin("/tasks", login_hint="jane")
    callback = sign_in(request.url, "jane", PASSWORD, until=CALLBACK)
    done = login.complete(callback, request.login_state)

    assert "jane" == done.access_token.username
    assert done.id_token is not None
    assert request.login_state.nonce == done.id_token.nonce
    assert "jane@example.com" == done.id_token.email
    assert {"openid", "email"} <= done.access_token.scopes
    info = login.user_info(done)
    assert ("jane@example.com", True) == (info.email, info.email_verified)
    again = login.refresh(done)
    assert done.access_token.sub == again.access_token.sub
    assert done.tokens.access_token != again.tokens.access_token


@shells
def test_a_code_is_bound_to_its_verifier(pool: LocalPool, shell: str) -> None:
    """Another verifier is refused by the server itself, and a used code too."""
    login = login_of(pool, shell)
    request, other = login.begin(), login.begin()
    callback = sign_in(request.url, "jane", PASSWORD, until=CALLBACK)
    mixed = dataclasses.replace(request.login_state, code_verifier=other.login_state.code_verifier)

    with pytest.raises(LoginError) as wrong_verifier:
        login.complete(callback, mixed)
    assert "invalid_grant" == wrong_verifier.value.code
    login.complete(callback, request.login_state)
    with pytest.raises(LoginError) as replay:
        login.complete(callback, request.login_state)
    assert "invalid_grant" == replay.value.code


@pytest.mark.parametrize("authentication", ["basic", "body"])
def test_a_confidential_client(pool: LocalPool, authentication: str) -> None:
    """A secret is accepted as HTTP Basic and in the body; a wrong one is refused."""
    client = pool.add_app_client(secret=True)
    options = {"client_id": client.id, "client_authentication": authentication}
    login = login_of(pool, **options, client_secret=client.secret)
    request = login.begin()
    callback = sign_in(request.url, "jane", PASSWORD, until=CALLBACK)
    wrong = login_of(pool, **options, client_secret="wrong" * 6)

    with pytest.raises(LoginError) as caught:
        wrong.complete(callback, request.login_state)
    assert "invalid_client" == caught.value.code
    done = login.complete(callback, request.login_state)
    assert "jane" == done.access_token.username


def test_a_scope_that_the_client_may_not_have(pool: LocalPool) -> None:
    """The server's refusal comes in the callback, with our state."""
    login = login_of(pool, scopes=["openid", "phone"])
    request = login.begin()
    answer = httpx.get(request.url)

    with pytest.raises(LoginError) as caught:
        login.complete(answer.headers["location"], request.login_state)
    assert "provider" == caught.value.reason


def test_logout(pool: LocalPool) -> None:
    """The logout URL leads to the sign-out URL that is registered."""
    client = pool.add_app_client(LogoutURLs=["http://localhost:8000/bye"])
    login = login_of(pool, client_id=client.id, logout_uri="http://localhost:8000/bye")
    answer = httpx.get(login.login.logout_url())

    assert 302 == answer.status_code
    assert "http://localhost:8000/bye" == answer.headers["location"]


def test_from_env(pool: LocalPool) -> None:
    """The pool's environment and the two addresses of a login make both kinds of object."""
    environ = {**pool.environ, "COGNITO_DOMAIN": pool.url, "COGNITO_REDIRECT_URI": CALLBACK}
    url, _ = ManagedLogin.from_env(environ).begin()

    assert urlsplit(pool.url).netloc == urlsplit(url).netloc
    assert pool.client_id == AsyncManagedLogin.from_env(environ).client_id


def test_machine_to_machine(pool: LocalPool) -> None:
    """A machine's token verifies, is kept, and opens an API; a wrong scope is refused."""
    pool.cognito.create_resource_server(
        UserPoolId=pool.pool.id,
        Identifier="tasks",
        Name="tasks",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read tasks"}],
    )
    client = pool.add_app_client(
        secret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["tasks/read"],
        CallbackURLs=[],
    )
    assert client.secret is not None
    options: dict[str, Any] = {
        "domain": pool.url,
        "client_id": client.id,
        "client_secret": client.secret,
    }
    credentials = ClientCredentials(pool.pool, scopes=["tasks/read"], **options)
    verifier = CognitoVerifier(
        pool.pool, client_id=client.id, token_use="access", scopes=["tasks/read"]
    )

    def api(request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        return httpx.Response(200, json={"client": verifier.verify(token).client_id})

    auth = BearerAuth(credentials, origins="https://api.example.com")
    with httpx.Client(transport=httpx.MockTransport(api), auth=auth) as http:
        answer = http.get("https://api.example.com/tasks")

    assert {"client": client.id} == answer.json()
    assert credentials.access_token() == credentials.access_token()
    with pytest.raises(OAuthError) as scope:
        ClientCredentials(pool.pool, scopes=["tasks/admin"], **options).access_token()
    assert "invalid_scope" == scope.value.code
    with pytest.raises(OAuthError) as secret:
        ClientCredentials(pool.pool, **{**options, "client_secret": "x" * 30}).access_token()
    assert "invalid_client" == secret.value.code
