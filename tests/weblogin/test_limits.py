"""What a request brings is bounded before it gets into a cookie, an address or a store."""

import contextlib
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool
from cognitokit.weblogin.attempts import MAX_BYTES
from cognitokit.weblogin.next_page import MAX_NEXT
from tests.weblogin.conftest import MakeStage
from tests.weblogin.stage import PASSWORD, SITE, Browser, Stage, password_app, sessions_in

LONGEST = "/" + "a" * (MAX_NEXT - 1)
TOO_LONG = LONGEST + "a"
# Three bytes for a character of two, and six in an address: quoted it is one too many.
QUOTED = "/" + "\u00e4" * 85 + "a"
ALSO_TOO_LONG = QUOTED + "a"


def pool_of_jane() -> FakePool:
    """A pool with a user."""
    pool = FakePool()
    pool.add_user("jane", PASSWORD + "1A")
    return pool


def fill_in(browser: Browser, **more: str) -> Any:
    """Send the form of the sign-in."""
    return browser.post("/login", {"username": "jane", "password": PASSWORD + "1A", **more})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (LONGEST, LONGEST),
        (TOO_LONG, "/home"),
        (QUOTED, quote(QUOTED)),
        (ALSO_TOO_LONG, "/home"),
        ("/?" + "\u00e4" * 2_000, "/home"),
        ("/" + "a" * 60_000, "/home"),
    ],
    ids=["longest", "too long", "longest quoted", "too long quoted", "huge quoted", "huge"],
)
def test_a_page_to_return_to(stage: Stage, framework: str, wanted: str, expected: str) -> None:
    """Up to 512 bytes are remembered; a longer one is given up for the default."""
    done = stage.sign_in(stage.app(after_login="/home").browser(), wanted)

    assert (303, expected) == (done.status, done.location)
    browser = password_app(framework, pool_of_jane(), after_login="/home").browser()
    hidden = f'name="next" value="{expected}"' in browser.get(f"/login?next={quote(wanted)}").text
    assert hidden is (expected != "/home")
    sent = fill_in(browser, next=wanted)
    assert (303, expected) == (sent.status, sent.location)


def test_a_page_whose_address_is_long(stage: Stage) -> None:
    """Leads to the login all the same, without itself where it would be too long to remember."""
    browser = stage.app().browser()
    path = "/me?" + "a" * (MAX_NEXT - 4)
    fits, does_not = browser.get(path), browser.get(path + "a")

    assert (303, f"/login?next={quote(path, safe='')}") == (fits.status, fits.location)
    assert (303, "/login") == (does_not.status, does_not.location)
    begun = browser.get(does_not.location)
    assert "/" == browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD)).location


def test_logins_with_long_pages_at_once(stage: Stage) -> None:
    """Their cookies leave room for a session's: the oldest go, the newest is completed."""
    browser = stage.app().browser()
    pages = [f"{LONGEST[:-1]}{number}" for number in range(4)]
    counts = []
    for page in pages[:-1]:
        browser.get(f"/login?next={page}")
        stage.clock.now += 1
        counts.append(len(browser.named("login")))
    begun = browser.get(f"/login?next={pages[-1]}")
    kept = {name: browser.cookies[name] for name in browser.named("login")}

    assert [1, 2, 2] == counts
    assert MAX_BYTES >= sum(map(len, [*kept.keys(), *kept.values()])) > MAX_BYTES / 2
    done = browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD))
    assert (303, pages[-1]) == (done.status, done.location)


def test_a_login_longer_than_all_of_them_may_be(
    make_stage: MakeStage, framework: str, keeping: str
) -> None:
    """Is kept alone: what the application itself has made long is not refused."""
    redirect_uri = f"{SITE}/{'c' * 1_800}"
    stage = make_stage(framework, keeping, redirect_uris=[redirect_uri])
    browser = stage.app(stage.login(stage.managed(redirect_uri=redirect_uri))).browser()
    browser.get("/login")
    stage.clock.now += 1
    begun = browser.get("/login")

    assert 1 == len(browser.named("login"))
    assert 303 == browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD)).status


def asks(question: str) -> dict[str, Any]:
    """What Cognito says where a trigger asks a question."""
    return {
        "ChallengeName": "CUSTOM_CHALLENGE",
        "Session": "s" * 30,
        "ChallengeParameters": {"question": question},
    }


