from fastapi import FastAPI

from cognitokit import AccessToken, AsyncCognitoVerifier
from cognitokit.fastapi import CognitoAuth

app = FastAPI()
cognito = CognitoAuth(AsyncCognitoVerifier.from_env(token_use="access"))
cognito.init_app(app)


@app.get("/tasks")
@cognito.require
async def tasks(token: AccessToken):
    return {"user": token.username, "tasks": ["water the plants"]}


@app.delete("/tasks")
@cognito.require(groups=["admin"])
async def clear():
    return {"tasks": []}
