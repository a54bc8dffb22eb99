"""Sessions that are over stay over, and cookies that are not ours are left alone."""

import json
from typing import Any

import pytest
from flask import g

from cognitokit import flask as for_flask
from cognitokit.testing import FakePool
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.weblogin import MemoryStore
from cognitokit.weblogin.sessions import ENDED_FOR
from tests.weblogin.conftest import MakeStage
from tests.weblogin.stage import (
    KEY,
    PASSWORD,
    Browser,
    Stage,
    password_app,
    sessions_in,
)

LIFETIME = 3600
EVIL = {"origin": "https://evil.example"}
NEW = "the new key that cookies of these tests are sealed with"


def revoked(stage: Stage) -> list[str]:
    """The refresh tokens that were revoked."""
    return [seen.form["token"] for seen in stage.server.requests if seen.path == "/oauth2/revoke"]


def held(stage: Stage, browser: Browser) -> str:
    """The refresh token of a browser's session in cookies."""
    name = "__Host-cognito-session"
    seals = stage.login()._parts.seals
    text = browser.cookies[name].partition(".")[2] + browser.cookies.get(f"{name}.1", "")
    content = seals.unseal(text, "session", name)
    return str(content["tokens"]["refresh_token"])


def session_of(browser: Browser) -> dict[str, str]:
    """The cookies of its session."""
    return {name: browser.cookies[name] for name in browser.named("session")}


@pytest.mark.parametrize("ended", ["nothing", "logout", "login"])
def test_a_response_that_comes_late(make_stage: MakeStage, framework: str, ended: str) -> None:
    """With a session's renewed cookie, after its logout or after another login: it stays ended."""
    stage = make_stage(framework, "cookie")
    app = stage.app()
    browser, under_way = app.browser(), app.browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME
    under_way.cookies = dict(browser.cookies)
    assert 200 == under_way.fetch("/me").status
    if ended == "logout":
        browser.post("/logout")
    if ended == "login":
        begun = browser.get("/login")
        browser.get(stage.server.sign_in(begun.location, "joe", PASSWORD))
        assert "joe" == browser.get("/me").json["user"]
    late = held(stage, under_way)
    browser.cookies |= session_of(under_way)

    expected = 200 if ended == "nothing" else 401
    assert expected == browser.fetch("/me").status
    # What came after the revocation is revoked as well, once.
    assert (ended != "nothing") is (late in revoked(stage))
    count = len(revoked(stage))
    assert expected == browser.fetch("/me").status
    assert count == len(revoked(stage))
    assert (ended == "nothing") is bool(browser.named("session"))
    stage.sign_in(browser)
    assert "jane" == browser.get("/me").json["user"]


@pytest.mark.parametrize(("lifetime", "expected"), [(LIFETIME, ENDED_FOR), (60, 60)])
def test_how_long_a_browser_knows_of_the_end(
    make_stage: MakeStage, framework: str, lifetime: int, expected: int
) -> None:
    """Ten minutes, and not longer than the session would have lasted."""
    stage = make_stage(framework, "cookie")
    browser = stage.app(session_lifetime=lifetime).browser()
    stage.sign_in(browser)
    session = session_of(browser)
    browser.post("/logout")

    (marker,) = browser.cookies
    assert browser.attributes[marker].startswith(f"Max-Age={expected}; ")
    browser.cookies |= session
    stage.clock.now += expected - 1
    assert 401 == browser.fetch("/me").status
    assert [marker] == list(browser.cookies)
    stage.clock.now += 1
    # Nothing is kept of it by then.
    browser.cookies |= session
    assert (200 if lifetime == LIFETIME else 401) == browser.fetch("/me").status
    assert lifetime != LIFETIME or marker not in browser.cookies


def test_a_response_that_comes_late_where_there_is_a_store(
    make_stage: MakeStage, framework: str
) -> None:
    """A store needs no reminder: the session's id is worth nothing any more."""
    stage = make_stage(framework, "store")
    browser = stage.app().browser()
    stage.sign_in(browser)
    before = dict(browser.cookies)
    browser.post("/logout")

    assert {} == browser.cookies
    browser.cookies = before
    assert 401 == browser.fetch("/me").status


