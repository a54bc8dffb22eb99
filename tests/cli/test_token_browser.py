"""`cognitokit token browser`."""

import re
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cognitokit.cli import loopback
from cognitokit.cli.loopback import LoopbackCallback
from cognitokit.errors import ConfigurationError, LoginError
from cognitokit.testing import LocalPool, TokenMint
from cognitokit.testing.oauth_server import OAuthServer
from tests.cli.running import CALLBACK, CLIENT, POOL, Ended, free_port, run, start
from tests.oauth.browser import sign_in

Browser = Callable[[str], bool]


@pytest.fixture
def redirect_uri() -> str:
    """Where the browser comes back to."""
    return f"http://localhost:{free_port()}/callback"


@pytest.fixture
def server(mint: TokenMint, redirect_uri: str) -> Iterator[OAuthServer]:
    """A pool's domain with a user."""
    with OAuthServer(mint, redirect_uris=[redirect_uri]) as running:
        running.add_user("jane", "Passw0rd!")
        yield running


@pytest.fixture
def person(server: OAuthServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Somebody who signs in as soon as a browser opens; what it was shown is collected."""
    seen: list[str] = []
    threads: list[threading.Thread] = []

    def visit(url: str) -> None:
        answer = httpx.get(server.sign_in(url, "jane", "Passw0rd!"))
        seen.extend([answer.text, answer.headers["Cache-Control"]])

    def open_(url: str) -> bool:
        threads.append(threading.Thread(target=visit, args=[url]))
        threads[0].start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_)
    yield seen
    for thread in threads:
        thread.join()


def log_in(server: OAuthServer, redirect_uri: str, *more: str) -> Ended:
    """Run the command."""
    where = ["--domain", server.url, "--jwks-uri", server.pool.jwks_uri]
    return run(
        "token", "browser", POOL, "--client-id", CLIENT, *where, "--redirect-uri", redirect_uri, *more
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["access", "id", "refresh"])
def test_a_login(
    server: OAuthServer, mint: TokenMint, redirect_uri: str, person: list[str], kind: str
) -> None:
    """The browser goes through the login, and the token that was asked for is alone on stdout."""
    done = log_in(server, redirect_uri, "--print", kind)
    token = done.out.removesuffix("\n")

    assert 0 == done.status
    assert "The access token lives 1 hour.\n" == done.err
    assert token not in done.err
    if kind == "access":
        assert "jane" == mint.verifier().verify(token).username


def test_json_and_the_options_of_a_login(
    server: OAuthServer, redirect_uri: str, person: list[str]
) -> None:
    """All tokens come as JSON; scopes and provider are asked for as they are given."""
    done = log_in(
        server, redirect_uri, "--json", "--scope", "openid", "--scope", "email", "--provider", "COGNITO"
    )  # fmt: skip
    [asked] = [each for each in server.requests if each.path == "/oauth2/authorize"][:1]

    assert {"access_token", "id_token", "refresh_token"} <= set(done.json)
    assert "openid email" == parse_qs(asked.query)["scope"][0]
    assert "COGNITO" == parse_qs(asked.query)["identity_provider"][0]


def test_a_token_that_did_not_come(
    server: OAuthServer, redirect_uri: str, person: list[str]
) -> None:
    """Without the scope openid there is no id token, and asking for it ends with 1."""
    done = log_in(server, redirect_uri, "--scope", "email", "--print", "id")

    assert (1, "") == (done.status, done.out)
    assert "Cognito gave no id token." in done.err


@pytest.mark.parametrize("flag", [["--no-browser"], []])
def test_the_address_is_printed_where_no_browser_opens(
    server: OAuthServer,
    redirect_uri: str,
    monkeypatch: pytest.MonkeyPatch,
    flag: list[str],
) -> None:
    """Without a browser the address is told, and the wait ends at its time."""
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    done = log_in(server, redirect_uri, *flag, "--timeout", "0.05")

    assert (1, "") == (done.status, done.out)
    assert f"{server.url}/oauth2/authorize?" in done.err
    assert "No browser came back in time" in done.err


def test_a_wrong_redirect_uri_is_refused_before_a_browser_opens(server: OAuthServer) -> None:
    """Only an address on this machine can be served."""
    done = log_in(server, "https://app.example.com/callback")

    assert 2 == done.status
    assert "must be on this machine" in done.err


@pytest.mark.local
def test_against_another_implementation(local: LocalPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded pool's own pages lead to a token."""
    threads: list[threading.Thread] = []

    def open_(url: str) -> bool:
        def visit() -> None:
            httpx.get(sign_in(url, "jane", "Passw0rd!", until=CALLBACK))

        threads.append(threading.Thread(target=visit))
        threads[0].start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_)
    env = {**local.environ, "COGNITO_REDIRECT_URI": CALLBACK}
    done = run("token", "browser", "--domain", local.url, "--print", "id", env=env)
    threads[0].join()

    assert 0 == done.status, done.err
    assert 3 == len(done.out.split("."))


TALKATIVE_BROWSER = """#!{python}
import sys
sys.path.insert(0, {root!r})
import httpx
from tests.oauth.browser import sign_in
print("Opening in existing browser session.", flush=True)
httpx.get(sign_in(sys.argv[1], "jane", "Passw0rd!", until={callback!r}))
"""


@pytest.mark.local
@pytest.mark.skipif(sys.platform == "win32", reason="the browser is a script with a first line")
def test_as_a_process_with_a_browser_that_talks(local: LocalPool, tmp_path: Path) -> None:
    """A browser of the user's own choice signs in, and what it says is no part of the token."""
    browser = tmp_path / "browser"
    root = str(Path(__file__).parents[2])
    browser.write_text(
        TALKATIVE_BROWSER.format(python=sys.executable, root=root, callback=CALLBACK)
    )
    browser.chmod(0o755)
    env = {**local.environ, "COGNITO_REDIRECT_URI": CALLBACK, "BROWSER": str(browser)}
    done = start("token", "browser", "--domain", local.url, env=env)

    assert 0 == done.status, done.err
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.out)
    assert "Opening in existing browser session." in done.err


