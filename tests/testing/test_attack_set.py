"""What assert_rejects_bad_tokens tries: each attack finds an application that is open to it alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import flask
import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cognitokit import AccessToken, CognitoKitError, ConfigurationError
from cognitokit.testing import LambdaClient, TokenMint, assert_rejects_bad_tokens, http_api_event

MINT = TokenMint()
VERIFIER = MINT.verifier()


def is_good(raw: str | None) -> bool:
    """Whether our verifier takes a token."""
    try:
        VERIFIER.verify(raw or "")
    except CognitoKitError:
        return False
    return True


def claims_of(raw: str) -> dict[str, Any]:
    """Read a token's claims, if the pool signed them as it does."""
    header = jwt.get_unverified_header(raw)
    if header["kid"] != MINT.key().kid or set(header) != {"kid", "alg"}:
        raise jwt.InvalidTokenError
    signature = raw.rpartition(".")[2]
    if jwt.utils.base64url_encode(jwt.utils.base64url_decode(signature)).decode() != signature:
        raise jwt.InvalidTokenError
    claims: dict[str, Any] = jwt.decode(
        raw,
        MINT.key().public,
        algorithms=["RS256"],
        options={"verify_aud": False, "verify_iss": False, "require": ["exp", "client_id", "iss"]},
    )
    payload = jwt.utils.base64url_decode(raw.split(".")[1])
    if not isinstance(claims["exp"], int) or payload.count(b'"exp":') != 1:
        raise jwt.InvalidTokenError
    return claims


def app_that_takes_also(careless: Callable[[str], bool]) -> flask.Flask:
    """A sound application but for the tokens that it takes besides."""
    app = flask.Flask(__name__)

    @app.get("/tasks")
    def tasks() -> Any:
        values = flask.request.headers.getlist("Authorization")
        scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        if scheme == "Bearer" and (is_good(token) or also(token)):
            return "ok"
        return "no", 401

    def also(token: str) -> bool:
        try:
            return careless(token)
        except (jwt.InvalidTokenError, KeyError, TypeError, AttributeError, ValueError):
            return False

    return app


def got_in(app: Any, **options: Any) -> set[str]:
    """Return the names of the attacks that get in."""
    client = app.test_client() if isinstance(app, flask.Flask) else app
    try:
        assert_rejects_bad_tokens(client, "/tasks", **options)
    except AssertionError as error:
        return set(re.findall(r"^  (\S+): ", str(error), re.MULTILINE)) or {str(error)}
    return set()


def by_claims(check: Callable[[dict[str, Any]], bool]) -> Callable[[str], bool]:
    """A verification that is sound but for what it thinks of the claims."""

    def careless(raw: str) -> bool:
        claims = claims_of(raw)
        return claims["token_use"] == "access" and isinstance(claims["iss"], str) and check(claims)

    return careless


def is_ours(claims: dict[str, Any]) -> bool:
    """Whether issuer and app client are right."""
    return (claims["iss"], claims["client_id"]) == (MINT.issuer, MINT.client_id)


def for_no_one_else(claims: dict[str, Any]) -> bool:
    """Whether the token is for no other audience and client."""
    return "aud" not in claims and claims["client_id"] == MINT.client_id


def takes_header(name: str, value: object = None) -> Callable[[str], bool]:
    """A verification that trusts whatever has that in its header."""

    def careless(raw: str) -> bool:
        header = jwt.get_unverified_header(raw)
        return name in header and (value is None or header[name] == value)

    return careless


def ignores_spare_bits(raw: str) -> bool:
    """A verification that reads base64 with indulgence."""
    head, _, signature = raw.rpartition(".")
    canonical = jwt.utils.base64url_encode(jwt.utils.base64url_decode(signature)).decode()
    return "=" not in signature and is_good(f"{head}.{canonical}")


