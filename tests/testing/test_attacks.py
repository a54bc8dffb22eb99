"""assert_rejects_bad_tokens, on sound applications and on ones that are broken on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import flask
import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cognitokit import ConfigurationError, InsufficientPermission, TokenError
from cognitokit.flask import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint, as_cognito_user, assert_rejects_bad_tokens

MINT = TokenMint()
View = Callable[[], Any]


def guarded_app(**requirements: Any) -> flask.Flask:
    """An application that does everything right."""
    app = flask.Flask(__name__)
    CognitoAuth(app, verifier=MINT.verifier())

    @app.route("/tasks", methods=["GET", "POST"])
    @require_cognito(**requirements)
    def tasks() -> dict[str, str]:
        return {"state": "done"}

    return app


def app_with(accepts: Callable[[str], bool]) -> flask.Flask:
    """An application whose view decides by the Authorization header alone."""
    app = flask.Flask(__name__)

    @app.get("/tasks")
    def tasks() -> Any:
        scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not accepts(token):
            return {"error": "invalid_token"}, 401
        return {"state": "done"}

    return app


def got_in(error: AssertionError) -> set[str]:
    """Return the names of the attacks that the message says got in."""
    return set(re.findall(r"^  (\S+): GOT IN", str(error), re.MULTILINE))


def pyjwt_without(*unchecked: str) -> Callable[[str], bool]:
    """A verification by PyJWT that is sound but for what it leaves out."""

    def accepts(token: str) -> bool:
        keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(MINT.jwks).keys}
        try:
            key = keys[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                issuer=None if "iss" in unchecked else MINT.issuer,
                options={
                    "verify_signature": "signature" not in unchecked,
                    "verify_exp": "exp" not in unchecked,
                    "verify_nbf": "nbf" not in unchecked,
                    "verify_aud": False,
                    "require": ["exp"],
                },
            )
        except (jwt.PyJWTError, KeyError):
            return False
        return ("token_use" in unchecked or claims.get("token_use") == "access") and (
            "client_id" in unchecked or claims.get("client_id") == MINT.client_id
        )

    return accepts


def test_sound_app_passes() -> None:
    """An application with our guard refuses everything bad."""
    assert_rejects_bad_tokens(guarded_app().test_client(), "/tasks", mint=MINT)


def test_default_mint_is_the_fixtures() -> None:
    """Without a mint, tokens of the pool that TokenMint() stands for are sent."""
    assert_rejects_bad_tokens(guarded_app().test_client(), "/tasks?page=1", method="POST", json={})


def test_groups_and_scopes_are_attacked_too() -> None:
    """With groups and scopes named, tokens without them must get 403."""
    app = guarded_app(groups=["admin"], scopes=["tasks/read"])

    assert_rejects_bad_tokens(
        app.test_client(), "/tasks", mint=MINT, groups=["admin"], scopes=["tasks/read"]
    )


@pytest.mark.parametrize(
    "requirements, named, found",
    [
        ({}, {"groups": ["admin"]}, {"no-group", "group-alike"}),
        ({}, {"scopes": ["tasks/read"]}, {"no-scope", "scope-alike"}),
    ],
)
def test_missing_permission_check_is_found(
    requirements: dict[str, Any], named: dict[str, Any], found: set[str]
) -> None:
    """A route that does not ask for the group or scope lets in whom it should not."""
    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(guarded_app(**requirements).test_client(), "/tasks", **named)

    assert found <= got_in(caught.value)


@pytest.mark.parametrize(
    "unchecked, found",
    [
        ("exp", {"expired"}),
        ("nbf", {"not-yet-valid"}),
        ("iss", {"other-issuer", "issuer-extended", "no-issuer"}),
        ("token_use", {"no-token-use", "other-token-use", "id-token-dressed-up"}),
        ("client_id", {"other-client", "no-client", "client-list"}),
        (
            "signature",
            {"alg-none-signed", "forged", "embedded-jwk", "tampered-payload", "tampered-signature"},
        ),
    ],
)
def test_each_forgotten_check_is_found(unchecked: str, found: set[str]) -> None:
    """An application that leaves one check out is caught by the attacks on that check."""
    thorough = app_with(pyjwt_without()).test_client()
    careless = app_with(pyjwt_without(unchecked)).test_client()
    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(careless, "/tasks")
    found_by_careless = got_in(caught.value)
    # PyJWT itself lets a few oddities pass that our verifier refuses.
    try:
        assert_rejects_bad_tokens(thorough, "/tasks")
        found_by_thorough = set()
    except AssertionError as error:
        found_by_thorough = got_in(error)

    assert found <= found_by_careless
    assert not found & found_by_thorough


def test_app_without_any_check_fails_with_the_whole_list() -> None:
    """A route that takes everyone is told about every attack, and how many there were."""
    app = flask.Flask(__name__)
    app.get("/tasks")(lambda: {"state": "done"})
    with pytest.raises(
        AssertionError, match=r"GET /tasks did not refuse (\d+) of \1 bad requests"
    ) as caught:
        assert_rejects_bad_tokens(app.test_client(), "/tasks")

    assert {"no-token", "query-string", "two-headers-bad-first", "other-scheme"} <= got_in(
        caught.value
    )


def test_route_that_refuses_everyone_proves_nothing() -> None:
    """Where the good token is refused the assertion fails, and says what may be missing."""
    with pytest.raises(AssertionError, match="answers a good token with 401"):
        assert_rejects_bad_tokens(app_with(lambda _: False).test_client(), "/tasks")
    with pytest.raises(AssertionError, match="answers a good token with 403"):
        assert_rejects_bad_tokens(guarded_app(groups=["admin"]).test_client(), "/tasks")


@pytest.mark.parametrize("statuses", [{"unauthorized": (302,)}, {"forbidden": (403, 302)}])
def test_a_good_token_is_not_answered_as_a_bad_one(statuses: dict[str, Any]) -> None:
    """A status that is named as a refusal is one for the good token too, below 400 or not."""
    app = flask.Flask(__name__)
    app.add_url_rule("/tasks", "tasks", lambda: flask.redirect("/login"))

    with pytest.raises(AssertionError, match="answers a good token with 302, so its refusals"):
        assert_rejects_bad_tokens(app.test_client(), "/tasks", **statuses)


def test_a_good_token_may_be_answered_with_a_redirect() -> None:
    """A redirect that is named as no refusal is a good answer."""
    app = flask.Flask(__name__)
    CognitoAuth(app, verifier=MINT.verifier())
    app.add_url_rule("/tasks", "tasks", require_cognito(lambda: flask.redirect("/done")))

    assert_rejects_bad_tokens(app.test_client(), "/tasks", mint=MINT)


def test_crash_is_no_refusal() -> None:
    """An application that raises on a bad token fails, and the exception is named."""

    def crashes(token: str) -> bool:
        claims = jwt.decode(token, MINT.key().public, algorithms=["RS256"])
        return bool(claims["client_id"] == MINT.client_id)

    app = app_with(crashes)
    app.testing = True
    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(app.test_client(), "/tasks")

    assert "  expired: raised ExpiredSignatureError (500); its time is over" in str(caught.value)


def test_wrong_status_is_no_refusal() -> None:
    """An application that pretends that there is nothing there does not refuse as it should."""
    app = guarded_app()

    @app.errorhandler(401)
    def nothing(_: Exception) -> Any:
        return {}, 404

    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(app.test_client(), "/tasks")

    assert "  expired: was not refused as it should be (404); its time is over" in str(caught.value)


def test_app_that_fails_after_the_attacks_is_found() -> None:
    """A good token must still be accepted after the bad ones: refusing everybody from then on is a fault."""
    refused: list[str] = []

    def locks_out(token: str) -> bool:
        accepted = not refused and pyjwt_without()(token)
        if not accepted:
            refused.append(token)
        return accepted

    with pytest.raises(AssertionError, match="with 401 after the bad ones"):
        assert_rejects_bad_tokens(app_with(locks_out).test_client(), "/tasks")


def test_route_that_can_act_only_once_passes() -> None:
    """The last good request may find nothing left to do; where that is a refusal's status it may not."""
    app, tasks = guarded_app(), {1}

    @app.delete("/tasks/1")
    @require_cognito
    def delete() -> Any:
        if not tasks:
            flask.abort(404)
        tasks.clear()
        return "", 204

    client = app.test_client()
    assert_rejects_bad_tokens(client, "/tasks/1", method="DELETE")

    assert not tasks
    tasks.add(1)
    with pytest.raises(AssertionError, match="with 404 after the bad ones"):
        assert_rejects_bad_tokens(client, "/tasks/1", method="DELETE", unauthorized=(401, 404))


