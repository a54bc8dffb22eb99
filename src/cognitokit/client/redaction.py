"""Cognito's texts without the secrets of the request that they may quote.

What is taken out may itself tell: three stars for "password" in a sentence that everybody knows give
the user's password away. So a sentence of Cognito's own stays as it is, and any other that contains
a secret which might as well be a word of it is left out as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET_MEMBERS = frozenset(
    {
        "AccessToken",
        "ActorToken",
        "ClientSecret",
        "Code",
        "ConfirmationCode",
        "Credential",
        "DeviceSecretVerifierConfig",
        "EncodedData",
        "FeedbackToken",
        "Password",
        "PreviousPassword",
        "ProposedPassword",
        "ProviderDetails",
        "RefreshToken",
        "Secret",
        "SecretHash",
        "Session",
        "SubjectToken",
        "TemporaryPassword",
        "Token",
        "UserCode",
        "headerValue",
    }
)
"""Request members whose values must not reach a message, at any depth."""

SECRET_MAPS = frozenset({"AuthParameters", "ChallengeResponses"})
"""Request members that are maps of secrets, but for PUBLIC_KEYS."""

PUBLIC_KEYS = frozenset(
    {
        "CHALLENGE_NAME",
        "DEVICE_KEY",
        "MAX_AGE",
        "PREFERRED_CHALLENGE",
        "TARGET_ACR_VALUES",
        "TIMESTAMP",
        "USERNAME",
    }
)
"""Keys of AuthParameters and ChallengeResponses whose values are no secrets."""

LEFT_OUT = "Cognito's text is left out, for it may quote a secret of the request."
"""What stands for a text with a secret that might be a word of it."""

_REDACTED = "***"
_SHORT = 6  # a shorter value counts only where it stands alone: "a1" is not a leak of "ba1c"
_WORDS = re.compile(r"(?:[^\W\d_]|[\s,.;:!?'])+|\d{1,5}")
"""What may stand in a sentence by itself: words, with what stands between them, and small numbers."""

_ID = r"[\w+]{1,128}"
_FAULT = r"Value at '[\w.]{1,100}' failed to satisfy constraint"
_MUST = (
    r"(?:not be null|have length (?:less|greater) than or equal to \d+"
    r"|satisfy regular expression pattern: [^\s;]+|satisfy enum value set: \[[A-Z_, ]+\])"
)
_OWN = re.compile(
    "|".join(
        (
            r"A client attempted to write unauthorized attribute",
            r"Access Token (?:has been revoked|has expired|does not have required scopes)",
            r"An account with the given \w+ already exists",
            r"Attempt limit exceeded, please try after some time",
            rf"Client {_ID} is configured (?:with|for) secret but secret_?hash was not received",
            r"Code mismatch(?: and fail enable Software Token MFA)?",
            r"Could not verify signature for Access Token",
            rf"Client {_ID} is not configured (?:with|for) secret but secret_?hash was received",
            r"Incorrect username or password",
            r"Initiate Auth method not supported",
            r"Invalid (?:Access|Refresh) Token",
            r"Invalid code (?:or auth state for the|received for) user",
            r"Invalid code provided, please request a code again",
            r"Invalid session for the user(?:, session is expired|, session can only be used once)?",
            r"Invalid verification code provided, please try again",
            r"Missing required parameter \w+",
            r"Password attempts exceeded",
            r"Password did not conform with (?:password )?policy: Password [a-z ]+",
            r"Password reset required for the user",
            r"Rate exceeded",
            r"Refresh Token has (?:been revoked|expired|been used already)",
            r"SignUp is not permitted for this user pool",
            r"Too many requests",
            rf"Unable to verify secret hash for client {_ID}",
            r"User (?:account )?already exists",
            r"User cannot be confirmed\. Current status is [A-Z_]+",
            r"User does not exist",
            r"User is (?:already confirmed|disabled|not confirmed)",
            r"User password cannot be reset in the current state",
            rf"User pool client {_ID} does not exist",
            r"Username/client id combination not found",
            r"Your software token has already been used once",
            r"[A-Z_]+ (?:flow|is) not enabled for (?:this|the) client",
            r"Auth flow not enabled for this client",
            # With no value: Cognito names sensitive members only by their path.
            rf"\d+ validation errors? detected(?:[:;] {_FAULT}: Member must {_MUST})+",
        )
    ),
    re.IGNORECASE,
)
"""Sentences that Cognito itself says, which have no room for a secret."""


def redacted(text: str, params: Mapping[str, Any]) -> str:
    """Return the text with every secret value of the request's members replaced by three stars.

    A text that is Cognito's own stays; one with a secret that might be a word of it is LEFT_OUT.
    """
    if _OWN.fullmatch(text.rstrip(". ")) is not None:
        return text
    found = sorted({value for value in _secrets(params) if value in text}, key=len, reverse=True)
    for value in found:
        pattern = re.escape(value)
        if len(value) < _SHORT:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        if _WORDS.fullmatch(value) is None:
            text = re.sub(pattern, _REDACTED, text)
        elif re.search(pattern, text) is not None:
            return LEFT_OUT
    return text


def _secrets(value: object, *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, str):
        if secret and value:
            yield value
    elif isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            if name in SECRET_MAPS and isinstance(item, Mapping):
                for key, entry in cast("Mapping[str, object]", item).items():
                    yield from _secrets(entry, secret=key not in PUBLIC_KEYS)
            else:
                yield from _secrets(item, secret=secret or name in SECRET_MEMBERS)
    elif isinstance(value, (list, tuple)):
        for item in cast("list[object]", value):
            yield from _secrets(item, secret=secret)
