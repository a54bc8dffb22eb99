"""GET /hiUsers: a greeting for whoever is signed in."""

from __future__ import annotations

import json
import os
from typing import Any

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import current_id_token, require_cognito

verifier = CognitoVerifier.from_env(token_use="id")


@require_cognito(verifier, raw_token=True)
def hi_users(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": os.environ["ALLOWED_ORIGIN"],
        },
        "body": json.dumps({"message": f"Hi {current_id_token.email}"}),
    }
