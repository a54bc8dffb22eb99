"""`python -m examples.custom_header.play` plays the story on this machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from examples.gateway import Stack, Story, deployed, hosted_ui, sign_in

HERE = Path(__file__).parent
CALLBACK = "http://localhost:8000/callback"
EMAIL = "jane@example.com"
TEMPORARY = "Temp0rary!pass"
PASSWORD = "Tr0ub4dor&3-web"


def play(stack: Stack, story: Story) -> None:
    api, admin = stack.api, stack.client().admin
    key = {"x-api-key": stack.api_key()}
    story.chapter("Nobody gets in without a token, with or without the API key")
    story.call("GET /hello", api.get("/hello"), 401)
    story.call("GET /hello with the API key", api.get("/hello", headers=key), 401)

    story.chapter("An administrator makes a user; the page wants a new password at first sign-in")
    user = admin.create_user(
        EMAIL, temporary_password=TEMPORARY, suppress_invitation=True, attributes={"email": EMAIL}
    )
    story.step("admin.create_user", user.status, holds=user.status == "FORCE_CHANGE_PASSWORD")
    with hosted_ui(stack.local, stack.pool.id) as domain:
        asked = {"response_type": "token", "client_id": stack.client_id, "redirect_uri": CALLBACK}
        page = f"{domain}/login?{urlencode(asked)}"
        typed = {"username": EMAIL, "password": TEMPORARY}
        changed = {"new_password": PASSWORD, "confirm_password": PASSWORD}
        fragment = parse_qs(urlsplit(sign_in(page, {**typed, **changed}, until=CALLBACK)).fragment)
        story.step("the browser comes back with", "#" + "=...&".join(fragment) + "=...")
        status = admin.get_user(EMAIL).status
        story.step("admin.get_user", status, holds=status == "CONFIRMED")

        story.chapter("The id token, cut out of the address, opens the API in dev-auth-token")
        [id_token] = fragment["id_token"]
        pasted = stack.gateway.try_authorizer("/hello", id_token)
        story.step(
            "test the authorizer with it", pasted.claims["email"], holds=pasted.refused is None
        )
        here = {"dev-auth-token": id_token}
        elsewhere = {"Authorization": id_token}
        story.call("GET /hello with both", api.get("/hello", headers=here | key), 200)
        story.call("GET /hello without the API key", api.get("/hello", headers=here), 403)
        wrong_key = {"x-api-key": "another"}
        story.call("GET /hello, wrong API key", api.get("/hello", headers=here | wrong_key), 403)
        story.call("GET /hello, Authorization", api.get("/hello", headers=elsewhere | key), 401)

        story.chapter("/admin asks our authorizer: an access token, and a group")
        [access] = fragment["access_token"]
        jane = {"dev-auth-token": access, **key}
        story.call("GET /admin with the id token", api.get("/admin", headers=here | key), 401)
        story.call("GET /admin", api.get("/admin", headers=jane), 403)
        admin.add_user_to_group(EMAIL, "admin")
        typed["password"] = PASSWORD
        fragment = parse_qs(urlsplit(sign_in(page, typed, until=CALLBACK)).fragment)
        jane["dev-auth-token"] = fragment["access_token"][0]
        story.call("GET /admin as an administrator", api.get("/admin", headers=jane), 200)


if __name__ == "__main__":
    with deployed(HERE / "template.yaml", HERE / "functions") as running:
        play(running, Story())
