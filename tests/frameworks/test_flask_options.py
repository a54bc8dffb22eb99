"""Flask: OPTIONS requests, which browsers send without a token, run nobody's code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView, View

from cognitokit.flask import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import Permissions

Bearer = Callable[[str], dict[str, str]]

WAYS = ["view", "blueprint", "app", "hook"]


class Stage:
    """An application whose view for GET and OPTIONS notes that it runs."""

    def __init__(self, verifier: Any, way: str) -> None:
        self.ran = list[str]()
        self.app = Flask(__name__, static_folder=None)
        cognito = CognitoAuth(self.app, verifier=verifier)
        blueprint = Blueprint("api", __name__)
        if way == "blueprint":
            cognito.protect(blueprint, groups=["admin"])
        if way == "app":
            cognito.protect_all(groups=["admin"])
        if way == "hook":

            @self.app.before_request
            @require_cognito(groups=["admin"])
            def hook() -> None:
                self.ran.append("hook")

        def view() -> str:
            self.ran.append("view")
            return "secret"

        guarded = require_cognito(groups=["admin"])(view) if way == "view" else view
        blueprint.add_url_rule("/both", "both", guarded, methods=["GET", "OPTIONS"])
        blueprint.add_url_rule("/get", "get", guarded, methods=["GET"])
        self.app.register_blueprint(blueprint)
        self.client = self.app.test_client()


@pytest.mark.parametrize("way", WAYS)
def test_no_view_runs(mint: TokenMint, bearer: Bearer, way: str) -> None:
    """Without a token, with a bad one and with one that lacks the group Flask answers for the view; with a good one the view does."""
    stage = Stage(mint.verifier(), way)
    answers = [
        stage.client.options(path, headers=headers)
        for path in ("/both", "/get")
        for headers in ({}, bearer("garbage"), bearer(mint.access_token()))
    ]

    assert [(200, "", {"GET", "HEAD", "OPTIONS"})] * 6 == [
        (r.status_code, r.text, set(r.allow)) for r in answers
    ]
    assert [] == stage.ran
    assert 401 == stage.client.get("/both").status_code
    assert [] == stage.ran

    admin = bearer(mint.access_token(groups=["admin"]))

    assert "secret" == stage.client.options("/both", headers=admin).text
    assert "view" == stage.ran[-1]
    assert "" == stage.client.options("/get", headers=admin).text


def test_the_options_of_a_class(mint: TokenMint, bearer: Bearer) -> None:
    """A class that answers OPTIONS itself demands a token for it; one that does not leaves it to Flask."""
    app = Flask(__name__, static_folder=None)
    CognitoAuth(app, verifier=mint.verifier())

    class Own(MethodView):
        decorators: ClassVar[Any] = [require_cognito]

        def options(self) -> str:
            return "secret"

    class Stock(MethodView):
        decorators: ClassVar[Any] = [require_cognito]

        def get(self) -> str:
            return "secret"

    class Single(View):
        methods: ClassVar[Any] = ["GET", "OPTIONS"]

        @require_cognito
        def dispatch_request(self) -> str:
            return "secret"

    app.add_url_rule("/own", view_func=Own.as_view("own"))
    app.add_url_rule("/stock", view_func=Stock.as_view("stock"))
    app.add_url_rule("/single", view_func=Single.as_view("single"))
    client = app.test_client()
    token = bearer(mint.access_token())

    assert [(401, False), (200, False), (200, False)] == [
        (answer.status_code, "secret" in answer.text)
        for answer in map(client.options, ("/own", "/stock", "/single"))
    ]
    assert "secret" == client.options("/own", headers=token).text
    assert "secret" == client.options("/single", headers=token).text


def test_optional_authentication(mint: TokenMint, bearer: Bearer) -> None:
    """Nobody may run what is open to nobody; a bad token may not."""
    app = Flask(__name__, static_folder=None)
    CognitoAuth(app, verifier=mint.verifier())
    view = require_cognito(optional=True)(lambda: "public")
    app.add_url_rule("/", "home", view, methods=["OPTIONS"])
    client = app.test_client()

    assert ["public", "public", ""] == [
        client.options("/", headers=headers).text
        for headers in ({}, bearer(mint.access_token()), bearer("garbage"))
    ]


def test_a_hook_where_there_is_no_route(mint: TokenMint, bearer: Bearer) -> None:
    """A check of one's own demands its token there too."""
    app = Flask(__name__, static_folder=None)
    cognito = CognitoAuth(app, verifier=mint.verifier())
    app.before_request(lambda: cognito.authorize(Permissions()))
    client = app.test_client()

    assert 401 == client.options("/nowhere").status_code
    assert 404 == client.options("/nowhere", headers=bearer(mint.access_token())).status_code


def test_the_log(mint: TokenMint, caplog: pytest.LogCaptureFixture) -> None:
    """A preflight is no refusal; what is one is noted."""
    stage = Stage(mint.verifier(), "view")

    with caplog.at_level(logging.INFO, logger="cognitokit"):
        stage.client.options("/both")
        before = [record.message for record in caplog.records if "Refused" in record.message]
        stage.client.get("/both")
        after = [record.message for record in caplog.records if "Refused" in record.message]

    assert [] == before
    assert ["Refused with 401: no_credentials"] == after


@pytest.mark.parametrize("way", ["view", "blueprint", "app"])
def test_flask_cors(mint: TokenMint, way: str) -> None:
    """Flask-CORS adds its headers to the answer to a preflight, and to a refusal."""
    cors = pytest.importorskip("flask_cors", reason="Flask-CORS is not installed")
    stage = Stage(mint.verifier(), way)
    cors.CORS(stage.app, origins=["https://app.example"])
    preflight = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answers = [
        stage.client.options("/both", headers=preflight),
        stage.client.options("/get", headers=preflight),
        stage.client.get("/get", headers={"Origin": "https://app.example"}),
    ]

    assert [200, 200, 401] == [answer.status_code for answer in answers]
    assert ["https://app.example"] * 3 == [
        answer.headers["Access-Control-Allow-Origin"] for answer in answers
    ]
    assert "authorization" == answers[0].headers["Access-Control-Allow-Headers"]
    assert [] == stage.ran
