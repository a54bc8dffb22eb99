"""The testing kit's pool domain behaves as Cognito documents its own, seen without our client."""

import base64
import hashlib
import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest

from cognitokit import ManagedLogin
from cognitokit.errors import ConfigurationError
from cognitokit.testing import TokenMint
from cognitokit.testing.oauth_provider import OAuthAnswer, OAuthRequest
from cognitokit.testing.oauth_server import NotSignedIn, OAuthServer

POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"
CALLBACK = "http://localhost:8000/callback"
VERIFIER = "v" * 43


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The server's and the mint's clock."""
    return Clock()


def serving(clock: Clock, **options: Any) -> OAuthServer:
    """A server, not yet running, with a user."""
    mint = TokenMint(POOL, client_id=CLIENT, clock=clock)
    server = OAuthServer(mint, clock=clock, **{"redirect_uris": [CALLBACK], **options})
    server.add_user("jane", "right", email="jane@example.com")
    return server


@pytest.fixture
def server(clock: Clock) -> Iterator[OAuthServer]:
    """A server of a public client."""
    with serving(clock, grants=["code", "implicit"]) as running:
        yield running


def query(**changes: str | None) -> dict[str, str]:
    """An authorize request's parameters."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    params: dict[str, str | None] = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": "s&1",
        "nonce": "n",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in params.items() if value is not None}


def test_the_environment_leads_to_the_server() -> None:
    """A login made from the variables alone signs a user in, and lacks a secret that is not needed."""
    with OAuthServer(TokenMint(POOL, client_id=CLIENT)) as server:
        server.add_user("jane", "right")
        login = ManagedLogin.from_env(server.environ)
        url, state = login.begin("/tasks")
        callback = server.sign_in(url, "jane", "right")
        done = login.complete(dict(parse_qsl(urlsplit(callback).query)), state)

        assert "jane" == done.access_token.username
        assert "COGNITO_CLIENT_SECRET" not in server.environ
        assert login.logout_url().startswith(f"{server.url}/logout")


def test_the_environment_has_the_secret(clock: Clock) -> None:
    """A confidential client's secret is among the variables, and URLs that nothing allows are not."""
    with serving(clock, client_secret="s3cret", redirect_uris=[], logout_uris=[]) as running:
        environ = running.environ

    assert "s3cret" == environ["COGNITO_CLIENT_SECRET"]
    assert not {"COGNITO_REDIRECT_URI", "COGNITO_LOGOUT_URI"} & environ.keys()


def code_of(server: OAuthServer, **changes: str | None) -> str:
    """The code of a login."""
    url = str(httpx.URL(f"{server.url}/oauth2/authorize", params=query(**changes)))
    callback = server.sign_in(url, "jane", "right")
    assert callback.startswith(f"{CALLBACK}?")
    found = dict(parse_qsl(urlsplit(callback).query))
    assert "s&1" == found["state"]
    return found["code"]


def token(server: OAuthServer, **form: Any) -> httpx.Response:
    """The token endpoint's answer."""
    return httpx.post(f"{server.url}/oauth2/token", data={"client_id": CLIENT, **form})


