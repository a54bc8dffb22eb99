"""A small API with FastAPI: who is signed in sees the tasks, administrators add some."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from cognitokit import AccessToken, AsyncCognitoVerifier
from cognitokit.fastapi import CognitoAuth


class NewTask(BaseModel):
    """What a client sends."""

    title: str


def create_app(verifier: AsyncCognitoVerifier[AccessToken] | None = None) -> FastAPI:
    app = FastAPI(openapi_url=None)
    cognito = CognitoAuth(verifier or AsyncCognitoVerifier.from_env(token_use="access"))
    cognito.init_app(app)
    tasks: list[dict[str, Any]] = []

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/tasks")
    @cognito.require()
    async def list_tasks() -> dict[str, Any]:
        return {"tasks": tasks}

    @app.post("/tasks", status_code=201)
    @cognito.require(groups=["admin"])
    async def add_task(task: NewTask, token: AccessToken) -> dict[str, Any]:
        made = {"title": task.title, "by": token.username}
        tasks.append(made)
        return made

    return app
