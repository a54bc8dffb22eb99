"""Flask: what is let in, by view, blueprint and application, and what is answered to the rest."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import logging
import threading
import traceback
import typing
import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.views import MethodView, View
from werkzeug.exceptions import HTTPException, Unauthorized

from cognitokit import AccessToken
from cognitokit.errors import ConfigurationError, ExpiredToken
from cognitokit.flask import (
    AccessRefused,
    CognitoAuth,
    current_id_token,
    current_token,
    require_cognito,
)
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier, Permissions
from tests.frameworks.verifiers import CountingVerifier, NoKeys

Bearer = Callable[[str], dict[str, str]]


def app_with(cognito: CognitoAuth, **demands: Any) -> Flask:
    """An application whose one view gives the name of its caller."""
    app = Flask(__name__)
    cognito.init_app(app)

    @app.get("/me")
    @require_cognito(**demands)
    def me() -> dict[str, str | None]:
        return {"user": current_token.username}

    return app


def who() -> str:
    """The name of the caller, in a view that lets everyone in."""
    token: AccessToken | None = current_token
    return token.username or "" if token else "nobody"


@pytest.fixture
def cognito(verifier: CognitoVerifier[AccessToken]) -> CognitoAuth:
    """The extension."""
    return CognitoAuth(verifier=verifier)


@pytest.fixture
def app(cognito: CognitoAuth) -> Flask:
    """An application that it serves."""
    made = Flask(__name__)
    cognito.init_app(made)
    return made


@pytest.fixture
def admin(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in the group "admin"."""
    return bearer(mint.access_token("jane", groups=["admin"], scopes=["tasks/read"]))


@pytest.fixture
def user(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in no group."""
    return bearer(mint.access_token("joe"))


def test_a_good_token_is_let_in(cognito: CognitoAuth, user: dict[str, str]) -> None:
    """The view runs, and finds the verified token in current_token."""
    response = app_with(cognito).test_client().get("/me", headers=user)

    assert 200 == response.status_code
    assert {"user": "joe"} == response.json


@pytest.mark.parametrize(
    "headers, status, challenge",
    [
        ([], 401, "Bearer"),
        ([("Authorization", "")], 401, "Bearer"),
        ([("Authorization", "Basic dTpw")], 401, "Bearer"),
        ([("Authorization", "Bearer")], 401, 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer a b")], 401, 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer a.b.c")], 401, 'Bearer error="invalid_token"'),
        (
            [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
            400,
            'Bearer error="invalid_request"',
        ),
    ],
)
def test_bad_credentials(
    cognito: CognitoAuth, headers: list[tuple[str, str]], status: int, challenge: str
) -> None:
    """Each kind of bad credentials has its status and its challenge (RFC 6750 3.1)."""
    response = app_with(cognito).test_client().get("/me?access_token=a.b.c", headers=headers)

    assert status == response.status_code
    assert challenge == response.headers["WWW-Authenticate"]
    assert {"error", "error_description"} == set(response.get_json())


def test_a_refusal_says_nothing(cognito: CognitoAuth, mint: TokenMint, bearer: Bearer) -> None:
    """An expired token, another client's and garbage get the same answer to the last byte."""
    client = app_with(cognito).test_client()
    tokens = [
        mint.access_token(expires_in=-1),
        mint.access_token(client_id="other"),
        mint.id_token(),
        "garbage",
    ]

    answers = [client.get("/me", headers=bearer(token)) for token in tokens]

    assert {(401, "The token is not accepted.")} == {
        (answer.status_code, answer.get_json()["error_description"]) for answer in answers
    }
    assert 1 == len({(answer.data, tuple(answer.headers)) for answer in answers})


def test_an_outage_is_not_the_token_s_fault(user: dict[str, str]) -> None:
    """Where the keys cannot be had the answer is 503, with the time to come back."""
    response = app_with(CognitoAuth(verifier=NoKeys())).test_client().get("/me", headers=user)

    assert 503 == response.status_code
    assert "7" == response.headers["Retry-After"]
    assert "WWW-Authenticate" not in response.headers


def test_bare_and_with_arguments(app: Flask, admin: dict[str, str], user: dict[str, str]) -> None:
    """The decorator stands bare, with empty parentheses, and with demands."""

    @app.get("/bare")
    @require_cognito
    def bare() -> str:
        return "in"

    @app.get("/empty")
    @require_cognito()
    def empty() -> str:
        return "in"

    @app.get("/group")
    @require_cognito(groups=["admin"])
    def group() -> str:
        return "in"

    @app.get("/scope")
    @require_cognito(scopes=["tasks/read"])
    def scope() -> str:
        return "in"

    client = app.test_client()
    paths = ["/bare", "/empty", "/group", "/scope"]

    assert [200] * 4 == [client.get(path, headers=admin).status_code for path in paths]
    assert [200, 200, 403, 403] == [client.get(path, headers=user).status_code for path in paths]
    assert [401] * 4 == [client.get(path).status_code for path in paths]
    refused = client.get("/scope", headers=user)
    assert (
        'Bearer error="insufficient_scope", scope="tasks/read"'
        == refused.headers["WWW-Authenticate"]
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"cognito:groups": "superadmins"},
        {"cognito:groups": "admin"},
        {"cognito:groups": ["admins", "ADMIN"]},
        {"cognito:groups": [1]},
        {"cognito:groups": None},
        {"cognito:groups": ["admin", 1]},
    ],
)
def test_groups_that_only_look_alike(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer, claims: dict[str, Any]
) -> None:
    """A group counts if it is in a list of strings, as a whole; a claim of another type grants nothing."""
    client = app_with(cognito, groups=["admin"]).test_client()

    assert 403 == client.get("/me", headers=bearer(mint.access_token(claims=claims))).status_code
    assert 200 == client.get("/me", headers=bearer(mint.access_token(groups=["admin"]))).status_code


