"""Where a code goes, as Cognito tells the caller: masked, and the same for users who do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Medium = Literal["EMAIL", "SMS"]

MEDIUM_OF: Mapping[str, Medium] = {"email": "EMAIL", "phone_number": "SMS"}


def mask(destination: str) -> str:
    """Return the address as callers see it: j***@e***, +*******9934."""
    if "@" in destination:
        local, _, domain = destination.partition("@")
        return f"{local[:1]}***@{domain[:1]}***"
    return f"+*******{destination[-4:]}"


def details(attribute: str, destination: str) -> dict[str, str]:
    """Return CodeDeliveryDetails."""
    return {
        "Destination": mask(destination),
        "DeliveryMedium": MEDIUM_OF[attribute],
        "AttributeName": attribute,
    }


def simulated_details(username: str) -> dict[str, str]:
    """Return the CodeDeliveryDetails that hide from the caller that there is no such user."""
    if username.startswith("+"):
        return details("phone_number", username)
    return details("email", username if "@" in username else f"{username}@example.com")