def test_a_new_login_ends_the_session_before(stage: Stage) -> None:
    """Its refresh token is revoked, and a store has one session; a login that fails ends nothing."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    callback = stage.server.sign_in(browser.get("/login").location, "jane", PASSWORD)
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    failed = browser.get(callback).status
    stage.server.answer("/oauth2/token", None)

    assert (503, 200, []) == (failed, browser.fetch("/me").status, revoked(stage))
    assert 303 == stage.sign_in(browser).status
    assert 1 == len(revoked(stage))
    assert 200 == browser.fetch("/me").status
    assert stage.store is None or 1 == sessions_in(stage.store)
    stage.clock.now += LIFETIME
    assert 200 == browser.fetch("/me").status


def test_a_new_login_that_cannot_revoke(stage: Stage) -> None:
    """Is completed all the same."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    stage.server.answer("/oauth2/revoke", lambda _: OAuthAnswer(status=500))

    assert 303 == stage.sign_in(browser).status
    assert 200 == browser.fetch("/me").status
    assert stage.store is None or 1 == sessions_in(stage.store)


def test_a_new_login_with_forms(framework: str, keeping: str) -> None:
    """Ends the session before, with forms of one's own too."""
    pool = FakePool()
    pool.add_user("jane", "Passw0rd!")
    store = MemoryStore(clock=pool.now) if keeping == "store" else None
    browser = password_app(framework, pool, store=store).browser()

    for number in range(3):
        browser.post("/login", {"username": "jane", "password": "Passw0rd!"})
        assert 200 == browser.fetch("/me").status
        assert number == sum(call.operation == "RevokeToken" for call in pool.calls)
        assert store is None or 1 == sessions_in(store)


def test_a_logout_in_a_request_that_has_refreshed(stage: Stage) -> None:
    """Revokes the refresh token that has just come, and not the one that is used up."""
    login = stage.login()
    app = stage.app(login)
    seen: list[bool] = []
    came: list[str] = []
    handle = stage.server._provider.handle

    def reply(request: Any) -> OAuthAnswer:
        answer = handle(request)
        came.append(json.loads(answer.body)["refresh_token"])
        return answer

    stage.server.answer("/oauth2/token", reply)
    if stage.framework == "flask":

        @app.app.before_request
        def look() -> None:
            seen.append(bool(for_flask.current_session))

    else:

        @app.app.middleware("http")
        async def look_first(request: Any, call_next: Any) -> Any:
            seen.append(bool(await login.session(request)))
            return await call_next(request)

    browser = app.browser()
    stage.sign_in(browser)
    stage.clock.now += LIFETIME

    assert 303 == browser.post("/logout").status
    assert (2, True) == (len(came), seen[-1])
    assert came[1:] == revoked(stage)
    assert [] == browser.named("session")


def test_what_is_seen_after_a_logout_or_a_login(stage: Stage) -> None:
    """Who looks once more in the same request sees what has become of the session."""
    login = stage.login()
    app = stage.app(login)
    seen: list[tuple[str | None, str | None]] = []
    if stage.framework == "flask":

        @app.app.before_request
        def look() -> None:
            g.before = login.session and login.session.sub

        @app.app.after_request
        def look_again(response: Any) -> Any:
            seen.append((g.before, login.session and login.session.sub))
            return response

    else:

        @app.app.middleware("http")
        async def look_twice(request: Any, call_next: Any) -> Any:
            before = await login.session(request)
            response = await call_next(request)
            after = await login.session(request)
            seen.append((before and before.sub, after and after.sub))
            return response

    browser = app.browser()
    stage.sign_in(browser)
    jane = browser.get("/me").json["sub"]
    begun = browser.get("/login")
    browser.get(stage.server.sign_in(begun.location, "joe", PASSWORD))
    joe = browser.get("/me").json["sub"]
    browser.post("/logout")

    # login, callback, page; the same for the other user; logout
    assert [(None, None), (None, jane), (jane, jane)] == seen[:3]
    assert [(jane, jane), (jane, joe), (joe, joe), (joe, None)] == seen[3:]