@pytest.mark.parametrize("scope", ["admin.read", "admins", ["admin"], "xadmin admin2"])
def test_scopes_that_only_look_alike(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer, scope: object
) -> None:
    """A scope counts if it is one of the words of the claim, as a whole."""
    client = app_with(cognito, scopes=["admin"]).test_client()
    headers = bearer(mint.access_token(claims={"scope": scope}))

    assert 403 == client.get("/me", headers=headers).status_code
    assert 200 == client.get("/me", headers=bearer(mint.access_token(scopes=["admin"]))).status_code


def test_asynchronous_views(app: Flask, user: dict[str, str]) -> None:
    """A coroutine view is awaited as Flask would, and finds its token there."""

    @app.get("/<name>")
    @require_cognito
    async def home(name: str) -> str:
        await asyncio.sleep(0)
        return f"{name} {current_token.username}"

    assert "x joe" == app.test_client().get("/x", headers=user).text
    assert 401 == app.test_client().get("/x").status_code


def test_class_based_views(app: Flask, admin: dict[str, str], user: dict[str, str]) -> None:
    """The decorator stands in `decorators`, or on a method of the class."""

    class Whole(MethodView):
        decorators: ClassVar = [require_cognito]

        def get(self, number: int) -> str:
            return f"{number} {current_token.username}"

    class Partly(MethodView):
        def get(self) -> str:
            return "public"

        @require_cognito(groups=["admin"])
        def post(self) -> str:
            return current_token.username or ""

        @require_cognito
        async def put(self) -> str:
            return current_token.username or ""

    app.add_url_rule("/whole/<int:number>", view_func=Whole.as_view("whole"))
    app.add_url_rule("/partly", view_func=Partly.as_view("partly"))
    client = app.test_client()

    assert "7 joe" == client.get("/whole/7", headers=user).text
    assert 401 == client.get("/whole/7").status_code
    assert "public" == client.get("/partly").text
    assert [401, 403, 200] == [
        client.post("/partly", headers=headers).status_code for headers in ({}, user, admin)
    ]
    assert [401, 200] == [
        client.put("/partly", headers=headers).status_code for headers in ({}, user)
    ]


def test_streaming_views(app: Flask, user: dict[str, str]) -> None:
    """A response that streams streams."""

    @app.get("/")
    @require_cognito
    def numbers() -> Response:
        name = current_token.username

        def lines() -> Iterator[str]:
            for number in range(2):
                yield f"{name} {number}\n"

        return Response(lines())

    assert "joe 0\njoe 1\n" == app.test_client().get("/", headers=user).text


def test_a_blueprint(
    app: Flask, cognito: CognitoAuth, admin: dict[str, str], user: dict[str, str]
) -> None:
    """protect() covers every view of a blueprint, and those of blueprints nested in it."""
    outer, inner, other = (Blueprint(name, __name__) for name in ("outer", "inner", "other"))
    for blueprint in (outer, inner, other):
        blueprint.add_url_rule("/", endpoint="home", view_func=lambda: "in")

    @outer.get("/more")
    @require_cognito(scopes=["tasks/write"])
    def more() -> str:
        return "in"

    cognito.protect(outer, groups=["admin"])
    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")
    app.register_blueprint(other, url_prefix="/other")
    client = app.test_client()

    for path in ("/outer/", "/outer/inner/"):
        assert [401, 403, 200] == [
            client.get(path, headers=headers).status_code for headers in ({}, user, admin)
        ]
    assert 403 == client.get("/outer/more", headers=admin).status_code
    assert 200 == client.get("/other/").status_code


def test_a_blueprint_that_is_registered_already(app: Flask, cognito: CognitoAuth) -> None:
    """Protecting a blueprint too late fails instead of doing nothing."""
    blueprint = Blueprint("api", __name__)
    app.register_blueprint(blueprint)

    with pytest.raises(ConfigurationError, match="'api' is registered already"):
        cognito.protect(blueprint)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_whole_application(
    verifier: CognitoVerifier[AccessToken], user: dict[str, str], when: str
) -> None:
    """protect_all() covers every view but those that are named, whenever it is called."""
    cognito, app = CognitoAuth(verifier=verifier), Flask(__name__, static_folder="verifiers")

    def health() -> str:
        return "up"

    if when == "before":
        cognito.protect_all(except_=["static", health])
        cognito.init_app(app)
    app.get("/")(lambda: f"{who()}")
    app.get("/health")(health)
    if when == "after":
        cognito.init_app(app)
        cognito.protect_all(except_=["static", health])
    client = app.test_client()

    assert [401, 200] == [client.get("/", headers=headers).status_code for headers in ({}, user)]
    assert "up" == client.get("/health").text
    assert 404 == client.get("/static/nothing").status_code
    assert 404 == client.get("/nowhere").status_code
    assert 405 == client.post("/").status_code


