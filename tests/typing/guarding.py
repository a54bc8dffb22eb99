"""What type checkers say of guarded routes. Never run: mypy and pyright read it."""

from typing import assert_type

import flask

from cognitokit import AccessToken, CognitoVerifier
from cognitokit import fastapi as guard_fastapi
from cognitokit import flask as guard_flask

VERIFIER = CognitoVerifier("eu-west-1_AbCdEfGhI", client_id="app", token_use="access")


@guard_flask.require_cognito
def bare(number: int) -> str:
    return str(number)


@guard_flask.require_cognito(groups=["admin"])
def with_groups(number: int) -> flask.Response:
    return flask.jsonify(number)


def a_flask_view_keeps_its_signature() -> None:
    assert_type(bare(1), str)
    assert_type(with_groups(1), flask.Response)
    bare("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def the_current_token_is_an_access_token() -> None:
    assert_type(guard_flask.current_token, AccessToken)
    assert_type(guard_flask.current_token.username, str | None)


COGNITO = guard_fastapi.CognitoAuth(VERIFIER)


@COGNITO.require(scopes=["tasks/read"])
async def read(token: AccessToken) -> list[str]:
    return sorted(token.scopes)


async def a_fastapi_route_keeps_its_signature(token: AccessToken) -> None:
    assert_type(await read(token), list[str])
    await read()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
