"""GET and POST /tasks: the tasks of whoever is signed in."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import boto3

from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import current_id_token, require_cognito

verifier = CognitoVerifier.from_env(token_use="id")
database: Any = boto3.client("dynamodb")
table = os.environ["TASKS_TABLE"]


# The gateway has verified the token. These look again, and so stay shut where a method is
# deployed without its authorizer, and to tokens of the pool's other app clients.
@require_cognito(verifier, raw_token=True)
def list_tasks(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    found = database.query(
        TableName=table,
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": current_id_token.sub}},
    )
    tasks = [{"id": item["id"]["S"], "title": item["title"]["S"]} for item in found["Items"]]
    return answer(200, {"tasks": tasks})


@require_cognito(verifier, raw_token=True)
def add_task(event: dict[str, Any], _context: object) -> dict[str, Any]:
    title = title_in(event)
    if title is None:
        return answer(400, {"message": 'Send {"title": "..."}, of at most 200 characters.'})
    task = {"id": str(uuid.uuid4()), "title": title}
    item = {"owner": current_id_token.sub, **task}
    database.put_item(TableName=table, Item={name: {"S": value} for name, value in item.items()})
    return answer(201, task)


def title_in(event: dict[str, Any]) -> str | None:
    try:
        title = json.loads(event["body"] or "")["title"]
    except (ValueError, KeyError, TypeError):
        return None
    return title if isinstance(title, str) and 0 < len(title.strip()) <= 200 else None


def answer(status: int, body: object) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
