"""`python -m examples.todo_api.play` plays the story on this machine."""

from __future__ import annotations

from pathlib import Path

from cognitokit import NewPasswordRequired, Tokens
from examples.gateway import Stack, Story, changed, deployed

HERE = Path(__file__).parent
TEMPORARY = "Temp0rary!pass"
PASSWORD = "Tr0ub4dor&3-todo"


def play(stack: Stack, story: Story) -> None:
    api, client = stack.api, stack.client()
    story.chapter("Nobody gets in without a token")
    story.call("GET /tasks", api.get("/tasks"), 401)

    story.chapter("An administrator makes a user, who has to choose a password")
    user = client.admin.create_user("jane", temporary_password=TEMPORARY, suppress_invitation=True)
    story.step("admin.create_user", user.status, holds=user.status == "FORCE_CHANGE_PASSWORD")
    challenge = client.admin.sign_in("jane", TEMPORARY)
    story.step("admin.sign_in", challenge, holds=isinstance(challenge, NewPasswordRequired))
    assert isinstance(challenge, NewPasswordRequired)
    tokens = client.respond(challenge.answer(PASSWORD)).require_tokens()
    story.step("respond(challenge.answer(...))", tokens)

    story.chapter("Her id token opens the API, with no Bearer before it")
    jane = {"Authorization": str(tokens.id_token)}
    story.call("GET /tasks", api.get("/tasks", headers=jane), 200)
    story.call("POST /tasks", api.post("/tasks", headers=jane, json={"title": "Buy milk"}), 201)
    story.call("POST /tasks without a title", api.post("/tasks", headers=jane, json={}), 400)
    story.call("GET /tasks", api.get("/tasks", headers=jane), 200)

    story.chapter("Later sign-ins need one call")
    again = client.admin.sign_in("jane", PASSWORD)
    story.step("admin.sign_in", again, holds=isinstance(again, Tokens))
    again_token = {"Authorization": str(again.require_tokens().id_token)}
    story.call("GET /tasks", api.get("/tasks", headers=again_token), 200)

    story.chapter("Other tokens open nothing")
    access = {"Authorization": tokens.access_token}
    story.call("GET /tasks with the access token", api.get("/tasks", headers=access), 401)
    forged = {"Authorization": changed(str(tokens.id_token))}
    story.call("GET /tasks with a changed token", api.get("/tasks", headers=forged), 401)

    story.chapter("Everybody has their own list")
    client.admin.create_user("joe", temporary_password=TEMPORARY, suppress_invitation=True)
    client.admin.set_password("joe", PASSWORD, permanent=True)
    joe = {"Authorization": str(client.admin.sign_in("joe", PASSWORD).require_tokens().id_token)}
    story.call("GET /tasks as joe", api.get("/tasks", headers=joe), 200)


if __name__ == "__main__":
    with deployed(HERE / "template.yaml", HERE / "functions") as running:
        play(running, Story())
