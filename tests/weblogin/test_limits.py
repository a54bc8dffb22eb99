"""What a request brings is bounded before it gets into a cookie, an address or a store."""

from typing import Any
from urllib.parse import quote

import pytest

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
