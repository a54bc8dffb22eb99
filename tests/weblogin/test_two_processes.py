"""Two processes with one store refresh a session at the same moment, without a grace period."""

from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.testing import FakePool
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.weblogin import MemoryStore
from cognitokit.weblogin.renewal import PATIENCE
from tests.weblogin.conftest import MakeStage
from tests.weblogin.stage import App, Browser, Clock, Stage, password_app, sessions_in

LIFETIME = 3600
PASSWORD = "Passw0rd!"


class Watched:
    """A process's way to the store: something may happen before each of its operations."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner
        self.before: Callable[..., object] = lambda *_: None

    def get(self, key: str, /) -> str | None:
        """Get."""
        self.before("get", key)
        return self.inner.get(key)

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Put; what happened before may have done it already, and then says how it went."""
        said = self.before("put", key, value, expected, lifetime)
        if isinstance(said, bool):
            return said
        return self.inner.put(key, value, expected=expected, lifetime=lifetime)

    def delete(self, key: str, /) -> None:
        """Delete."""
        self.inner.delete(key)

    def pop(self, key: str, /) -> str | None:
        """Pop."""
        return self.inner.pop(key)


class Managed:
    """Two processes of an application with managed login, which never says that a token was used up."""

    def __init__(self, stage: Stage) -> None:
        assert stage.store is not None
        self._stage = stage
        self.store = stage.store

    def app(self, store: Watched) -> App:
        """A process."""
        return self._stage.app(store=store)

    def sign_in(self, browser: Browser) -> None:
        """Sign in."""
        self._stage.sign_in(browser)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._stage.clock.now += seconds

    def refuse(self) -> None:
        """Refuse every refresh from now on."""
        refusal = OAuthAnswer(status=400, body=b'{"error":"invalid_grant"}')
        self._stage.server.answer("/oauth2/token", lambda _: refusal)

    def accept(self) -> None:
        """Do so no more."""
        self._stage.server.answer("/oauth2/token", None)


