"""Lambda triggers of a user pool: sign-in by a mailed code, and what tokens say.

Beside the guards, and not imported with them: a function is the one or the other.
"""

from __future__ import annotations

from cognitokit.aws_lambda.triggers_email_code import CodeToSend, email_code_triggers
from cognitokit.aws_lambda.triggers_tokens import (
    TokenChanges,
    TokenRequest,
    pre_token_generation,
)

__all__ = [
    "CodeToSend",
    "TokenChanges",
    "TokenRequest",
    "email_code_triggers",
    "pre_token_generation",
]
