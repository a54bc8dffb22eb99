"""The errors that the pool answers with, in Cognito's own words, and those that only a fake has."""

from __future__ import annotations

from cognitokit.errors import CognitoKitError


class NotInFakePool(CognitoKitError, NotImplementedError):
    """Cognito has this, FakePool has not; the message names what to use instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"FakePool does not do {what}. {instead}")
        self.what = what
        self.instead = instead

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.what, self.instead)


class ServiceModelMismatch(CognitoKitError, ValueError):
    """A request or a reply does not fit Cognito's service model, so real Cognito would not take or give it."""


class Refused(Exception):
    """Ends an operation with one of Cognito's error codes. FakePool.handle makes a ServiceError of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def not_authorized(message: str) -> Refused:
    """NotAuthorizedException with that text."""
    return Refused("NotAuthorizedException", message)


def invalid_parameter(message: str) -> Refused:
    """InvalidParameterException with that text."""
    return Refused("InvalidParameterException", message)


def not_found(message: str) -> Refused:
    """ResourceNotFoundException with that text."""
    return Refused("ResourceNotFoundException", message)


def missing_parameter(name: str) -> Refused:
    """A key of AuthParameters or ChallengeResponses, or a member, is not there."""
    return invalid_parameter(f"Missing required parameter {name}")


def incorrect_credentials() -> Refused:
    """The one answer to a wrong password and, if the app client hides users, to an unknown name."""
    return not_authorized("Incorrect username or password.")


def user_disabled() -> Refused:
    """An administrator disabled the user."""
    return not_authorized("User is disabled.")


def unknown_user() -> Refused:
    """What the administrator's operations and LEGACY app clients say."""
    return Refused("UserNotFoundException", "User does not exist.")


def unknown_combination() -> Refused:
    """What sign-up and password recovery of LEGACY app clients say."""
    return Refused("UserNotFoundException", "Username/client id combination not found.")


def wrong_code() -> Refused:
    """A sign-up, recovery or verification code is wrong."""
    return Refused("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> Refused:
    """A sign-up, recovery or verification code is too old, or there is none."""
    return Refused("ExpiredCodeException", "Invalid code provided, please request a code again.")


def too_many_attempts() -> Refused:
    """Too many wrong codes in a row."""
    return Refused("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def alias_exists(attribute: str) -> Refused:
    """The email address, phone number or preferred username is another user's alias."""
    return Refused("AliasExistsException", f"An account with the given {attribute} already exists.")


def too_early_for_alias() -> Refused:
    """A preferred username that is an alias is given before the sign-up is confirmed."""
    return invalid_parameter(
        "Preferred username cannot be provided for unconfirmed account, since user pool is "
        "configured for preferred username alias."
    )
