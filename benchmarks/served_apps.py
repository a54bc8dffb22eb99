"""The applications that `benchmarks.frameworks` asks, each served by a process of its own.

They have the same routes; how /tasks is protected is what differs. `python -m benchmarks.served_apps NAME FD` serves one of
those on FastAPI on a socket that the parent opened.
"""

# FastAPI evaluates annotations when an app is made, so nothing is postponed here.

import importlib
import json
import os
import socket
import sys
import time
from typing import Annotated, Any, NamedTuple

from cognitokit import AccessToken, AsyncCognitoVerifier, CognitoVerifier, UserPool
from cognitokit.testing import TokenMint

SETTINGS = "COGNITOKIT_BENCH"
"""The environment variable with what a served application must know, as JSON."""

FASTAPI_BARE, FLASK_BARE = "unprotected, on FastAPI", "unprotected, on Flask"
FASTAPI_SUM, FLASK_SUM = f"{FASTAPI_BARE}, verifying", f"{FLASK_BARE}, verifying"
"""Open to everyone; the view verifies a token that it has anyway: what protection cannot do without."""
FASTAPI, FASTAPI_REQUIRE = "cognitokit, dependency", "cognitokit, @cognito.require"
FLASK = "cognitokit, @require_cognito"
FASTAPI_COGNITO = "fastapi-cognito"
FLASK_COGNITO_LIB = "flask-cognito-lib"


class Settings(NamedTuple):
    """What a served application must know."""

    pool_id: str
    client_id: str
    jwks: dict[str, Any]
    jwks_url: str
    token: str

    @classmethod
    def of(cls, mint: TokenMint, jwks_url: str) -> "Settings":
        """Gather them in the process that measures."""
        token = mint.access_token(groups=["admin"], scopes=["openid", "tasks/read"])
        return cls(mint.pool.id, mint.client_id, dict(mint.jwks), jwks_url, token)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read them in the process that serves."""
        return cls(*json.loads(os.environ[SETTINGS]))

    def verifier(self) -> CognitoVerifier[AccessToken]:
        """Return a verifier that has its keys."""
        return CognitoVerifier(
            UserPool(self.pool_id), client_id=self.client_id, token_use="access", jwks=self.jwks
        )

    def async_verifier(self) -> AsyncCognitoVerifier[AccessToken]:
        """Return one for an event loop."""
        return AsyncCognitoVerifier(
            UserPool(self.pool_id), client_id=self.client_id, token_use="access", jwks=self.jwks
        )


def computed() -> dict[str, int]:
    """Nanoseconds that this process has computed: waiting, and other processes, do not count."""
    return {"nanoseconds": time.process_time_ns()}


def tasks() -> dict[str, str]:
    """What all applications answer."""
    return {"answer": "tasks"}


def fastapi_app(name: str) -> Any:
    """Return the application on FastAPI."""
    from fastapi import Depends, FastAPI

    settings = Settings.from_environment()
    app = FastAPI()
    app.get("/computed")(computed)
    verify = settings.async_verifier().verify
    dependency: Any = None
    cognito: Any = None
    if name == FASTAPI_COGNITO:
        theirs = importlib.import_module("fastapi_cognito")
        pool = {
            "region": "eu-west-1",
            "userpool_id": settings.pool_id,
            "app_client_id": settings.client_id,
            "jwks_url": settings.jwks_url,
        }
        options = theirs.CognitoSettings(
            check_expiration=True,
            jwt_header_name="Authorization",
            jwt_header_prefix="Bearer",
            userpools={"eu": pool},
        )
        dependency = theirs.CognitoAuth(options).auth_required
    elif name not in {FASTAPI_BARE, FASTAPI_SUM}:
        from cognitokit.fastapi import CognitoAuth

        cognito = CognitoAuth(settings.async_verifier())
        cognito.init_app(app)
        dependency = cognito

    async def unprotected() -> dict[str, str]:
        return tasks()

    async def verifying() -> dict[str, str]:
        await verify(settings.token)
        return tasks()

    async def by_dependency(_: Annotated[Any, Depends(dependency)]) -> dict[str, str]:
        return tasks()

    async def by_decorator() -> dict[str, str]:
        return tasks()

    view: Any = by_dependency
    if name == FASTAPI_BARE:
        view = unprotected
    elif name == FASTAPI_SUM:
        view = verifying
    elif name == FASTAPI_REQUIRE:
        view = cognito.require(groups=["admin"])(by_decorator)
    app.get("/tasks")(view)
    return app


def flask_app(name: str) -> Any:
    """Return the application on Flask: gunicorn calls this."""
    from flask import Flask

    settings = Settings.from_environment()
    app = Flask(__name__)
    app.get("/computed")(computed)
    verify = settings.verifier().verify

    def verifying() -> dict[str, str]:
        verify(settings.token)
        return tasks()

    view: Any = verifying if name == FLASK_SUM else tasks
    if name == FLASK_COGNITO_LIB:
        theirs = importlib.import_module("flask_cognito_lib")

        class Config(theirs.config.Config):  # type: ignore[misc, name-defined]
            jwk_endpoint = settings.jwks_url

        app.config.update(
            SECRET_KEY="of no importance here",
            AWS_REGION="eu-west-1",
            AWS_COGNITO_USER_POOL_ID=settings.pool_id,
            AWS_COGNITO_USER_POOL_CLIENT_ID=settings.client_id,
        )
        theirs.CognitoAuth(app, cfg=Config())
        decorators = importlib.import_module("flask_cognito_lib.decorators")
        view = decorators.auth_required(groups=["admin"])(view)
    elif name not in {FLASK_BARE, FLASK_SUM}:
        from cognitokit.flask import CognitoAuth, require_cognito

        CognitoAuth(app, verifier=settings.verifier())
        view = require_cognito(groups=["admin"])(view)
    app.get("/tasks")(view)
    return app


def main() -> None:
    """Serve an application on FastAPI until the process is ended."""
    import uvicorn

    name, number = sys.argv[1:]
    listening = socket.socket(fileno=int(number))
    # As uvicorn comes by itself, so that the figures do not hang on what else is installed.
    config = uvicorn.Config(
        fastapi_app(name), http="h11", loop="asyncio", log_level="error", timeout_keep_alive=600
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
