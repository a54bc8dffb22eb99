"""`python -m examples.hosted_ui.play` plays the story on this machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from cognitokit import ManagedLogin, errors
from examples.gateway import (
    NotSignedIn,
    Stack,
    Story,
    as_cloudformation,
    changed,
    deployed,
    hosted_ui,
    sign_in,
)

HERE = Path(__file__).parent
CALLBACK = "http://localhost:8000/callback"
EMAIL = "jane@example.com"
PASSWORD = "Secret1"
CHANGED = "Other22"


def register(stack: Stack, story: Story) -> None:
    client = stack.client()
    story.chapter("A user registers and verifies the email address")
    try:
        client.sign_up(EMAIL, "secret", attributes={"email": EMAIL})
    except errors.InvalidPassword as error:
        story.step('sign_up(..., "secret")', error.message)
    else:
        story.step('sign_up(..., "secret")', "accepted", holds=False)
    signed_up = client.sign_up(EMAIL, PASSWORD, attributes={"email": EMAIL})
    story.step("sign_up", signed_up.delivery, holds=not signed_up.confirmed)
    client.confirm_sign_up(EMAIL, stack.local.last_code(EMAIL))
    status = client.admin.get_user(EMAIL).status
    story.step("confirm_sign_up", status, holds=status == "CONFIRMED")


def implicit_grant(page: str, password: str) -> dict[str, str]:
    """Sign in at the page, and return what stands in the fragment that the browser comes back with."""
    callback = sign_in(page, {"username": EMAIL, "password": password}, until=CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(callback).fragment).items()}


def play(stack: Stack, story: Story) -> None:
    api = stack.api
    story.chapter("Nobody gets in without a token")
    story.call("GET /hiUsers", api.get("/hiUsers"), 401)
    register(stack, story)
    with hosted_ui(stack.local, stack.pool.id) as domain:
        story.chapter("She signs in at the page: the implicit grant")
        asked = {"response_type": "token", "client_id": stack.client_id, "redirect_uri": CALLBACK}
        page = f"{domain}/login?{urlencode(asked)}"
        fragment = implicit_grant(page, PASSWORD)
        terms = fragment["expires_in"], fragment["token_type"]
        story.step("the browser comes back", "#id_token=...", holds=terms == ("3600", "Bearer"))
        jane = {"Authorization": fragment["id_token"]}
        story.call("GET /hiUsers with the id token", api.get("/hiUsers", headers=jane), 200)
        forged = {"Authorization": changed(fragment["id_token"])}
        story.call("GET /hiUsers, changed token", api.get("/hiUsers", headers=forged), 401)

        story.chapter("The same with a code and PKCE")
        login = ManagedLogin(
            stack.pool,
            domain=domain,
            client_id=stack.client_id,
            redirect_uri=CALLBACK,
            scopes=["openid", "email"],
        )
        request = login.begin()
        typed = {"username": EMAIL, "password": PASSWORD}
        done = login.complete(sign_in(request.url, typed, until=CALLBACK), request.login_state)
        story.step("the browser comes back", "?code=...&state=...", holds=done.id_token is not None)
        bearer = {"Authorization": f"Bearer {done.tokens.id_token}"}
        story.call("GET /hiUsers with Bearer", api.get("/hiUsers", headers=bearer), 200)

        story.chapter("She has forgotten her password")
        client = stack.client()
        client.forgot_password(EMAIL)
        client.confirm_forgot_password(EMAIL, stack.local.last_code(EMAIL), CHANGED)
        story.step("confirm_forgot_password", "the password is another")
        try:
            implicit_grant(page, PASSWORD)
        except NotSignedIn:
            story.step("sign in with the old one", "the page refuses it")
        else:
            story.step("sign in with the old one", "accepted", holds=False)
        jane = {"Authorization": implicit_grant(page, CHANGED)["id_token"]}
        story.call("GET /hiUsers after it", api.get("/hiUsers", headers=jane), 200)


if __name__ == "__main__":
    with deployed(as_cloudformation(HERE / "serverless.yml"), HERE) as running:
        play(running, Story())
