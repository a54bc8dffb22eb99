"""The application for INSTALLED_APPS, which has no models."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from cognitokit.django.checks import middleware_order
from cognitokit.django.setup import setup


class CognitoConfig(AppConfig):
    """Reads the settings when Django starts, so that a mistake in them shows then."""

    name = "cognitokit.django"
    label = "cognitokit"

    def ready(self) -> None:
        """Make the verifier, and have `manage.py check` look at the middleware.

        Raises:
            ConfigurationError: A setting is missing or wrong.
        """
        setup()
        register(middleware_order, Tags.security)
