"""Devices that the pool tracks, as far as that goes without their SRP proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognitokit.testing.fake.pages import page
from cognitokit.testing.fake.refusal import Refused, not_authorized, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState
    from cognitokit.testing.fake.users import User


@dataclass(slots=True)
class Device:
    """A device that the pool tracks."""

    key: str
    group_key: str
    created_at: float
    modified_at: float
    used_at: float
    name: str | None = None
    confirmed: bool = False
    remembered: bool = False


def remember_device(
    state: PoolState, user: User, key: str | None
) -> tuple[Device | None, dict[str, str] | None]:
    """Return the device of a sign-in, and NewDeviceMetadata if it is a new one."""
    if not state.settings.tracks_devices:
        return None, None
    now = state.now()
    device = user.devices.get(key or "")
    if device is not None:
        device.used_at = now
        return device, None
    device = Device(
        key=f"{state.region}_{state.randomness.uuid()}",
        group_key=f"-{state.randomness.name(8)}",
        created_at=now,
        modified_at=now,
        used_at=now,
    )
    user.devices[device.key] = device
    return device, {"DeviceKey": device.key, "DeviceGroupKey": device.group_key}


def confirm_device(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ConfirmDevice. The SRP verifier is taken and never asked for."""
    user, _ = state.grants.authorize(params["AccessToken"])
    device = _tracked(state, user, params["DeviceKey"])
    device.name = params.get("DeviceName")
    device.confirmed = True
    device.remembered = not state.settings.device_on_prompt
    device.modified_at = state.now()
    return {"UserConfirmationNecessary": state.settings.device_on_prompt}


def get_device(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetDevice."""
    return {"Device": _described(state, _confirmed(state, _caller(state, params), params))}


def list_devices(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListDevices."""
    return _listed(state, _caller(state, params), params)


def update_device_status(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """UpdateDeviceStatus."""
    _set_status(state, _confirmed(state, _caller(state, params), params), params)
    return {}


def forget_device(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """ForgetDevice."""
    user = _caller(state, params)
    del user.devices[_confirmed(state, user, params).key]
    return {}


def admin_get_device(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminGetDevice."""
    return {"Device": _described(state, _confirmed(state, state.admin_user(params), params))}


def admin_list_devices(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminListDevices."""
    return _listed(state, state.admin_user(params), params)


def admin_update_device_status(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminUpdateDeviceStatus."""
    _set_status(state, _confirmed(state, state.admin_user(params), params), params)
    return {}


def admin_forget_device(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminForgetDevice."""
    user = state.admin_user(params)
    del user.devices[_confirmed(state, user, params).key]
    return {}


def _caller(state: PoolState, params: Mapping[str, Any]) -> User:
    token = params.get("AccessToken")
    if token is None:
        raise not_authorized("Invalid Access Token")
    user, _ = state.grants.authorize(token)
    return user


def _tracked(state: PoolState, user: User, key: str) -> Device:
    if not state.settings.tracks_devices:
        raise Refused(
            "InvalidUserPoolConfigurationException",
            "Device tracking is not enabled for the user pool.",
        )
    device = user.devices.get(key)
    if device is None:
        raise not_found("Device does not exist.")
    return device


def _confirmed(state: PoolState, user: User, params: Mapping[str, Any]) -> Device:
    device = _tracked(state, user, params["DeviceKey"])
    if not device.confirmed:
        raise not_found("Device does not exist.")
    return device


def _set_status(state: PoolState, device: Device, params: Mapping[str, Any]) -> None:
    device.remembered = params.get("DeviceRememberedStatus") == "remembered"
    device.modified_at = state.now()


def _listed(state: PoolState, user: User, params: Mapping[str, Any]) -> dict[str, Any]:
    devices = [device for device in user.devices.values() if device.confirmed]
    items, following = page(devices, params, size="Limit", token="PaginationToken")
    return {"Devices": [_described(state, device) for device in items], **following}


def _described(state: PoolState, device: Device) -> dict[str, Any]:
    attributes = {
        "device_status": "valid",
        "dev:device_remembered_status": "remembered" if device.remembered else "not_remembered",
    }
    if device.name is not None:
        attributes["device_name"] = device.name
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "DeviceCreateDate": state.moment(device.created_at),
        "DeviceLastModifiedDate": state.moment(device.modified_at),
        "DeviceLastAuthenticatedDate": state.moment(device.used_at),
    }
