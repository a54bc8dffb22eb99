"""The main job, played on an embedded user pool: run it and read along.

Sign-up and sign-in, an administrator's user with a temporary password, an authenticator app, and
two web applications that are really served and really called. It ends with status 1 as soon as a
step does not do what it says. Needs the extras local, flask and fastapi, and uvicorn.
"""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Iterator
from typing import Annotated, Any

import flask
import httpx
import uvicorn
from fastapi import Depends, FastAPI
from werkzeug.serving import make_server

import cognitokit.fastapi
import cognitokit.flask
from cognitokit import (
    AccessToken,
    AsyncCognitoVerifier,
    CognitoClient,
    CognitoVerifier,
    NewPasswordRequired,
    SoftwareTokenMfa,
    TokenError,
    Tokens,
)
from cognitokit.testing import LocalPool, totp_code

PASSWORD = "Tr0ub4dor&3"


class Story:
    """Prints the steps, and ends the run at the first one that did not go as told."""

    def __init__(self) -> None:
        self._color = sys.stdout.isatty()
        self.checks = 0

    def chapter(self, title: str) -> None:
        """Begin a part."""
        print(f"\n{self._styled('1', title)}")

    def step(self, what: str, result: object, *, holds: bool = True) -> None:
        """Tell what was done and what came back."""
        mark = self._styled("32", "ok") if holds else self._styled("31", "NO")
        print(f"  {mark}  {what:<44} {result}")
        if not holds:
            sys.exit("That is not what should have happened.")
        self.checks += 1

    def _styled(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._color else text


def sign_up(story: Story, local: LocalPool, client: CognitoClient) -> Tokens:
    """Play a user who registers."""
    story.chapter("A user signs up")
    signed_up = client.sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
    delivery = signed_up.delivery
    story.step(
        'client.sign_up("jane", ...)',
        f"user {signed_up.user_sub}, code by {delivery.medium} to {delivery.destination}"
        if delivery
        else "no code was sent",
        holds=delivery is not None and not signed_up.confirmed,
    )
    code = local.last_code("jane@example.com")
    story.step("read the code in the mailbox", code)
    client.confirm_sign_up("jane", code)
    story.step('client.confirm_sign_up("jane", ...)', "confirmed")
    result = client.sign_in("jane", PASSWORD)
    story.step('client.sign_in("jane", ...)', result, holds=isinstance(result, Tokens))
    return result.require_tokens()


def temporary_password(story: Story, client: CognitoClient) -> Tokens:
    """Play a user whom an administrator made."""
    story.chapter("An administrator makes a user, with a temporary password")
    user = client.admin.create_user(
        "joe",
        temporary_password="Temp0rary!",
        attributes={"email": "joe@example.com", "email_verified": "true"},
        suppress_invitation=True,
    )
    story.step(
        'client.admin.create_user("joe", ...)',
        user.status,
        holds=user.status == "FORCE_CHANGE_PASSWORD",
    )
    challenge = client.sign_in("joe", "Temp0rary!")
    story.step(
        'client.sign_in("joe", ...)',
        type(challenge).__name__,
        holds=isinstance(challenge, NewPasswordRequired),
    )
    assert isinstance(challenge, NewPasswordRequired)
    result = client.respond(challenge.answer(PASSWORD))
    story.step("client.respond(challenge.answer(...))", result, holds=isinstance(result, Tokens))
    return result.require_tokens()


def authenticator_app(story: Story, client: CognitoClient, tokens: Tokens) -> Tokens:
    """Play a user who adds a second factor."""
    story.chapter("The user adds an authenticator app")
    setup = client.mfa.associate(tokens)
    svg = setup.qr_svg(issuer="Example")
    story.step(
        "client.mfa.associate(tokens)",
        f"a QR code for the app, {len(svg)} bytes of SVG",
        holds=svg.startswith("<svg"),
    )
    client.mfa.verify(setup, totp_code(setup.secret, time.time()))
    client.mfa.set_preference(tokens, preferred="SOFTWARE_TOKEN_MFA")
    story.step("client.mfa.verify(setup, ...)", "the app is registered and asked for")
    challenge = client.sign_in("jane", PASSWORD)
    story.step(
        'client.sign_in("jane", ...)',
        type(challenge).__name__,
        holds=isinstance(challenge, SoftwareTokenMfa),
    )
    assert isinstance(challenge, SoftwareTokenMfa)
    result = client.respond(challenge.answer(totp_code(setup.secret, time.time() + 30)))
    story.step("client.respond(challenge.answer(...))", result, holds=isinstance(result, Tokens))
    return result.require_tokens()


def verify(story: Story, local: LocalPool, tokens: Tokens) -> None:
    """Verify both tokens, and see bad ones refused."""
    story.chapter("Verify the tokens with the pool's own keys")
    options: dict[str, Any] = {"client_id": local.client_id}
    verifier = CognitoVerifier(local.pool, token_use="access", **options)
    access = verifier.verify(tokens.access_token)
    story.step(
        "access token",
        f"{access.username}, scopes {set(access.scopes)}, expires in {tokens.expires_in} s",
        holds=access.username == "jane",
    )
    assert tokens.id_token is not None
    identity = CognitoVerifier(local.pool, token_use="id", **options).verify(tokens.id_token)
    story.step(
        "id token",
        f"{identity.email}, verified: {identity.email_verified}",
        holds=identity.sub == access.sub and identity.email == "jane@example.com",
    )

    story.chapter("See bad tokens refused")
    tomorrow = CognitoVerifier(
        local.pool, token_use="access", clock=lambda: time.time() + 86_400, **options
    )
    other_client = CognitoVerifier(local.pool, token_use="access", client_id="another0client")
    other_pool = CognitoVerifier("eu-west-1_Another00", token_use="access", **options)
    refusals = [
        ("one byte changed", verifier, tampered(tokens.access_token), "signature", None),
        ("tomorrow", tomorrow, tokens.access_token, "expired", "exp"),
        ("the id token in its place", verifier, tokens.id_token, "claim", "token_use"),
        ("at another app client", other_client, tokens.access_token, "claim", "client_id"),
        ("at another user pool", other_pool, tokens.access_token, "claim", "iss"),
        ("no token at all", verifier, "not a token", "malformed", None),
    ]
    for what, refuser, raw, reason, claim in refusals:
        try:
            refuser.verify(raw)
        except TokenError as error:
            told = f"{type(error).__name__}, reason {error.reason!r}"
            told += f", claim {error.claim!r}" if error.claim else ""
            story.step(what, told, holds=(error.reason, error.claim) == (reason, claim))
        else:
            story.step(what, "accepted", holds=False)


def tampered(token: str) -> str:
    """Return the token with one character of its payload changed."""
    header, payload, signature = token.split(".")
    middle = len(payload) // 2
    changed = "A" if payload[middle] != "A" else "B"
    return f"{header}.{payload[:middle]}{changed}{payload[middle + 1 :]}.{signature}"


def flask_app(local: LocalPool) -> flask.Flask:
    """Return a Flask application with one route for anybody who is signed in, and one for administrators."""
    app = flask.Flask(__name__)
    verifier = CognitoVerifier(local.pool, client_id=local.client_id, token_use="access")
    cognitokit.flask.CognitoAuth(app, verifier=verifier)

    @app.get("/tasks")
    @cognitokit.flask.require_cognito
    def tasks() -> dict[str, str | None]:
        return {"user": cognitokit.flask.current_token.username}

    @app.get("/admin")
    @cognitokit.flask.require_cognito(groups=["admin"])
    def admin() -> dict[str, str]:
        return {"hello": "admin"}

    return app


def fastapi_app(local: LocalPool) -> FastAPI:
    """Return a FastAPI application with the same two routes."""
    app = FastAPI()
    cognito = cognitokit.fastapi.CognitoAuth(
        AsyncCognitoVerifier(local.pool, client_id=local.client_id, token_use="access")
    )
    cognito.init_app(app)

    @app.get("/tasks")
    async def tasks(token: Annotated[AccessToken, Depends(cognito)]) -> dict[str, str | None]:
        return {"user": token.username}

    @app.get("/admin")
    @cognito.require(groups=["admin"])
    async def admin() -> dict[str, str]:
        return {"hello": "admin"}

    return app


@contextlib.contextmanager
def served_by_werkzeug(app: flask.Flask) -> Iterator[str]:
    """Serve a Flask application on a free port while the context is open."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request otherwise
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def served_by_uvicorn(app: FastAPI) -> Iterator[str]:
    """Serve an ASGI application on a free port while the context is open."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                sys.exit("uvicorn did not start.")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def call(story: Story, url: str, user: Tokens, admin: Tokens) -> None:
    """Call an application's routes as all sorts of people."""
    assert user.id_token is not None
    calls = [
        ("GET /tasks without a token", "/tasks", None, 401),
        ("GET /tasks with the id token", "/tasks", user.id_token, 401),
        ("GET /tasks with a changed token", "/tasks", tampered(user.access_token), 401),
        ("GET /tasks with jane's access token", "/tasks", user.access_token, 200),
        ("GET /admin with jane's access token", "/admin", user.access_token, 403),
        ("GET /admin with joe's, an administrator", "/admin", admin.access_token, 200),
    ]
    with httpx.Client(base_url=url, trust_env=False) as web:
        for what, path, token, expected in calls:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            response = web.get(path, headers=headers)
            challenge = response.headers.get("WWW-Authenticate", "")
            told = challenge if response.is_error else response.text.strip()
            story.step(
                what, f"{response.status_code}  {told}", holds=response.status_code == expected
            )


def main() -> None:
    """Play the whole story."""
    story = Story()
    started = time.monotonic()
    story.chapter("Start a user pool on this machine")
    with LocalPool() as local:
        story.step("LocalPool()", f"{local.pool.id} at {local.url}")
        client = local.client()
        tokens = sign_up(story, local, client)
        temporary_password(story, client)
        client.admin.create_group("admin")
        client.admin.add_user_to_group("joe", "admin")
        administrator = client.sign_in("joe", PASSWORD).require_tokens()
        story.step('client.admin.add_user_to_group("joe", ...)', "joe is in the group admin")
        tokens = authenticator_app(story, client, tokens)
        verify(story, local, tokens)
        story.chapter("A Flask application, served and called")
        with served_by_werkzeug(flask_app(local)) as url:
            call(story, url, tokens, administrator)
        story.chapter("A FastAPI application, served and called")
        with served_by_uvicorn(fastapi_app(local)) as url:
            call(story, url, tokens, administrator)
    elapsed = time.monotonic() - started
    print(f"\nAll {story.checks} steps did what they say, in {elapsed:.1f} seconds.")


if __name__ == "__main__":
    main()
