"""GET /hello for whoever is signed in, GET /admin for administrators, and the latter's authorizer."""

from __future__ import annotations

import json
import os
from typing import Any

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import claims_from_event, cognito_authorizer

verifier = CognitoVerifier.from_env(token_use="access")

# The user's sub and no name: API Gateway cannot carry every name that a user may have.
authorizer = cognito_authorizer(
    verifier, groups=["admin"], header="dev-auth-token", context=["sub"]
)


def hello(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer({"message": f"Hello {claims_from_event(event)['email']}"})


def admin(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return answer({"administrator": event["requestContext"]["authorizer"]["sub"]})


def answer(body: object) -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": os.environ["ALLOWED_ORIGIN"],
    }
    return {"statusCode": 200, "headers": headers, "body": json.dumps(body)}