@pytest.mark.parametrize(
    "careless, found",
    [
        (lambda _: False, set[str]()),
        (
            by_claims(lambda c: for_no_one_else(c) and c["iss"].endswith(f"/{MINT.pool.id}")),
            {"issuer-other-host", "issuer-scheme"},
        ),
        (
            by_claims(lambda c: for_no_one_else(c) and c["iss"].lower() == MINT.issuer.lower()),
            {"issuer-case"},
        ),
        (
            by_claims(
                lambda c: (
                    for_no_one_else(c)
                    and c["iss"].partition("//")[2] == MINT.issuer.partition("//")[2]
                )
            ),
            {"issuer-scheme"},
        ),
        (
            by_claims(
                lambda c: (
                    "aud" not in c
                    and c["iss"] == MINT.issuer
                    and f"other,{MINT.client_id}".count(c["client_id"]) > 0
                )
            ),
            {"client-prefix"},
        ),
        (
            by_claims(
                lambda c: (
                    "aud" not in c
                    and c["iss"] == MINT.issuer
                    and c["client_id"].startswith(MINT.client_id)
                )
            ),
            {"client-extended"},
        ),
        (by_claims(is_ours), {"foreign-audience"}),
        (takes_header("x5c"), {"x5c", "x5c-unknown-kid"}),
        (takes_header("alg", "HS384"), {"hs384-pem"}),
        (takes_header("alg", "HS512"), {"hs512-pem"}),
        (takes_header("alg", "ES256"), {"alg-ES256"}),
        (takes_header("alg", "nOnE"), {"alg-nOnE"}),
        (takes_header("alg", "rs256"), {"alg-rs256"}),
        (takes_header("alg", ""), {"alg-empty"}),
        (ignores_spare_bits, {"signature-spelled-otherwise"}),
    ],
)
def test_an_app_that_is_open_to_one_attack_is_found(
    careless: Callable[[str], bool], found: set[str]
) -> None:
    """An application that takes one kind of bad token too is found by that kind and by no other."""
    assert found == got_in(app_that_takes_also(careless))


def app_that_asks(enough: Callable[[AccessToken], bool]) -> flask.Flask:
    """An application that takes good tokens of whoever has enough groups and scopes."""
    app = flask.Flask(__name__)

    @app.get("/tasks")
    def tasks() -> Any:
        values = flask.request.headers.getlist("Authorization")
        try:
            scheme, _, raw = values[0].partition(" ") if len(values) == 1 else ("", "", "")
            token = VERIFIER.verify(raw if scheme == "Bearer" else "")
        except CognitoKitError:
            return "no", 401
        return "ok" if enough(token) else ("no", 403)

    return app


ALL_GROUPS = {"groups": ["staff", "admin"]}
ALL_SCOPES = {"scopes": ["t/read", "t/write"]}
OWN_SCOPE = {"scopes": ["aws.cognito.signin.user.admin"]}
MIXED = {"groups": ["staff"], "any_group": ["admin", "owner"], "any_scope": ["t/read", "t/all"]}


@pytest.mark.parametrize(
    "enough, options, found",
    [
        (lambda t: {"staff", "admin"} <= set(t.groups), ALL_GROUPS, set[str]()),
        (
            lambda t: "staff" in t.groups,
            ALL_GROUPS,
            {"without-group-admin", "group-alike-admin"},
        ),
        (
            lambda t: "admin" in t.groups,
            ALL_GROUPS,
            {"without-group-staff", "group-alike-staff"},
        ),
        (
            lambda t: bool({"staff", "admin"} & set(t.groups)),
            ALL_GROUPS,
            {f"{a}-{b}" for a in ("without-group", "group-alike") for b in ("staff", "admin")},
        ),
        (
            lambda t: "staff" in t.groups and any(g.startswith("admin") for g in t.groups),
            ALL_GROUPS,
            {"group-alike-admin"},
        ),
        (lambda t: {"t/read", "t/write"} <= t.scopes, ALL_SCOPES, set[str]()),
        (
            lambda t: "t/read" in t.scopes,
            ALL_SCOPES,
            {"without-scope-t/write", "scope-alike-t/write"},
        ),
        (
            lambda t: "t/read" in t.scopes and any(s.startswith("t/write") for s in t.scopes),
            ALL_SCOPES,
            {"scope-alike-t/write"},
        ),
        (lambda t: set(OWN_SCOPE["scopes"]) <= t.scopes, OWN_SCOPE, set[str]()),
        (lambda t: True, OWN_SCOPE, {"no-scope", "scope-alike"}),
        (
            lambda t: bool({"staff", "admin"} & set(t.groups)),
            {"any_group": ["staff", "admin"]},
            set[str](),
        ),
        (lambda t: True, {"any_group": ["admin"]}, {"no-group", "group-alike", "group-text"}),
        (lambda t: True, {"any_scope": ["t/read", "t/all"]}, {"no-scope", "scope-alike"}),
        (
            lambda t: (
                "staff" in t.groups
                and bool({"admin", "owner"} & set(t.groups))
                and bool({"t/read", "t/all"} & t.scopes)
            ),
            MIXED,
            set[str](),
        ),
        (
            lambda t: bool({"admin", "owner"} & set(t.groups)) and bool({"t/read"} & t.scopes),
            MIXED,
            {"without-group-staff", "group-alike-staff"},
        ),
        (
            lambda t: "staff" in t.groups and bool({"t/read"} & t.scopes),
            MIXED,
            {"without-any-group", "any-group-alike"},
        ),
        (
            lambda t: (
                "staff" in t.groups
                and any(g.startswith("admin") for g in t.groups)
                and bool({"t/read"} & t.scopes)
            ),
            MIXED,
            {"any-group-alike"},
        ),
    ],
)
def test_each_group_and_scope_is_asked_for(
    enough: Callable[[AccessToken], bool], options: dict[str, Any], found: set[str]
) -> None:
    """A route that asks for less than it should is found by the name that it forgets."""
    assert found == got_in(app_that_asks(enough), **options)