def test_risks_can_be_accepted_by_name() -> None:
    """An attack that is skipped is not sent; a name that is no attack is refused."""
    client = app_with(pyjwt_without("nbf")).test_client()
    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(client, "/tasks")
    names = re.findall(r"^  (\S+): ", str(caught.value), re.MULTILINE)

    assert "not-yet-valid" in names
    assert_rejects_bad_tokens(client, "/tasks", skip=names)
    with pytest.raises(ConfigurationError, match="skip names no attack: not-an-attack"):
        assert_rejects_bad_tokens(client, "/tasks", skip=[*names, "not-an-attack"])


def test_own_statuses_can_be_named() -> None:
    """An application that sends people to a login page instead of 401 says so."""
    app = guarded_app()

    @app.errorhandler(401)
    def login(_: Exception) -> Any:
        return flask.redirect("/login")

    assert_rejects_bad_tokens(app.test_client(), "/tasks", unauthorized=(302,))
    with pytest.raises(AssertionError):
        assert_rejects_bad_tokens(app.test_client(), "/tasks")


def test_id_tokens_in_a_header_of_their_own() -> None:
    """A route that wants bare id tokens in another header is attacked there."""
    app = flask.Flask(__name__)
    CognitoAuth(app, verifier=MINT.verifier("id"), header="dev-auth-token", raw_token=True)
    app.get("/tasks")(require_cognito(groups=["admin"])(lambda: {"state": "done"}))

    assert_rejects_bad_tokens(
        app.test_client(),
        "/tasks",
        token_use="id",
        groups=["admin"],
        header="dev-auth-token",
        scheme="",
    )


