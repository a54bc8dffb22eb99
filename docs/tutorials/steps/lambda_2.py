import json

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import require_cognito

verifier = CognitoVerifier.from_env(token_use="access")


@require_cognito(verifier)
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"tasks": ["water the plants"]})}