def test_id_tokens_have_no_scopes() -> None:
    """Scopes of an id token are refused, where every attack on them would be a good token."""
    for option in ("scopes", "any_scope"):
        options: dict[str, Any] = {option: ["t/read"]}
        with pytest.raises(ConfigurationError, match="Id tokens have no scopes"):
            assert_rejects_bad_tokens(
                app_that_asks(lambda _: True).test_client(), "/tasks", token_use="id", **options
            )


def flask_reading(find: Callable[[], str | None], **config: Any) -> flask.Flask:
    """An application that reads the token where find() does, if there is no header."""
    app = flask.Flask(__name__)
    app.config.update(config)

    @app.get("/tasks")
    def tasks() -> Any:
        values = flask.request.headers.getlist("Authorization")
        scheme, _, raw = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        token = find() if not values else (raw if scheme == "Bearer" else None)
        return "ok" if is_good(token) else ("no", 401)

    return app


def a_cookie() -> str | None:
    """Read the token in a cookie."""
    return flask.request.cookies.get("access_token")


@pytest.mark.parametrize(
    "find, found",
    [
        (lambda: None, set[str]()),
        (lambda: flask.request.args.get("access_token"), {"query-string"}),
        (lambda: flask.request.args.get("token"), {"query-string-token"}),
        (a_cookie, {"cookie"}),
    ],
)
def test_tokens_in_other_places_are_tried(find: Callable[[], str | None], found: set[str]) -> None:
    """A route that also takes the token from the query or a cookie is found."""
    assert found == got_in(flask_reading(find))
    assert found == got_in(flask_reading(find, SERVER_NAME="api.example.com:8443"))
    assert found == got_in(flask_reading(find).test_client(use_cookies=False))


def test_cookies_of_the_client_stay_as_they_were() -> None:
    """A cookie that the client has by that name is there again after the attack, and none else is."""
    client = flask_reading(lambda: None).test_client()
    assert_rejects_bad_tokens(client, "/tasks")

    assert client.get_cookie("access_token") is None
    client.set_cookie("access_token", "mine")
    assert_rejects_bad_tokens(client, "/tasks")
    kept = client.get_cookie("access_token")
    assert kept is not None
    assert "mine" == kept.value


async def _cookie_too(request: Request) -> PlainTextResponse:
    values = request.headers.getlist("authorization")
    scheme, _, raw = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    token = (raw if scheme == "Bearer" else None) if values else request.cookies.get("access_token")
    return PlainTextResponse("", 200 if is_good(token) else 401)


def _lambda_cookie_too(event: dict[str, Any], context: object) -> dict[str, Any]:
    value = event["headers"].get("authorization")
    cookies = dict(each.split("=", 1) for each in event.get("cookies", ()))
    scheme, _, raw = (value or "").partition(" ")
    token = cookies.get("access_token") if value is None else (raw if scheme == "Bearer" else None)
    return {"statusCode": 200 if is_good(token) else 401}


def test_cookies_are_tried_with_other_clients() -> None:
    """The cookie arrives through Starlette's client and in an HTTP API's event too."""
    starlette = TestClient(Starlette(routes=[Route("/tasks", _cookie_too)]))

    assert {"cookie"} == got_in(starlette)
    assert {"cookie"} == got_in(LambdaClient(_lambda_cookie_too, http_api_event))
