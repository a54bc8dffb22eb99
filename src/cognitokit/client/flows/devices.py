"""Tracked devices, by their user and by an administrator: GetDevice, ListDevices and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.members import Members
from cognitokit.client.results import Device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow, PagedFlow


def get_device(owner: Mapping[str, str], key: str, *, admin: bool = False) -> Flow[Device]:
    """GetDevice or AdminGetDevice.

    Args:
        owner: The members that say whose it is: AccessToken, or UserPoolId and Username.
        key: The device's key.
        admin: Which of the two.
    """
    reply = yield Call("AdminGetDevice" if admin else "GetDevice", {**owner, "DeviceKey": key})
    return Device.read(Members(reply.body).members("Device"))


def list_devices(owner: Mapping[str, str], *, admin: bool = False) -> PagedFlow[Device]:
    """ListDevices or AdminListDevices."""
    return pages(
        "AdminListDevices" if admin else "ListDevices",
        owner,
        items="Devices",
        read=Device.read,
        token="PaginationToken",
    )


def forget_device(owner: Mapping[str, str], key: str, *, admin: bool = False) -> Flow[None]:
    """ForgetDevice or AdminForgetDevice."""
    yield Call("AdminForgetDevice" if admin else "ForgetDevice", {**owner, "DeviceKey": key})


def remember_device(
    owner: Mapping[str, str], key: str, *, remembered: bool, admin: bool = False
) -> Flow[None]:
    """UpdateDeviceStatus or AdminUpdateDeviceStatus."""
    yield Call(
        "AdminUpdateDeviceStatus" if admin else "UpdateDeviceStatus",
        {
            **owner,
            "DeviceKey": key,
            "DeviceRememberedStatus": "remembered" if remembered else "not_remembered",
        },
    )
