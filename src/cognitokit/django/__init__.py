"""Protection for Django projects (extra `django`); cognitokit.django.rest is for Django REST framework.

Settings: COGNITO_USER_POOL_ID, COGNITO_CLIENT_ID and COGNITO_TOKEN_USE ("access", "id" or None), or
COGNITO_VERIFIER in place of them; see cognitokit.django.setup.Setup for the others. With
"cognitokit.django" in INSTALLED_APPS a mistake in them stops the start.
"""

from __future__ import annotations

from importlib.util import find_spec

from cognitokit.errors import MissingDependency

if find_spec("django") is None:
    raise MissingDependency("django", "django")

from cognitokit.django.user import CognitoUser, user_key
from cognitokit.django.views import CognitoMiddleware, require_cognito, token_of

__all__ = ["CognitoMiddleware", "CognitoUser", "require_cognito", "token_of", "user_key"]
