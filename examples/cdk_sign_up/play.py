"""`python -m examples.cdk_sign_up.play` plays the story on this machine."""

from __future__ import annotations

import json
from pathlib import Path

from examples.gateway import Stack, Story, cdk, changed, deployed

HERE = Path(__file__).parent
EMAIL = "jane@example.com"
PASSWORD = "Tr0ub4dor&3-cdk"


def play(stack: Stack, story: Story) -> None:
    api = stack.api
    story.chapter("The secret is closed")
    story.call("GET /secret", api.get("/secret"), 401)

    story.chapter("A user signs up")
    jane = {"username": "jane", "password": PASSWORD}
    user = {**jane, "email": EMAIL}
    story.call("POST /sign-up without an email", api.post("/sign-up", json=jane), 400)
    weak = {**user, "password": "short"}
    story.call("POST /sign-up with a weak password", api.post("/sign-up", json=weak), 400)
    story.call("POST /sign-up", api.post("/sign-up", json=user), 201)
    story.call("POST /sign-up again", api.post("/sign-up", json=user), 409)
    story.call("POST /sign-in before confirming", api.post("/sign-in", json=jane), 401)

    story.chapter("She reads the code in her mail, and confirms the address")
    code = stack.local.last_code(EMAIL)
    without = {"username": "jane"}
    story.call("POST /confirm without a code", api.post("/confirm", json=without), 400)
    wrong = {"username": "jane", "code": "000000"}
    story.call("POST /confirm with a wrong code", api.post("/confirm", json=wrong), 400)
    right = {"username": "jane", "code": code}
    story.call("POST /confirm", api.post("/confirm", json=right), 200)

    story.chapter("She signs in")
    story.call("POST /sign-in, no password", api.post("/sign-in", json=without), 400)
    mistaken = {**jane, "password": "Wr0ng&password"}
    story.call("POST /sign-in, wrong password", api.post("/sign-in", json=mistaken), 401)
    nobody = {**jane, "username": "nobody"}
    story.call("POST /sign-in as nobody", api.post("/sign-in", json=nobody), 401)
    signed_in = api.post("/sign-in", json=jane)
    story.call("POST /sign-in", signed_in, 200)

    story.chapter("The secret opens to her id token")
    token = json.loads(signed_in.text)["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    story.call("GET /secret", api.get("/secret", headers=bearer), 200)
    forged = {"Authorization": f"Bearer {changed(token)}"}
    story.call("GET /secret with a changed token", api.get("/secret", headers=forged), 401)


if __name__ == "__main__":
    template = cdk.without_bootstrap(cdk.synthesized(HERE / "app.py", "SignUp"))
    with deployed(template, HERE / "functions") as running:
        play(running, Story())
