"""What the project's settings say."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from cognitokit import environment
from cognitokit.asgi import TokenCheck
from cognitokit.bearer import TokenLocation
from cognitokit.django.user import CognitoUser
from cognitokit.errors import ConfigurationError
from cognitokit.verifier.verifier import CognitoVerifier


class Setup:
    """The verifier, and what else the settings decide.

    COGNITO_VERIFIER: A CognitoVerifier, or the dotted path of one; else it is made of the following.
    COGNITO_TOKEN_USE: "access", "id", or None for either.
    COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID, ...: The names of CognitoVerifier.from_env().
    COGNITO_USER_LOADER: A function of the verified token, or the dotted path of one, that finds or
    makes the project's user; see cognitokit.django.user_key. None means that there is no such user,
    and refuses the request. It may be asynchronous where every view is. Without the setting users
    are CognitoUser objects.
    COGNITO_HEADER: The name of the header that carries the token. Default: "Authorization".
    COGNITO_RAW_TOKEN: Take a bare token as well, without "Bearer " before it.
    COGNITO_COOKIE: The name of a cookie to read the token from as well. Requests that change
    something are then accepted from the same origin only.
    COGNITO_TRUSTED_ORIGINS: Further origins that may send requests with the cookie.

    Raises:
        ConfigurationError: A setting is missing or wrong.
    """

    def __init__(self) -> None:
        self.verifier: Any = _verifier()
        self.is_async: bool = inspect.iscoroutinefunction(self.verifier.verify)
        self.location: TokenLocation = TokenLocation(
            header=getattr(settings, "COGNITO_HEADER", "Authorization"),
            raw=getattr(settings, "COGNITO_RAW_TOKEN", False),
            cookie=getattr(settings, "COGNITO_COOKIE", None),
            trusted_origins=getattr(settings, "COGNITO_TRUSTED_ORIGINS", ()),
        )
        self.check: TokenCheck[Any] = TokenCheck(self.verifier, self.location)
        self.load_user: Callable[[Any], Any] = _load("COGNITO_USER_LOADER", CognitoUser)
        if not callable(self.load_user):
            raise ConfigurationError(
                "COGNITO_USER_LOADER must be a function, or the dotted path of one."
            )
        # Neither blocks: a coroutine function waits by itself, and CognitoUser waits for nothing.
        self.loads_at_once: bool = self.load_user is CognitoUser or any(
            map(inspect.iscoroutinefunction, (self.load_user, self.load_user.__call__))
        )


@functools.cache
def setup() -> Setup:
    """Return what the settings say; read once, and again after a test has overridden them."""
    return Setup()


def _verifier() -> Any:
    verifier = _load("COGNITO_VERIFIER", None)
    if verifier is not None:
        if not callable(getattr(verifier, "verify", None)):
            raise ConfigurationError(
                "COGNITO_VERIFIER must be a CognitoVerifier, or the dotted path of one."
            )
        return verifier
    token_use: Any = getattr(settings, "COGNITO_TOKEN_USE", ...)
    if token_use is ...:
        raise ConfigurationError(
            "COGNITO_TOKEN_USE must be set: 'access', 'id', or None for either."
        )
    names = {name for names in environment.SETTINGS.values() for name in names}
    given = environment.from_config({name: getattr(settings, name, None) for name in names})
    from_env: Any = CognitoVerifier.from_env
    return from_env(given, token_use=token_use)


def _load(name: str, default: Any) -> Any:
    value = getattr(settings, name, default)
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise ConfigurationError(f"{name} names {value!r}, which cannot be imported.") from error


def _forget(*, setting: str, **_: object) -> None:
    if setting.startswith(("COGNITO_", "AWS_COGNITO_")):
        setup.cache_clear()


setting_changed.connect(_forget, dispatch_uid="cognitokit")
