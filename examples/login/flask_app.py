"""A server-rendered application with a login, in Flask."""

import os

from flask import Flask, jsonify

from cognitokit import CognitoClient, ManagedLogin
from cognitokit.flask import (
    CognitoAuth,
    CognitoLogin,
    CognitoPasswordLogin,
    current_token,
    require_cognito,
)

LOGOUT = '<form method="post" action="/logout"><button>Sign out</button></form>'


def create_app() -> Flask:
    """Sign people in on managed login's pages; `flask --app flask_app run` calls this."""
    app = Flask(__name__)
    login = CognitoLogin(ManagedLogin.from_env(), cookie_keys=[os.environ.get("COOKIE_KEY", "")])
    CognitoAuth(app, login=login)
    add_pages(app)
    return app


def create_password_app() -> Flask:
    """Sign people in with forms of the application's own."""
    app = Flask(__name__)
    client = CognitoClient.from_env(prevent_user_existence_errors=True)
    login = CognitoPasswordLogin(client, cookie_keys=[os.environ.get("COOKIE_KEY", "")])
    CognitoAuth(app, login=login)
    add_pages(app)
    return app


def add_pages(app: Flask) -> None:
    """A page for everyone, one for people who are signed in, and an API for the page's scripts."""

    @app.get("/")
    def home() -> str:
        return '<h1>Welcome</h1><p><a href="/account">Your account</a></p>'

    @app.get("/account")
    @require_cognito
    def account() -> str:
        return f"<h1>Your account</h1><p>Signed in, user {current_token.sub}</p>{LOGOUT}"

    @app.get("/api/me")
    @require_cognito
    def me() -> object:
        return jsonify(sub=current_token.sub, groups=current_token.groups)
