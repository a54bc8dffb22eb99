"""Protection for Flask applications (extra `flask`).

`CognitoAuth` is the extension, `@require_cognito` protects a view, `current_token` is the request's
verified token.
"""

from __future__ import annotations

from importlib.util import find_spec

from cognitokit.errors import MissingDependency

if find_spec("flask") is None:
    raise MissingDependency("flask", "flask")

from cognitokit.flask.extension import CognitoAuth, Verifier
from cognitokit.flask.refused import AccessRefused
from cognitokit.flask.routes import ProtectedRoute
from cognitokit.flask.views import current_id_token, current_token, require_cognito

__all__ = [
    "AccessRefused",
    "CognitoAuth",
    "ProtectedRoute",
    "Verifier",
    "current_id_token",
    "current_token",
    "require_cognito",
]
