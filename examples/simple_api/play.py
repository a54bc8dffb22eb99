"""`python -m examples.simple_api.play` plays the story on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

from examples.gateway import Stack, Story, changed, deployed

HERE = Path(__file__).parent
PASSWORD = "Tr0ub4dor&3"


def play(stack: Stack, story: Story) -> None:
    api, client = stack.api, stack.client()
    story.chapter("/hello is closed, and /auth wants both parameters")
    story.call("GET /hello", api.get("/hello"), 401)
    story.call("GET /auth", api.get("/auth"), 400)
    story.call("GET /auth?username=jane", api.get("/auth?username=jane"), 400)
    story.call("GET /auth?password=...", api.get("/auth?password=x"), 400)
    story.call("POST /auth without a password", api.post("/auth", json={"username": "jane"}), 400)

    story.chapter("An administrator makes a user, with a password that is still to be changed")
    user = client.admin.create_user("jane", temporary_password=PASSWORD, suppress_invitation=True)
    story.step("admin.create_user", user.status, holds=user.status == "FORCE_CHANGE_PASSWORD")
    wrong = urlencode({"username": "jane", "password": "Wr0ng&pass"})
    story.call("GET /auth with a wrong password", api.get(f"/auth?{wrong}"), 401)
    nobody = urlencode({"username": "nobody", "password": PASSWORD})
    story.call("GET /auth as nobody", api.get(f"/auth?{nobody}"), 401)

    story.chapter("/auth makes it permanent, and answers with tokens")
    right = urlencode({"username": "jane", "password": PASSWORD})
    signed_in = api.get(f"/auth?{right}")
    story.call("GET /auth", signed_in, 200)
    status = client.admin.get_user("jane").status
    story.step("admin.get_user", status, holds=status == "CONFIRMED")
    credentials = {"username": "jane", "password": PASSWORD}
    story.call("POST /auth", api.post("/auth", json=credentials), 200)

    story.chapter("The id token opens /hello")
    tokens = json.loads(signed_in.text)
    jane = {"Authorization": tokens["id_token"]}
    story.call("GET /hello", api.get("/hello", headers=jane), 200)
    bearer = {"Authorization": f"Bearer {tokens['id_token']}"}
    story.call("GET /hello with Bearer", api.get("/hello", headers=bearer), 200)
    forged = {"Authorization": changed(tokens["id_token"])}
    story.call("GET /hello with a changed token", api.get("/hello", headers=forged), 401)
    access = {"Authorization": tokens["access_token"]}
    story.call("GET /hello with the access token", api.get("/hello", headers=access), 401)


if __name__ == "__main__":
    with deployed(HERE / "template.yaml", HERE / "functions") as running:
        play(running, Story())
