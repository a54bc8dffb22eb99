"""A verdict -> what a Lambda authorizer returns: an IAM policy, or a simple response. Pure.

API Gateway keeps a verdict and uses it for other requests with the same token, so what a policy
names decides which of them it lets through.
"""

from __future__ import annotations

import re

from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    PolicyScope = Literal["stage", "exact"]

_METHOD_ARN_BYTES = 1600
_RESOURCE_LENGTH = 512
# In the ARN of a policy these mean more than themselves, or do not belong.
_UNSAFE = re.compile(r"[*?\x00-\x1f\x7f]|\$\{")
_ARN_FIELDS = 6


def resource_of(arn: str, scope: PolicyScope) -> str | None:
    """Return what a policy on the request to this ARN names: its API and stage, or itself.

    Args:
        arn: methodArn, or routeArn: the client has written its end.
        scope: "stage" or "exact".

    Returns:
        The policy's resource; None where no policy must name it: it has a wildcard or control
        character in it, or is longer than API Gateway takes (1,600 bytes, 512 characters in a
        policy).

    Raises:
        ConfigurationError: It is no ARN of an API's method.
    """
    fields = arn.split(":", _ARN_FIELDS - 1)
    api, _, rest = fields[-1].partition("/")
    stage, _, method = rest.partition("/")
    if len(fields) != _ARN_FIELDS or fields[2] != "execute-api" or not (api and stage and method):
        raise ConfigurationError(
            "methodArn must be arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH."
        )
    resource = arn if scope == "exact" else f"{':'.join(fields[:-1])}:{api}/{stage}/*"
    if (
        _UNSAFE.search(arn) is not None
        or len(arn.encode(errors="replace")) > _METHOD_ARN_BYTES
        or len(resource) > _RESOURCE_LENGTH
    ):
        return None
    return resource


def policy(effect: Literal["Allow", "Deny"], principal: str, resource: str) -> dict[str, Any]:
    """Return the answer of an authorizer of a REST or WebSocket API, or of an HTTP API with IAM policies."""
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
