"""What the functions answer where Cognito refuses or says nothing."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitokit import errors
from cognitokit.testing import FakePool, rest_event
from examples.gateway import LocalFunction

FUNCTIONS = Path(__file__).parent / "functions"
JANE = {"username": "jane", "password": "Passw0rd!"}

SignIn = Callable[[FakePool], tuple[int, Any]]


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    """Signs jane in at a pool through the function, and returns status and body."""
    environ = {
        "COGNITO_USER_POOL_ID": "eu-west-1_AbCdEfGhI",
        "COGNITO_CLIENT_ID": "1example23456789",
    }
    with contextlib.closing(LocalFunction(FUNCTIONS, "accounts.sign_in", environ)):
        module: Any = sys.modules["cdk_sign_up_accounts"]
        module.client.close()

        def answered(pool: FakePool) -> tuple[int, Any]:
            module.client = pool.client(prevent_user_existence_errors=True)
            answer = module.sign_in(rest_event("POST", "/sign-in", body=JANE), None)
            return answer["statusCode"], json.loads(answer["body"])

        yield answered


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (errors.NotAuthorized("No."), 401, "Incorrect username or password."),
        (errors.PasswordResetRequired("Reset it."), 403, "Reset it."),
        (errors.TooManyRequests("Rate exceeded"), 429, "Rate exceeded"),
        (errors.AccessDenied("arn:aws:iam::1:role/x may not"), 500, "Internal Server Error"),
        (errors.InternalError("Oops."), 503, "Service Unavailable"),
        (errors.ConnectionFailed("No route."), 503, "Service Unavailable"),
    ],
)
def test_what_cognito_refuses(
    sign_in: SignIn, error: errors.ServiceError | errors.TransportError, status: int, message: str
) -> None:
    """A refusal is told in Cognito's words, a fault by its name alone; without either jane gets her token."""
    refusing, pool = FakePool(), FakePool()
    for each in refusing, pool:
        each.add_user("jane", JANE["password"])
    refusing.fail_next("InitiateAuth", error, times=10)

    assert (status, {"message": message}) == sign_in(refusing)
    assert (200, ["token"]) == (sign_in(pool)[0], list(sign_in(pool)[1]))
