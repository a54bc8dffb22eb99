"""Protection for Lambda functions: behind API Gateway, a load balancer or a function URL, and as authorizers.

`@require_cognito(verifier)` stands on a handler, `current_token` is the request's verified token,
`cognito_authorizer(verifier)` makes the function of a Lambda authorizer.
"""

from __future__ import annotations

from cognitokit.aws_lambda.authorizers import AuthorizerRefusal, cognito_authorizer
from cognitokit.aws_lambda.current import current_id_token, current_token
from cognitokit.aws_lambda.events import claims_from_event
from cognitokit.aws_lambda.handlers import require_cognito
from cognitokit.aws_lambda.verification import Verifier

__all__ = [
    "AuthorizerRefusal",
    "Verifier",
    "claims_from_event",
    "cognito_authorizer",
    "current_id_token",
    "current_token",
    "require_cognito",
]
