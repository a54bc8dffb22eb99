from flask import Flask, request

from cognitokit import CognitoClient, CognitoKitError, CognitoVerifier, Tokens
from cognitokit.flask import CognitoAuth, current_token, require_cognito

app = Flask(__name__)
cognito = CognitoAuth(app, verifier=CognitoVerifier.from_env(token_use="access"))
client = CognitoClient.from_env()


@app.errorhandler(CognitoKitError)
def refused(error):
    return {"error": type(error).__name__}, error.http_status


@app.post("/sign-in")
def sign_in():
    result = client.sign_in(request.json["username"], request.json["password"])
    if isinstance(result, Tokens):
        return {"access_token": result.access_token, "expires_in": result.expires_in}
    return {"challenge": type(result).__name__}


@app.get("/tasks")
@require_cognito
def tasks():
    return {"user": current_token.username, "tasks": ["water the plants"]}


@app.delete("/tasks")
@require_cognito(groups=["admin"])
def clear():
    return {"tasks": []}
