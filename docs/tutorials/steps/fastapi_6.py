from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from cognitokit import (
    AccessToken,
    AsyncCognitoClient,
    AsyncCognitoVerifier,
    CognitoKitError,
    Tokens,
)
from cognitokit.fastapi import CognitoAuth

app = FastAPI()
cognito = CognitoAuth(AsyncCognitoVerifier.from_env(token_use="access"))
cognito.init_app(app)
client = AsyncCognitoClient.from_env()


@app.exception_handler(CognitoKitError)
async def refused(request, error):
    return JSONResponse({"error": type(error).__name__}, error.http_status)


class Credentials(BaseModel):
    username: str
    password: str


@app.post("/sign-in")
async def sign_in(credentials: Credentials):
    result = await client.sign_in(credentials.username, credentials.password)
    if isinstance(result, Tokens):
        return {"access_token": result.access_token, "expires_in": result.expires_in}
    return {"challenge": type(result).__name__}


@app.get("/tasks")
@cognito.require
async def tasks(token: AccessToken):
    return {"user": token.username, "tasks": ["water the plants"]}


@app.delete("/tasks")
@cognito.require(groups=["admin"])
async def clear():
    return {"tasks": []}
