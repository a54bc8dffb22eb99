"""Sessions whose access token is due: refreshed once, by whoever comes first, and never lost."""

import asyncio
import json
import threading
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest
import trio

from cognitokit import AccessToken
from cognitokit.errors import ExpiredToken, InvalidSignature, KeysUnavailable
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.weblogin.renewal import PATIENCE
from tests.weblogin.conftest import MakeStage
from tests.weblogin.stage import SITE, App, Browser, Stage, sessions_in

LIFETIME = 3600


def refreshes(stage: Stage) -> int:
    """How often tokens were refreshed."""
    return sum(form["grant_type"] == "refresh_token" for form in stage.token_requests())


def test_a_token_is_refreshed_when_it_is_due(stage: Stage) -> None:
    """A minute before it expires, not a second earlier; the rotated refresh token is the one kept."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    before = browser.get("/me").json["raw"]
    stage.clock.now += LIFETIME - 61

    assert (before, 0) == (browser.get("/me").json["raw"], refreshes(stage))
    for number in range(1, 4):
        stage.clock.now += 1 if number == 1 else LIFETIME
        after = browser.get("/me").json["raw"]
        assert before != after
        assert (after, number) == (browser.get("/me").json["raw"], refreshes(stage))
        before = after


def test_the_margin_can_be_chosen(stage: Stage) -> None:
    """refresh_before says how early; a token that lives shorter is used for half its life."""
    browser = stage.app(refresh_before=10_000).browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME / 2 - 1
    browser.get("/me")

    assert 0 == refreshes(stage)
    stage.clock.now += 1
    browser.get("/me")
    assert 1 == refreshes(stage)


def test_requests_at_once_refresh_once(stage: Stage) -> None:
    """Four requests with one due session: one refresh, and each gets an answer and a good cookie."""
    app = stage.app()
    browser = app.browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME - 30
    handle = stage.server._provider.handle
    all_here = threading.Event()

    def reply(request: Any) -> OAuthAnswer:
        assert all_here.wait(10)
        return handle(request)

    stage.server.answer("/oauth2/token", reply)
    threading.Timer(0.3, all_here.set).start()
    ask = by_tasks if stage.framework == "fastapi" else by_threads
    answers = ask(app, browser.cookies, 4)

    assert [200] * 4 == [status for status, _ in answers]
    assert 1 == refreshes(stage)
    for _, cookies in answers:
        one = app.browser()
        one.cookies = {**browser.cookies, **cookies}
        assert 200 == one.fetch("/me").status
    assert 1 == refreshes(stage)


Asked = list[tuple[int, dict[str, str]]]


def by_threads(app: App, cookies: dict[str, str], count: int) -> Asked:
    """Ask from as many threads; the statuses, and the cookies that were set."""
    answers: Asked = []

    def ask() -> None:
        browser = app.browser()
        browser.cookies = dict(cookies)
        status = browser.fetch("/me").status
        answers.append((status, browser.cookies))

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def by_tasks(app: App, cookies: dict[str, str], count: int) -> Asked:
    """The same from the tasks of one event loop."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())

    async def ask(client: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
        answer = await client.get("/me", headers={"cookie": header})
        pairs = [c.partition(";")[0].partition("=") for c in answer.headers.get_list("set-cookie")]
        return answer.status_code, {name: value for name, _, value in pairs}

    async def ask_all() -> Asked:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            return await asyncio.gather(*(ask(client) for _ in range(count)))

    return asyncio.run(ask_all())


def test_another_process_was_faster(make_stage: MakeStage, framework: str) -> None:
    """With a store a process that comes second takes what the first has stored, without a grace period."""
    stage = make_stage(framework, "store")
    first, second = stage.app().browser(), stage.app().browser()
    stage.sign_in(first)
    second.cookies = dict(first.cookies)
    stage.clock.now += LIFETIME
    one = first.get("/me").json["raw"]

    assert one == second.get("/me").json["raw"]
    assert 1 == refreshes(stage)


@pytest.mark.parametrize(("grace", "expected"), [(10, 200), (0, 401)])
def test_cookies_need_a_grace_period(
    make_stage: MakeStage, framework: str, grace: int, expected: int
) -> None:
    """Two processes cannot tell each other through cookies: the second refresh needs the grace."""
    stage = make_stage(framework, "cookie", retry_grace=grace)
    first, second = stage.app().browser(), stage.app().browser()
    stage.sign_in(first)
    second.cookies = dict(first.cookies)
    stage.clock.now += LIFETIME
    first.get("/me")

    assert expected == second.fetch("/me").status


def test_a_revoked_session_ends(stage: Stage) -> None:
    """A refresh token that is refused ends the session: the page leads to the login.

    With a store that is when the refusal has stood long enough, see test_two_processes.py.
    """
    browser = stage.app().browser()
    stage.sign_in(browser)
    stage.server.answer(
        "/oauth2/token", lambda _: OAuthAnswer(status=400, body=b'{"error":"invalid_grant"}')
    )
    stage.clock.now += LIFETIME
    if stage.store is not None:
        assert 503 == browser.get("/me").status
        stage.clock.now += PATIENCE

    assert 303 == browser.get("/me").status
    assert {} == browser.cookies
    assert stage.store is None or 0 == sessions_in(stage.store)


def test_an_outage_does_not_end_a_session(stage: Stage) -> None:
    """The old token is used while it lives; then it is 503, and the session goes on afterwards."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    stage.clock.now += LIFETIME - 30

    assert 200 == browser.get("/me").status
    stage.clock.now += 30
    answer = browser.get("/me")
    assert (503, "5") == (answer.status, answer.header("retry-after"))
    assert 503 == browser.fetch("/me").status
    assert browser.get("/").json == {"sub": None}
    stage.server.answer("/oauth2/token", None)
    assert 200 == browser.get("/me").status


def test_another_process_goes_on_after_an_outage(make_stage: MakeStage, framework: str) -> None:
    """What a process saw of an outage says nothing of the tokens that another one got since."""
    stage = make_stage(framework, "cookie")
    app = stage.app()
    app.hold()
    first, second = app.browser(), stage.app().browser()
    stage.sign_in(first)
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    stage.clock.now += LIFETIME
    outage = first.fetch("/me").status
    stage.server.answer("/oauth2/token", None)
    second.cookies = first.cookies
    renewed = second.fetch("/me").status
    stage.clock.now += LIFETIME

    assert (503, 200, 200) == (outage, renewed, first.fetch("/me").status)


def test_another_user_s_tokens(stage: Stage) -> None:
    """What a refresh gives must be the same user's; else the session ends."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    stage.server.answer(
        "/oauth2/token",
        lambda _: OAuthAnswer(
            status=200,
            headers={"Content-Type": "application/json"},
            body=(
                f'{{"access_token":"{stage.mint.access_token(username="joe")}",'
                f'"token_type":"Bearer","expires_in":3600}}'
            ).encode(),
        ),
    )
    stage.clock.now += LIFETIME
    if stage.store is not None:
        assert 503 == browser.fetch("/me").status
        stage.clock.now += PATIENCE

    assert 401 == browser.fetch("/me").status
    assert {} == browser.cookies


