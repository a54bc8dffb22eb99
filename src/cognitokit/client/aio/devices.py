"""client.devices: a signed-in user's tracked devices, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.flows import devices
from cognitokit.client.flows.request import token_member

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cognitokit.client.results import Device
    from cognitokit.tokens import Tokens


class AsyncDevices(AsyncPart):
    """Same as Devices, awaited."""

    async def get(self, access_token: Tokens | str, key: str) -> Device:
        """Same as CognitoClient.devices.get, awaited."""
        return await self._driver.run(devices.get_device(token_member(access_token), key))

    def list(self, access_token: Tokens | str) -> AsyncIterator[Device]:
        """Same as CognitoClient.devices.list, iterated with async for."""
        return self._driver.iterate(devices.list_devices(token_member(access_token)))

    async def forget(self, access_token: Tokens | str, key: str) -> None:
        """Same as CognitoClient.devices.forget, awaited."""
        return await self._driver.run(devices.forget_device(token_member(access_token), key))

    async def remember(
        self, access_token: Tokens | str, key: str, *, remembered: bool = True
    ) -> None:
        """Same as CognitoClient.devices.remember, awaited."""
        return await self._driver.run(
            devices.remember_device(token_member(access_token), key, remembered=remembered)
        )
