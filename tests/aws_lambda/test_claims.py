"""claims_from_event: the claims that the gateway's own authorizer has verified."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit import ConfigurationError
from cognitokit.aws_lambda import claims_from_event
from cognitokit.testing import TokenMint, alb_event, http_api_event, rest_event


def test_claims_as_each_gateway_writes_them(mint: TokenMint) -> None:
    """A REST API's and an HTTP API's are found in their places, every value a text."""
    token = mint.access_token("jane", groups=["admin", "staff"])
    rest = claims_from_event(rest_event(authorized_by=token))
    http = claims_from_event(http_api_event(authorized_by=token))

    assert ("jane", "admin,staff") == (rest["username"], rest["cognito:groups"])
    assert ("jane", "[admin staff]") == (http["username"], http["cognito:groups"])
    assert {str} == set(map(type, [*rest.values(), *http.values()]))


@pytest.mark.parametrize(
    "event",
    [
        {},
        rest_event(),
        http_api_event(),
        alb_event(),
        rest_event(authorizer_context={"sub": "x"}),
        http_api_event(authorizer_context={"claims": {"sub": "x"}}),
        {"requestContext": None},
        None,
        [],
        "event",
        {"requestContext": {"authorizer": {"claims": "admin"}}},
    ],
)
def test_events_without_such_claims(event: Any) -> None:
    """A route without that authorizer is no anonymous user, but an error; so is a Lambda authorizer's context."""
    with pytest.raises(ConfigurationError, match="carries no claims"):
        claims_from_event(event)
