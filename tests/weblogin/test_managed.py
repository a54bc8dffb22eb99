"""Login through managed login, the same stories in both frameworks, with cookies and with a store."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from cognitokit.testing.oauth_provider import OAuthAnswer
from tests.weblogin.conftest import MakeStage
from tests.weblogin.stage import CALLBACK, KEY, PASSWORD, SITE, Stage, sessions_in

EVIL = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "https://evil.example/",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "/\t/evil.example",
    "//user@evil.example",
    "\u2215\u2215evil.example",
    "javascript:alert(1)",
)


def test_a_person_signs_in_and_out(stage: Stage) -> None:
    """A page leads to the login and back to itself; a logout ends it all."""
    browser = stage.app().browser()
    asked = browser.get("/me?tab=2")

    assert (303, "/login?next=%2Fme%3Ftab%3D2") == (asked.status, asked.location)
    begun = browser.get(asked.location)
    assert begun.location.startswith(f"{stage.server.url}/oauth2/authorize?")
    done = browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD))
    assert (303, "/me?tab=2") == (done.status, done.location)
    page = browser.get(done.location)
    assert (200, "jane", False) == (page.status, page.json["user"], page.json["id"])
    assert page.json["sub"] == browser.get("/").json["sub"]
    out = browser.post("/logout")
    assert 303 == out.status
    assert out.location.startswith(f"{stage.server.url}/logout?")
    assert [] == browser.named("session")
    assert 401 == browser.fetch("/me").status
    assert browser.get("/").json == {"sub": None}
    assert "/oauth2/revoke" == stage.server.requests[-1].path


def test_an_api_gets_401(stage: Stage) -> None:
    """A script without a session is told so, and is not sent to a page that it could not show."""
    browser = stage.app().browser()
    asked = browser.fetch("/me")
    bare = browser.ask("GET", "/me", {})
    ajax = browser.get("/me", **{"x-requested-with": "XMLHttpRequest"})

    assert [(401, "Bearer")] * 3 == [
        (answer.status, answer.header("www-authenticate")) for answer in (asked, bare, ajax)
    ]
    assert 401 == browser.post("/tasks").status
    navigated = browser.ask("GET", "/me", {"sec-fetch-mode": "navigate"})
    assert 303 == navigated.status


def test_every_cookie_has_every_attribute(stage: Stage) -> None:
    """Secure, HttpOnly, SameSite=Lax, Path=/ and the __Host- prefix, on all of them."""
    browser = stage.app().browser()
    stage.sign_in(browser)

    assert browser.attributes
    for name, attributes in browser.attributes.items():
        assert name.startswith("__Host-")
        assert re.fullmatch(r"Max-Age=[0-9]+; Path=/; HttpOnly; SameSite=Lax; Secure", attributes)


def test_what_is_personal_is_not_cached(stage: Stage) -> None:
    """Each response that depends on the session varies by cookie; what the view says of caching stands."""
    browser = stage.app().browser()
    for path in "/me", "/login", "/":
        answer = browser.get(path)
        assert ("no-store", "Cookie") == (answer.header("cache-control"), answer.header("vary"))
    done = stage.sign_in(browser)
    assert ("no-store", "Cookie") == (done.header("cache-control"), done.header("vary"))
    assert "private, max-age=60" == browser.get("/cached").header("cache-control")
    public = browser.get("/public")
    assert ("", "") == (public.header("vary"), public.header("cache-control"))


def test_a_session_in_the_making_is_not_cached(stage: Stage) -> None:
    """A response that sets a cookie is never cached, whatever the view says."""
    browser = stage.app(keep_id_token=False).browser()
    stage.sign_in(browser)
    stage.clock.now += 3_590
    answer = browser.get("/cached")
    renewed = bool(answer.all("set-cookie"))

    assert renewed is (stage.store is None)
    expected = "no-store" if renewed else "private, max-age=60"
    assert expected == answer.header("cache-control")


def test_two_tabs(stage: Stage) -> None:
    """Logins that were begun in two tabs are both completed, in either order."""
    browser = stage.app().browser()
    first = browser.get("/login?next=/one")
    second = browser.get("/login?next=/two")
    one = stage.server.sign_in(first.location, "jane", PASSWORD)
    two = stage.server.sign_in(second.location, "jane", PASSWORD)

    assert "/two" == browser.get(two).location
    assert "/one" == browser.get(one).location
    assert [] == browser.named("login")


def test_a_callback_comes_once(stage: Stage) -> None:
    """The second time there is no login that it belongs to, and the session stays."""
    browser = stage.app().browser()
    begun = browser.get("/login")
    callback = stage.server.sign_in(begun.location, "jane", PASSWORD)

    assert 303 == browser.get(callback).status
    before = dict(browser.cookies)
    again = browser.get(callback)
    assert 400 == again.status
    assert "start again" in again.text
    assert before == browser.cookies


def test_a_copied_attempt_works_once_where_there_is_a_store(stage: Stage) -> None:
    """A store gives a login's state to one callback only, even where the cookie was copied."""
    browser = stage.app().browser()
    begun = browser.get("/login")
    copied = dict(browser.cookies)
    callback = stage.server.sign_in(begun.location, "jane", PASSWORD)
    exchanges = len(stage.token_requests())

    assert 303 == browser.get(callback).status
    for again in browser, stage.app().browser():  # in this process and in another
        again.cookies = dict(copied)
        assert 400 == again.get(callback).status
        assert copied.keys() >= again.cookies.keys()
    # Without a store the code itself is what works once.
    expected = 1 if stage.store is not None else 3
    assert expected == len(stage.token_requests()) - exchanges


