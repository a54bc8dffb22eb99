"""client.devices: a signed-in user's tracked devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import devices
from cognitokit.client.flows.request import token_member
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.client.results import Device
    from cognitokit.tokens import Tokens


class Devices(Part):
    """Looks after the devices that a pool tracks. Every access token needs the scope aws.cognito.signin.user.admin.

    A new device (Tokens.new_device) cannot be confirmed here: ConfirmDevice takes a verifier of the
    Secure Remote Password protocol, which this library leaves out. Until some other library has
    confirmed it a device is neither listed nor found (ResourceNotFound); its key is still what a
    refresh of that sign-in needs.
    """

    def get(self, access_token: Tokens | str, key: str) -> Device:
        """Return one device (GetDevice).

        Raises:
            ResourceNotFound: The user has no such device.
            InvalidUserPoolConfiguration: The pool does not track devices.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(devices.get_device(token_member(access_token), key))

    def list(self, access_token: Tokens | str) -> Iterator[Device]:
        """Iterate over the user's devices (ListDevices).

        Raises:
            InvalidUserPoolConfiguration: The pool does not track devices.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(devices.list_devices(token_member(access_token)))

    def forget(self, access_token: Tokens | str, key: str) -> None:
        """Forget a device (ForgetDevice).

        Raises:
            ResourceNotFound: The user has no such device.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(devices.forget_device(token_member(access_token), key))

    def remember(self, access_token: Tokens | str, key: str, *, remembered: bool = True) -> None:
        """Remember a device, or no longer (UpdateDeviceStatus).

        Raises:
            ResourceNotFound: The user has no such device.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            devices.remember_device(token_member(access_token), key, remembered=remembered)
        )
