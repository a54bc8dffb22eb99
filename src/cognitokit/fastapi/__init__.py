"""Protection and login for FastAPI applications (extra `fastapi`).

`CognitoAuth` is the authenticator: a dependency that gives the verified token. Its `require()` is a
decorator and a dependency, and `@require_cognito` the same where the authenticator is not at hand.
`CognitoLogin` and `CognitoPasswordLogin` sign people in.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from cognitokit.errors import MissingDependency

if find_spec("fastapi") is None:
    raise MissingDependency("fastapi", "fastapi")

from cognitokit.asgi import AsyncVerifier, Verifier
from cognitokit.fastapi.auth import CognitoAuth
from cognitokit.fastapi.dependencies import CurrentUser, OptionalToken
from cognitokit.fastapi.refused import AccessRefused
from cognitokit.fastapi.require import Require, require_cognito

if TYPE_CHECKING:
    from cognitokit.fastapi.login import CognitoLogin, CognitoPasswordLogin, LoginNeeded

__all__ = [
    "AccessRefused",
    "AsyncVerifier",
    "CognitoAuth",
    "CognitoLogin",
    "CognitoPasswordLogin",
    "CurrentUser",
    "LoginNeeded",
    "OptionalToken",
    "Require",
    "Verifier",
    "require_cognito",
]


def __getattr__(name: str) -> object:
    # An API that only checks tokens needs neither the client nor managed login.
    if name not in {"CognitoLogin", "CognitoPasswordLogin", "LoginNeeded"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cognitokit.fastapi import login  # noqa: PLC0415 - see above

    return getattr(login, name)