@pytest.mark.parametrize(("length", "fits"), [(4_000, True), (6_000, False)])
def test_a_challenge(framework: str, length: int, fits: bool) -> None:
    """That does not fit into cookies ends the sign-in politely, at its begin and later."""
    pool = pool_of_jane()
    browser = password_app(framework, pool).browser()
    pool.reply_next("InitiateAuth", asks("?" * length))
    begun = fill_in(browser)

    assert (303 if fits else 401) == begun.status
    assert fits is ("start again" not in begun.text)
    assert fits is bool(browser.named("challenge"))
    pool.reply_next("InitiateAuth", asks("?"))
    fill_in(browser)
    assert browser.named("challenge")
    pool.reply_next("RespondToAuthChallenge", asks("?" * length))
    answered = browser.send_json("/login/challenge", {"answer": "42"})
    if fits:
        assert (200, "CUSTOM_CHALLENGE") == (answered.status, answered.json["challenge"]["name"])
        assert browser.named("challenge")
    else:
        assert (401, "login_failed") == (answered.status, answered.json["error"])
        assert {} == browser.cookies


def test_who_only_asks_for_the_login_page(stage: Stage) -> None:
    """Puts nothing into the store, however often; a login that is completed puts two entries there."""
    app = stage.app()
    for _ in range(10):
        app.browser().get("/login")
    browser = app.browser()
    begun = browser.get("/login")

    assert stage.store is None or 0 == len(stage.store)
    assert 303 == browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD)).status
    if stage.store is not None:
        assert (1, 2) == (sessions_in(stage.store), len(stage.store))


class Groups:
    """Puts so many groups into the access tokens that the domain gives."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._make = stage.mint.access_token
        monkeypatch.setattr(stage.mint, "access_token", self)

    def __call__(self, *args: Any, **claims: Any) -> str:
        """Make a token, with groups that do not compress."""
        names = [sha256(bytes([number])).hexdigest() for number in range(self.count)]
        return self._make(*args, **{**claims, "groups": names})


def revoked(stage: Stage) -> int:
    """How often tokens were revoked."""
    return sum(seen.path == "/oauth2/revoke" for seen in stage.server.requests)


def test_tokens_that_outgrow_cookies(
    make_stage: MakeStage,
    framework: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The session goes on with the old ones while they live, and ends with them; the log says why."""
    stage = make_stage(framework, "cookie", rotation=False)
    groups = Groups(stage, monkeypatch)
    browser = stage.app().browser()
    stage.sign_in(browser)
    before = browser.get("/me").json["raw"]
    cookies = dict(browser.cookies)
    caplog.set_level("INFO", logger="cognitokit")
    groups.count = 100
    stage.clock.now += 3_580

    assert (200, before) == ((answer := browser.get("/me")).status, answer.json["raw"])
    assert cookies == browser.cookies
    assert 0 == revoked(stage)
    assert "give store=" in caplog.text
    assert "A session ended" not in caplog.text

    stage.clock.now += 30
    ended = browser.get("/me")

    assert (303, {}) == (ended.status, browser.cookies)
    assert 1 == revoked(stage)
    assert "A session ended: its tokens cannot be kept." in caplog.text


def test_tokens_that_outgrow_cookies_and_shrink_again(
    make_stage: MakeStage, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the tokens fit again in time, the session is renewed as ever."""
    stage = make_stage(framework, "cookie", rotation=False)
    groups = Groups(stage, monkeypatch)
    browser = stage.app().browser()
    stage.sign_in(browser)
    before = browser.get("/me").json["raw"]
    groups.count = 100
    stage.clock.now += 3_580
    browser.get("/me")
    groups.count = 1
    renewed = browser.get("/me")

    assert 200 == renewed.status
    assert before != renewed.json["raw"]
    stage.clock.now += 30
    assert renewed.json["raw"] == browser.get("/me").json["raw"]


def test_a_login_whose_tokens_do_not_fit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """In cookies it fails, and what cannot be kept is revoked; a store takes it."""
    groups = Groups(stage, monkeypatch)
    groups.count = 100
    browser = stage.app().browser()
    # What a server would make a 500 of.
    with contextlib.suppress(ConfigurationError):
        stage.sign_in(browser)

    if stage.store is None:
        assert (1, []) == (revoked(stage), browser.named("session"))
        groups.count = 0
        stage.sign_in(browser)
    assert 200 == browser.get("/me").status
    assert (stage.store is None) == revoked(stage)
