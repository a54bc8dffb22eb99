"""/sign-up, /confirm and /sign-in for everybody, and /secret for whoever is signed in."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from cognitokit import CognitoClient, HttpTransport, Tokens, errors
from cognitokit.aws_lambda import claims_from_event

Handler = Callable[[dict[str, Any], object], dict[str, Any]]

# All three operations are public. Without boto3 the function starts in half the time.
client = CognitoClient.from_env(transport=HttpTransport(), prevent_user_existence_errors=True)


class MissingFields(Exception):
    """The body does not have what the route wants."""


def with_refusals(handler: Handler) -> Handler:
    """Answer what the handler raises."""

    @functools.wraps(handler)
    def answering(event: dict[str, Any], context: object) -> dict[str, Any]:
        try:
            return handler(event, context)
        except MissingFields as error:
            return answer(400, {"message": str(error)})
        except errors.CognitoKitError as error:
            status = error.http_status
            if isinstance(error, errors.ServiceError) and status < 500:
                # 400 for a bad password or code, 401, 409 for a name that is taken, 429 for too much.
                return answer(status, {"message": error.message})
            # 503 while Cognito cannot be reached; what else it is, is for the log.
            print(f"{type(error).__name__}: {error}")
            return answer(status, {"message": HTTPStatus(status).phrase})

    return answering


@with_refusals
def sign_up(event: dict[str, Any], _context: object) -> dict[str, Any]:
    username, password, email = fields(event, "username", "password", "email")
    signed_up = client.sign_up(username, password, attributes={"email": email})
    return answer(201, {"user": signed_up.user_sub, "confirmed": signed_up.confirmed})


@with_refusals
def confirm(event: dict[str, Any], _context: object) -> dict[str, Any]:
    username, code = fields(event, "username", "code")
    client.confirm_sign_up(username, code)
    return answer(200, {"confirmed": True})


@with_refusals
def sign_in(event: dict[str, Any], _context: object) -> dict[str, Any]:
    username, password = fields(event, "username", "password")
    try:
        result = client.sign_in(username, password)
    except errors.UserNotConfirmed:
        return answer(401, {"message": "Confirm your email address first."})
    if not isinstance(result, Tokens):
        return answer(401, {"message": f"Sign in elsewhere: {result.name} is asked for."})
    return answer(200, {"token": result.id_token})


def secret(event: dict[str, Any], _context: object) -> dict[str, Any]:
    username = claims_from_event(event)["cognito:username"]
    return answer(200, {"secret": f"Caution, {username}: the coffee is hot."})


def fields(event: dict[str, Any], *names: str) -> list[str]:
    """Return the body's fields of these names, or raise MissingFields."""
    try:
        given = json.loads(event["body"] or "{}")
    except ValueError:
        raise MissingFields("The body must be JSON.") from None
    if not isinstance(given, dict):
        raise MissingFields("The body must be a JSON object.")
    values = [given.get(name) for name in names]
    missing = [
        n for n, value in zip(names, values, strict=True) if not value or not isinstance(value, str)
    ]
    if missing:
        raise MissingFields(f"Missing: {', '.join(missing)}.")
    return [str(value) for value in values]


def answer(status: int, body: object) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
