"""The whole login against the embedded pool: its authorize page, and its sign-in with a password."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from cognitokit import AsyncManagedLogin, CognitoVerifier, ManagedLogin
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.testing import LocalPool
from tests.oauth.browser import sign_in
from tests.weblogin.stage import CALLBACK, KEY, SITE, App

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    """A pool with users and an app client for managed login."""
    with LocalPool(callback_urls=[CALLBACK]) as running:
        running.add_user("jane", PASSWORD)
        yield running


def verifier(pool: LocalPool) -> Any:
    """A verifier of the pool's access tokens."""
    return CognitoVerifier(pool.pool, client_id=pool.client_id, token_use="access")


def test_managed_login(pool: LocalPool, framework: str) -> None:
    """From a protected page to the pool's form and back, and through logout."""
    is_flask = framework == "flask"
    cls: Any = ManagedLogin if is_flask else AsyncManagedLogin
    module: Any = for_flask if is_flask else for_fastapi
    managed = cls(
        pool.pool,
        domain=pool.url,
        client_id=pool.client_id,
        redirect_uri=CALLBACK,
        logout_uri=f"{SITE}/",
        scopes=["openid", "email"],
    )
    app = App(framework, module.CognitoLogin(managed, cookie_keys=[KEY]), verifier(pool))
    browser = app.browser()
    begun = browser.get(browser.get("/me").location)
    done = browser.get(sign_in(begun.location, "jane", PASSWORD, until=CALLBACK))

    assert (303, "/me") == (done.status, done.location)
    assert "jane" == browser.get("/me").json["user"]
    assert browser.post("/logout").location.startswith(f"{pool.url}/logout?")
    assert 401 == browser.fetch("/me").status


def test_password_form(pool: LocalPool, framework: str) -> None:
    """A temporary password, a new one, and the protected page."""
    pool.add_user(f"tess-{framework}", PASSWORD, temporary=True)
    options: dict[str, Any] = {"cookie_keys": [KEY]}
    login: Any
    if framework == "flask":
        login = for_flask.CognitoPasswordLogin(pool.client(), **options)
    else:
        login = for_fastapi.CognitoPasswordLogin(pool.async_client(), **options)
    browser = App(framework, login, verifier(pool)).browser()
    form = {"username": f"tess-{framework}", "password": PASSWORD, "next": "/me"}

    assert 401 == browser.post("/login", {**form, "password": "wrong"}).status
    assert "/login/challenge" == browser.post("/login", form).location
    done = browser.post("/login/challenge", {"new_password": "An0ther-Passw0rd!"})
    assert (303, "/me") == (done.status, done.location)
    assert f"tess-{framework}" == browser.get("/me").json["user"]
    assert 303 == browser.post("/logout").status
