"""Challenges as a page or a script sees them, and their answers out of a form's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognitokit.client.challenges import (
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
    SrpChallenge,
    UnknownChallenge,
    WebAuthn,
)
from cognitokit.errors import InvalidData

if TYPE_CHECKING:
    from cognitokit.client.challenges import ChallengeAnswer, SomeChallenge
    from cognitokit.weblogin.exchange import Fields


def described(challenge: SomeChallenge) -> dict[str, Any]:
    """Return what a script may know of a challenge: its name, and what the user needs to answer it."""
    details: dict[str, Any] = {"name": challenge.name}
    match challenge:
        case SmsMfa(delivery=delivery) | EmailOtp(delivery=delivery) | SmsOtp(delivery=delivery):
            details["destination"] = None if delivery is None else delivery.destination
        case NewPasswordRequired(required_attributes=names):
            details["required_attributes"] = list(names)
        case SelectMfaType(choices=choices) | SelectChallenge(choices=choices):
            details["choices"] = list(choices)
        case MfaSetup(choices=choices):
            details["choices"] = list(choices)
        case WebAuthn():
            details["request_options"] = challenge.request_options
        case CustomChallenge(parameters=parameters):
            details["parameters"] = dict(parameters)
        case _:
            pass
    return details


def is_answerable(challenge: SomeChallenge) -> bool:
    """Whether a form can answer it at all."""
    return not isinstance(challenge, (SrpChallenge, UnknownChallenge))


def sets_up_app(challenge: SomeChallenge) -> bool:
    """Whether the user is to set up an authenticator app."""
    return isinstance(challenge, MfaSetup) and (
        not challenge.choices or "SOFTWARE_TOKEN_MFA" in challenge.choices
    )


def answer_of(challenge: SomeChallenge, fields: Fields) -> ChallengeAnswer:
    """Return the answer that a form holds.

    Raises:
        InvalidData: A field is missing or not one of the choices; the message names it.
    """
    match challenge:
        case SmsMfa() | SoftwareTokenMfa() | EmailOtp() | SmsOtp():
            return challenge.answer(required(fields, "code"))
        case NewPasswordRequired(required_attributes=names):
            given = fields.texts("attributes")
            # No others: who fills in the form must not choose a tenant or a role.
            wanted = {name: given[name] for name in names if given.get(name)}
            return challenge.answer(required(fields, "new_password"), attributes=wanted)
        case SelectMfaType():
            return challenge.answer(required(fields, "choice"))
        case SelectChallenge():
            return challenge.answer(
                required(fields, "choice"),
                password=fields.text("password") or None,
                credential=fields.value("credential"),
            )
        case PasswordRequired():
            return challenge.answer(required(fields, "password"))
        case WebAuthn():
            return challenge.answer(fields.value("credential") or "")
        case CustomChallenge():
            return challenge.answer(required(fields, "answer"))
        case MfaSetup():
            return challenge.answer(email=required(fields, "email"))
        case _:
            raise InvalidData("This challenge cannot be answered by a form.")


def required(fields: Fields, name: str) -> str:
    """Return a field.

    Raises:
        InvalidData: It is missing; the message names it.
    """
    value = fields.text(name)
    if not value:
        raise InvalidData(f"The field {name} is missing.")
    return value
