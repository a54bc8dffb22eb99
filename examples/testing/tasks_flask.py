"""A small API with Flask: who is signed in sees the tasks, administrators add some."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from cognitokit import AccessToken, CognitoClient, CognitoVerifier
from cognitokit.errors import NotAuthorized
from cognitokit.flask import CognitoAuth, current_token, require_cognito


def create_app(
    verifier: CognitoVerifier[AccessToken] | None = None, client: CognitoClient | None = None
) -> Flask:
    app = Flask(__name__, static_folder=None)
    CognitoAuth(app, verifier=verifier or CognitoVerifier.from_env(token_use="access"))
    cognito = client or CognitoClient.from_env()
    tasks: list[dict[str, Any]] = []

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/sign-in")
    def sign_in() -> Any:
        try:
            result = cognito.sign_in(request.json["username"], request.json["password"])
        except NotAuthorized:
            return {"error": "Wrong user name or password."}, 401
        return {"access_token": result.require_tokens().access_token}

    @app.get("/tasks")
    @require_cognito
    def list_tasks() -> dict[str, Any]:
        return {"tasks": tasks}

    @app.post("/tasks")
    @require_cognito(groups=["admin"])
    def add_task() -> Any:
        task = {"title": request.json["title"], "by": current_token.username}
        tasks.append(task)
        return task, 201

    return app
