"""Tracked devices, as far as they go without SRP."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from cognitokit.testing import FakePool, NotInFakePool
from tests.testing.fake.calls import PASSWORD, admin, call, initiate, mine, refusal, respond, tokens

ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}


def make_pool(**configuration: bool) -> FakePool:
    """A pool that tracks devices, and jane."""
    made = FakePool(
        clock=lambda: 1_800_000_000.0,
        pool_options={"DeviceConfiguration": {**ALWAYS, **configuration}},
    )
    made.add_user("jane", PASSWORD)
    return made


def confirmed(pool: FakePool, name: str = "laptop") -> tuple[Any, str]:
    """Sign in on a new device and confirm it; return tokens and key."""
    result = tokens(pool)
    key = result["NewDeviceMetadata"]["DeviceKey"]
    mine(pool, "ConfirmDevice", result, DeviceKey=key, DeviceName=name)
    return result, key


def test_a_new_device_is_told_and_named_in_tokens() -> None:
    """A sign-in without a device key gets a new one, which the access token carries."""
    pool = make_pool()
    result = tokens(pool)
    metadata = result["NewDeviceMetadata"]
    claims = jwt.decode(result["AccessToken"], options={"verify_signature": False})

    assert metadata["DeviceKey"].startswith("eu-west-1_")
    assert claims["device_key"] == metadata["DeviceKey"]
    assert mine(pool, "ListDevices", result)["Devices"] == []


def test_a_pool_that_tracks_none_tells_none(pool: FakePool) -> None:
    """Without DeviceConfiguration there is no metadata, and nothing to confirm."""
    result = tokens(pool)

    assert "NewDeviceMetadata" not in result
    assert refusal(mine, pool, "ConfirmDevice", result, DeviceKey="eu-west-1_0a")[0] == (
        "InvalidUserPoolConfigurationException"
    )


def test_a_confirmed_device_is_listed_renamed_and_forgotten() -> None:
    """The user and the administrator see the same device; forgetting it is for good."""
    pool = make_pool()
    result, key = confirmed(pool)
    device = mine(pool, "GetDevice", result, DeviceKey=key)["Device"]
    attributes = {pair["Name"]: pair["Value"] for pair in device["DeviceAttributes"]}
    seen = (
        mine(pool, "ListDevices", result)["Devices"],
        admin(pool, "AdminListDevices", Username="jane")["Devices"],
        [admin(pool, "AdminGetDevice", Username="jane", DeviceKey=key)["Device"]],
    )
    mine(pool, "ForgetDevice", result, DeviceKey=key)

    assert attributes == {
        "device_status": "valid",
        "device_name": "laptop",
        "dev:device_remembered_status": "remembered",
    }
    assert seen == ([device],) * 3
    assert refusal(mine, pool, "GetDevice", result, DeviceKey=key)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("prompt", [False, True])
def test_who_decides_that_a_device_is_remembered(*, prompt: bool) -> None:
    """The pool remembers at once, or waits for the user's word."""
    pool = make_pool(DeviceOnlyRememberedOnUserPrompt=prompt)
    result = tokens(pool)
    key = result["NewDeviceMetadata"]["DeviceKey"]
    reply = mine(pool, "ConfirmDevice", result, DeviceKey=key)

    def remembered() -> bool:
        device = mine(pool, "GetDevice", result, DeviceKey=key)["Device"]
        pairs = {pair["Name"]: pair["Value"] for pair in device["DeviceAttributes"]}
        return bool(pairs["dev:device_remembered_status"] == "remembered")

    assert reply["UserConfirmationNecessary"] is prompt
    assert remembered() is not prompt
    mine(pool, "UpdateDeviceStatus", result, DeviceKey=key, DeviceRememberedStatus="remembered")
    assert remembered()
    admin(
        pool,
        "AdminUpdateDeviceStatus",
        Username="jane",
        DeviceKey=key,
        DeviceRememberedStatus="not_remembered",
    )
    assert not remembered()


def test_an_administrator_forgets_devices() -> None:
    """AdminForgetDevice takes it off the list."""
    pool = make_pool()
    _, key = confirmed(pool)
    admin(pool, "AdminForgetDevice", Username="jane", DeviceKey=key)

    assert admin(pool, "AdminListDevices", Username="jane")["Devices"] == []


def test_devices_come_in_pages() -> None:
    """Limit and PaginationToken page the list."""
    pool = make_pool()
    for name in ("a", "b", "c"):
        confirmed(pool, name)
    page = admin(pool, "AdminListDevices", Username="jane", Limit=2)
    rest = admin(pool, "AdminListDevices", Username="jane", PaginationToken=page["PaginationToken"])

    assert (len(page["Devices"]), len(rest["Devices"])) == (2, 1)


def test_an_unconfirmed_device_is_not_there_yet() -> None:
    """Before ConfirmDevice the key finds nothing."""
    pool = make_pool()
    result = tokens(pool)
    key = result["NewDeviceMetadata"]["DeviceKey"]

    assert refusal(mine, pool, "GetDevice", result, DeviceKey=key)[0] == "ResourceNotFoundException"
    assert refusal(mine, pool, "ConfirmDevice", result, DeviceKey="eu-west-1_0a")[0] == (
        "ResourceNotFoundException"
    )


def test_a_token_is_needed(pool: FakePool) -> None:
    """The model leaves AccessToken optional, Cognito does not."""
    assert (
        refusal(pool.handle, "GetDevice", {"DeviceKey": "eu-west-1_0a"})[1]
        == "Invalid Access Token"
    )


def test_a_remembered_device_must_prove_itself_by_srp() -> None:
    """Its key at sign-in brings DEVICE_SRP_AUTH, which cannot be answered here."""
    pool = make_pool()
    _, key = confirmed(pool)
    challenge = initiate(pool, DEVICE_KEY=key)

    assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
    with pytest.raises(NotInFakePool, match="Secure Remote Password"):
        respond(pool, challenge, SRP_A="ab", DEVICE_KEY=key)


def test_a_known_device_is_not_new() -> None:
    """A device that is not remembered is recognised by its key, and gets no other."""
    pool = make_pool(DeviceOnlyRememberedOnUserPrompt=True)
    _, key = confirmed(pool)
    result = initiate(pool, DEVICE_KEY=key)["AuthenticationResult"]

    assert "NewDeviceMetadata" not in result
    assert mine(pool, "GetDevice", result, DeviceKey=key)["Device"]["DeviceKey"] == key


def test_a_refresh_names_the_device() -> None:
    """Where devices are tracked, the refresh token works only with its device's key."""
    pool = make_pool()
    result, key = confirmed(pool)
    refresh_token = result["RefreshToken"]

    def refresh(**params: Any) -> Any:
        return call(pool, "GetTokensFromRefreshToken", RefreshToken=refresh_token, **params)

    assert refusal(refresh) == ("NotAuthorizedException", "Invalid Refresh Token")
    assert "AuthenticationResult" in refresh(DeviceKey=key)
