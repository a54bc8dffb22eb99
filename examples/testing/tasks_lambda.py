"""A Lambda function behind an HTTP API that verifies tokens by itself."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from cognitokit import AccessToken, CognitoVerifier
from cognitokit.errors import CognitoKitError


@cache
def verifier() -> CognitoVerifier[AccessToken]:
    return CognitoVerifier.from_env(token_use="access")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    scheme, _, token = event["headers"].get("authorization", "").partition(" ")
    if scheme != "Bearer":
        return {"statusCode": 401}
    try:
        verified = verifier().verify(token, groups=["admin"])
    except CognitoKitError as error:
        return {"statusCode": error.http_status}
    return {"statusCode": 200, "body": json.dumps({"hello": verified.username})}
