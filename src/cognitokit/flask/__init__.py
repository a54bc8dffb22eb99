"""Protection and login for Flask applications (extra `flask`).

`CognitoAuth` is the extension, `@require_cognito` protects a view, `current_token` is the request's
verified token. `CognitoLogin` and `CognitoPasswordLogin` sign people in, `current_session` is what
they left.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from cognitokit.errors import MissingDependency

if find_spec("flask") is None:
    raise MissingDependency("flask", "flask")

from cognitokit.flask.extension import CognitoAuth, Verifier
from cognitokit.flask.refused import AccessRefused
from cognitokit.flask.routes import ProtectedRoute
from cognitokit.flask.views import current_id_token, current_token, require_cognito

if TYPE_CHECKING:
    from cognitokit.flask.login import CognitoLogin, CognitoPasswordLogin, current_session

__all__ = [
    "AccessRefused",
    "CognitoAuth",
    "CognitoLogin",
    "CognitoPasswordLogin",
    "ProtectedRoute",
    "Verifier",
    "current_id_token",
    "current_session",
    "current_token",
    "require_cognito",
]


def __getattr__(name: str) -> object:
    # An API that only checks tokens needs neither the client nor managed login.
    if name not in {"CognitoLogin", "CognitoPasswordLogin", "current_session"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from cognitokit.flask import login  # noqa: PLC0415 - see above

    return getattr(login, name)
