"""`python -m examples.passwordless.play` plays the story on this machine."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cognitokit.testing import totp_code
from examples.gateway import Stack, Story, changed, deployed

HERE = Path(__file__).parent
EMAIL = "jane@example.com"


def add_user(stack: Stack, email: str) -> None:
    """Make a user as an administrator does, with a password that nobody has ever seen."""
    admin = stack.client().admin
    attributes = {"email": email, "email_verified": "true"}
    nobody_knows = f"{secrets.token_urlsafe(32)}-Aa1"
    admin.create_user(email, attributes=attributes, suppress_invitation=True)
    admin.set_password(email, nobody_knows, permanent=True)


def play(stack: Stack, story: Story) -> None:
    api = stack.api
    stack.local.boto3_client("ses").verify_email_identity(EmailAddress="app@example.com")
    # The template names the one identity; the embedded server asks for all of them.
    stack.grant("TriggersRole", "ses:SendEmail")
    add_user(stack, EMAIL)
    story.chapter("Nobody gets in without a token")
    story.call("GET /account", api.get("/account"), 401)
    story.call("POST /payments", api.post("/payments", json={"euros": 5}), 401)

    story.chapter("She signs in by a code from her mail")
    asked = api.post("/sign-in", json={"email": EMAIL})
    story.call("POST /sign-in", asked, 200)
    code = stack.local.last_code(EMAIL)
    story.step("the mail has a code", "*" * len(code), holds=code not in asked.text)
    wrong = api.post("/sign-in/code", json={**json.loads(asked.text), "code": "00000000"})
    story.call("POST /sign-in/code with a wrong code", wrong, 200)
    again = json.loads(wrong.text)
    story.step("it asks again", again["challenge"]["name"], holds="access_token" not in again)
    signed_in = api.post("/sign-in/code", json={**again, "code": code})
    story.call("POST /sign-in/code", signed_in, 200)
    token: str = json.loads(signed_in.text)["access_token"]
    jane = {"Authorization": f"Bearer {token}"}
    story.call("GET /account", api.get("/account", headers=jane), 200)
    forged = {"Authorization": f"Bearer {changed(token)}"}
    story.call("GET /account with a changed token", api.get("/account", headers=forged), 401)

    story.chapter("A payment wants more")
    payment = {"euros": 5}
    story.call("POST /payments", api.post("/payments", headers=jane, json=payment), 403)
    early = {"code": "000000"}
    story.call("POST /step-up too early", api.post("/step-up", headers=jane, json=early), 409)
    registered = api.post("/authenticator", headers=jane)
    story.call("POST /authenticator", registered, 201)
    secret = secret_in(json.loads(registered.text))
    right = {"code": totp_code(secret, time.time())}
    mistaken = {"code": other(right["code"])}
    story.call("POST /step-up, wrong code", api.post("/step-up", headers=jane, json=mistaken), 403)
    story.call("POST /step-up", api.post("/step-up", headers=jane, json=right), 204)
    story.call("POST /payments", api.post("/payments", headers=jane, json=payment), 201)

    story.chapter("A code is good once, an app is registered once, and guesses are counted")
    story.call("POST /step-up, used code", api.post("/step-up", headers=jane, json=right), 403)
    story.call("POST /authenticator", api.post("/authenticator", headers=jane), 409)
    story.call("POST /step-up, a guess", api.post("/step-up", headers=jane, json=mistaken), 403)
    story.call("POST /step-up, one too many", api.post("/step-up", headers=jane, json=right), 429)

    story.chapter("Three wrong codes end a sign-in")
    wrong = api.post("/sign-in", json={"email": EMAIL})
    for status in (200, 200, 401):
        given = {**json.loads(wrong.text), "code": "00000000"}
        wrong = api.post("/sign-in/code", json=given)
        story.call("POST /sign-in/code with a wrong code", wrong, status)


def secret_in(answer: Any) -> str:
    """Return what an authenticator app reads out of the QR code."""
    uri: str = answer["uri"]
    return parse_qs(urlsplit(uri).query)["secret"][0]


def other(code: str) -> str:
    """Return a code that is not this one."""
    return f"{(int(code[0]) + 1) % 10}{code[1:]}"


if __name__ == "__main__":
    with deployed(HERE / "template.yaml", HERE / "functions") as running:
        play(running, Story())
