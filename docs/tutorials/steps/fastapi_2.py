from fastapi import FastAPI

from cognitokit import AsyncCognitoVerifier
from cognitokit.fastapi import CognitoAuth

app = FastAPI()
cognito = CognitoAuth(AsyncCognitoVerifier.from_env(token_use="access"))
cognito.init_app(app)


@app.get("/tasks")
@cognito.require
async def tasks():
    return {"tasks": ["water the plants"]}
