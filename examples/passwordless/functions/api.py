"""Sign-in without a password, and a code from an authenticator app before money moves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Annotated, Any

import boto3
from fastapi import Depends, FastAPI, HTTPException
from mangum import Mangum
from pydantic import BaseModel, Field
from pyotp import random_base32
from pyotp.totp import TOTP

from cognitokit import (
    AccessToken,
    Challenge,
    CognitoClient,
    CognitoVerifier,
    CustomChallenge,
    HttpTransport,
    SignInResult,
    Tokens,
    errors,
)
from cognitokit.fastapi import CognitoAuth

STEP_UP_SECONDS = 300
GUESSES = 5
GUESSING_SECONDS = 900

client = CognitoClient.from_env(transport=HttpTransport())
cognito = CognitoAuth(CognitoVerifier.from_env(token_use="access"))
table: Any = boto3.resource("dynamodb").Table(os.environ["FACTORS_TABLE"])

app = FastAPI()
cognito.init_app(app)
handler = Mangum(app, lifespan="off")

User = Annotated[AccessToken, Depends(cognito)]


class SignIn(BaseModel):
    email: str = Field(max_length=254)


class Answer(BaseModel):
    challenge: dict[str, Any]
    """What /sign-in has answered with."""
    code: str = Field(max_length=16)


class AppCode(BaseModel):
    code: str = Field(pattern="^[0-9]{6}$")


class Payment(BaseModel):
    euros: int = Field(gt=0)


@app.post("/sign-in")
def sign_in(given: SignIn) -> dict[str, Any]:
    return answered(lambda: client.sign_in_with_custom_auth(given.email))


@app.post("/sign-in/code")
def sign_in_code(given: Answer) -> dict[str, Any]:
    try:
        challenge = Challenge.from_dict(given.challenge)
    except errors.InvalidData:
        challenge = None
    if (
        not isinstance(challenge, CustomChallenge)
        # The browser could have changed these.
        or challenge.client_id != client.client_id
        or challenge.admin
    ):
        raise HTTPException(400, "Send the challenge that /sign-in has answered with.")
    return answered(lambda: client.respond(challenge.answer(given.code)))


@app.get("/account")
def account(user: User) -> dict[str, str]:
    return {"user": user.sub}


@app.post("/authenticator", status_code=201)
def register_authenticator(user: User) -> dict[str, str]:
    """Give a secret for an authenticator app. Until a first code was right there may be another."""
    secret = random_base32()
    try:
        table.put_item(
            Item={"id": f"app#{user.sub}", "secret": secret, "last_step": 0},
            ConditionExpression="attribute_not_exists(id) OR last_step = :never",
            ExpressionAttributeValues={":never": 0},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        raise HTTPException(409, "An authenticator app is registered already.") from None
    return {"uri": TOTP(secret).provisioning_uri(name=user.sub, issuer_name="Example")}


@app.post("/step-up", status_code=204)
def step_up(user: User, given: AppCode) -> None:
    """Take the app's code: for five minutes this token may do what needs it."""
    check_code(user.sub, given.code)
    until = int(time.time()) + STEP_UP_SECONDS
    table.put_item(Item={"id": step_up_id(user), "expires": until})


def step_up_id(user: AccessToken) -> str:
    if not user.jti:
        raise HTTPException(403, "The token has no id.")
    return f"step-up#{user.sub}#{user.jti}"


def stepped_up(user: User) -> AccessToken:
    row = table.get_item(Key={"id": step_up_id(user)}, ConsistentRead=True).get("Item")
    if row is None or row["expires"] <= time.time():
        raise HTTPException(403, "step_up_required")
    return user


@app.post("/payments", status_code=201)
def pay(user: Annotated[AccessToken, Depends(stepped_up)], payment: Payment) -> dict[str, Any]:
    return {"from": user.sub, "euros": payment.euros}


def answered(call: Callable[[], SignInResult]) -> dict[str, Any]:
    """Return tokens, or what is asked next."""
    try:
        result = call()
    except errors.CognitoKitError as error:
        # 429 for too much, 503 while Cognito cannot be reached; a refusal says no more than that.
        raise HTTPException(401 if error.http_status < 429 else error.http_status) from None
    if isinstance(result, Tokens):
        return {"access_token": result.access_token, "expires_in": result.expires_in}
    return {"challenge": result.to_dict()}


def check_code(sub: str, code: str) -> None:
    """Take one guess at the code that the user's app shows, or raise what is wrong."""
    now = int(time.time())
    # Counted before it is looked at, so that guesses at the same moment count too.
    count_guess(sub, now)
    row = table.get_item(Key={"id": f"app#{sub}"}, ConsistentRead=True).get("Item")
    if row is None:
        raise HTTPException(409, "Register an authenticator app first.")
    app_of_user = TOTP(row["secret"])
    # RFC 6238 5.2: the last step's code too, and none of them twice.
    steps = [step for step in (now // 30, now // 30 - 1) if step > row["last_step"]]
    right = next((s for s in steps if compare_digest(app_of_user.generate_otp(s), code)), None)
    if right is None:
        raise HTTPException(403, "The code is not right.")
    try:
        table.update_item(
            Key={"id": f"app#{sub}"},
            UpdateExpression="SET last_step = :step",
            ConditionExpression="last_step < :step",
            ExpressionAttributeValues={":step": right},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        raise HTTPException(403, "The code is not right.") from None


def count_guess(sub: str, now: int) -> None:
    """Count a guess, or raise 429: five in the fifteen minutes that the first of them begins.

    The table decides in one step, in either case. Of guesses that come when the fifteen minutes have
    just ended, one begins the next, and the others were too early.
    """
    refused = table.meta.client.exceptions.ConditionalCheckFailedException
    try:
        table.update_item(
            Key={"id": f"guesses#{sub}"},
            UpdateExpression="ADD guesses :one",
            ConditionExpression="expires > :now AND guesses < :most",
            ExpressionAttributeValues={":one": 1, ":now": now, ":most": GUESSES},
        )
    except refused:
        try:
            table.put_item(
                Item={"id": f"guesses#{sub}", "expires": now + GUESSING_SECONDS, "guesses": 1},
                ConditionExpression="attribute_not_exists(id) OR expires <= :now",
                ExpressionAttributeValues={":now": now},
            )
        except refused:
            raise HTTPException(429, "Too many codes. Wait for fifteen minutes.") from None