class Password:
    """The same with forms of its own."""

    def __init__(self, framework: str) -> None:
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
        flows = ["ALLOW_USER_PASSWORD_AUTH"]
        self._framework = framework
        self._pool = FakePool(
            client_options={"RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows},
            clock=Clock(),
        )
        self._pool.add_user("jane", PASSWORD)
        self.store = MemoryStore(clock=self._pool.now)

    def app(self, store: Watched) -> App:
        """A process."""
        return password_app(self._framework, self._pool, store=store)

    def sign_in(self, browser: Browser) -> None:
        """Sign in."""
        browser.post("/login", {"username": "jane", "password": PASSWORD})

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._pool.advance(seconds)

    def refuse(self) -> None:
        """Refuse every refresh from now on."""
        self._pool.cognito.admin_disable_user(UserPoolId=self._pool.pool.id, Username="jane")

    def accept(self) -> None:
        """Do so no more."""
        self._pool.cognito.admin_enable_user(UserPoolId=self._pool.pool.id, Username="jane")


class Two:
    """Two processes, and one browser's session in both."""

    def __init__(self, login: Managed | Password) -> None:
        self.login = login
        self.stores = Watched(login.store), Watched(login.store)
        self.apps = [login.app(store) for store in self.stores]
        self.first, self.second = (app.browser() for app in self.apps)
        login.sign_in(self.first)
        self.second.cookies = dict(self.first.cookies)


@pytest.fixture(params=["managed", "password"])
def two(request: pytest.FixtureRequest, make_stage: MakeStage, framework: str) -> Two:
    """Both kinds of login in both frameworks."""
    managed = request.param == "managed"
    return Two(Managed(make_stage(framework, "store")) if managed else Password(framework))


def once(number: int, operation: str, act: Callable[..., object]) -> Callable[..., object]:
    """Act before the operation that has this number among its like."""
    seen = 0

    def before(name: str, *args: Any) -> object:
        nonlocal seen
        seen += name == operation
        return act(*args) if name == operation and seen == number else None

    return before


# The first process finds the session, reads it again before the refresh, then to store.
@pytest.mark.parametrize(("number", "operation"), [(3, "get"), (1, "put")])
@pytest.mark.parametrize(("age", "expected"), [(LIFETIME, (503, "5")), (LIFETIME - 30, (200, ""))])
def test_the_second_is_refused_before_the_first_has_stored(
    two: Two, number: int, operation: str, age: int, expected: tuple[int, str]
) -> None:
    """It uses the access token while that lives, else asks for patience; then both have the new one."""
    two.login.advance(age)
    answers = []
    two.stores[0].before = once(
        number, operation, lambda *_: answers.append(two.second.fetch("/me"))
    )
    first = two.first.fetch("/me")

    assert 200 == first.status
    assert [expected] == [(one.status, one.header("retry-after")) for one in answers]
    assert two.first.cookies == two.second.cookies != {}
    assert first.json["raw"] == two.second.fetch("/me").json["raw"]
    # The refusal is forgotten: after the patience the session is still there.
    two.login.advance(PATIENCE)
    assert (200, 200) == (two.first.fetch("/me").status, two.second.fetch("/me").status)
    two.login.advance(LIFETIME)
    assert (200, 200) == (two.second.fetch("/me").status, two.first.fetch("/me").status)


def test_the_first_stores_before_the_second_writes_down_its_refusal(two: Two) -> None:
    """The second goes on with the tokens that the first has stored."""
    two.login.advance(LIFETIME)
    first_s: list[Any] = []
    stored: list[bool] = []
    answers = []

    def store_first(*_: Any) -> None:
        key, value, expected, lifetime = first_s
        stored.append(two.login.store.put(key, value, expected=expected, lifetime=lifetime))

    def ask_second(*args: Any) -> bool:
        first_s.extend(args)
        answers.append(two.second.fetch("/me"))
        return stored[0]

    two.stores[0].before = once(1, "put", ask_second)
    two.stores[1].before = once(1, "put", store_first)
    first = two.first.fetch("/me")

    assert [True] == stored
    assert [200] == [one.status for one in answers]
    assert (200, answers[0].json["raw"]) == (first.status, first.json["raw"])
    # It says nothing against these tokens.
    two.login.advance(LIFETIME)
    two.login.refuse()
    assert (503, 503) == (two.second.fetch("/me").status, two.first.fetch("/me").status)


def test_both_are_refused_at_once(two: Two) -> None:
    """The one that writes its refusal down second has the patience of the first."""
    two.login.advance(LIFETIME)
    two.login.refuse()
    answers = []
    two.stores[1].before = once(1, "put", lambda *_: answers.append(two.first.fetch("/me").status))
    answers.append(two.second.fetch("/me").status)

    assert [503, 503] == answers
    two.login.accept()
    two.login.advance(PATIENCE)
    assert (200, 200) == (two.first.fetch("/me").status, two.second.fetch("/me").status)


@pytest.mark.parametrize(("age", "status"), [(LIFETIME, 503), (LIFETIME - 30, 200)])
def test_a_refusal_that_stays(two: Two, age: int, status: int) -> None:
    """Ends the session for both when the patience is over, not a second earlier."""
    two.login.advance(age)
    two.login.refuse()

    assert status == two.first.fetch("/me").status
    two.login.advance(PATIENCE - 1)
    assert (status, status) == (two.second.fetch("/me").status, two.first.fetch("/me").status)
    assert 1 == sessions_in(two.login.store)
    two.login.advance(1)
    assert 303 == two.first.get("/me").status
    assert 401 == two.second.fetch("/me").status
    assert ({}, {}, 0) == (two.first.cookies, two.second.cookies, sessions_in(two.login.store))


def test_a_refusal_that_does_not_stay(two: Two) -> None:
    """The session goes on, and the next refusal has its patience again."""
    two.apps[0].hold()
    two.login.advance(LIFETIME)
    two.login.refuse()
    before = two.first.fetch("/me").status
    two.login.advance(PATIENCE)
    two.login.accept()

    assert (503, 200) == (before, two.first.fetch("/me").status)
    two.login.advance(LIFETIME)
    two.login.refuse()
    assert 503 == two.first.fetch("/me").status
    assert 1 == sessions_in(two.login.store)


def test_tokens_that_come_at_the_last_moment(two: Two) -> None:
    """Who is about to end a session sees that new tokens were stored, and goes on with them."""
    two.login.advance(LIFETIME)
    two.login.refuse()
    before = two.second.fetch("/me").status
    two.login.advance(PATIENCE)

    def refresh_first(*_: Any) -> None:
        two.login.accept()
        assert 200 == two.first.fetch("/me").status

    two.stores[1].before = once(1, "put", refresh_first)

    assert (503, 200) == (before, two.second.fetch("/me").status)
    assert 200 == two.first.fetch("/me").status


def test_a_logout_before_a_refusal_is_written_down(two: Two) -> None:
    """The session is over, and nothing of it comes back."""
    two.login.advance(LIFETIME)
    two.login.refuse()
    two.stores[1].before = once(1, "put", lambda *_: two.first.post("/logout"))

    assert 401 == two.second.fetch("/me").status
    assert ({}, 0) == (two.second.cookies, sessions_in(two.login.store))


def test_a_store_that_takes_no_refusal(two: Two) -> None:
    """Others were always faster: the request is asked for patience, and the session stays."""
    two.login.advance(LIFETIME)
    two.login.refuse()
    two.stores[0].before = lambda name, *_: False if name == "put" else None

    assert 503 == two.first.fetch("/me").status
    assert 1 == sessions_in(two.login.store)
    two.login.accept()
    assert 200 == two.second.fetch("/me").status
