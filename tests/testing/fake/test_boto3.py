"""The boto3 client that the pool answers."""

from __future__ import annotations

from datetime import UTC

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from cognitokit.errors import ConnectionFailed, InternalError, RequestTimeout
from cognitokit.testing import FakePool, NotInFakePool
from tests.testing.fake.calls import PASSWORD


def test_it_is_boto3s_own_client(pool: FakePool) -> None:
    """Methods, replies, dates and metadata are as boto3 has them, and there is one client."""
    user = pool.cognito.admin_get_user(UserPoolId=pool.pool.id, Username="jane")

    assert user["UserCreateDate"].astimezone(UTC).isoformat() == "2027-01-15T08:00:00.250000+00:00"
    assert user["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert user["ResponseMetadata"]["RequestId"]
    assert pool.cognito is pool.cognito


def test_errors_are_its_exceptions(pool: FakePool) -> None:
    """Modelled errors are classes of the client, with code, message and request id."""
    with pytest.raises(pool.cognito.exceptions.UserNotFoundException) as caught:
        pool.cognito.admin_get_user(UserPoolId=pool.pool.id, Username="nobody")

    assert caught.value.response["Error"] == {
        "Code": "UserNotFoundException",
        "Message": "User does not exist.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_faults_are_boto3s_too(pool: FakePool) -> None:
    """A fault of the service is a 500, and no connection and no answer are botocore's exceptions."""
    pool.fail_next("AdminGetUser", InternalError)
    pool.fail_next("AdminGetUser", ConnectionFailed)
    pool.fail_next("AdminGetUser", RequestTimeout)
    request = {"UserPoolId": pool.pool.id, "Username": "jane"}

    with pytest.raises(ClientError) as caught:
        pool.cognito.admin_get_user(**request)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    with pytest.raises(EndpointConnectionError):
        pool.cognito.admin_get_user(**request)
    with pytest.raises(ReadTimeoutError):
        pool.cognito.admin_get_user(**request)
    assert pool.cognito.admin_get_user(**request)["Username"] == "jane"


def test_it_checks_requests_itself(pool: FakePool) -> None:
    """A request that boto3 does not send never reaches the pool."""
    before = len(pool.calls)

    with pytest.raises(ParamValidationError):
        pool.cognito.sign_up(ClientId=pool.client_id)
    assert len(pool.calls) == before


def test_paginators_work(pool: FakePool) -> None:
    """boto3's own paginator walks the pages."""
    for name in "abc":
        pool.add_user(name, PASSWORD)
    pages = pool.cognito.get_paginator("list_users").paginate(
        UserPoolId=pool.pool.id, PaginationConfig={"PageSize": 2}
    )

    assert [user["Username"] for page in pages for user in page["Users"]] == ["jane", "a", "b", "c"]


def test_a_document_goes_through(pool: FakePool) -> None:
    """Free JSON, as passkeys have it, is neither changed nor dropped."""
    passkeys = FakePool(
        pool_options={
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
            "WebAuthnConfiguration": {"RelyingPartyId": "auth.example.com"},
        }
    )
    passkeys.add_user("jane", PASSWORD)
    token = passkeys.mint.access_token("jane")
    reply = passkeys.cognito.start_web_authn_registration(AccessToken=token)

    assert reply["CredentialCreationOptions"]["rp"]["id"] == "auth.example.com"


def test_what_the_fake_leaves_out_says_so(pool: FakePool) -> None:
    """An operation that the fake does not do raises the fake's own error through boto3."""
    with pytest.raises(NotInFakePool, match="LocalPool"):
        pool.cognito.describe_user_pool(UserPoolId=pool.pool.id)


def test_nothing_outside_is_asked(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that does not exist and an endpoint elsewhere, in the environment, do not matter."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:1")

    assert pool.cognito.meta.endpoint_url == "https://cognito-idp.eu-west-1.amazonaws.com"
    assert (
        pool.cognito.admin_get_user(UserPoolId=pool.pool.id, Username="jane")["Username"] == "jane"
    )