def test_a_whole_application_with_demands(
    app: Flask, cognito: CognitoAuth, admin: dict[str, str], user: dict[str, str]
) -> None:
    """protect_all() takes the same demands."""
    cognito.protect_all(groups=["admin"])
    app.get("/")(lambda: "in")
    client = app.test_client()

    assert [401, 403, 200] == [
        client.get("/", headers=headers).status_code for headers in ({}, user, admin)
    ]
    assert 401 == client.get("/static/x").status_code


@pytest.mark.parametrize("stale", ["helth", len])
def test_an_exception_that_is_none(app: Flask, cognito: CognitoAuth, stale: Any) -> None:
    """An exception for an endpoint that does not exist is a mistake, and no request is answered."""
    cognito.protect_all(except_=[stale])
    app.get("/health", endpoint="health")(lambda: "up")

    with pytest.raises(ConfigurationError, match="excepts"):
        cognito.audit(app)
    assert 500 == app.test_client().get("/health").status_code


def test_an_exception_of_one_of_two_applications(
    cognito: CognitoAuth, user: dict[str, str]
) -> None:
    """It is public where it is, and does no harm where it is not; with neither it is a mistake."""
    first, second = Flask("first", static_folder=None), Flask("second", static_folder=None)
    first.get("/health", endpoint="health")(lambda: "up")
    for app in (first, second):
        app.get("/", endpoint="home")(lambda: "in")
    cognito.protect_all(except_=["health"])
    cognito.init_app(second)
    with pytest.raises(ConfigurationError, match="excepts 'health'"):
        cognito.audit(second)
    cognito.init_app(first)

    assert 200 == first.test_client().get("/health").status_code
    assert [401, 401] == [app.test_client().get("/").status_code for app in (first, second)]
    assert 200 == second.test_client().get("/", headers=user).status_code


def test_the_exceptions_of_two_extensions(
    app: Flask, verifier: CognitoVerifier[AccessToken], user: dict[str, str]
) -> None:
    """The routes are looked through for each of them."""
    app.get("/health", endpoint="health")(lambda: "up")
    other = CognitoAuth(app, verifier=verifier)
    assert 200 == app.test_client().get("/health").status_code

    other.protect_all(except_=["health"])
    assert 200 == app.test_client().get("/health").status_code
    stale = Flask(__name__)
    CognitoAuth(stale, verifier=verifier)
    CognitoAuth(stale, verifier=verifier).protect_all(except_=["health"])
    assert 500 == stale.test_client().get("/", headers=user).status_code


@pytest.mark.parametrize("other", [{"except_": ["static"], "groups": ["admin"]}, {}])
def test_a_second_rule_for_all(
    app: Flask,
    cognito: CognitoAuth,
    user: dict[str, str],
    admin: dict[str, str],
    other: dict[str, Any],
) -> None:
    """Another one is refused, and the first one stays."""
    app.get("/")(lambda: "in")
    cognito.protect_all(groups=["admin"])

    with pytest.raises(ConfigurationError, match="called before"):
        cognito.protect_all(**other)
    assert [403, 200] == [app.test_client().get("/", headers=h).status_code for h in (user, admin)]


def test_an_application_factory_says_its_rule_again(
    cognito: CognitoAuth, user: dict[str, str]
) -> None:
    """Each application that it makes has the rule; the functions excepted are the latest one's."""

    def create_app() -> Flask:
        app = Flask(__name__)

        def health() -> str:
            return "up"

        app.get("/")(lambda: "in")
        app.get("/health")(health)
        cognito.init_app(app)
        cognito.protect_all(except_=["static", health])
        return app

    for _ in range(2):
        client = create_app().test_client()

        assert "up" == client.get("/health").text
        assert [401, 200] == [client.get("/", headers=h).status_code for h in ({}, user)]


def test_exceptions_are_a_list(cognito: CognitoAuth) -> None:
    """A str would be taken for its letters."""
    with pytest.raises(ConfigurationError, match="except_"):
        cognito.protect_all(except_="static")


def test_optional_authentication(
    app: Flask, cognito: CognitoAuth, user: dict[str, str], bearer: Bearer
) -> None:
    """Those without a token are let in as nobody; those with a bad one are not let in."""
    blueprint = Blueprint("api", __name__)
    cognito.protect(blueprint, optional=True)

    blueprint.get("/blueprint", endpoint="home")(lambda: f"{who()}")
    app.get("/view")(require_cognito(optional=True)(lambda: f"{who()}"))
    app.register_blueprint(blueprint)
    client = app.test_client()

    for path in ("/view", "/blueprint"):
        assert "nobody" == client.get(path).text
        assert "nobody" == client.get(path, headers={"Authorization": "Basic dTpw"}).text
        assert "joe" == client.get(path, headers=user).text
        assert 401 == client.get(path, headers=bearer("garbage")).status_code


def test_current_token_where_nothing_protects(app: Flask) -> None:
    """Reading the token in a view that is not protected is an error that says so, and not None."""

    @app.get("/")
    def home() -> str:
        return str(current_token.username)

    app.testing = True
    with pytest.raises(ConfigurationError, match="@require_cognito"):
        app.test_client().get("/")