def test_login_csrf(stage: Stage) -> None:
    """A callback that another browser began signs nobody in."""
    app = stage.app()
    attacker, victim = app.browser(), app.browser()
    begun = attacker.get("/login")
    callback = stage.server.sign_in(begun.location, "joe", PASSWORD)

    assert 400 == victim.get(callback).status
    assert {} == victim.cookies
    assert 303 == attacker.get(callback).status


def test_login_csrf_against_somebody_signed_in(stage: Stage) -> None:
    """Nor does it sign anybody out or swap the user."""
    app = stage.app()
    attacker, victim = app.browser(), app.browser()
    stage.sign_in(victim)
    before = victim.get("/me").json["user"]
    callback = stage.server.sign_in(attacker.get("/login").location, "joe", PASSWORD)

    assert 400 == victim.get(callback).status
    assert "jane" == before == victim.get("/me").json["user"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": None},
        {"state": "wrong"},
        {"state": "\u00e4"},
        {"state": ["a", "b"]},
        {"code": None},
        {"code": "wrong"},
        {"error": "access_denied", "code": None},
    ],
    ids=str,
)
def test_a_callback_that_is_not_right(stage: Stage, change: dict[str, object]) -> None:
    """Is refused with a sentence of ours; the same one unchanged is accepted."""
    browser = stage.app().browser()
    callback = stage.server.sign_in(browser.get("/login").location, "jane", PASSWORD)
    params = dict(parse_qsl(urlsplit(callback).query))
    changed = {k: v for k, v in {**params, **change}.items() if v is not None}
    copied = dict(browser.cookies)
    answer = browser.get(f"/callback?{urlencode(changed, doseq=True)}")

    assert 400 == answer.status
    assert [] == browser.named("session")
    assert "text/html; charset=utf-8" == answer.header("content-type")
    browser.cookies = copied
    accepted = browser.get(callback)
    # Where the state was the right one, the attempt is spent.
    spent = stage.store is not None and params["state"] == changed.get("state")
    assert (400 if spent else 303) == accepted.status


def test_the_provider_s_words_are_not_repeated(stage: Stage) -> None:
    """What stands in the callback is in no page."""
    browser = stage.app().browser()
    state = dict(parse_qsl(urlsplit(browser.get("/login").location).query))["state"]
    said = {"error": "<b>boo</b>", "error_description": "<script>alert(1)</script>", "state": state}
    answer = browser.get(f"/callback?{urlencode(said)}")

    assert 400 == answer.status
    assert "boo" not in answer.text
    assert "alert" not in answer.text
    assert "default-src 'none'" in answer.header("content-security-policy")