def exchanged(server: OAuthServer, code: str, /, **changes: str) -> httpx.Response:
    """The answer to a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return token(server, **form)


@pytest.mark.parametrize(
    ("redirect_uri", "grant", "start"),
    [
        (f"{CALLBACK}?tenant=1", "code", f"{CALLBACK}?tenant=1&code="),
        (CALLBACK, "code", f"{CALLBACK}?code="),
        (f"{CALLBACK}?tenant=1", "token", f"{CALLBACK}?tenant=1#"),
    ],
)
def test_a_callback_keeps_its_own_query(
    clock: Clock, redirect_uri: str, grant: str, start: str
) -> None:
    """A redirect URI with a query gets the answer beside it, so that an application reads both."""
    with serving(clock, redirect_uris=[redirect_uri], grants=["code", "implicit"]) as running:
        params = query(redirect_uri=redirect_uri, response_type=grant)
        url = str(httpx.URL(f"{running.url}/oauth2/authorize", params=params))
        callback = running.sign_in(url, "jane", "right")
    parts = urlsplit(callback)

    assert callback.startswith(start)
    assert "s&1" == dict(parse_qsl(parts.fragment or parts.query))["state"]


def test_the_login_page_of_a_browser(server: OAuthServer) -> None:
    """A browser is sent to the login page, again after a wrong password, and then to the application."""
    with httpx.Client(base_url=server.url) as browser:
        authorize = browser.get("/oauth2/authorize", params=query())
        page = browser.get(authorize.headers["location"])
        wrong = browser.post(
            authorize.headers["location"], data={"username": "jane", "password": "wrong"}
        )
        right = browser.post(
            authorize.headers["location"], data={"username": "jane", "password": "right"}
        )
        again = browser.get("/oauth2/authorize", params=query())
        forced = browser.get("/oauth2/authorize", params=query(prompt="login"))

    assert 302 == authorize.status_code
    assert authorize.headers["location"].startswith("/login?")
    assert "<form" in page.text
    assert (200, True) == (wrong.status_code, "Incorrect username or password." in wrong.text)
    assert right.headers["location"].startswith(f"{CALLBACK}?code=")
    assert again.headers["location"].startswith(f"{CALLBACK}?code=")
    assert forced.headers["location"].startswith("/login?")


def test_the_page_reflects_nothing(server: OAuthServer) -> None:
    """What comes in the address is escaped on the login page."""
    params = query(state='"><script>', login_hint='"><script>')
    page = httpx.get(f"{server.url}/login", params=params)

    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_refusals_that_go_back(
    server: OAuthServer, changes: dict[str, str | None], error: str
) -> None:
    """A bad request of a known client goes back to it with an error code and its state."""
    answer = httpx.get(f"{server.url}/oauth2/authorize", params=query(**changes))
    found = dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    assert error == found["error"]
    assert "s&1" == found["state"]


@pytest.mark.parametrize(("grant", "other"), [("code", "token"), ("implicit", "code")])
def test_a_grant_that_the_client_lacks(clock: Clock, grant: str, other: str) -> None:
    """An app client gets no more kinds of answers than it has grants for."""
    with serving(clock, grants=[grant]) as server:
        answer = httpx.get(
            f"{server.url}/oauth2/authorize", params=query(response_type=other)
        ).headers["location"]
        taken = httpx.get(
            f"{server.url}/oauth2/authorize",
            params=query(response_type={"code": "token", "token": "code"}[other]),
        ).headers["location"]

    assert "error=unauthorized_client" in answer
    assert taken.startswith("/login?")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login"])
def test_refusals_that_stay(server: OAuthServer, path: str, changes: dict[str, str | None]) -> None:
    """A request of an unknown client, or to an unknown address, is sent nowhere."""
    for method in ("GET", "POST") if path == "/login" else ("GET",):
        answer = httpx.request(method, f"{server.url}{path}", params=query(**changes))

        assert 400 == answer.status_code
        assert "location" not in answer.headers


def test_a_code_becomes_tokens_once(server: OAuthServer) -> None:
    """A code gives tokens that PyJWT verifies, with nonce and at_hash, and gives them once."""
    code = code_of(server)
    tokens = exchanged(server, code).json()
    keys = jwt.PyJWKSet.from_dict(httpx.get(server.pool.jwks_uri).json())
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}

    def read(name: str) -> dict[str, Any]:
        key = keys[jwt.get_unverified_header(tokens[name])["kid"]]
        return dict(jwt.decode(tokens[name], key, algorithms=["RS256"], options=options))

    access, identity = read("access_token"), read("id_token")
    assert "openid email" == access["scope"]
    assert CLIENT == access["client_id"] == identity["aud"]
    assert "n" == identity["nonce"]
    assert access["origin_jti"] == identity["origin_jti"]
    assert {"access_token", "id_token", "refresh_token", "token_type", "expires_in"} == set(tokens)
    assert {"error": "invalid_grant"} == exchanged(server, code).json()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost/"},
        {"code": "x"},
    ],
)
def test_a_code_in_wrong_hands(server: OAuthServer, changes: dict[str, str]) -> None:
    """Another verifier, address or code is refused; the right ones are taken."""
    answer = exchanged(server, code_of(server), **changes)

    assert (400, {"error": "invalid_grant"}) == (answer.status_code, answer.json())
    assert 200 == exchanged(server, code_of(server)).status_code


def test_a_code_that_is_too_old(server: OAuthServer, clock: Clock) -> None:
    """A code lives five minutes."""
    young, old = code_of(server), code_of(server)
    clock.now += 299
    assert 200 == exchanged(server, young).status_code
    clock.now += 1
    assert 400 == exchanged(server, old).status_code


def test_the_implicit_grant(server: OAuthServer) -> None:
    """Tokens come back in the fragment, none of them a refresh token."""
    params = query(response_type="token", code_challenge=None, code_challenge_method=None)
    url = str(httpx.URL(f"{server.url}/oauth2/authorize", params=params))
    callback = server.sign_in(url, "jane", "right")

    assert callback.startswith(f"{CALLBACK}#")
    assert {"access_token", "id_token", "token_type", "expires_in", "state"} == set(
        dict(parse_qsl(urlsplit(callback).fragment))
    )


@pytest.mark.parametrize("rotation", [False, True])
def test_refresh(clock: Clock, rotation: bool) -> None:
    """Rotation gives a new refresh token and ends the old one after its grace period."""
    with serving(clock, rotation=rotation, retry_grace=5) as server:
        first = exchanged(server, code_of(server)).json()["refresh_token"]
        second = token(server, grant_type="refresh_token", refresh_token=first).json()
        clock.now += 5
        again = token(server, grant_type="refresh_token", refresh_token=first)

    assert rotation == ("refresh_token" in second)
    assert (400 if rotation else 200) == again.status_code


@pytest.mark.parametrize("secret", [None, "secret-of-the-client"])
@pytest.mark.parametrize(
    ("form", "auth"),
    [
        ({}, None),
        ({}, (CLIENT, "secret-of-the-client")),
        ({"client_secret": "secret-of-the-client"}, None),
        ({"client_secret": "wrong"}, None),
        ({}, (CLIENT, "wrong")),
        ({}, ("another", "secret-of-the-client")),
        ({"client_id": "another"}, None),
        ({"client_id": "another"}, (CLIENT, "secret-of-the-client")),
    ],
)
def test_who_may_ask(
    clock: Clock, secret: str | None, form: dict[str, str], auth: tuple[str, str] | None
) -> None:
    """A confidential client needs its secret in one of two ways; a public one has none to give."""
    with serving(clock, client_secret=secret) as server:
        fields = {"client_id": CLIENT, "grant_type": "refresh_token", **form}
        sent: Any = {} if auth is None else {"auth": auth}
        answer = httpx.post(f"{server.url}/oauth2/token", data=fields, **sent)
    given = form.get("client_secret") or (auth[1] if auth else None)
    named = {form.get("client_id", CLIENT), auth[0] if auth else CLIENT}
    expected = "invalid_grant" if given == secret and named == {CLIENT} else "invalid_client"

    assert {"error": expected} == answer.json()


@pytest.mark.parametrize("credentials", ["Basic x", "Basic " + base64.b64encode(b"\xff").decode()])
def test_credentials_that_are_none(server: OAuthServer, credentials: str) -> None:
    """An Authorization header that cannot be read is a wrong client."""
    answer = httpx.post(f"{server.url}/oauth2/token", headers={"Authorization": credentials})

    assert {"error": "invalid_client"} == answer.json()


def test_client_credentials(clock: Clock) -> None:
    """A machine gets an access token for its scopes; a scope or a grant that it lacks is refused."""
    grants = ["client_credentials"]
    with serving(clock, client_secret="s3cret", grants=grants, scopes=["a/b", "a/c"]) as server:
        form = {"client_secret": "s3cret", "grant_type": "client_credentials"}
        all_of_them = token(server, **form).json()
        one = token(server, **form, scope="a/b").json()
        none = token(server, **form, scope="x").json()
        other = token(server, **{**form, "grant_type": "password"}).json()
    with serving(clock, client_secret="s3cret") as server:
        not_allowed = token(server, **form).json()

    def claims(answer: dict[str, Any]) -> dict[str, Any]:
        unchecked: Any = {"verify_signature": False}
        return dict(jwt.decode(answer["access_token"], options=unchecked))

    assert ("a/b a/c", "a/b") == (claims(all_of_them)["scope"], claims(one)["scope"])
    assert {"access_token", "token_type", "expires_in"} == set(one)
    assert "username" not in claims(one)
    assert {"error": "invalid_scope"} == none
    assert {"error": "unsupported_grant_type"} == other
    assert {"error": "unauthorized_client"} == not_allowed


def test_revocation(server: OAuthServer) -> None:
    """Revoking a refresh token ends it and userInfo; other tokens and clients are refused."""
    tokens = exchanged(server, code_of(server)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}

    def revoke(**form: str) -> httpx.Response:
        return httpx.post(f"{server.url}/oauth2/revoke", data={"client_id": CLIENT, **form})

    assert 200 == httpx.get(f"{server.url}/oauth2/userInfo", headers=bearer).status_code
    assert {"error": "invalid_request"} == revoke().json()
    assert {"error": "unsupported_token_type"} == revoke(token=tokens["access_token"]).json()
    assert {"error": "unsupported_token_type"} == revoke(token=tokens["id_token"]).json()
    assert 401 == revoke(token=tokens["refresh_token"], client_id="another").status_code
    assert 200 == revoke(token="unknown").status_code  # RFC 7009 2.2
    revoked = revoke(token=tokens["refresh_token"])
    assert (200, b"") == (revoked.status_code, revoked.content)
    assert 200 == revoke(token=tokens["refresh_token"]).status_code
    answer = httpx.get(f"{server.url}/oauth2/userInfo", headers=bearer)
    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert (
        400
        == token(
            server, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        ).status_code
    )


def test_user_info(server: OAuthServer, clock: Clock) -> None:
    """userInfo wants a live access token with openid, by GET or POST."""
    tokens = exchanged(server, code_of(server)).json()
    without = exchanged(server, code_of(server, scope="email")).json()

    def ask(authorization: str, method: str = "GET") -> httpx.Response:
        headers = {"Authorization": authorization}
        return httpx.request(method, f"{server.url}/oauth2/userInfo", headers=headers)

    good = f"Bearer {tokens['access_token']}"
    assert "jane@example.com" == ask(good).json()["email"]
    assert 200 == ask(good, "POST").status_code
    assert "id_token" not in without
    for bad in (f"Bearer {without['access_token']}", "Bearer x", f"Basic {tokens['access_token']}"):
        answer = ask(bad)
        assert 401 == answer.status_code
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    clock.now += 3600
    assert 401 == ask(good).status_code


def test_logout(clock: Clock) -> None:
    """Both forms of logout, and what is refused."""
    with serving(clock, logout_uris=["http://localhost:8000/bye"]) as server:

        def leave(**params: str) -> httpx.Response:
            return httpx.get(f"{server.url}/logout", params=params)

        home = leave(client_id=CLIENT, logout_uri="http://localhost:8000/bye")
        login = leave(client_id=CLIENT, **{k: v for k, v in query().items() if k != "client_id"})
        refused = [
            leave(),
            leave(client_id="another", logout_uri="http://localhost:8000/bye"),
            leave(client_id=CLIENT),
            leave(client_id=CLIENT, logout_uri="https://evil.example/"),
            leave(client_id=CLIENT, redirect_uri=CALLBACK),
        ]

    assert "http://localhost:8000/bye" == home.headers["location"]
    assert login.headers["location"].startswith("/login?")
    assert [400] * 5 == [answer.status_code for answer in refused]


def test_a_request_without_a_state(server: OAuthServer) -> None:
    """No state comes back where none was sent."""
    params = query(state=None, prompt="none")
    answer = httpx.get(f"{server.url}/oauth2/authorize", params=params)

    assert f"{CALLBACK}?error=login_required" == answer.headers["location"]


def test_a_client_that_hangs_up(server: OAuthServer, capfd: pytest.CaptureFixture[str]) -> None:
    """A connection that is torn down in the middle of a request leaves no trace in the output."""
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
        connection.sendall(b"GET /logout")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert 404 == httpx.get(f"{server.url}/elsewhere").status_code

    assert "" == capfd.readouterr().err


def test_an_answer_that_raises(server: OAuthServer, capfd: pytest.CaptureFixture[str]) -> None:
    """A test's own answer that raises is seen, not swallowed."""

    def fail(_: OAuthRequest) -> OAuthAnswer:
        raise ValueError("a fault in the test")

    server.answer("/logout", fail)

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{server.url}/logout")
    assert "a fault in the test" in capfd.readouterr().err


