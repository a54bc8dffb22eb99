"""Each challenge of a sign-in as a question on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure
from cognitokit.cli.secret_input import ask, ask_choice, ask_secret
from cognitokit.cli.talk import say, waiting
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
from cognitokit.errors import CodeMismatch, InvalidPassword, MissingDependency

if TYPE_CHECKING:
    from cognitokit.client.challenges import ChallengeAnswer, SignInResult, SomeChallenge
    from cognitokit.client.results import CodeDelivery
    from cognitokit.client.sync.client import CognitoClient

_ATTEMPTS = 3
_BROWSER = "use `cognitokit token browser`, which opens the pool's own pages."
_IN_A_TERMINAL = frozenset({"EMAIL_OTP", "PASSWORD", "SMS_OTP"})
_METHODS = frozenset({"EMAIL_OTP", "SOFTWARE_TOKEN_MFA"})


def answered(client: CognitoClient, challenge: SomeChallenge) -> SignInResult:
    """Ask what a challenge asks, send the answer, and return what Cognito says to it.

    A code that was mistyped, or a new password that the policy refuses, may be given again, three
    times in all.

    Raises:
        Failure: The challenge cannot be answered in a terminal.
        CognitoKitError: Cognito refused the answer.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _once(client, challenge)
        except (CodeMismatch, InvalidPassword) as error:
            say(f"{error.message} Try again.", "yellow")
    return _once(client, challenge)


def _once(client: CognitoClient, challenge: SomeChallenge) -> SignInResult:
    answer = _answer(client, challenge)
    with waiting("Sending the answer"):
        return client.respond(answer)


def _answer(client: CognitoClient, challenge: SomeChallenge) -> ChallengeAnswer:
    match challenge:
        case NewPasswordRequired():
            return _new_password(challenge)
        case SmsMfa() | SmsOtp() | EmailOtp():
            return challenge.answer(ask(f"The code {_sent_to(challenge.delivery)}"))
        case SoftwareTokenMfa():
            return challenge.answer(ask("The code that the authenticator app shows"))
        case SelectMfaType():
            return challenge.answer(ask_choice("Which second factor", challenge.choices))
        case SelectChallenge():
            return _choice(challenge)
        case PasswordRequired():
            return challenge.answer(ask_secret("Password"))
        case CustomChallenge():
            return _custom(challenge)
        case MfaSetup():
            return _set_up(client, challenge)
        case _:  # the rest, which the type checker knows
            raise _not_here(challenge)


def _not_here(challenge: SrpChallenge | WebAuthn | UnknownChallenge) -> Failure:
    if isinstance(challenge, SrpChallenge):
        return Failure(challenge.reason, Exit.REFUSED)
    return Failure(f"{challenge.name} cannot be answered in a terminal: {_BROWSER}", Exit.REFUSED)


def _custom(challenge: CustomChallenge) -> ChallengeAnswer:
    for name, value in challenge.parameters.items():
        say(f"{name}: {value}")
    return challenge.answer(ask_secret("The answer to the pool's own challenge"))


def _new_password(challenge: NewPasswordRequired) -> ChallengeAnswer:
    say("The password was a temporary one.")
    attributes = {
        name: ask(f"Attribute {name}", default=challenge.attributes.get(name))
        for name in challenge.required_attributes
    }
    return challenge.answer(ask_secret("New password", twice=True), attributes=attributes)


def _sent_to(delivery: CodeDelivery | None) -> str:
    return f"sent to {delivery.destination}" if delivery and delivery.destination else "you got"


def _choice(challenge: SelectChallenge) -> ChallengeAnswer:
    choices = tuple(name for name in challenge.choices if name in _IN_A_TERMINAL)
    if not choices:
        raise Failure(
            f"This user has no factor that can be given in a terminal: {_BROWSER}", Exit.REFUSED
        )
    choice = ask_choice("How to sign in", choices)
    return challenge.answer(
        choice, password=ask_secret("Password") if choice == "PASSWORD" else None
    )


def _set_up(client: CognitoClient, challenge: MfaSetup) -> ChallengeAnswer:
    choices = tuple(name for name in challenge.choices if name in _METHODS)
    if not choices:
        raise Failure(
            "The pool demands a second factor that an administrator sets up.", Exit.REFUSED
        )
    if ask_choice("The pool demands a second factor. Which", choices) == "EMAIL_OTP":
        return challenge.answer(email=ask("Email address for codes"))
    with waiting("Setting up an authenticator app"):
        setup = client.mfa.associate(challenge)
    # Whoever sets it up has to see it: on stderr, where it is no part of the result.
    try:
        say(setup.qr_text(issuer="Cognito"))
    except MissingDependency as missing:
        say(f"No QR code: {missing}.")
    say(f"Put this into the authenticator app: {setup.otpauth_uri(issuer='Cognito')}")
    code = ask("The code that the app shows")
    with waiting("Checking the code"):
        return client.mfa.verify(setup, code).answer()