def test_no_refresh_token(stage: Stage) -> None:
    """A session without one lasts as long as its access token."""
    browser = stage.app().browser()
    handle = stage.server._provider.handle

    def without(request: Any) -> OAuthAnswer:
        answer = handle(request)
        body = {k: v for k, v in json.loads(answer.body).items() if k != "refresh_token"}
        return OAuthAnswer(status=200, headers=answer.headers, body=json.dumps(body).encode())

    stage.server.answer("/oauth2/token", without)
    stage.sign_in(browser)
    stage.clock.now += LIFETIME - 1

    assert 200 == browser.fetch("/me").status
    stage.clock.now += 1
    assert 401 == browser.fetch("/me").status
    assert {} == browser.cookies
    stage.sign_in(browser)
    assert 303 == browser.post("/logout").status


class Says:
    """A verifier that says what it is told."""

    def __init__(self, say: Callable[[str], AccessToken]) -> None:
        self._say = say

    def verify(self, raw: str, /) -> AccessToken:
        """Say it."""
        return self._say(raw)


@pytest.mark.parametrize(
    ("error", "page", "api", "stays"),
    [
        (ExpiredToken, 303, 401, False),
        (InvalidSignature, 401, 401, False),
        (KeysUnavailable, 503, 503, True),
    ],
)
def test_a_verifier_that_refuses_the_session_s_token(
    stage: Stage, error: type[Exception], page: int, api: int, stays: bool
) -> None:
    """An expired token leads to the login; one that is refused is 401, or login and page would go in circles."""

    def refuse(raw: str) -> AccessToken:
        raise error

    app = stage.app(verifier=Says(refuse))
    for expected, ask in (page, Browser.get), (api, Browser.fetch):
        browser = app.browser()
        stage.sign_in(browser)
        assert expected == ask(browser, "/me").status
        assert stays is bool(browser.cookies)


def test_a_token_of_somebody_else_in_a_session(stage: Stage) -> None:
    """The verified token must be the session's user's."""
    other = AccessToken({"sub": "somebody else", "exp": 2_000_000_000}, "x.y.z")
    app = stage.app(verifier=Says(lambda _: other))
    browser = app.browser()
    stage.sign_in(browser)

    assert 401 == browser.fetch("/me").status
    assert {} == browser.cookies


