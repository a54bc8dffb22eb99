"""What a part of the client's methods needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognitokit.client.app import AppClient
    from cognitokit.client.drive import Driver


class Part:
    """A part of the client's methods: client.admin, client.mfa and so on."""

    def __init__(self, app: AppClient, driver: Driver) -> None:
        self._app = app
        self._driver = driver

    def __repr__(self) -> str:
        if not hasattr(self, "_app"):  # a traceback shows a client that was refused half-made
            return f"{type(self).__name__}(...)"
        return f"{type(self).__name__}({self._app.pool_id!r}, client_id={self._app.client_id!r})"
