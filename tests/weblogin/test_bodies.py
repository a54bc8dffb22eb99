"""What is read of a request's body, in both frameworks: no more than a form has, and nothing in vain."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from flask import Flask, request
from werkzeug.test import create_environ, run_wsgi_app

from cognitokit.testing import FakePool
from tests.weblogin.stage import SITE, App, password_app

PASSWORD = "Passw0rd!"
FORM = urlencode({"username": "jane", "password": PASSWORD}).encode()
LIMIT = 65_536
ROUTES = (
    "/login",
    "/login/challenge",
    "/login/forgot-password",
    "/login/reset-password",
    "/logout",
)


class Counted:
    """A body without a length, and how much of it was read."""

    def __init__(self, start: bytes, *, endless: bool) -> None:
        self._rest = start
        self._endless = endless
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """Read like a WSGI server's input."""
        assert size >= 0 or not self._endless
        if size < 0:
            size = len(self._rest)
        if not self._rest and self._endless:
            self._rest = b"b" * 10_000
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.count += len(piece)
        return piece


@pytest.fixture
def pool() -> FakePool:
    """A pool with a user."""
    made = FakePool()
    made.add_user("jane", PASSWORD)
    return made


def send(app: App, path: str, body: Counted, **headers: str) -> tuple[int, str]:
    """Send a chunked body; the status and what came back."""
    given = {"origin": SITE, "content-type": "application/x-www-form-urlencoded", **headers}
    if isinstance(app.app, Flask):
        environ = create_environ(path, SITE, method="POST", headers=given)
        environ.pop("CONTENT_LENGTH", None)
        environ.update({"wsgi.input": body, "wsgi.input_terminated": True})
        content, status, _ = run_wsgi_app(app.app, environ)
        return int(status.split()[0]), b"".join(content).decode()

    async def pieces() -> Any:
        while piece := body.read(1000):
            yield piece

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as asking:
            return await asking.post(path, content=pieces(), headers=given)

    answered = asyncio.run(ask())
    return answered.status_code, answered.text


def test_a_chunked_form(framework: str, pool: FakePool) -> None:
    """Is read to its end."""
    app = password_app(framework, pool)
    as_json = Counted(b'{"username": "jane", "password": "Passw0rd!"}', endless=False)

    assert 303 == send(app, "/login", Counted(FORM, endless=False))[0]
    assert 200 == send(app, "/login", as_json, **{"content-type": "application/json"})[0]


@pytest.mark.parametrize("extra", [0, 1])
def test_the_longest_form(framework: str, pool: FakePool, extra: int) -> None:
    """Has 65,536 bytes; one more is refused."""
    app = password_app(framework, pool)
    start = FORM + b"&more="
    body = Counted(start + b"b" * (LIMIT - len(start) + extra), endless=False)

    assert (413 if extra else 303) == send(app, "/login", body)[0]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_a_body_without_end(framework: str, pool: FakePool, path: str, kind: str) -> None:
    """Gets 413, in the form of the request, after no more than a form has."""
    app = password_app(framework, pool)
    body = Counted(FORM, endless=True)
    status, text = send(app, path, body, **{"content-type": kind, "accept": "text/html"})

    assert 413 == status
    assert ("too_large" in text) is (kind == "application/json")
    assert ("<h1>Not accepted</h1>" in text) is (kind != "application/json")
    assert body.count <= LIMIT + 2000


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "image/png"])
def test_a_body_that_is_no_form(framework: str, pool: FakePool, path: str, kind: str) -> None:
    """Gets 415, which names what can be sent, and is not read."""
    app = password_app(framework, pool)
    body = Counted(FORM, endless=True)
    status, text = send(app, path, body, **{"content-type": kind})

    assert 415 == status
    assert "Send application/x-www-form-urlencoded or application/json." in text
    assert 0 == body.count


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded;charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED", ""],
)
def test_how_a_form_may_call_itself(framework: str, pool: FakePool, kind: str) -> None:
    """With parameters, in any letters, or not at all; a body without anything needs no name either."""
    app = password_app(framework, pool)

    assert 303 == send(app, "/login", Counted(FORM, endless=False), **{"content-type": kind})[0]
    assert 200 == app.browser().ask("POST", "/logout", {"origin": SITE}).status


@pytest.mark.parametrize("path", ROUTES)
def test_another_site_s_body(framework: str, pool: FakePool, path: str) -> None:
    """Is not read at all."""
    app = password_app(framework, pool)
    body = Counted(FORM, endless=True)

    assert 403 == send(app, path, body, origin="https://evil.example")[0]
    assert 0 == body.count


def test_a_form_that_the_application_has_read(pool: FakePool) -> None:
    """As Flask-WTF's CSRF protection does before each view: the login has it all the same."""
    app = password_app("flask", pool)
    seen: list[str] = []
    app.app.before_request(lambda: seen.append(request.form["username"]))

    assert 303 == send(app, "/login", Counted(FORM, endless=False))[0]
    assert ["jane"] == seen
