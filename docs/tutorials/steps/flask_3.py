from flask import Flask

from cognitokit import CognitoVerifier
from cognitokit.flask import CognitoAuth, current_token, require_cognito

app = Flask(__name__)
cognito = CognitoAuth(app, verifier=CognitoVerifier.from_env(token_use="access"))


@app.get("/tasks")
@require_cognito
def tasks():
    return {"user": current_token.username, "tasks": ["water the plants"]}
