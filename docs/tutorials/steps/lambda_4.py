import json

from cognitokit import CognitoVerifier, Permissions
from cognitokit.aws_lambda import current_token, require_cognito

verifier = CognitoVerifier.from_env(token_use="access")


@require_cognito(verifier)
def handler(event, context):
    tasks = ["water the plants"]
    if event["requestContext"]["http"]["method"] == "DELETE":
        Permissions(groups=["admin"]).check(current_token)
        tasks = []
    body = {"user": current_token.username, "tasks": tasks}
    return {"statusCode": 200, "body": json.dumps(body)}
