"""How API Gateway writes claims down, in its two notations."""

from __future__ import annotations

import pytest

from cognitokit import ConfigurationError
from cognitokit.testing import FederatedIdentity, TokenMint
from cognitokit.testing.gateway_claims import claims_of, http_api_claims, rest_claims

NOW = 1_795_253_224
MINT = TokenMint(clock=lambda: NOW, new_id=lambda: "id")


def test_rest_api_writes_dates_and_commas() -> None:
    """A REST API's Cognito authorizer: dates for exp and iat, commas in lists, JSON for objects."""
    token = MINT.id_token(
        groups=["admin", "staff"],
        identity=FederatedIdentity("Google", "117"),
        roles=["arn:aws:iam::123456789012:role/a"],
    )
    claims = rest_claims(claims_of(token))

    assert "Sat Nov 21 09:27:04 UTC 2026" == claims["iat"]
    assert "Sat Nov 21 10:27:04 UTC 2026" == claims["exp"]
    assert str(NOW) == claims["auth_time"]
    assert "false" == claims["email_verified"]
    assert f"admin,staff,{MINT.pool.id}_Google" == claims["cognito:groups"]
    assert "arn:aws:iam::123456789012:role/a" == claims["cognito:roles"]
    assert (
        f'{{"dateCreated":"{NOW}000","userId":"117","providerName":"Google",'
        '"providerType":"Google","issuer":null,"primary":"true"}'
    ) == claims["identities"]


def test_rest_api_joins_objects_without_brackets() -> None:
    """A list of several objects is no JSON any more."""
    assert {"identities": '{"a":1},{"b":"x"}'} == rest_claims(
        {"identities": [{"a": 1}, {"b": "x"}]}
    )


def test_http_api_writes_as_go_prints() -> None:
    """An HTTP API's JWT authorizer: brackets and spaces, maps sorted by name, <nil>."""
    token = MINT.id_token(groups=["admin", "staff"], identity=FederatedIdentity("Google", "117"))
    claims = http_api_claims(claims_of(token))

    assert (str(NOW + 3600), str(NOW)) == (claims["exp"], claims["iat"])
    assert "false" == claims["email_verified"]
    assert f"[admin staff {MINT.pool.id}_Google]" == claims["cognito:groups"]
    assert (
        f"[map[dateCreated:{NOW}000 issuer:<nil> primary:true providerName:Google "
        "providerType:Google userId:117]]"
    ) == claims["identities"]


def test_access_tokens_version_is_text() -> None:
    """Every claim is text in both notations."""
    claims = claims_of(MINT.access_token())

    assert "2" == rest_claims(claims)["version"] == http_api_claims(claims)["version"]
    for written in (rest_claims(claims), http_api_claims(claims)):
        assert {str} == {type(value) for value in written.values()}


def test_groups_cannot_be_told_apart_afterwards() -> None:
    """What makes these notations unfit for decisions: other groups, the same text."""
    one, two = {"cognito:groups": ["a,b"]}, {"cognito:groups": ["a", "b"]}
    three, four = {"cognito:groups": ["a b"]}, {"cognito:groups": ["a", "b"]}

    assert rest_claims(one) == rest_claims(two)
    assert http_api_claims(three) == http_api_claims(four)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "a.W10.c"])
def test_what_is_no_token_has_no_claims(token: str) -> None:
    """Text that is no token is refused."""
    with pytest.raises(ConfigurationError, match="authorized_by"):
        claims_of(token)