def test_current_token_is_the_request_s(
    cognito: CognitoAuth, user: dict[str, str], app: Flask
) -> None:
    """Requests inside one outer application context, which share flask.g, do not share the token."""

    @app.get("/closed")
    @require_cognito
    def closed() -> str:
        g.seen = True
        return current_token.username or ""

    @app.get("/optional")
    @require_cognito(optional=True)
    def optional() -> str:
        return who()

    with app.app_context():
        client = app.test_client()
        first = client.get("/closed", headers=user).text
        second = client.get("/optional").text

    assert ("joe", "nobody") == (first, second)


def test_id_tokens(mint: TokenMint, bearer: Bearer) -> None:
    """With a verifier of id tokens, current_id_token is the token with its type."""
    verifier = CognitoVerifier(mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks)
    app = Flask(__name__)
    CognitoAuth(app, verifier=verifier)

    @app.get("/")
    @require_cognito
    def home() -> dict[str, str | None]:
        return {"email": current_id_token.email}

    client = app.test_client()

    assert {"email": "jane@example.com"} == client.get("/", headers=bearer(mint.id_token())).json
    assert 401 == client.get("/", headers=bearer(mint.access_token())).status_code


def test_a_token_is_verified_once_a_request(
    counting: CountingVerifier, admin: dict[str, str]
) -> None:
    """Application, blueprint and view may each demand a token: one verification a request."""
    cognito, app = CognitoAuth(verifier=counting), Flask(__name__)
    cognito.init_app(app)
    cognito.protect_all()
    blueprint = Blueprint("api", __name__)
    cognito.protect(blueprint, groups=["admin"])

    @blueprint.get("/")
    @require_cognito(scopes=["tasks/read"])
    @require_cognito
    def home() -> str:
        return "in"

    app.register_blueprint(blueprint)

    assert 200 == app.test_client().get("/", headers=admin).status_code
    assert 1 == counting.calls
    assert 200 == app.test_client().get("/", headers=admin).status_code
    assert 2 == counting.calls


@pytest.mark.parametrize(
    "options, headers",
    [
        ({"header": "dev-auth-token", "raw_token": True}, {"dev-auth-token": "{token}"}),
        ({"raw_token": True}, {"Authorization": "{token}"}),
        ({"cookie": "token"}, {"Cookie": "token={token}"}),
    ],
)
def test_other_places_for_the_token(
    verifier: CognitoVerifier[AccessToken],
    mint: TokenMint,
    options: dict[str, Any],
    headers: dict[str, str],
) -> None:
    """Another header, a raw token and a cookie are taken where an option says so, and else are not."""
    token = mint.access_token()
    filled = {name: value.format(token=token) for name, value in headers.items()}

    statuses = [
        app_with(CognitoAuth(verifier=verifier, **each))
        .test_client(use_cookies=False)
        .get("/me", headers=filled)
        .status_code
        for each in (options, {})
    ]

    assert [200, 401] == statuses


