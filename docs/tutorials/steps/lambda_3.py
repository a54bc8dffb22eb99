import json

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import current_token, require_cognito

verifier = CognitoVerifier.from_env(token_use="access")


@require_cognito(verifier)
def handler(event, context):
    body = {"user": current_token.username, "tasks": ["water the plants"]}
    return {"statusCode": 200, "body": json.dumps(body)}