def test_an_outage_during_the_callback(stage: Stage) -> None:
    """Is a 503 that says when to try again."""
    browser = stage.app().browser()
    callback = stage.server.sign_in(browser.get("/login").location, "jane", PASSWORD)
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))
    answer = browser.get(callback)

    assert (503, "5") == (answer.status, answer.header("retry-after"))


@pytest.mark.parametrize("target", EVIL)
def test_open_redirects(stage: Stage, target: str) -> None:
    """A place off the site is given up for the default, at the end of a real login."""
    done = stage.sign_in(stage.app(after_login="/home").browser(), target)

    assert (303, "/home") == (done.status, done.location)


def test_next_given_twice(stage: Stage) -> None:
    """Is no place at all."""
    browser = stage.app().browser()
    begun = browser.get("/login?next=/a&next=/b")

    assert "/" == browser.get(stage.server.sign_in(begun.location, "jane", PASSWORD)).location


def test_a_host_that_is_forged(stage: Stage) -> None:
    """No address is made from the Host header."""
    browser = stage.app().browser()
    asked = browser.get("/me", host="evil.example")
    begun = browser.get("/login", host="evil.example")

    assert "/login?next=%2Fme" == asked.location
    query = dict(parse_qsl(urlsplit(begun.location).query))
    assert CALLBACK == query["redirect_uri"]


def test_many_logins_at_once_are_bounded(stage: Stage) -> None:
    """The fourth login drops the oldest; a store has nothing of who only asks for the login."""
    browser = stage.app().browser()
    begun = []
    for _ in range(8):
        begun.append(browser.get("/login").location)
        stage.clock.now += 1

    assert 3 == len(browser.named("login"))
    assert stage.store is None or 0 == len(stage.store)
    assert 400 == browser.get(stage.server.sign_in(begun[4], "jane", PASSWORD)).status
    assert 303 == browser.get(stage.server.sign_in(begun[5], "jane", PASSWORD)).status


def test_an_attempt_that_takes_too_long(stage: Stage) -> None:
    """Is refused when login_timeout has passed, and accepted a second before."""
    for seconds, expected in (899, 303), (900, 400):
        browser = stage.app().browser()
        begun = browser.get("/login")
        stage.clock.now += seconds
        callback = stage.server.sign_in(begun.location, "jane", PASSWORD)
        assert expected == browser.get(callback).status


def test_session_fixation(stage: Stage) -> None:
    """A login always begins a new session: a cookie from before opens nothing of it."""
    app = stage.app()
    browser, attacker = app.browser(), app.browser()
    stage.sign_in(browser)
    attacker.cookies = dict(browser.cookies)
    session = browser.named("session")[0]
    before = browser.cookies[session]
    stage.sign_in(browser)

    assert before != browser.cookies[session]
    assert 200 == browser.fetch("/me").status
    # With a store the session before is gone; sealed cookies live until they expire.
    assert (401 if stage.store is not None else 200) == attacker.fetch("/me").status


def test_a_session_ends_by_itself(stage: Stage) -> None:
    """After session_lifetime the user has to sign in again, however fresh the tokens are."""
    browser = stage.app(session_lifetime=7_000).browser()
    stage.sign_in(browser)
    stage.clock.now += 6_999

    assert 200 == browser.fetch("/me").status
    stage.clock.now += 1
    assert 401 == browser.fetch("/me").status
    assert [] == browser.named("session")


def test_logout_by_get(stage: Stage) -> None:
    """A GET signs nobody out."""
    browser = stage.app().browser()
    stage.sign_in(browser)

    assert 405 == browser.get("/logout").status
    assert 200 == browser.fetch("/me").status


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://sibling.example.com"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": SITE.replace("app", "other"), "sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_requests_from_other_sites(stage: Stage, headers: dict[str, str]) -> None:
    """Neither sign out nor change anything; those of the own pages do."""
    browser = stage.app().browser()
    stage.sign_in(browser)

    assert 403 == browser.post("/logout", **headers).status
    assert 403 == browser.fetch("/logout", "POST", **{"sec-fetch-site": "cross-site"}).status
    assert 403 == browser.post("/tasks", **headers).status
    assert 200 == browser.get("/tasks", **headers).status
    assert 200 == browser.post("/tasks").status
    assert 303 == browser.post("/logout").status


