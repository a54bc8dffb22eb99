"""The same small application on two frameworks: a route for anyone who signed in, one for administrators, and a public one."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

import json
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from flask import Flask

from cognitokit import AccessToken
from cognitokit.fastapi import CognitoAuth as FastAPICognitoAuth
from cognitokit.fastapi import require_cognito as require_on_fastapi
from cognitokit.flask import CognitoAuth as FlaskCognitoAuth
from cognitokit.flask import current_token
from cognitokit.flask import require_cognito as require_on_flask
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier

JWKS = "COGNITOKIT_TEST_JWKS"
"""The environment variable with the keys of an application that another process serves."""


def fastapi_app(mint: TokenMint) -> FastAPI:
    """The application on FastAPI."""
    cognito = FastAPICognitoAuth(
        AsyncCognitoVerifier(
            mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks
        )
    )
    app = FastAPI()
    cognito.init_app(app)

    @app.get("/me")
    async def me(token: Annotated[AccessToken, Depends(cognito)]) -> str | None:
        return token.username

    @app.get("/admin")
    @require_on_fastapi(groups=["admin"])
    def admin() -> str:
        return "in"

    @app.get("/public")
    async def public() -> str:
        return "public"

    return app


def flask_app(mint: TokenMint) -> Flask:
    """The same on Flask."""
    return _flask_app(
        CognitoVerifier(mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks)
    )


def flask_app_from_environment() -> Flask:
    """The same on Flask, in a process of its own: user pool, app client and keys are in the environment."""
    return _flask_app(
        CognitoVerifier.from_env(token_use="access", jwks=json.loads(os.environ[JWKS]))
    )


def _flask_app(verifier: CognitoVerifier[AccessToken]) -> Flask:
    app = Flask(__name__)
    FlaskCognitoAuth(app, verifier=verifier)

    @app.get("/me")
    @require_on_flask
    def me() -> Any:
        return json.dumps(current_token.username)

    @app.get("/admin")
    @require_on_flask(groups=["admin"])
    def admin() -> Any:
        return json.dumps("in")

    @app.get("/public")
    def public() -> Any:
        return json.dumps("public")

    return app
