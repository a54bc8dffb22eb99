"""CUSTOM_AUTH by a code in a mail: the define, create and verify triggers in one function.

Cognito keeps the state of a sign-in, its session, and hands it to each trigger. The code itself is
in the mail and nowhere else: Cognito is given a salted digest of it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.aws_lambda.events import trigger_of
from cognitokit.errors import ConfigurationError
from cognitokit.verifier.awaitables import close_coroutine, is_async_callable, is_awaitable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Event = dict[str, Any]
    Send = Callable[["CodeToSend"], object]

_CHALLENGE = "CUSTOM_CHALLENGE"
# With a trace of Cognito's session at hand a code is found in seconds at a plain digest. Four
# megabytes and ten milliseconds a try make that hours, and suit a function of 128 MB.
_SCRYPT = {"n": 2**12, "r": 8, "p": 1, "dklen": 32}
_BOUNDS = {"digits": (6, 12), "attempts": (1, 10), "lifetime": (1, 900)}
_ASYNC_SEND = (
    "send must be a synchronous function: Lambda's handlers are, and nothing would await it."
)
_TRIGGERS = (
    "Attach the function as DefineAuthChallenge, CreateAuthChallenge and "
    "VerifyAuthChallengeResponse of the user pool."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeToSend:
    """A code, and who gets it. Its repr hides the code."""

    email: str
    """The user's address, which Cognito has verified."""
    code: str = field(repr=False)
    """Decimal digits."""
    username: str
    """The name that Cognito keeps the user under."""
    lifetime: int
    """How long the code is good, seconds."""
    attributes: Mapping[str, str] = field(repr=False)
    """The user's attributes, for instance locale."""
    client_metadata: Mapping[str, str] = field(repr=False)
    """What the application had sent with the call; anybody can write it."""


