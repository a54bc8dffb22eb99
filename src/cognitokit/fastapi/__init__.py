"""Protection for FastAPI applications (extra `fastapi`).

`CognitoAuth` is the authenticator: a dependency that gives the verified token. Its `require()` is a
decorator and a dependency, and `@require_cognito` the same where the authenticator is not at hand.
"""

from __future__ import annotations

from importlib.util import find_spec

from cognitokit.errors import MissingDependency

if find_spec("fastapi") is None:
    raise MissingDependency("fastapi", "fastapi")

from cognitokit.asgi import AsyncVerifier, Verifier
from cognitokit.fastapi.auth import CognitoAuth
from cognitokit.fastapi.dependencies import CurrentUser, OptionalToken
from cognitokit.fastapi.refused import AccessRefused
from cognitokit.fastapi.require import Require, require_cognito

__all__ = [
    "AccessRefused",
    "AsyncVerifier",
    "CognitoAuth",
    "CurrentUser",
    "OptionalToken",
    "Require",
    "Verifier",
    "require_cognito",
]
