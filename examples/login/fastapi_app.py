"""A server-rendered application with a login, in FastAPI."""

import os

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from cognitokit import AccessToken, AsyncCognitoClient, AsyncManagedLogin
from cognitokit.fastapi import CognitoAuth, CognitoLogin, CognitoPasswordLogin, require_cognito

LOGOUT = '<form method="post" action="/logout"><button>Sign out</button></form>'


def create_app() -> FastAPI:
    """Sign people in on managed login's pages; `uvicorn --factory fastapi_app:create_app` calls this."""
    app = FastAPI()
    login = CognitoLogin(
        AsyncManagedLogin.from_env(), cookie_keys=[os.environ.get("COOKIE_KEY", "")]
    )
    CognitoAuth(login=login).init_app(app)
    add_pages(app)
    return app


def create_password_app() -> FastAPI:
    """Sign people in with forms of the application's own."""
    app = FastAPI()
    client = AsyncCognitoClient.from_env(prevent_user_existence_errors=True)
    login = CognitoPasswordLogin(client, cookie_keys=[os.environ.get("COOKIE_KEY", "")])
    CognitoAuth(login=login).init_app(app)
    add_pages(app)
    return app


def add_pages(app: FastAPI) -> None:
    """A page for everyone, one for people who are signed in, and an API for the page's scripts."""

    @app.get("/", response_class=HTMLResponse)
    async def home() -> str:
        return '<h1>Welcome</h1><p><a href="/account">Your account</a></p>'

    @app.get("/account", response_class=HTMLResponse)
    @require_cognito
    async def account(token: AccessToken) -> str:
        return f"<h1>Your account</h1><p>Signed in, user {token.sub}</p>{LOGOUT}"

    @app.get("/api/me")
    @require_cognito
    async def me(token: AccessToken) -> dict[str, object]:
        return {"sub": token.sub, "groups": token.groups}
