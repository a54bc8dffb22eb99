"""as_cognito_user: real tokens, sent by the test clients of each framework."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import flask
import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cognitokit import AccessToken, ConfigurationError, IdToken
from cognitokit.fastapi import CognitoAuth as FastApiAuth
from cognitokit.flask import CognitoAuth, current_token, require_cognito
from cognitokit.testing import TokenMint, as_cognito_user

MINT = TokenMint()


def flask_app(mint: TokenMint = MINT, **options: Any) -> flask.Flask:
    """An application whose route says who is signed in."""
    app = flask.Flask(__name__)
    CognitoAuth(app, verifier=mint.verifier(options.pop("token_use", "access")), **options)

    @app.get("/me")
    @require_cognito
    def me() -> dict[str, Any]:
        return {
            "username": current_token.username,
            "groups": list(current_token.groups),
            "scopes": sorted(getattr(current_token, "scopes", ())),
            "claims": current_token.to_dict(),
        }

    return app


def fastapi_app() -> FastAPI:
    """The same with FastAPI."""
    app = FastAPI()
    cognito = FastApiAuth(MINT.async_verifier())
    cognito.init_app(app)

    @app.get("/me")
    @cognito.require()
    async def me(token: AccessToken) -> dict[str, str | None]:
        return {"username": token.username}

    return app


def test_flask_client_sends_the_users_token() -> None:
    """Within the context the application sees the user, before and after it nobody."""
    client = flask_app().test_client()

    assert 401 == client.get("/me").status_code
    with as_cognito_user(client, "joe", groups=["admin"], scopes=["tasks/read"]) as same:
        me = client.get("/me").get_json()
    assert client is same
    assert ("joe", ["admin"]) == (me["username"], me["groups"])
    assert ["aws.cognito.signin.user.admin", "tasks/read"] == me["scopes"]
    assert 401 == client.get("/me").status_code


def test_authorization_stays_switched_on() -> None:
    """A token that the application would not accept is not accepted here either."""
    client = flask_app().test_client()
    stranger = TokenMint("eu-west-1_Stranger1")

    for options in (
        {"mint": stranger},
        {"token": MINT.access_token(expires_in=0)},
        {"token_use": "id"},
    ):
        with as_cognito_user(client, **options):
            assert 401 == client.get("/me").status_code


def test_contexts_nest() -> None:
    """An inner user takes the outer one's place for a while."""
    client = flask_app().test_client()
    with as_cognito_user(client, "outer"):
        with as_cognito_user(client, "inner"):
            assert "inner" == client.get("/me").get_json()["username"]
        assert "outer" == client.get("/me").get_json()["username"]


def test_client_is_signed_out_after_an_error() -> None:
    """The token is taken away when the context is left by an exception."""
    client = flask_app().test_client()
    with contextlib.suppress(KeyError), as_cognito_user(client):
        raise KeyError

    assert 401 == client.get("/me").status_code


def test_id_tokens_claims_and_headers_can_be_chosen() -> None:
    """An id token with further claims goes bare into another header."""
    app = flask_app(token_use="id", header="dev-auth-token", raw_token=True)
    client = app.test_client()
    with as_cognito_user(
        client,
        "joe",
        token_use="id",
        claims={"custom:tenant": "t1"},
        header="dev-auth-token",
        scheme="",
    ):
        me = client.get("/me").get_json()

    assert ("joe", "t1") == (me["username"], me["claims"]["custom:tenant"])


def test_fastapi_client_sends_the_users_token() -> None:
    """Starlette's TestClient is signed in and out in the same way."""
    client = TestClient(fastapi_app())

    assert 401 == client.get("/me").status_code
    with as_cognito_user(client, "joe"):
        assert {"username": "joe"} == client.get("/me").json()
    assert 401 == client.get("/me").status_code


def test_asynchronous_client_sends_the_users_token() -> None:
    """An httpx.AsyncClient too."""

    async def statuses() -> list[int]:
        transport = httpx.ASGITransport(fastapi_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            with as_cognito_user(client):
                signed_in = await client.get("/me")
            return [signed_in.status_code, (await client.get("/me")).status_code]

    assert [200, 401] == asyncio.run(statuses())


@pytest.mark.parametrize("client", [object(), {"headers": {}}, None])
def test_other_objects_are_no_clients(client: object) -> None:
    """What is no test client is refused, before a token is made for it."""
    with pytest.raises(ConfigurationError, match="test client"), as_cognito_user(client):
        pass


def test_unknown_kind_of_token_is_refused() -> None:
    """A token_use that there is not is refused, and not taken for an access token."""
    kind: Any = "Access"
    with (
        pytest.raises(ConfigurationError, match="token_use must be"),
        as_cognito_user(flask_app().test_client(), token_use=kind),
    ):
        pass


@pytest.mark.parametrize("option", ["groups", "scopes"])
def test_one_string_is_no_list(option: str) -> None:
    """A string where a list of names is meant is refused."""
    options: dict[str, Any] = {option: "admin"}
    with (
        pytest.raises(ConfigurationError, match=f"{option} must be a list"),
        as_cognito_user(flask_app().test_client(), **options),
    ):
        pass


def test_mint_makes_verifiers_of_each_kind() -> None:
    """mint.verifier() and async_verifier() take the mint's tokens, by its clock, after a rotation as well."""
    now = [1_795_000_000.0]
    mint = TokenMint(clock=lambda: now[0])
    verifier, either = mint.verifier(), mint.async_verifier(None)
    token = mint.access_token("joe")

    assert "joe" == verifier.verify(token).username
    mint.rotate()
    assert "joe" == verifier.verify(mint.access_token("joe")).username
    assert isinstance(mint.verifier("id").verify(mint.id_token()), IdToken)
    assert isinstance(asyncio.run(either.verify(mint.id_token())), IdToken)
    assert "joe" == mint.verifier(jwks=mint.jwks).verify(token).username
    now[0] += 3600
    with pytest.raises(Exception, match="expired"):
        verifier.verify(token)