def test_header_and_cookie_that_differ(
    verifier: CognitoVerifier[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """Two different tokens in one request are refused, good as they may be."""
    client = app_with(CognitoAuth(verifier=verifier, cookie="token")).test_client(use_cookies=False)
    headers = bearer(mint.access_token()) | {"Cookie": f"token={mint.access_token()}"}

    assert 400 == client.get("/me", headers=headers).status_code


def test_a_cookie_from_another_site(
    verifier: CognitoVerifier[AccessToken], mint: TokenMint
) -> None:
    """A form on another site cannot use the cookie that the browser sends along with it."""
    app = Flask(__name__)
    CognitoAuth(app, verifier=verifier, cookie="token", trusted_origins=["https://app.example"])
    app.post("/pay")(require_cognito(lambda: "paid"))
    client = app.test_client(use_cookies=False)
    cookie = {"Cookie": f"token={mint.access_token()}"}

    assert [403, 403, 200, 200, 200] == [
        client.post("/pay", headers=cookie | more).status_code
        for more in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "http://localhost"},
            {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"},
            {},
        )
    ]


@pytest.mark.parametrize("kind", [401, Unauthorized, AccessRefused, HTTPException])
def test_error_handlers_can_be_replaced(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer, kind: Any
) -> None:
    """Each of Flask's ways to handle errors finds a refusal, with its reason, headers and our error."""
    app = app_with(cognito)

    @app.errorhandler(kind)
    def refused(error: AccessRefused) -> tuple[Response, int, dict[str, str]]:
        body = jsonify(reason=error.reason, kind=type(error.error).__name__)
        return body, 418, error.refusal.headers

    response = app.test_client().get("/me", headers=bearer(mint.access_token(expires_in=-1)))

    assert 418 == response.status_code
    assert {"reason": "expired", "kind": "ExpiredToken"} == response.json
    assert 'Bearer error="invalid_token"' == response.headers["WWW-Authenticate"]


def test_a_blueprint_s_own_error_handler(
    app: Flask, cognito: CognitoAuth, user: dict[str, str]
) -> None:
    """A blueprint may answer in its own way, and the rest of the application as before."""
    blueprint = Blueprint("pages", __name__)
    blueprint.errorhandler(AccessRefused)(lambda error: ("Please sign in.", error.code))
    cognito.protect(blueprint)
    blueprint.get("/page")(lambda: "in")
    app.register_blueprint(blueprint)
    app.get("/api")(require_cognito(lambda: "in"))
    client = app.test_client()

    assert (401, "Please sign in.") == (client.get("/page").status_code, client.get("/page").text)
    assert "unauthorized" == client.get("/api").get_json()["error"]
    assert 200 == client.get("/page", headers=user).status_code


def test_a_refusal_keeps_no_frame_that_held_the_token(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer
) -> None:
    """Error trackers record local variables: none of those that travel with a refusal holds the token."""
    app, kept = app_with(cognito), list[AccessRefused]()

    @app.errorhandler(AccessRefused)
    def refused(error: AccessRefused) -> str:
        kept.append(error)
        frames = list[dict[str, Any]]()
        for exception in (error, error.error):
            traceback = exception and exception.__traceback__
            while traceback:
                if "/cognitokit/" in traceback.tb_frame.f_code.co_filename:
                    frames.append(dict(traceback.tb_frame.f_locals))
                traceback = traceback.tb_next
        return repr(frames)

    token = mint.access_token(expires_in=-1)
    text = app.test_client().get("/me", headers=bearer(token)).text

    assert isinstance(kept[0].error, ExpiredToken)
    assert kept[0].__context__ is None
    assert token.rpartition(".")[2] not in text
    assert "permissions" in text


def test_what_the_environ_shows(cognito: CognitoAuth, user: dict[str, str]) -> None:
    """Who prints a request's environ sees the token in the header alone, which such reports leave out."""
    app, seen = Flask(__name__), list[dict[str, Any]]()
    cognito.init_app(app)

    @app.get("/")
    @require_cognito
    def home() -> str:
        seen.append(dict(request.environ))
        return "in"

    assert 200 == app.test_client().get("/", headers=user).status_code
    signature = user["Authorization"].rpartition(".")[2]
    assert signature in seen[0].pop("HTTP_AUTHORIZATION")
    assert "cognitokit.verified" in seen[0]
    assert signature not in repr(seen)


def test_refusals_are_logged_without_a_secret(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the status, a fixed word for the reason and the claim at fault, and once which routes are public."""
    client = app_with(cognito).test_client()

    with caplog.at_level("INFO", logger="cognitokit"):
        client.get("/me", headers=bearer(mint.access_token(expires_in=0)))
        client.get("/me")
        client.get("/me", headers=bearer(mint.id_token()))

    assert [
        "Public routes: /static/<path:filename>",
        "Refused with 401: expired",
        "Refused with 401: no_credentials",
        "Refused with 401: claim token_use",
    ] == [record.getMessage() for record in caplog.records]


def test_several_applications(
    verifier: CognitoVerifier[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """One extension serves several applications, each with its own verifier, and keeps nothing of them."""
    others = TokenMint("us-east-1_ZyXwVuTsR", client_id="other", own_keys=True)
    cognito = CognitoAuth(verifier=verifier)
    one, two = Flask("one"), Flask("two")
    cognito.init_app(one)
    cognito.init_app(
        two,
        verifier=CognitoVerifier(
            others.pool, client_id="other", token_use="access", jwks=others.jwks
        ),
    )
    for app in (one, two):
        app.get("/")(require_cognito(lambda: current_app.name))
    mine, theirs = bearer(mint.access_token()), bearer(others.access_token())

    assert [200, 401] == [one.test_client().get("/", headers=h).status_code for h in (mine, theirs)]
    assert [401, 200] == [two.test_client().get("/", headers=h).status_code for h in (mine, theirs)]


def test_an_application_is_served_once(app: Flask, cognito: CognitoAuth) -> None:
    """Setting the extension up twice for one application is a mistake."""
    with pytest.raises(ConfigurationError, match="already"):
        cognito.init_app(app)


def test_several_authenticators(
    app: Flask, cognito: CognitoAuth, mint: TokenMint, bearer: Bearer
) -> None:
    """An application may have several; a decorator then says which it means."""
    ids = CognitoAuth(
        app,
        verifier=CognitoVerifier(
            mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks
        ),
    )
    app.get("/access", endpoint="access")(require_cognito(auth=cognito)(lambda: "in"))
    app.get("/id", endpoint="id")(require_cognito(auth=ids)(lambda: "in"))
    app.get("/any", endpoint="any")(require_cognito(lambda: "in"))
    app.testing = True
    client = app.test_client()
    access, id_ = bearer(mint.access_token()), bearer(mint.id_token())

    assert [200, 401] == [client.get("/access", headers=h).status_code for h in (access, id_)]
    assert [401, 200] == [client.get("/id", headers=h).status_code for h in (access, id_)]
    with pytest.raises(ConfigurationError, match="auth="):
        client.get("/any", headers=access)


@pytest.mark.parametrize("named", [False, True])
def test_an_application_that_nobody_serves(
    cognito: CognitoAuth, user: dict[str, str], named: bool
) -> None:
    """Without init_app() nobody gets in: an error that says so, and never a public route."""
    app = Flask(__name__)
    app.get("/")(require_cognito(auth=cognito if named else None)(lambda: "in"))

    assert 500 == app.test_client().get("/", headers=user).status_code
    app.testing = True
    with pytest.raises(ConfigurationError, match="init_app"):
        app.test_client().get("/", headers=user)


@pytest.mark.parametrize("prefix", ["", "AWS_"])
def test_a_verifier_from_the_configuration(mint: TokenMint, bearer: Bearer, prefix: str) -> None:
    """Without a verifier one is made from app.config, under our names and under flask-cognito-lib's."""
    client_name = "COGNITO_USER_POOL_CLIENT_ID" if prefix else "COGNITO_CLIENT_ID"
    cognito = CognitoAuth(token_use="access")
    with mint.serve() as server:
        app = Flask(__name__)
        app.config[f"{prefix}COGNITO_USER_POOL_ID"] = mint.pool.id
        app.config[f"{prefix}{client_name}"] = mint.client_id
        app.config["COGNITO_JWKS_URI"] = server.pool.jwks_uri
        app.config["COGNITO_ISSUERS"] = list(mint.pool.issuers)
        app.config["COGNITO_ALLOW_HTTP"] = True
        cognito.init_app(app)
        app.get("/")(require_cognito(lambda: "in"))
        client = app.test_client()

        assert 200 == client.get("/", headers=bearer(mint.access_token())).status_code
        assert 401 == client.get("/", headers=bearer(mint.id_token())).status_code


@pytest.mark.parametrize(
    "config, named",
    [
        ({}, "COGNITO_CLIENT_ID"),
        ({"COGNITO_CLIENT_ID": "x"}, "COGNITO_USER_POOL_ID"),
        ({"COGNITO_USER_POOL_ID": "eu-west-1_AbCdEfGhI"}, "COGNITO_CLIENT_ID"),
        ({"COGNITO_USER_POOL_ID": "nonsense", "COGNITO_CLIENT_ID": "x"}, "user pool id"),
        ({"COGNITO_USER_POOL_ID": 1, "COGNITO_CLIENT_ID": "x"}, "COGNITO_USER_POOL_ID"),
    ],
)
def test_a_configuration_that_lacks_something(config: dict[str, Any], named: str) -> None:
    """What is missing or wrong is named when the application is made, not at its first request."""
    app = Flask(__name__)
    app.config.update(config)

    with pytest.raises(ConfigurationError, match=named):
        CognitoAuth(app, token_use=None)


def test_options_that_exclude_each_other(
    verifier: CognitoVerifier[AccessToken], async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Neither a verifier nor what to make one of, both of them, or an asynchronous one: each says the cure."""
    with pytest.raises(ConfigurationError, match="token_use="):
        CognitoAuth()
    with pytest.raises(ConfigurationError, match="give it there"):
        CognitoAuth(verifier=verifier, token_use="access")
    with pytest.raises(ConfigurationError, match="CognitoVerifier"):
        CognitoAuth(verifier=async_verifier)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="header"):
        CognitoAuth(verifier=verifier, header="")


def test_what_is_no_token_is_not_taken_for_one(user: dict[str, str]) -> None:
    """A verifier that gives back anything but a token is a mistake, and lets nobody in."""

    class Careless:
        def verify(self, raw: str, /) -> Any:
            return {"sub": raw}

    app = app_with(CognitoAuth(verifier=Careless()))

    assert 500 == app.test_client().get("/me", headers=user).status_code


def test_the_audit(app: Flask, cognito: CognitoAuth) -> None:
    """The audit names every route with its nearest protection, and the public ones."""
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    cognito.protect(outer)
    inner.get("/inner")(lambda: "in")
    outer.get("/outer")(lambda: "in")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)

    class Partly(MethodView):
        def get(self) -> str:
            return "in"

        @require_cognito
        def post(self) -> str:
            return "in"

    class Wholly(MethodView):
        @require_cognito
        def get(self) -> str:
            return "in"

        @require_cognito
        def options(self) -> str:
            return "in"

    app.add_url_rule("/partly", view_func=Partly.as_view("partly"))
    app.add_url_rule("/wholly", view_func=Wholly.as_view("wholly"))
    app.get("/view/<int:number>", endpoint="view")(require_cognito(lambda number: "in"))
    app.get("/open", endpoint="open")(lambda: "in")

    before = {route.rule: route.protection for route in cognito.audit(app)}
    cognito.protect_all(except_=["open"])
    after = {route.rule: route.protection for route in cognito.audit(app)}

    assert {
        "/static/<path:filename>": None,
        "/outer": "blueprint",
        "/inner": "blueprint",
        "/partly": None,
        "/wholly": "view",
        "/view/<int:number>": "view",
        "/open": None,
    } == before
    assert {
        "/static/<path:filename>": "app",
        "/outer": "blueprint",
        "/inner": "blueprint",
        "/partly": "app",
        "/wholly": "view",
        "/view/<int:number>": "view",
        "/open": None,
    } == after
    view = next(route for route in cognito.audit(app) if route.endpoint == "view")
    assert ("GET", "HEAD", "OPTIONS") == view.methods


def test_the_audit_of_what_lets_everyone_in(
    app: Flask, cognito: CognitoAuth, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a token is optional the route is public, and logged as such; one demand among several is enough."""
    optional = require_cognito(optional=True)
    blueprint = Blueprint("api", __name__)
    cognito.protect(blueprint, optional=True)
    blueprint.get("/blueprint", endpoint="blueprint")(lambda: "in")
    blueprint.get("/closed", endpoint="closed")(require_cognito(lambda: "in"))
    app.register_blueprint(blueprint)
    app.get("/optional", endpoint="optional")(optional(lambda: "in"))
    app.get("/inside", endpoint="inside")(optional(require_cognito(lambda: "in")))
    app.get("/outside", endpoint="outside")(require_cognito(optional(lambda: "in")))

    class Single(View):
        @require_cognito
        def dispatch_request(self) -> str:
            return "in"

    class Open(MethodView):
        @require_cognito
        def get(self) -> str:
            return "in"

        def options(self) -> str:
            return "in"

    app.add_url_rule("/single", view_func=Single.as_view("single"))
    app.add_url_rule("/open", view_func=Open.as_view("open"))

    found = {route.rule: route.protection for route in cognito.audit(app)}
    with caplog.at_level("INFO", logger="cognitokit"):
        statuses = {path: app.test_client().get(path).status_code for path in list(found)[1:]}

    assert {
        "/static/<path:filename>": None,
        "/blueprint": None,
        "/closed": "view",
        "/optional": None,
        "/inside": "view",
        "/outside": "view",
        "/single": "view",
        "/open": None,
    } == found
    assert "Public routes: /static/<path:filename> /blueprint /optional /open" in caplog.messages
    assert {
        path: 200 if protection is None and path != "/open" else 401
        for path, protection in list(found.items())[1:]
    } == statuses
    assert "in" == app.test_client().options("/open").text


def test_a_guard_before_a_guard_of_another_route(app: Flask, user: dict[str, str]) -> None:
    """A guarded view may have a second guard for a second route."""
    first = require_cognito(lambda: "in")
    app.get("/first", endpoint="first")(first)
    app.get("/second", endpoint="second")(require_cognito(groups=["admin"])(first))
    client = app.test_client()

    assert [200, 403] == [client.get(p, headers=user).status_code for p in ("/first", "/second")]


def misplaced_on(target: Flask | Blueprint) -> None:
    """Put the decorator above the one that registers the route."""

    @require_cognito
    @target.get("/open")
    def view() -> str:
        return "in"


def test_a_misplaced_decorator_fails_on_the_very_line(app: Flask) -> None:
    """Where the application is known already, the decorator itself raises, and the route stays closed."""
    with pytest.raises(ConfigurationError, match=r"endpoint 'view'.*below"):
        misplaced_on(app)

    assert 500 == app.test_client().get("/open").status_code


@pytest.mark.parametrize("where", ["app", "blueprint", "nested"])
def test_a_misplaced_decorator_closes_the_application(cognito: CognitoAuth, where: str) -> None:
    """Elsewhere no request is answered, not even to other routes, and the error names the view."""
    app, outer, inner = Flask(__name__), Blueprint("outer", __name__), Blueprint("inner", __name__)
    targets: dict[str, Flask | Blueprint] = {"app": app, "blueprint": outer, "nested": inner}
    misplaced_on(targets[where])
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.get("/public", endpoint="public")(lambda: "public")
    cognito.init_app(app)

    assert [500, 500] == [app.test_client().get("/public").status_code for _ in range(2)]
    app.testing = True
    with pytest.raises(ConfigurationError, match="protects view below"):
        app.test_client().get("/public")
    with pytest.raises(ConfigurationError, match="protects view below"):
        cognito.audit(app)


def test_a_misplaced_decorator_above_another_decorator(cognito: CognitoAuth) -> None:
    """It is found through a decorator in between; in the right order the same two protect."""
    right, wrong = Flask(__name__), Flask(__name__)

    def passing(view: Callable[[], str]) -> Callable[[], str]:
        @functools.wraps(view)
        def passed() -> str:
            return view()

        return passed

    @right.get("/")
    @passing
    @require_cognito
    @passing
    def closed() -> str:
        return "in"

    @require_cognito
    @passing
    @wrong.get("/")
    def view() -> str:
        return "in"

    for app in (right, wrong):
        cognito.init_app(app)

    assert [401, 500] == [app.test_client().get("/").status_code for app in (right, wrong)]
    with pytest.raises(ConfigurationError, match="protects view below"):
        cognito.audit(wrong)


def test_what_a_check_raises(mint: TokenMint, user: dict[str, str]) -> None:
    """The exception of the application's own check goes on with its own frames, and none of ours, which hold the token."""

    def check(token: AccessToken) -> bool:
        raise LookupError("the database is gone")

    app = app_with(CognitoAuth(verifier=mint.verifier(check=check)))
    app.testing = True
    raw = user["Authorization"].removeprefix("Bearer ")

    with pytest.raises(LookupError) as info:
        app.test_client().get("/me", headers=user)

    ours = [
        frame
        for frame, _ in traceback.walk_tb(info.value.__traceback__)
        if frame.f_globals["__name__"].startswith("cognitokit.")
    ]
    assert "check" == traceback.extract_tb(info.value.__traceback__)[-1].name
    assert ours
    assert not [frame for frame in ours if any(raw == value for value in frame.f_locals.values())]


def test_caches_keep_users_apart(mint: TokenMint, verifier: CognitoVerifier[AccessToken]) -> None:
    """Where a cookie may carry the token, caches learn so, unless the view says more; else nothing is said."""
    with_cookie = app_with(CognitoAuth(verifier=verifier, cookie="token"))
    without = app_with(CognitoAuth(verifier=verifier))
    for app in (with_cookie, without):
        app.get("/public", endpoint="public")(lambda: "in")

        @app.get("/cached", endpoint="cached")
        @require_cognito(optional=True)
        def cached() -> Response:
            return Response("in", headers={"Cache-Control": "max-age=60", "Vary": "Accept"})

    def says(app: Flask, path: str) -> tuple[int, str | None, str | None]:
        client = app.test_client()
        client.set_cookie("token", mint.access_token())
        answer = client.get(path)
        return answer.status_code, answer.headers.get("Vary"), answer.headers.get("Cache-Control")

    assert [
        (200, "Cookie", "private, no-store"),
        (200, "Accept, Cookie", "max-age=60"),
        (200, None, None),
    ] == [says(with_cookie, path) for path in ("/me", "/cached", "/public")]
    refused = with_cookie.test_client().get("/me")
    assert (401, "Cookie", "no-store") == (
        refused.status_code, refused.headers["Vary"], refused.headers["Cache-Control"],
    )  # fmt: skip
    assert [(401, None, "no-store"), (200, "Accept", "max-age=60")] == [
        says(without, path) for path in ("/me", "/cached")
    ]


def test_no_token_is_not_none(app: Flask) -> None:
    """Where there is none current_token is false and equal to None; being a proxy it is never None itself."""

    @app.get("/")
    @require_cognito(optional=True)
    def home() -> list[bool]:
        return [bool(current_token), current_token == None, current_token is None]  # noqa: E711

    assert [False, True, False] == app.test_client().get("/").json


def test_what_others_see_of_the_view(app: Flask) -> None:
    """Name, docstring and type hints are the view's own, and so is the function beneath."""

    def home(number: int) -> list[int]:
        """Say home."""
        return [number]

    guarded = require_cognito(home)

    assert "home" == guarded.__name__
    assert "Say home." == guarded.__doc__
    assert {"number": int, "return": list[int]} == typing.get_type_hints(guarded)
    assert inspect.signature(home) == inspect.signature(guarded)
    assert home is inspect.unwrap(guarded)


@pytest.mark.parametrize("view", [MethodView, "admin", ["admin"], 1])
def test_what_is_no_view(view: Any) -> None:
    """A class, or an argument without its name, is an error that says what to write."""
    with pytest.raises(ConfigurationError, match="groups="):
        require_cognito(view)


@pytest.mark.parametrize("demands", [{"groups": "admin"}, {"groups": []}, {"scopes": ["a b"]}])
def test_demands_that_cannot_be_met(cognito: CognitoAuth, demands: dict[str, Any]) -> None:
    """A demand that is written wrongly is an error when it is written, not a route that nobody can call."""
    with pytest.raises(ConfigurationError):
        require_cognito(**demands)
    with pytest.raises(ConfigurationError):
        cognito.protect(Blueprint("api", __name__), **demands)
    with pytest.raises(ConfigurationError):
        cognito.protect_all(**demands)


def test_a_check_of_one_s_own(app: Flask, cognito: CognitoAuth, user: dict[str, str]) -> None:
    """authorize() does in any code of a request what the decorator does before a view."""

    @app.before_request
    def only_api() -> None:
        if request.path.startswith("/api/"):
            cognito.authorize(Permissions())

    app.get("/api/x", endpoint="x")(lambda: f"{who()}")
    app.get("/y", endpoint="y")(lambda: "in")
    client = app.test_client()

    assert [401, 200] == [client.get("/api/x", headers=h).status_code for h in ({}, user)]
    assert 200 == client.get("/y").status_code


def test_requests_in_threads_do_not_mix(
    cognito: CognitoAuth, mint: TokenMint, bearer: Bearer
) -> None:
    """Each of many requests at once sees its own token."""
    app, seen = app_with(cognito), dict[str, str]()

    def call(name: str) -> None:
        headers = bearer(mint.access_token(name))
        seen[name] = app.test_client().get("/me", headers=headers).get_json()["user"]

    names = [f"user-{number}" for number in range(16)]
    threads = [threading.Thread(target=call, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name: name for name in names} == seen


def test_applications_are_not_kept(verifier: CognitoVerifier[AccessToken]) -> None:
    """An application that is no longer used, as in tests, goes, and with it what was known of it."""
    app = app_with(CognitoAuth(verifier=verifier))
    assert 401 == app.test_client().get("/me").status_code
    reference = weakref.ref(app)
    del app
    gc.collect()

    assert reference() is None


def test_guards_made_for_one_request(
    app: Flask, user: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A class that decorates its methods at each request is guarded, and no request looks through the routes again."""

    class Resource(View):
        def get(self) -> str:
            return who()

        def dispatch_request(self) -> Any:
            return require_cognito(self.get)()

    app.add_url_rule("/", view_func=Resource.as_view("resource"))
    client = app.test_client()
    with caplog.at_level(logging.INFO, logger="cognitokit"):
        answers = [client.get("/", headers=headers).status_code for headers in ({}, user, user)]
    looks = [record.message for record in caplog.records if "Public routes" in record.message]

    assert [401, 200, 200] == answers
    assert 1 == len(looks)
