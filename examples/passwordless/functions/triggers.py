"""The user pool's triggers: sign-in by a mailed code, and what the tokens may do."""

from __future__ import annotations

import os
from typing import Any

import boto3

from cognitokit.aws_lambda.triggers import (
    CodeToSend,
    TokenChanges,
    TokenRequest,
    email_code_triggers,
    pre_token_generation,
)

mails: Any = boto3.client("ses")


def send(message: CodeToSend) -> None:
    mails.send_email(
        Source=os.environ["SENDER"],
        Destination={"ToAddresses": [message.email]},
        Message={
            "Subject": {"Data": "Your code"},
            "Body": {"Text": {"Data": f"{message.code} signs you in. Nobody will ask you for it."}},
        },
    )


code = email_code_triggers(send)


@pre_token_generation
def tokens(_request: TokenRequest) -> TokenChanges:
    # With this scope whoever holds a token could change the user's address, and have the next
    # code mailed there.
    return TokenChanges(suppress_scopes=["aws.cognito.signin.user.admin"])