def test_a_script_signs_out(stage: Stage) -> None:
    """It gets the place to go to as JSON, because it cannot follow to another origin."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    answer = browser.fetch("/logout", "POST")

    assert 200 == answer.status
    assert answer.json["location"].startswith(f"{stage.server.url}/logout?")
    assert [] == browser.named("session")


def test_a_logout_that_cannot_revoke(stage: Stage) -> None:
    """Ends the session all the same."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    stage.server.answer("/oauth2/revoke", lambda _: OAuthAnswer(status=500))

    assert 303 == browser.post("/logout").status
    assert [] == browser.named("session")
    assert stage.store is None or 0 == sessions_in(stage.store)


def test_a_logout_without_a_session(stage: Stage) -> None:
    """Leads to managed login's logout as well, which may know the browser."""
    answer = stage.app().browser().post("/logout")

    assert 303 == answer.status
    assert "/oauth2/revoke" not in [seen.path for seen in stage.server.requests]


def test_a_lacking_group(stage: Stage) -> None:
    """Is 403 and no circle through the login page."""
    browser = stage.app().browser()
    stage.sign_in(browser)

    assert 403 == browser.get("/admin").status


def test_header_and_session(stage: Stage) -> None:
    """A token in the header counts; one that differs from the session's is refused."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    own = browser.get("/me").json["raw"]
    other = stage.mint.access_token(username="joe")

    assert 200 == browser.get("/me", authorization=f"Bearer {own}").status
    assert 400 == browser.get("/me", authorization=f"Bearer {other}").status
    browser.cookies = {}
    assert "joe" == browser.get("/me", authorization=f"Bearer {other}").json["user"]
    assert 401 == browser.get("/me", authorization="Bearer a.b.c").status


def test_an_id_token_where_it_is_kept(stage: Stage) -> None:
    """keep_id_token keeps it, through a refresh too."""
    browser = stage.app(keep_id_token=True).browser()
    stage.sign_in(browser)

    assert browser.get("/me").json["id"] is True
    stage.clock.now += 3_600
    assert browser.get("/me").json["id"] is True


def test_hints(stage: Stage) -> None:
    """What begin() is told each time is in the URL."""
    browser = stage.app(hints={"lang": "de"}).browser()

    assert "lang=de" in browser.get("/login").location


def test_key_rotation(stage: Stage) -> None:
    """A new key in front seals, the old one still opens; without it nobody is signed in."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    cookies = dict(browser.cookies)
    for keys, expected in (["n" * 32, KEY], 200), ([KEY, "n" * 32], 200), (["n" * 32], 401):
        again = stage.app(cookie_keys=keys).browser()
        again.cookies = dict(cookies)
        assert expected == again.fetch("/me").status


def test_what_lies_in_a_store(make_stage: MakeStage, framework: str) -> None:
    """No token and no id can be read there, and an entry that is moved opens nothing."""
    stage = make_stage(framework, "store")
    assert stage.store is not None
    app = stage.app()
    jane, joe = app.browser(), app.browser()
    stage.sign_in(jane)
    stage.server.sign_in(joe.get("/login").location, "joe", PASSWORD)
    callback = stage.server.sign_in(joe.get("/login").location, "joe", PASSWORD)
    joe.get(callback)
    entries = stage.store._kinds["session"]
    (one, first), (two, second) = entries.items()

    assert ("jane", "joe") == (jane.get("/me").json["user"], joe.get("/me").json["user"])
    raw = jane.get("/me").json["raw"]
    for key, (value, _) in {**entries, **stage.store._kinds["used"]}.items():
        assert raw[:40] not in value
        assert key.partition(":")[2] not in "".join(jane.cookies.values())
    entries[one], entries[two] = second, first
    assert (401, 401) == (jane.fetch("/me").status, joe.fetch("/me").status)
