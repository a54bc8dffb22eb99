"""A refusal -> the response that a function returns to its gateway. Pure."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognitokit.aws_lambda.events import Event, Gateway
    from cognitokit.bearer import Refusal

    Response = dict[str, Any]

_PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    503: "Service Unavailable",
}


def response_of(refusal: Refusal, gateway: Gateway, event: Event) -> Response:
    """Return the response in the form that the gateway reads.

    A load balancer ignores the headers of a response that has them in the other form than the
    target group's setting says, which the event shows.
    """
    headers = {"Content-Type": "application/json", **refusal.headers}
    response: Response = {"statusCode": refusal.status}
    if gateway == "alb":
        response["statusDescription"] = f"{refusal.status} {_PHRASES[refusal.status]}"
    if gateway == "alb" and "multiValueHeaders" in event:
        response["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    else:
        response["headers"] = headers
    return response | {"body": json.dumps(refusal.body), "isBase64Encoded": False}