def test_other_paths_and_methods(server: OAuthServer) -> None:
    """An unknown path is 404, a known one by another method 405."""
    assert 404 == httpx.get(f"{server.url}/elsewhere").status_code
    assert 405 == httpx.get(f"{server.url}/oauth2/token").status_code


def test_answers_of_ones_own(server: OAuthServer) -> None:
    """A path can be made to answer otherwise, and to go back; what came in is remembered."""
    server.answer("/oauth2/token", lambda _: OAuthAnswer(status=503))
    assert 503 == token(server, grant_type="x").status_code
    server.answer("/oauth2/token", None)
    server.answer("/oauth2/token", None)
    assert 400 == token(server, grant_type="x").status_code
    assert ["x", "x"] == [request.form["grant_type"] for request in server.requests]
    assert "secret" not in repr(server.requests)


def test_sign_in_that_ends_on_a_page(server: OAuthServer) -> None:
    """A wrong password, or a URL that leads nowhere, is told with the page's status."""
    url = str(httpx.URL(f"{server.url}/oauth2/authorize", params=query()))

    with pytest.raises(NotSignedIn, match="status 200"):
        server.sign_in(url, "jane", "wrong")
    with pytest.raises(NotSignedIn, match="status 404"):
        server.sign_in(f"{server.url}/elsewhere", "jane", "right")
    server.answer("/login", lambda _: OAuthAnswer(status=302, headers={"Location": "/login?"}))
    with pytest.raises(NotSignedIn, match="circles"):
        server.sign_in(url, "jane", "right")


def test_a_server_that_does_not_run(clock: Clock) -> None:
    """Its address is known only while it runs; leaving twice does no harm."""
    server = serving(clock)
    with pytest.raises(ConfigurationError, match="with statement"):
        _ = server.url
    server.__exit__(None, None, None)

    assert "not running" in repr(server)
    with server:
        assert server.url in repr(server)


def test_a_grant_that_there_is_not(clock: Clock) -> None:
    """A misspelt grant is refused."""
    with pytest.raises(ConfigurationError, match="grants"):
        serving(clock, grants=["password"])
