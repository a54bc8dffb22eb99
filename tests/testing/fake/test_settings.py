"""The settings that a pool and its app clients take."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool, NotInFakePool
from tests.testing.fake.calls import PASSWORD, attributes, call, initiate, tokens

EMAIL = attributes(email="joe@example.com")


@pytest.mark.parametrize(
    "options,text",
    [
        ({"mfa": "MAYBE"}, "mfa must be"),
        ({"username_attributes": "email"}, "must be a list"),
        (
            {"pool_options": {"PoolColour": "red"}},
            "PoolColour is not a setting that CreateUserPool",
        ),
        (
            {"pool_options": {"AutoVerifiedAttributes": "email"}},
            "AutoVerifiedAttributes must be a list",
        ),
        ({"pool_options": {"AutoVerifiedAttributes": ["name"]}}, "autoVerifiedAttributes.1.member"),
        (
            {
                "username_attributes": ["email"],
                "pool_options": {"AliasAttributes": ["phone_number"]},
            },
            "exclude each other",
        ),
        (
            {"mfa": "ON", "pool_options": {"SoftwareTokenMfaConfiguration": {"Enabled": False}}},
            "MfaConfiguration needs a method",
        ),
        (
            {"client_options": {"Colour": "red"}},
            "Colour is not a setting that CreateUserPoolClient",
        ),
        ({"client_options": {"ExplicitAuthFlows": ["ALLOW_ALL"]}}, "enum value set"),
        (
            {
                "client_options": {
                    "AccessTokenValidity": 2,
                    "TokenValidityUnits": {"AccessToken": "minutes"},
                }
            },
            "120 seconds",
        ),
        ({"client_options": {"RefreshTokenValidity": 4000}}, "RefreshTokenValidity comes to"),
        (
            {
                "client_options": {
                    "RefreshTokenRotation": {"Feature": "ENABLED"},
                    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                }
            },
            "RefreshTokenRotation excludes",
        ),
        ({"pool_id": "nonsense"}, "user pool id"),
    ],
)
def test_a_wrong_setting_is_named_when_the_pool_is_made(options: dict[str, Any], text: str) -> None:
    """Unknown, mistyped and contradictory settings are refused at construction."""
    with pytest.raises(ConfigurationError, match=text):
        FakePool(**options)


def test_triggers_by_arn_are_left_out() -> None:
    """LambdaConfig names the Python callables instead."""
    with pytest.raises(NotInFakePool, match="triggers="):
        FakePool(
            pool_options={
                "LambdaConfig": {"PreSignUp": "arn:aws:lambda:eu-west-1:123456789012:function:f"}
            }
        )


def test_settings_without_effect_are_taken() -> None:
    """What a real pool's settings also hold does not stand in the way."""
    pool = FakePool(
        pool_options={
            "UserPoolTier": "PLUS",
            "UserPoolTags": {"stage": "test"},
            "DeletionProtection": "ACTIVE",
        },
        client_options={
            "CallbackURLs": ["https://example.com/callback"],
            "AllowedOAuthFlows": ["code"],
        },
    )
    pool.add_user("jane", PASSWORD)

    assert "AccessToken" in tokens(pool)


def test_another_client_starts_from_the_pools_options() -> None:
    """add_app_client takes over client_options, and what is given there wins."""
    pool = FakePool(client_options={"AccessTokenValidity": 2, "IdTokenValidity": 2})
    pool.add_user("jane", PASSWORD)
    other = pool.add_app_client(AccessTokenValidity=3)

    assert tokens(pool)["ExpiresIn"] == 7200
    assert tokens(pool, client_id=other.id)["ExpiresIn"] == 10800


def test_the_apis_own_flows_are_a_wish_away() -> None:
    """The flows that Cognito gives a client that names none can be had by naming them."""
    pool = FakePool(client_options={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})

    with pytest.raises(Exception, match="not enabled"):
        initiate(pool)


def test_a_secret_may_be_chosen() -> None:
    """GenerateSecret by option or argument makes one; ClientSecret, where boto3 has it, is taken."""
    made, none = FakePool(secret=True), FakePool()
    other = none.add_app_client(secret=True)

    assert made.client_secret is not None
    assert len(made.client_secret) == 51
    assert none.client_secret is None
    assert none.app_client == (none.client_id, None)
    assert other.secret is not None
    assert other.secret not in repr(other)


@pytest.mark.parametrize("code", [123456, None, "", "12 34"])
def test_codes_must_be_texts(code: Any) -> None:
    """What makes codes must make texts without spaces; else the first code is refused."""
    pool = FakePool(codes=lambda _: code)

    with pytest.raises(ConfigurationError, match="for 6 digits is none"):
        call(pool, "SignUp", Username="joe", Password=PASSWORD, UserAttributes=EMAIL)


def test_codes_must_be_made_by_a_function() -> None:
    """A code is no way to make codes; a function that returns it is."""
    codes: Any = "123456"
    with pytest.raises(ConfigurationError, match="codes must be a function"):
        FakePool(codes=codes)
    pool = FakePool(codes=lambda _: "123456")
    call(pool, "SignUp", Username="joe", Password=PASSWORD, UserAttributes=EMAIL)

    assert pool.last_code("joe") == "123456"
