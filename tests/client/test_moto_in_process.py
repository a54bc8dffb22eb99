"""moto's mock_aws, which many users' tests have already, goes on working with the boto3 transport."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from cognitokit import (
    Boto3Transport,
    CognitoClient,
    NewPasswordRequired,
    Tokens,
    UserFilter,
    errors,
)

REGION = "eu-west-1"
PASSWORD = "Passw0rd!of-jane"


@pytest.fixture
def _mocked(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


@pytest.mark.usefixtures("_mocked")
@pytest.mark.parametrize("injected", [False, True])
def test_main_job(injected: bool) -> None:
    """Sign-up, sign-in, a challenge and administration, with clients of our making or an injected one."""
    cognito = boto3.client("cognito-idp", region_name=REGION)
    pool_id = cognito.create_user_pool(PoolName="test")["UserPool"]["Id"]
    client_id = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="test")[
        "UserPoolClient"
    ]["ClientId"]
    transport = Boto3Transport(client=cognito) if injected else None

    with CognitoClient(pool_id, client_id=client_id, transport=transport) as client:
        client.sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
        client.confirm_sign_up("jane", "123456")
        tokens = client.sign_in("jane", PASSWORD).require_tokens()
        assert client.get_user(tokens).username == "jane"
        with pytest.raises(errors.NotAuthorized):
            client.sign_in("jane", "wrong password")

        client.admin.create_user("joe", temporary_password="Temp0rary!pw")
        challenge = client.sign_in("joe", "Temp0rary!pw")
        assert isinstance(challenge, NewPasswordRequired)
        assert isinstance(client.respond(challenge.answer("N3w!passw0rd")), Tokens)
        found = client.admin.list_users(UserFilter.equals("username", "joe"))
        assert ["joe"] == [user.username for user in found]


@pytest.mark.usefixtures("_mocked")
def test_what_moto_lacks() -> None:
    """An operation that moto does not have is one of our errors, which says that it was not Cognito's answer."""
    cognito = boto3.client("cognito-idp", region_name=REGION)
    pool_id = cognito.create_user_pool(PoolName="test")["UserPool"]["Id"]

    with (
        CognitoClient(pool_id, client_id="1example") as client,
        pytest.raises(errors.CognitoKitError),
    ):
        client.refresh("refresh")