def test_requests_of_other_sites_are_nobody_s(stage: Stage) -> None:
    """A view that is open to all sees no session where another site sent a form, and nothing is refreshed."""
    app = stage.app()
    browser = app.browser()

    assert 401 == browser.post("/tasks", **EVIL).status
    stage.sign_in(browser)
    stage.clock.now += LIFETIME
    count = len(stage.token_requests())
    assert {"sub": None} == browser.post("/", **EVIL).json
    assert 403 == browser.post("/tasks", **EVIL).status
    assert count == len(stage.token_requests())
    assert browser.post("/").json["sub"] is not None
    assert browser.get("/", **EVIL).json["sub"] is not None
    assert 200 == browser.post("/tasks").status
    assert count + 1 == len(stage.token_requests())


def test_a_cookie_that_does_not_open(stage: Stage) -> None:
    """Is left alone: another process may have its key. A logout deletes it all the same."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    begun = browser.get("/login")
    callback = stage.server.sign_in(begun.location, "jane", PASSWORD)
    before = dict(browser.cookies)
    other = stage.app(cookie_keys=[NEW]).browser()
    other.cookies = browser.cookies

    assert 401 == other.fetch("/me").status
    assert 400 == other.get(callback).status
    assert before == browser.cookies
    assert 303 == browser.get(callback).status
    assert 200 == browser.fetch("/me").status
    assert 303 == other.post("/logout").status
    assert [] == browser.named("session")


def test_a_stored_session_that_does_not_open(make_stage: MakeStage, framework: str) -> None:
    """Is left alone as well; one that is not there is over."""
    stage = make_stage(framework, "store")
    assert stage.store is not None
    browser = stage.app(cookie_keys=[KEY, NEW]).browser()
    renewing = stage.app(cookie_keys=[NEW, KEY]).browser()
    stage.sign_in(browser)
    cookies = dict(browser.cookies)
    stage.clock.now += LIFETIME
    renewing.cookies = dict(cookies)
    old = stage.app().browser()
    old.cookies = dict(cookies)

    assert 200 == renewing.fetch("/me").status
    assert 401 == old.fetch("/me").status
    assert cookies == old.cookies
    assert 200 == browser.fetch("/me").status
    for key in list(stage.store._kinds["session"]):
        stage.store.delete(key)
    assert 401 == old.fetch("/me").status
    assert {} == old.cookies


@pytest.mark.parametrize(
    ("before", "after"),
    [([KEY], [KEY, NEW]), ([KEY, NEW], [NEW, KEY]), ([NEW, KEY], [NEW])],
    ids=["added", "in front", "alone"],
)
def test_processes_while_keys_are_rotated(
    stage: Stage, before: list[str], after: list[str]
) -> None:
    """In each step the processes with the keys before and after it read what the others write."""
    apps = [stage.app(cookie_keys=keys) for keys in (before, after)]
    for one, two in apps, apps[::-1]:
        first, second = one.browser(), two.browser()
        first.cookies = second.cookies  # of the same browser
        begun = first.get("/login")
        assert 303 == second.get(stage.server.sign_in(begun.location, "jane", PASSWORD)).status
        for _ in range(2):
            assert (200, 200) == (first.fetch("/me").status, second.fetch("/me").status)
            stage.clock.now += LIFETIME
        assert 303 == first.post("/logout").status
        assert 401 == second.fetch("/me").status


def test_two_applications_on_one_host(stage: Stage) -> None:
    """Each with a cookie_name of its own: neither sees the other's logins, sessions and logouts."""
    one, two = (stage.app(cookie_name=name).browser() for name in ("one", "two"))
    two.cookies = one.cookies
    begun = one.get("/login?next=/one")
    for _ in range(4):
        two.get("/login")

    stage.sign_in(two)
    assert (401, 200) == (one.fetch("/me").status, two.fetch("/me").status)
    done = one.get(stage.server.sign_in(begun.location, "jane", PASSWORD))
    assert "/one" == done.location
    two.post("/logout")
    assert (200, 401) == (one.fetch("/me").status, two.fetch("/me").status)


def test_two_applications_that_share_the_names(stage: Stage) -> None:
    """Neither deletes what the other has begun."""
    one, two = (stage.app(cookie_keys=[key]).browser() for key in (KEY, NEW))
    two.cookies = one.cookies
    begun = one.get("/login?next=/one")
    for _ in range(4):
        two.get("/login")

    assert 4 == len(one.named("login"))
    done = one.get(stage.server.sign_in(begun.location, "jane", PASSWORD))
    assert (303, "/one") == (done.status, done.location)
