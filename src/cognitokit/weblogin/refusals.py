"""What a user may read of an error of Cognito: a few fixed sentences, the same for every cause.

An unknown user, a wrong password, an unconfirmed and a disabled user look alike: who tries names
learns nothing. A limit on one user's attempts exists for known users only, so it looks like one
more wrong attempt.
"""

from __future__ import annotations

from typing import NamedTuple

from cognitokit.errors import (
    AccessError,
    CodeError,
    CognitoKitError,
    ConfigurationError,
    FlowNotEnabled,
    InvalidData,
    InvalidParameter,
    LimitError,
    LimitExceeded,
    MfaError,
    PasswordError,
    PoolSettingError,
    ServiceFault,
    TransportError,
    UnsupportedChallenge,
)


class FormError(NamedTuple):
    """What a refused form says."""

    status: int
    code: str
    """A stable word for scripts."""
    message: str
    """A sentence for people."""
    goes_on: bool = False
    """Whether the same challenge may be answered once more."""
    retry_after: int | None = None
    """Seconds."""


LOGIN_FAILED = FormError(401, "login_failed", "The user name or the password is wrong.")
SIGN_IN_OVER = FormError(401, "login_failed", "The sign-in cannot go on; start again.")
NO_CHALLENGE = FormError(400, "no_challenge", "There is no sign-in to go on with; start again.")
CODE_REJECTED = FormError(401, "code_rejected", "The code is wrong or has expired.", goes_on=True)
RESET_REJECTED = FormError(
    401,
    "reset_rejected",
    "The code is wrong or has expired, or the password does not meet the rules; "
    "after several attempts wait before the next.",
    goes_on=True,
)
PASSWORD_REJECTED = FormError(
    422, "password_rejected", "The password does not meet the rules; choose another.", goes_on=True
)
UNAVAILABLE = FormError(
    503, "temporarily_unavailable", "Try again a little later.", goes_on=True, retry_after=5
)
TOO_MANY = FormError(
    429, "too_many_requests", "Too many attempts; try again later.", goes_on=True, retry_after=30
)


def of_sign_in(error: CognitoKitError) -> FormError | None:
    """Return what a refused user name and password say; None where the application is at fault."""
    return _outage(error) or (None if is_own_fault(error) else LOGIN_FAILED)


def of_challenge(error: CognitoKitError) -> FormError | None:
    """Return what a refused answer says; None where the application is at fault."""
    if isinstance(error, (InvalidData, UnsupportedChallenge)):
        # Our own sentence, which names the field at fault.
        message = str(error) if isinstance(error, InvalidData) else SIGN_IN_OVER.message
        return FormError(400, "invalid_request", message, goes_on=isinstance(error, InvalidData))
    rejected = isinstance(error, (CodeError, MfaError, InvalidParameter, LimitExceeded))
    if rejected and not is_own_fault(error):
        return CODE_REJECTED
    if isinstance(error, PasswordError):
        return PASSWORD_REJECTED
    return _outage(error) or (None if is_own_fault(error) else SIGN_IN_OVER)


def of_set_up(error: CognitoKitError) -> FormError | None:
    """Return what it says that no app can be set up; None where the application is at fault."""
    return _outage(error) or (None if is_own_fault(error) else SIGN_IN_OVER)


def of_reset(error: CognitoKitError) -> FormError | None:
    """Return what a refused new password says; None where the application is at fault.

    The same for a wrong code and a weak password: Cognito looks at the password of known users only,
    and may do so before it looks at the code.
    """
    return _outage(error) or (None if is_own_fault(error) else RESET_REJECTED)


def of_forgotten(error: CognitoKitError) -> FormError | None:
    """Return what a request for a code says where it must say anything; None: "a code is on its way".

    All limits are passed over in silence, since those on a user exist for known users only.
    """
    return UNAVAILABLE if isinstance(error, (TransportError, ServiceFault)) else None


def _outage(error: CognitoKitError) -> FormError | None:
    if isinstance(error, LimitError) and not isinstance(error, LimitExceeded):
        return TOO_MANY
    return UNAVAILABLE if isinstance(error, (TransportError, ServiceFault)) else None


def is_own_fault(error: CognitoKitError) -> bool:
    """Whether the application or its pool is set up wrongly: an exception for its log, not a reply."""
    return isinstance(error, (ConfigurationError, FlowNotEnabled, PoolSettingError, AccessError))
