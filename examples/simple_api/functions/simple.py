"""/auth takes a user name and a password and answers with tokens; /hello is for whoever has one."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from cognitokit import CognitoClient, NewPasswordRequired, Tokens, errors
from cognitokit.aws_lambda import claims_from_event

client = CognitoClient.from_env(prevent_user_existence_errors=True)


def auth(event: dict[str, Any], _context: object) -> dict[str, Any]:
    username, password = credentials_in(event)
    if not username or not password:
        return answer(400, {"message": "Send username and password."})
    try:
        result = client.admin.sign_in(username, password)
        if isinstance(result, NewPasswordRequired):
            # The password that the administrator chose becomes the user's own.
            client.admin.set_password(username, password, permanent=True)
            result = client.admin.sign_in(username, password)
    except errors.NotAuthorized:
        return answer(401, {"message": "Incorrect username or password."})
    except errors.PasswordResetRequired:
        return answer(403, {"message": "Your password must be reset first."})
    except errors.CognitoKitError as error:
        # 429 for too many tries, 503 while Cognito cannot be reached. The message is for the log: it
        # may be about the function's own permissions.
        print(f"{type(error).__name__}: {error}")
        return answer(error.http_status, {"message": HTTPStatus(error.http_status).phrase})
    if not isinstance(result, Tokens):
        return answer(403, {"message": f"Sign in elsewhere: {result.name} is asked for."})
    return answer(
        200,
        {
            "id_token": result.id_token,
            "access_token": result.access_token,
            "refresh_token": result.refresh_token,
            "expires_in": result.expires_in,
        },
    )


def hello(event: dict[str, Any], _context: object) -> dict[str, Any]:
    # The gateway's authorizer has verified the token: these are its claims, all of them text.
    return answer(200, {"message": f"Hello {claims_from_event(event)['cognito:username']}"})


def credentials_in(event: dict[str, Any]) -> tuple[str | None, str | None]:
    """Return what a POST has in its body, or a GET in its query."""
    given: object = event["queryStringParameters"] or {}
    if event["httpMethod"] == "POST":
        try:
            given = json.loads(event["body"] or "")
        except ValueError:
            given = None
    if not isinstance(given, dict):
        return None, None
    username, password = given.get("username"), given.get("password")
    if not isinstance(username, str) or not isinstance(password, str):
        return None, None
    return username, password


def answer(status: int, body: object) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
