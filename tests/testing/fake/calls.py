"""Short ways to call a pool, and to see what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cognitokit.errors import ServiceError
from cognitokit.testing import FakePool

PASSWORD = "Passw0rd!"
EMAIL_OTP = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}
WRONG_PASSWORD = ("NotAuthorizedException", "Incorrect username or password.")
UNKNOWN_USER = ("UserNotFoundException", "User does not exist.")
WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
NO_SUCH_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


def call(pool: FakePool, operation: str, **params: Any) -> Mapping[str, Any]:
    """Do a public operation of the pool's app client."""
    return pool.handle(operation, {"ClientId": pool.client_id, **params})


def admin(pool: FakePool, operation: str, **params: Any) -> Mapping[str, Any]:
    """Do an administrator's operation."""
    return pool.handle(operation, {"UserPoolId": pool.pool.id, **params})


def mine(
    pool: FakePool, operation: str, tokens: Mapping[str, Any], **params: Any
) -> Mapping[str, Any]:
    """Do an operation that the user's access token authorizes."""
    return pool.handle(operation, {"AccessToken": tokens["AccessToken"], **params})


def refusal(do: Any, *arguments: Any, **params: Any) -> tuple[str, str]:
    """Return code and message of what one of the above is refused with."""
    with pytest.raises(ServiceError) as caught:
        do(*arguments, **params)
    return caught.value.code, caught.value.message


def attributes(**values: str) -> list[dict[str, str]]:
    """Return values as Cognito's list of names and values; custom__x stands for custom:x."""
    return [{"Name": name.replace("__", ":"), "Value": value} for name, value in values.items()]


def initiate(
    pool: FakePool,
    flow: str = "USER_PASSWORD_AUTH",
    *,
    username: Any = "jane",
    client_id: Any = None,
    members: Any = None,
    **parameters: Any,
) -> Mapping[str, Any]:
    """InitiateAuth; a password flow gets the right password unless told otherwise."""
    if flow in {"USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}:
        parameters.setdefault("PASSWORD", PASSWORD)
    request = {
        "ClientId": client_id or pool.client_id,
        "AuthFlow": flow,
        "AuthParameters": {"USERNAME": username, **parameters},
        **(members or {}),
    }
    if flow.startswith("ADMIN_"):
        return admin(pool, "AdminInitiateAuth", **request)
    return pool.handle("InitiateAuth", request)


def respond(
    pool: FakePool,
    challenge: Mapping[str, Any],
    *,
    username: Any = "jane",
    client_id: Any = None,
    members: Any = None,
    **responses: Any,
) -> Mapping[str, Any]:
    """RespondToAuthChallenge to a challenge that a call returned."""
    return pool.handle(
        "RespondToAuthChallenge",
        {
            "ClientId": client_id or pool.client_id,
            "ChallengeName": challenge["ChallengeName"],
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": username, **responses},
            **(members or {}),
        },
    )


def tokens(pool: FakePool, username: str = "jane", **options: Any) -> Mapping[str, Any]:
    """Sign in by password and return the AuthenticationResult."""
    result: Mapping[str, Any] = initiate(pool, username=username, **options)["AuthenticationResult"]
    return result


def status(pool: FakePool, username: str = "jane") -> str:
    """Return the user's status."""
    state: str = admin(pool, "AdminGetUser", Username=username)["UserStatus"]
    return state


def attribute(pool: FakePool, name: str, username: str = "jane") -> str | None:
    """Return one of the user's attributes."""
    pairs = admin(pool, "AdminGetUser", Username=username)["UserAttributes"]
    return next((pair["Value"] for pair in pairs if pair["Name"] == name), None)
