"""A real browser goes through the sample applications' logins: `nox -s browser` runs this.

Chromium without a window fills in the embedded pool's login page, or the application's own, and
finds what it was looking for. Each story leaves a screenshot in the folder COGNITOKIT_SCREENSHOTS.
"""

import contextlib
import importlib.util
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from werkzeug.serving import make_server

from cognitokit.testing import LocalPool

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
waits = pytest.importorskip("selenium.webdriver.support.ui")
faults = pytest.importorskip("selenium.common.exceptions")

EXAMPLES = Path(__file__).parents[2] / "examples/login"
PASSWORD = "Passw0rd!"
PATIENCE = 20
FRAMEWORKS = ("flask", "fastapi")


class Site(NamedTuple):
    """A sample application that is served."""

    url: str
    framework: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven; skips where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"),
        *("--window-size=900,600", "--no-first-run", "--disable-background-networking"),
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(driver)
    driven = webdriver.Chrome(options, service)
    driven.set_page_load_timeout(PATIENCE)
    yield driven
    driven.quit()


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    """The framework of the application."""
    return str(request.param)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """The socket that an application will be served on."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def pool(listening: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalPool]:
    """An embedded pool that knows the application, with the environment that it reads."""
    url = f"http://localhost:{listening.getsockname()[1]}"
    with LocalPool(callback_urls=[f"{url}/callback"]) as running:
        client = running.add_app_client(
            CallbackURLs=[f"{url}/callback"], LogoutURLs=[f"{url}/"], **_CODE_FLOW
        )
        running.add_user("jane", PASSWORD)
        for name, value in {
            **running.environ,
            "COGNITO_CLIENT_ID": client.id,
            "COGNITO_DOMAIN": running.url,
            "COGNITO_REDIRECT_URI": f"{url}/callback",
            "COGNITO_LOGOUT_URI": f"{url}/",
            "COOKIE_KEY": "a key that is as long as it must be",
        }.items():
            monkeypatch.setenv(name, value)
        yield running


_CODE_FLOW: dict[str, Any] = {
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["openid"],
    "SupportedIdentityProviders": ["COGNITO"],
}


@contextlib.contextmanager
def served(framework: str, factory: str, listening: socket.socket) -> Iterator[Site]:
    """Serve one of a sample application's factories."""
    app = _factory(f"{framework}_app", factory)()
    if framework == "flask":
        server: Any = make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno())
        run, stop = server.serve_forever, server.shutdown
    else:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))

        def run() -> None:
            server.run(sockets=[listening])

        def stop() -> None:
            server.should_exit = True

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield Site(f"http://localhost:{listening.getsockname()[1]}", framework)
    finally:
        stop()
        thread.join(PATIENCE)
        if framework == "flask":
            server.server_close()


def _factory(name: str, factory: str) -> Callable[[], Any]:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Callable[[], Any] = getattr(module, factory)
    return made


def sign_in(browser: Any, password: str) -> None:
    """Fill in the form that the browser shows, and send it."""
    find = browser.find_element
    for name, text in (("username", "jane"), ("password", password)):
        field = find("name", name)
        field.clear()
        field.send_keys(text)
    find("css selector", "form button, form input[type=submit]").click()


def wait_for(browser: Any, text: str) -> None:
    """Wait until the page shows a text."""

    def shows(_: Any) -> bool:
        return text in browser.find_element("tag name", "body").text

    # While one page gives way to the next, what was found on the first is gone.
    changing = [faults.NoSuchElementException, faults.StaleElementReferenceException]
    wait = waits.WebDriverWait(browser, PATIENCE, ignored_exceptions=changing)
    wait.until(shows, f"no {text!r} on {browser.current_url}")


def screenshot(browser: Any, name: str) -> None:
    """Keep what the browser shows."""
    folder = os.environ.get("COGNITOKIT_SCREENSHOTS")
    if folder:
        assert browser.save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.mark.usefixtures("pool")
def test_managed_login(browser: Any, framework: str, listening: socket.socket) -> None:
    """From /login over the pool's page to the protected page, and through logout."""
    with served(framework, "create_app", listening) as site:
        browser.get(f"{site.url}/account")
        assert not browser.current_url.startswith(site.url)
        screenshot(browser, f"{framework}-managed-1-login")
        sign_in(browser, PASSWORD)
        wait_for(browser, "Signed in, user")
        assert f"{site.url}/account" == browser.current_url
        screenshot(browser, f"{framework}-managed-2-account")
        cookies = {cookie["name"]: cookie for cookie in browser.get_cookies()}
        session = cookies["__Host-cognito-session"]
        assert (True, True, "Lax", "/") == tuple(
            session[name] for name in ("secure", "httpOnly", "sameSite", "path")
        )
        names = {name for name in cookies if not name.endswith((".1", ".2"))}
        # The other framework's test was here before, in the same browser.
        assert {"__Host-cognito-session"} == names - {"__Host-cognito-ended"}

        browser.find_element("css selector", "form[action='/logout'] button").click()
        wait_for(browser, "Welcome")
        assert f"{site.url}/" == browser.current_url
        assert ["__Host-cognito-ended"] == [cookie["name"] for cookie in browser.get_cookies()]
        screenshot(browser, f"{framework}-managed-3-signed-out")
        assert 401 == browser.execute_script("return fetch('/api/me').then(r => r.status)")


@pytest.mark.usefixtures("pool")
def test_password_form(browser: Any, framework: str, listening: socket.socket) -> None:
    """The application's own form: a wrong password, the right one, and through logout."""
    with served(framework, "create_password_app", listening) as site:
        browser.get(f"{site.url}/account")
        assert f"{site.url}/login?next=%2Faccount" == browser.current_url
        sign_in(browser, "wrong")
        wait_for(browser, "The user name or the password is wrong.")
        screenshot(browser, f"{framework}-password-1-refused")
        sign_in(browser, PASSWORD)
        wait_for(browser, "Signed in, user")
        assert f"{site.url}/account" == browser.current_url
        screenshot(browser, f"{framework}-password-2-account")

        browser.find_element("css selector", "form[action='/logout'] button").click()
        wait_for(browser, "Welcome")
        assert ["__Host-cognito-ended"] == [cookie["name"] for cookie in browser.get_cookies()]
        assert 401 == browser.execute_script("return fetch('/api/me').then(r => r.status)")