def test_default_headers_of_the_client_do_not_help() -> None:
    """A client that is signed in already sends nothing but what the attack sends, and is signed in again after."""
    with as_cognito_user(guarded_app().test_client(), mint=MINT) as client:
        assert_rejects_bad_tokens(client, "/tasks", mint=MINT)

        assert 200 == client.get("/tasks").status_code
    assert 401 == client.get("/tasks").status_code


async def _tasks(request: Request) -> JSONResponse:
    values = request.headers.getlist("authorization")
    if len(values) > 1:
        return JSONResponse({}, 400)
    token = (values or [""])[0].removeprefix("Bearer ")
    try:
        MINT.verifier().verify(
            token if values and values[0].startswith("Bearer ") else "", groups=["admin"]
        )
    except TokenError:
        return JSONResponse({}, 401)
    except InsufficientPermission:
        return JSONResponse({}, 403)
    return JSONResponse({"state": "done"})


async def _first_header(request: Request) -> JSONResponse:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    return JSONResponse({}, 200 if pyjwt_without()(token) else 401)


def test_starlette_client_is_driven_too() -> None:
    """The same attacks go through Starlette's TestClient."""
    client = TestClient(Starlette(routes=[Route("/tasks", _tasks)]))

    assert_rejects_bad_tokens(client, "/tasks", groups=["admin"])


def test_second_authorization_header_is_really_sent() -> None:
    """An ASGI application that looks at the first header alone is found out."""
    client = TestClient(Starlette(routes=[Route("/tasks", _first_header)]))
    with pytest.raises(AssertionError) as caught:
        assert_rejects_bad_tokens(client, "/tasks")

    assert "two-headers-good-first" in got_in(caught.value)


def test_asynchronous_client_is_refused() -> None:
    """A client whose requests must be awaited is a configuration error, not a pass."""
    import httpx

    client = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette()), base_url="http://test")
    with pytest.raises(ConfigurationError, match="synchronous"):
        assert_rejects_bad_tokens(client, "/tasks")


def test_unknown_kind_of_token_is_refused() -> None:
    """A token_use that there is not is refused, and not taken for an access token."""
    kind: Any = "Access"
    with pytest.raises(ConfigurationError, match="token_use must be"):
        assert_rejects_bad_tokens(guarded_app().test_client(), "/tasks", token_use=kind)


def test_other_objects_are_no_clients() -> None:
    """What is no test client is refused."""
    with pytest.raises(ConfigurationError, match="test client"):
        assert_rejects_bad_tokens(object(), "/tasks")


@pytest.mark.parametrize("option", ["groups", "scopes"])
def test_one_string_is_no_list(option: str) -> None:
    """A string where a list of names is meant is refused."""
    options: dict[str, Any] = {option: "admin"}
    with pytest.raises(ConfigurationError, match=f"{option} must be a list"):
        assert_rejects_bad_tokens(guarded_app().test_client(), "/tasks", **options)
