"""The applications with a login, offline: a pool's domain on loopback stands for Cognito."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import fastapi_app
import flask_app
import pytest
from fastapi.testclient import TestClient
from sqlite_store import SqliteStore

from cognitokit import ManagedLogin
from cognitokit.errors import ConfigurationError
from cognitokit.flask import CognitoLogin
from cognitokit.testing import OAuthServer, TokenMint

SITE = "https://app.example.com"
PAGE = {"Accept": "text/html"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthServer]:
    """The domain, with a user; and the environment that the applications read."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    redirects = {"redirect_uris": [f"{SITE}/callback"], "logout_uris": [f"{SITE}/"]}
    with OAuthServer(mint, rotation=True, retry_grace=10, **redirects) as running:
        running.add_user("jane", "Passw0rd!")
        for name, value in running.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COOKIE_KEY", "made by secrets.token_urlsafe(32) in real life")
        yield running


def test_flask(server: OAuthServer) -> None:
    """From the protected page through the login and back, and out again."""
    browser = flask_app.create_app().test_client()
    asked = browser.get("/account", base_url=SITE, headers=PAGE)
    begun = browser.get(asked.location, base_url=SITE)
    back = browser.get(server.sign_in(begun.location, "jane", "Passw0rd!"))

    assert back.location == "/account"
    assert "Signed in" in browser.get("/account", base_url=SITE).text
    assert browser.get("/api/me", base_url=SITE).json["groups"] == []
    out = browser.post("/logout", base_url=SITE, headers=PAGE)
    assert out.location.startswith(f"{server.url}/logout")
    assert browser.get("/api/me", base_url=SITE).status_code == 401


def test_fastapi(server: OAuthServer) -> None:
    """The same."""
    browser = TestClient(fastapi_app.create_app(), base_url=SITE, follow_redirects=False)
    asked = browser.get("/account", headers=PAGE)
    begun = browser.get(asked.headers["location"])
    back = browser.get(server.sign_in(begun.headers["location"], "jane", "Passw0rd!"))

    assert back.headers["location"] == "/account"
    assert "Signed in" in browser.get("/account").text
    assert browser.get("/api/me").json()["groups"] == []
    out = browser.post("/logout", headers=PAGE)
    assert out.headers["location"].startswith(f"{server.url}/logout")
    assert browser.get("/api/me").status_code == 401


@pytest.mark.usefixtures("server")
def test_password_forms() -> None:
    """The login page is the application's own."""
    flask = flask_app.create_password_app().test_client()
    fastapi = TestClient(fastapi_app.create_password_app(), base_url=SITE)

    assert "Forgot your password?" in flask.get("/login").text
    assert "Forgot your password?" in fastapi.get("/login").text


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("module", [flask_app, fastapi_app])
def test_without_a_key(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what a key is, and how one is made."""
    monkeypatch.delenv("COOKIE_KEY")
    for create in module.create_app, module.create_password_app:
        with pytest.raises(ConfigurationError, match="token_urlsafe"):
            create()


def test_the_store(server: OAuthServer, tmp_path: Path) -> None:
    """Swaps what it compared, gives a value out once, and keeps a whole login."""
    store = SqliteStore(str(tmp_path / "sessions.db"))

    assert store.put("a", "1", expected=None, lifetime=60)
    assert not store.put("a", "2", expected=None, lifetime=60)
    assert not store.put("a", "2", expected="0", lifetime=60)
    assert store.put("a", "2", expected="1", lifetime=60)
    assert store.get("a") == "2"
    assert [store.pop("a"), store.pop("a")] == ["2", None]
    assert store.put("b", "1", expected=None, lifetime=0)
    assert store.get("b") is None
    store.delete("b")

    app = flask_app.Flask("app")
    login = CognitoLogin(ManagedLogin.from_env(), cookie_keys=["k" * 32], store=store)
    flask_app.CognitoAuth(app, login=login)
    flask_app.add_pages(app)
    browser = app.test_client()
    begun = browser.get("/login", base_url=SITE)
    browser.get(server.sign_in(begun.location, "jane", "Passw0rd!"))
    assert browser.get("/api/me", base_url=SITE).status_code == 200
    assert browser.post("/logout", base_url=SITE).status_code == 200
    assert browser.get("/api/me", base_url=SITE).status_code == 401
