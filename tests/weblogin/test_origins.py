"""Which forms an application with forms of its own accepts: those of its own pages."""

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from cognitokit.testing import FakePool
from tests.weblogin.stage import SITE, password_app

FORM = b"username=jane&password=Passw0rd!"
PLAIN = {"content-type": "application/x-www-form-urlencoded"}
OWN = {"origin": SITE}
FOREIGN = {"origin": "https://evil.example"}
BEHIND = {"host": "10.0.0.7:8000"}


@pytest.fixture
def pool() -> FakePool:
    """A pool with a user."""
    made = FakePool()
    made.add_user("jane", "Passw0rd!")
    return made


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin", **OWN}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "same-site", "origin": "https://other.example.com"}, 403),
        ({"sec-fetch-site": "same-site", **OWN}, 403),
        ({"sec-fetch-site": "cross-site", **FOREIGN}, 403),
        ({"sec-fetch-site": "cross-site", **OWN}, 403),
        (OWN, 303),
        (FOREIGN, 403),
        ({"origin": "null"}, 403),
        ({"origin": f"{SITE}:8443"}, 403),
        ({}, 303),
        ({"sec-fetch-site": "same-origin", **OWN, **BEHIND}, 303),
        ({**OWN, **BEHIND}, 403),
        ({"sec-fetch-site": "cross-site", **FOREIGN, **BEHIND}, 403),
    ],
    ids=str,
)
def test_whose_forms(framework: str, pool: FakePool, headers: dict[str, str], status: int) -> None:
    """Sec-Fetch-Site decides; where a browser sends none, Origin must name the request's host."""
    browser = password_app(framework, pool).browser()

    assert (
        status
        == browser.ask("POST", "/login", {**PLAIN, "accept": "text/html", **headers}, FORM).status
    )


def test_a_host_that_is_restored(pool: FakePool) -> None:
    """Where a proxy tells the host that it was asked for, ProxyFix makes an old browser's form one's own."""
    app = password_app("flask", pool)
    app.app.wsgi_app = ProxyFix(app.app.wsgi_app, x_host=1)
    told = {**PLAIN, **BEHIND, "x-forwarded-host": "app.example.com", "accept": "text/html"}
    browser = app.browser()

    assert 303 == browser.ask("POST", "/login", {**told, **OWN}, FORM).status
    assert 403 == browser.ask("POST", "/login", {**told, **FOREIGN}, FORM).status
