"""What Cognito's threat protection is told of a user's device and request."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any

from cognitokit.client.arguments import given, text_map
from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class UserContext:
    """What Cognito's threat protection may know of the user's device and request.

    Args:
        ip_address: The user's address. In public operations Cognito heeds it only for app clients
            with a secret that have EnablePropagateAdditionalUserContextData.
        encoded_data: What Cognito's data collection library gave in the browser or app.
        server_name: Your server's name; client.admin needs it.
        server_path: The path that the request was for; client.admin needs it.
        http_headers: The request's headers; client.admin sends them.

    Raises:
        ConfigurationError: One of them is not of its type; the message names it.
    """

    ip_address: str | None = None
    encoded_data: str | None = None
    server_name: str | None = None
    server_path: str | None = None
    http_headers: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name in ("ip_address", "encoded_data", "server_name", "server_path"):
            if not isinstance(getattr(self, name), (str, NoneType)):
                raise ConfigurationError(f"{name} must be a str.")
        text_map(self.http_headers, "http_headers")

    def __repr__(self) -> str:
        return "UserContext(...)"

    def for_user(self) -> dict[str, Any]:
        """Return UserContextData, as the public operations take it."""
        return given(IpAddress=self.ip_address, EncodedData=self.encoded_data)

    def for_admin(self) -> dict[str, Any]:
        """Return ContextData, as AdminInitiateAuth and AdminRespondToAuthChallenge take it.

        Raises:
            ConfigurationError: A member that these operations require is missing.
        """
        if self.ip_address is None or self.server_name is None or self.server_path is None:
            raise ConfigurationError(
                "For client.admin a UserContext needs ip_address, server_name and server_path."
            )
        return given(
            IpAddress=self.ip_address,
            ServerName=self.server_name,
            ServerPath=self.server_path,
            HttpHeaders=[
                {"headerName": name, "headerValue": value}
                for name, value in (text_map(self.http_headers, "http_headers") or {}).items()
            ],
            EncodedData=self.encoded_data,
        )
