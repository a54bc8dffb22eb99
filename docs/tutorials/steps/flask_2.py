from flask import Flask

from cognitokit import CognitoVerifier
from cognitokit.flask import CognitoAuth, require_cognito

app = Flask(__name__)
cognito = CognitoAuth(app, verifier=CognitoVerifier.from_env(token_use="access"))


@app.get("/tasks")
@require_cognito
def tasks():
    return {"tasks": ["water the plants"]}
