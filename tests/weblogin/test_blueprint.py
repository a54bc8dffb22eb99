"""The login's routes beside the application's own, whatever those are called."""

import pytest
from fastapi import FastAPI
from flask import Blueprint, Flask, url_for
from werkzeug.routing import Rule

from cognitokit import CognitoVerifier
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool
from tests.weblogin.stage import KEY, Browser, flask_call

PASSWORD = "Passw0rd!"


def blueprint(name: str) -> Blueprint:
    """A blueprint of the application's own, with a view."""
    made = Blueprint(name, __name__)
    made.add_url_rule("/own", "login", lambda: "own", methods=["GET"])
    return made


def guarded(app: Flask) -> Browser:
    """The application with a login, everything else protected."""
    pool = FakePool()
    pool.add_user("jane", PASSWORD)
    verifier = CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="access", jwks=pool.jwks, clock=pool.now
    )
    login = for_flask.CognitoPasswordLogin(pool.client(), cookie_keys=[KEY], clock=pool.now)
    for_flask.CognitoAuth(app, verifier=verifier, login=login).protect_all()
    return Browser(flask_call(app))


@pytest.mark.parametrize("is_first", [True, False])
def test_a_blueprint_named_cognito(is_first: bool) -> None:
    """Is the application's own and protected like any other; the login has its routes too."""
    app = Flask("x")
    if is_first:
        app.register_blueprint(blueprint("cognito"))
    browser = guarded(app)
    if not is_first:
        app.register_blueprint(blueprint("cognito"))

    assert 401 == browser.fetch("/own").status
    assert 303 == browser.post("/login", {"username": "jane", "password": PASSWORD}).status
    assert "own" == browser.get("/own").text


def test_a_blueprint_of_the_same_name() -> None:
    """Is refused, and the message says what to do."""
    app = Flask("x")
    app.register_blueprint(blueprint("cognitokit"))

    with pytest.raises(ConfigurationError, match=r"named 'cognitokit'.*give yours another"):
        guarded(app)


def test_an_endpoint_that_looks_like_the_login_s() -> None:
    """Is none of the login's routes, and so is not public."""
    app = Flask("x")
    app.add_url_rule("/own", "cognitokit.own", lambda: "own")
    browser = guarded(app)

    assert 401 == browser.fetch("/own").status
    assert 200 == browser.get("/login").status


@pytest.mark.parametrize("is_first", [True, False])
def test_a_route_where_the_login_has_one(is_first: bool) -> None:
    """Is refused, when the login comes or at the first request, since one of the two would be served for both."""
    app = Flask("x")
    if is_first:
        app.get("/login", endpoint="own")(lambda: "own")
        with pytest.raises(ConfigurationError, match=r"route '/login', endpoint 'own'"):
            guarded(app)
        return
    browser = guarded(app)
    app.post("/login/challenge", endpoint="own")(lambda: "own")

    assert 500 == browser.get("/login").status


def test_a_werkzeug_rule_where_the_login_has_a_route() -> None:
    """Is refused too, for one without methods takes them all; beside the login it is let be."""
    beside, there = Flask("x"), Flask("x")
    beside.url_map.add(Rule("/login/help", endpoint="own"))
    there.url_map.add(Rule("/login", endpoint="own"))

    assert 200 == guarded(beside).get("/login").status
    with pytest.raises(ConfigurationError, match=r"route '/login', endpoint 'own'"):
        guarded(there)


def test_routes_beside_those_of_the_login() -> None:
    """Another method, a longer path and a path for everything take nothing away from it."""
    app = Flask("x")
    app.put("/login", endpoint="put")(lambda: "own")
    app.get("/login/help", endpoint="help")(lambda: "own")
    app.get("/<path:path>", endpoint="rest")(lambda path: f"own {path}")
    browser = guarded(app)

    assert "username" in browser.get("/login").text
    assert 303 == browser.post("/login", {"username": "jane", "password": PASSWORD}).status
    assert ["own", "own any/thing"] == [
        browser.get(path).text for path in ("/login/help", "/any/thing")
    ]


def test_links_to_the_login() -> None:
    """Are made from the blueprint's name and the route's."""
    app = Flask("x")
    guarded(app)
    with app.test_request_context():
        linked = [url_for("cognitokit.sign_in"), url_for("cognitokit.logout")]

    pool = FakePool()
    login = for_fastapi.CognitoPasswordLogin(pool.async_client(), cookie_keys=[KEY])
    other = FastAPI()
    login.init_app(other)
    names = ["cognitokit.sign_in", "cognitokit.logout"]

    assert ["/login", "/logout"] == linked
    assert linked == [other.url_path_for(name) for name in names]
