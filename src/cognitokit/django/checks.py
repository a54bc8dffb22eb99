"""What `manage.py check` says of the settings."""

from __future__ import annotations

import contextlib
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

# By name: Django's own can be imported only where its application is installed.
_OURS = "cognitokit.django.views.CognitoMiddleware"
_SESSIONS = "django.contrib.auth.middleware.AuthenticationMiddleware"


def middleware_order(**_: Any) -> list[CheckMessage]:
    """Return an error where a session's user would take the place of the token's."""
    ours, sessions = _place(_OURS), _place(_SESSIONS)
    if ours is None or sessions is None or sessions < ours:
        return []
    return [
        Error(
            "CognitoMiddleware comes before AuthenticationMiddleware, which replaces the token's "
            "user by the session's.",
            hint="Put cognitokit.django.CognitoMiddleware below AuthenticationMiddleware in MIDDLEWARE.",
            id="cognitokit.E001",
        )
    ]


def _place(middleware: str) -> int | None:
    """The index of a middleware, or of one that inherits from it; None where there is none."""
    for index, name in enumerate(settings.MIDDLEWARE):
        # What cannot be imported is reported by Django itself.
        with contextlib.suppress(ImportError):
            classes = getattr(import_string(name), "__mro__", ())
            if middleware in {f"{c.__module__}.{c.__qualname__}" for c in classes}:
                return index
    return None