def email_code_triggers(
    send: Send,
    *,
    digits: int = 8,
    attempts: int = 3,
    lifetime: int = 180,
    clock: Callable[[], float] = time.time,
) -> Callable[[Event, object], Event]:
    """Make the function of CUSTOM_AUTH's three triggers: a code by mail, and tokens for its answer.

        handler = email_code_triggers(send)

    The app signs in with `client.sign_in_with_custom_auth("jane")`, and answers the CustomChallenge
    with what the user has typed. One code is sent for each sign-in; a wrong answer is asked for
    again, until the attempts are used up. Whoever does not exist, or has no verified address, is
    asked for a code too, but none is sent, and no answer is right. Challenge parameters, which the
    app sees, say that it is a mail, and no address.

    Each sign-in that somebody starts is a mail to the user: bound how often that is. And
    as everybody can start one, bound how many guesses that makes: eight digits and three
    attempts give one in thirty-three million at a time.

    Cognito operations: InitiateAuth (CUSTOM_AUTH), RespondToAuthChallenge. The app client's
    AuthSessionValidity must be at least the lifetime.

    Args:
        send: Called with a CodeToSend to mail it. What it raises ends the sign-in with
            UserLambdaValidation. Cognito waits five seconds for it, so that it should put the
            mail into a queue and return.
        digits: How many digits a code has, 6 to 12.
        attempts: How many answers a sign-in may give, 1 to 10.
        lifetime: How long a code is good, seconds, 1 to 900.
        clock: Epoch seconds.

    Returns:
        The function: handler(event, context).

    Raises:
        ConfigurationError: send is no function, or an asynchronous one, or an option is out of its
            bounds; when the function is called: the event is not one of the three triggers', or
            send has returned something to be awaited.
    """
    _check_functions(send, clock)
    _check_numbers(digits=digits, attempts=attempts, lifetime=lifetime)

    def define(event: Event) -> Event:
        steps: list[Any] = event["request"].get("session") or []
        ours = all(step.get("challengeName") == _CHALLENGE for step in steps)
        solved = ours and bool(steps) and steps[-1].get("challengeResult") is True
        failed = not ours or (not solved and len(steps) >= attempts)
        answer: Event = {"issueTokens": solved, "failAuthentication": failed}
        return answer if solved or failed else answer | {"challengeName": _CHALLENGE}

    def create(event: Event) -> Event:
        request = event["request"]
        steps: list[Any] = request.get("session") or []
        # The same code is asked for again: a new one for each guess would be one more chance.
        kept = _read(steps[-1].get("challengeMetadata")) if steps else None
        if kept is None:
            attributes: dict[str, str] = request.get("userAttributes") or {}
            verified = str(attributes.get("email_verified")).lower() == "true"
            is_sent = verified and bool(attributes.get("email")) and not request.get("userNotFound")
            # Where nothing is sent there is nothing to guess: as costly to digest, and no answer.
            code = _new_code(digits) if is_sent else secrets.token_hex(16)
            salt = secrets.token_bytes(16)
            kept = {
                "expires_at": str(int(clock()) + lifetime),
                "salt": salt.hex(),
                "digest": _digest(code, salt),
            }
            if is_sent:
                _mail(
                    send,
                    CodeToSend(
                        email=attributes["email"],
                        code=code,
                        username=event["userName"],
                        lifetime=lifetime,
                        attributes=attributes,
                        client_metadata=request.get("clientMetadata") or {},
                    ),
                )
        return {
            "publicChallengeParameters": {"medium": "EMAIL"},
            "privateChallengeParameters": kept,
            "challengeMetadata": _write(kept),
        }

    def verify(event: Event) -> Event:
        request = event["request"]
        kept: dict[str, str] = request["privateChallengeParameters"]
        answer = str(request.get("challengeAnswer") or "").strip()
        is_code = len(answer) == digits and answer.isascii() and answer.isdigit()
        is_right = is_code and hmac.compare_digest(
            _digest(answer, bytes.fromhex(kept["salt"])), kept["digest"]
        )
        in_time = clock() < int(kept["expires_at"])
        return {"answerCorrect": is_right and in_time and not request.get("userNotFound")}

    triggers = {
        "DefineAuthChallenge_Authentication": define,
        "CreateAuthChallenge_Authentication": create,
        "VerifyAuthChallengeResponse_Authentication": verify,
    }

    def handler(event: Event, context: object = None) -> Event:  # noqa: ARG001 - Lambda passes it
        trigger = triggers.get(trigger_of(event))
        if trigger is None:
            raise ConfigurationError(_TRIGGERS)
        event["response"] = trigger(event)
        return event

    return handler


def _check_functions(send: object, clock: object) -> None:
    if not callable(send):
        raise ConfigurationError("send must be a function that takes a CodeToSend and mails it.")
    if is_async_callable(send):
        raise ConfigurationError(_ASYNC_SEND)
    if not callable(clock) or is_async_callable(clock):
        raise ConfigurationError("clock must be a function that returns epoch seconds: time.time.")


def _check_numbers(**given: object) -> None:
    for name, value in given.items():
        least, most = _BOUNDS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigurationError(f"{name} must be a whole number from {least} to {most}.")


def _mail(send: Send, message: CodeToSend) -> None:
    sent = send(message)
    if is_awaitable(sent):
        close_coroutine(sent)
        raise ConfigurationError(_ASYNC_SEND)


def _new_code(digits: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def _digest(code: str, salt: bytes) -> str:
    return hashlib.scrypt(code.encode(), salt=salt, **_SCRYPT).hex()


def _write(kept: Mapping[str, str]) -> str:
    return f"EMAIL_CODE {kept['expires_at']} {kept['salt']} {kept['digest']}"


def _read(metadata: str | None) -> dict[str, str] | None:
    words = (metadata or "").split(" ")
    if len(words) != 4 or words[0] != "EMAIL_CODE":  # noqa: PLR2004 - as _write has it
        return None
    return dict(zip(("expires_at", "salt", "digest"), words[1:], strict=True))