class Interrupted:
    """A store in which something else happens between a get() and the put() that follows."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.meanwhile: Callable[[], object] | None = None

    def get(self, key: str, /) -> Any:
        """Get, and then something else happens."""
        value = self.inner.get(key)
        if self.meanwhile is not None and key.startswith("session:"):
            self.meanwhile()
        return value

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> Any:
        """Put."""
        return self.inner.put(key, value, expected=expected, lifetime=lifetime)

    def delete(self, key: str, /) -> Any:
        """Delete."""
        return self.inner.delete(key)

    def pop(self, key: str, /) -> Any:
        """Pop."""
        return self.inner.pop(key)


@pytest.fixture
def interrupted(
    make_stage: MakeStage, framework: str
) -> Generator[tuple[Stage, Interrupted, Browser]]:
    """A stage whose store is interrupted, and a browser that is signed in."""
    stage = make_stage(framework, "store")
    store = Interrupted(stage.store)
    browser = stage.app(store=store).browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME
    yield stage, store, browser
    store.meanwhile = None


def test_a_logout_during_a_refresh(interrupted: tuple[Stage, Interrupted, Browser]) -> None:
    """The session is not raised from the dead, and the new tokens are revoked too."""
    stage, store, browser = interrupted
    handle = stage.server._provider.handle
    revoked: list[str] = []

    def log_out_meanwhile(request: Any) -> OAuthAnswer:
        for key in list(stage.store._kinds["session"] if stage.store else ()):
            store.inner.delete(key)
        return handle(request)

    def revoke(request: Any) -> OAuthAnswer:
        revoked.append(request.form["token"])
        return OAuthAnswer(status=500 if len(revoked) > 1 else 200)

    stage.server.answer("/oauth2/token", log_out_meanwhile)
    stage.server.answer("/oauth2/revoke", revoke)

    assert 401 == browser.fetch("/me").status
    assert 1 == len(revoked)
    assert {} == browser.cookies
    assert stage.store is not None
    assert 0 == sessions_in(stage.store)
    stage.server.answer("/oauth2/token", None)
    stage.sign_in(browser)
    stage.clock.now += LIFETIME
    stage.server.answer("/oauth2/token", log_out_meanwhile)
    assert 401 == browser.fetch("/me").status
    assert 2 == len(revoked)


def test_a_store_that_changes_under_a_refresh(
    interrupted: tuple[Stage, Interrupted, Browser],
) -> None:
    """A put that comes too late reads again; what was stored in between is replaced, not lost."""
    stage, store, browser = interrupted
    rounds = 0

    def touch() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:  # after the session was found, and reloaded before the refresh
            replaced(stage, lambda content: content)

    store.meanwhile = touch
    assert 200 == browser.fetch("/me").status
    assert rounds > 3
    store.meanwhile = None
    assert 200 == browser.fetch("/me").status
    assert 1 == refreshes(stage)


def test_a_store_that_never_stands_still(
    interrupted: tuple[Stage, Interrupted, Browser],
) -> None:
    """A put that always comes too late is given up; the request has its tokens all the same."""
    stage, store, browser = interrupted
    store.meanwhile = lambda: replaced(stage, lambda content: content)

    assert 200 == browser.fetch("/me").status


def test_newer_tokens_in_the_store(interrupted: tuple[Stage, Interrupted, Browser]) -> None:
    """Are not replaced by older ones."""
    stage, _, browser = interrupted
    assert stage.store is not None
    entries = stage.store._kinds["session"]
    handle = stage.server._provider.handle
    stored: list[dict[str, Any]] = []

    def newer(content: dict[str, Any]) -> dict[str, Any]:
        tokens = {**content["tokens"], "expires_at": int(stage.clock.now) + 9_999}
        return {**content, "tokens": tokens}

    def reply(request: Any) -> OAuthAnswer:
        replaced(stage, newer)
        stored.append(dict(entries))
        return handle(request)

    stage.server.answer("/oauth2/token", reply)
    assert 200 == browser.fetch("/me").status
    assert [entries] == stored


def replaced(stage: Stage, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Store the only session anew, changed."""
    assert stage.store is not None
    seals = stage.login()._parts.seals
    entries = stage.store._kinds["session"]
    key, (value, until) = next(iter(entries.items()))
    content = change(seals.unseal(value, "stored session", key))
    again = seals.seal(content, "stored session", key, int(stage.clock.now) + 9_999)
    entries[key] = (again, until)


def test_under_trio(make_stage: MakeStage, keeping: str) -> None:
    """An ASGI server that runs on trio serves the same login and the same refresh."""
    stage = make_stage("fastapi", keeping)
    app = stage.app()
    browser = app.browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME
    header = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def ask() -> int:
        transport = httpx.ASGITransport(app.app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            return (await client.get("/me", headers={"cookie": header})).status_code

    assert 200 == trio.run(ask)
    assert 1 == refreshes(stage)