def fetch(url: str) -> tuple[int, str]:
    """What a browser sees there."""
    answer = httpx.get(url)
    return answer.status_code, answer.text


def test_only_the_login_s_own_callback_ends_the_wait(redirect_uri: str) -> None:
    """Another path, another state or none is answered with 404, and the wait goes on."""
    with LoopbackCallback(redirect_uri, "s1") as callback:
        others = ["?state=s2&code=c", "?code=c", "?state=s1&state=s2&code=c", "x?state=s1&code=c"]
        refused = [fetch(redirect_uri + other)[0] for other in others]
        taken = httpx.get(f"{redirect_uri}?state=s1&code=c")
        query = callback.wait(5)

    assert [404] * 4 == refused
    assert (200, True) == (taken.status_code, "You are signed in" in taken.text)
    assert "no-store" == taken.headers["Cache-Control"]
    assert "default-src 'none'" == taken.headers["Content-Security-Policy"]
    assert "state=s1&code=c" == query


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET http://[ HTTP/1.1", b" 400 "),
        (b"GET http://[s1?state=s1&code=c HTTP/1.1", b" 400 "),
        (b"GET /callback?state=s1&code=c nonsense", b" 400 "),
        (b"POST /callback?state=s1&code=c HTTP/1.1", b" 501 "),
        (b"GET /callback?code=\xff%ff%zz HTTP/1.1", b" 404 "),
        (b"\x16\x03\x01", b""),
    ],
)
def test_a_malformed_request_is_answered_and_the_wait_goes_on(
    redirect_uri: str, capfd: pytest.CaptureFixture[str], request_line: bytes, status: bytes
) -> None:
    """Whatever comes to the port ends neither the wait nor in a traceback."""
    port = urlsplit(redirect_uri).port
    with LoopbackCallback(redirect_uri, "s1") as callback:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
            stranger.sendall(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            stranger.shutdown(socket.SHUT_WR)
            answered = b"".join(iter(lambda: stranger.recv(65536), b""))
        taken = httpx.get(f"{redirect_uri}?state=s1&code=c")
        query = callback.wait(5)

    assert status in answered.split(b"\r\n")[0]
    assert (200, "state=s1&code=c") == (taken.status_code, query)
    assert ("", "") == tuple(capfd.readouterr())


def test_a_connection_that_fails_is_not_told(
    redirect_uri: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """What the server of the standard library would write has no place among what the command says."""
    with LoopbackCallback(redirect_uri, "s1") as callback:
        callback._servers[0].handle_error(None, None)

    assert ("", "") == tuple(capfd.readouterr())


def test_an_error_of_the_provider_ends_the_wait_too(redirect_uri: str) -> None:
    """A login that was cancelled comes back without a code, and the page says so."""
    with LoopbackCallback(redirect_uri, "s1") as callback:
        page = fetch(f"{redirect_uri}?state=s1&error=access_denied")[1]

        assert "did not succeed" in page
        assert "state=s1&error=access_denied" == callback.wait(5)


def test_nothing_comes(redirect_uri: str) -> None:
    """The wait has an end, and its reason is that of a login that took too long."""
    with LoopbackCallback(redirect_uri, "s1") as callback, pytest.raises(LoginError) as refused:
        callback.wait(0.01)

    assert "expired" == refused.value.reason


def test_both_families_of_localhost_are_served(redirect_uri: str) -> None:
    """A browser may take localhost for either address of this machine."""
    port = urlsplit(redirect_uri).port
    assert port is not None
    with LoopbackCallback(redirect_uri, "s1"):
        for family, address in loopback._addresses("localhost", port):
            with socket.socket(family, socket.SOCK_STREAM) as browser:
                browser.connect((address, port))


def test_a_port_that_is_taken(redirect_uri: str) -> None:
    """A port that another program has is refused with the way out."""
    with (
        LoopbackCallback(redirect_uri, "s1"),
        pytest.raises(ConfigurationError, match="is taken"),
        LoopbackCallback(redirect_uri, "s2"),
    ):
        pass


@pytest.mark.parametrize(
    ("addresses", "served"),
    [(["192.0.2.1", "127.0.0.1"], True), (["192.0.2.1"], False)],
)
def test_an_address_that_the_machine_lacks(
    monkeypatch: pytest.MonkeyPatch, redirect_uri: str, addresses: list[str], served: bool
) -> None:
    """Where localhost has an address that this machine cannot serve, the other one will do."""
    found = [(socket.AF_INET, address) for address in addresses]
    monkeypatch.setattr(loopback, "_addresses", lambda host, port: found)
    outcome: object = None
    try:
        with LoopbackCallback(redirect_uri, "s1"):
            outcome = fetch(redirect_uri.replace("localhost", "127.0.0.1"))[0]
    except ConfigurationError:
        outcome = "refused"

    assert (404 if served else "refused") == outcome


@pytest.mark.parametrize(
    "uri",
    [
        "https://localhost:8400/callback",
        "http://example.com:8400/callback",
        "http://localhost/callback",
        "myapp://callback",
        "http://localhost:99999/callback",
        "http://[::1/callback",
    ],
)
def test_what_cannot_be_served_is_refused(uri: str) -> None:
    """Only http on loopback with a port can come back to this program."""
    with pytest.raises(ConfigurationError, match="must be on this machine"):
        LoopbackCallback(uri, "s1")
