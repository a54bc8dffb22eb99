"""Challenges, read from the replies of InitiateAuth, RespondToAuthChallenge and their admin twins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognitokit.client.challenges import ATTRIBUTE_PREFIX, SRP_CHALLENGES, class_of
from cognitokit.client.members import Members
from cognitokit.client.results import CodeDelivery
from cognitokit.client.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.challenges import SomeChallenge


def challenge_of(reply: Members, *, username: str, client_id: str, admin: bool) -> SomeChallenge:
    """Make the challenge that a response names.

    Args:
        reply: The response, which has a ChallengeName.
        username: The name that the request carried.
        client_id: The app client.
        admin: Whether the request was an administrator's.

    Raises:
        UnexpectedReply: A member is not of the type that it has in Cognito's service model.
    """
    name = reply.text("ChallengeName")
    raw = reply.text_map("ChallengeParameters")
    cls = class_of(name)
    return cls(
        name=name,
        username=raw.get("USERNAME") or raw.get("USER_ID_FOR_SRP") or username,
        client_id=client_id,
        session=reply.optional_text("Session") or None,
        admin=admin,
        **_details(name, raw, reply),
    )


def _details(name: str, raw: Mapping[str, str], reply: Members) -> dict[str, Any]:
    parameters = Members(raw)
    match name:
        case "NEW_PASSWORD_REQUIRED":
            required = parameters.json_list("requiredAttributes")
            attributes = parameters.json_object("userAttributes")
            return {
                "required_attributes": tuple(
                    str(item).removeprefix(ATTRIBUTE_PREFIX) for item in required
                ),
                "attributes": Texts(
                    {
                        key: value if isinstance(value, str) else json.dumps(value)
                        for key, value in attributes.items()
                    }
                ),
            }
        case "SMS_MFA" | "EMAIL_OTP" | "SMS_OTP":
            return {"delivery": _delivery(raw)}
        case "SOFTWARE_TOKEN_MFA":
            return {"device_name": raw.get("FRIENDLY_DEVICE_NAME")}
        case "SELECT_MFA_TYPE":
            return {"choices": _names(parameters, "MFAS_CAN_CHOOSE")}
        case "MFA_SETUP":
            return {"choices": _names(parameters, "MFAS_CAN_SETUP")}
        case "SELECT_CHALLENGE":
            return {
                "choices": reply.texts("AvailableChallenges"),
                "request_options_json": parameters.json_object_text("CREDENTIAL_REQUEST_OPTIONS"),
            }
        case "WEB_AUTHN":
            return {
                "request_options_json": parameters.json_object_text("CREDENTIAL_REQUEST_OPTIONS")
            }
        case "PASSWORD" | "ADMIN_NO_SRP_AUTH":
            return {}
        case _ if name in SRP_CHALLENGES or name == "CUSTOM_CHALLENGE":
            return {"parameters": raw}
        case _:
            return {"parameters": raw, "choices": reply.texts("AvailableChallenges")}


def _names(parameters: Members, name: str) -> tuple[str, ...]:
    return tuple(str(item) for item in parameters.json_list(name))


def _delivery(raw: Mapping[str, str]) -> CodeDelivery | None:
    medium = raw.get("CODE_DELIVERY_DELIVERY_MEDIUM")
    destination = raw.get("CODE_DELIVERY_DESTINATION")
    if medium is None and destination is None:
        return None
    return CodeDelivery(medium=medium, destination=destination)
