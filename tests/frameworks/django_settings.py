"""The settings of the Django project that the tests play."""

from __future__ import annotations

import django
from django.conf import settings

from cognitokit.testing import TokenMint
from cognitokit.verifier import CognitoVerifier


def configure() -> None:
    """Start Django, once."""
    if settings.configured:
        return
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    settings.configure(
        ALLOWED_HOSTS=["*"],
        COGNITO_VERIFIER=CognitoVerifier(
            mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks
        ),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "cognitokit.django",
        ],
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF="tests.frameworks.django_project",
        SECRET_KEY="of tests",
        USE_TZ=True,
    )
    django.setup()
