"""A Lambda function behind an HTTP API that verifies tokens by itself."""

from __future__ import annotations

import json
from typing import Any

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import current_token, require_cognito

verifier = CognitoVerifier.from_env(token_use="access")


@require_cognito(verifier, groups=["admin"])
def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": json.dumps({"hello": current_token.username})}
