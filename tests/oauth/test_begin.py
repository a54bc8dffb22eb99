"""How a login begins: the URL that a browser is sent to."""

import inspect
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cognitokit.errors import ConfigurationError
from cognitokit.oauth import pkce
from cognitokit.oauth.aio import AsyncManagedLogin
from cognitokit.oauth.client import ManagedLogin
from tests.oauth.stage import CALLBACK, CLIENT, POOL, SECRET, Clock


def login(cls: type[Any] = ManagedLogin, **options: Any) -> Any:
    """An application's login object."""
    settings: dict[str, Any] = {
        "domain": "my-app",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "clock": Clock(),
    }
    return cls(POOL, **{**settings, **options})


def params_of(url: str) -> dict[str, str]:
    """The query of a URL, where no parameter may occur twice."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def test_the_url_asks_for_a_code_with_pkce() -> None:
    """begin sends state, nonce and an S256 challenge of the verifier that stays behind."""
    url, state = login(scopes=["openid", "email"]).begin()
    assert state.code_verifier is not None

    assert "https://my-app.auth.eu-west-1.amazoncognito.com/oauth2/authorize" == url.split("?")[0]
    assert {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": state.state,
        "nonce": state.nonce,
        "code_challenge": pkce.code_challenge(state.code_verifier),
        "code_challenge_method": "S256",
    } == params_of(url)
    assert state.code_verifier not in url
    assert CLIENT == state.client_id
    assert CALLBACK == state.redirect_uri
    assert Clock().now == state.started_at


def test_a_confidential_client_uses_pkce_too_and_keeps_its_secret() -> None:
    """The secret is not in the URL, the challenge is."""
    url, _ = login(client_secret=SECRET).begin()

    assert SECRET not in url
    assert "S256" == params_of(url)["code_challenge_method"]


HINTS = [
    "identity_provider", "idp_identifier", "login_hint", "lang", "prompt", "acr_values",
]  # fmt: skip


@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize("value", ["told-\ud800", "told-\r\nx", "told-\x00", "told-\x7f"])
def test_a_hint_that_cannot_be_sent(name: str, value: str) -> None:
    """Control characters and halves of surrogate pairs are refused by the hint's name, unquoted."""
    with pytest.raises(ConfigurationError, match=name) as caught:
        login().begin(**{name: [value] if name == "acr_values" else value})

    assert "told" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", HINTS)
def test_a_hint_in_any_script(name: str) -> None:
    """What a name may have in it is sent, outside ASCII too."""
    value = "told-ä名 (1)"
    url, _ = login().begin(**{name: [value] if name == "acr_values" else value})

    assert value == params_of(url)[name]


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)", "data:text/html,x", "//evil.example/", "/bye", "", 5, b"https://x/",
        "http://app.example/bye", "https://app.example/bye#x", "https://app.example/\ud800",
        "https://app.example/\r\nx",
    ],
)  # fmt: skip
def test_a_logout_uri_that_nobody_could_register(uri: Any) -> None:
    """logout_url() refuses what the constructor refuses, and the message does not quote it."""
    with pytest.raises(ConfigurationError, match="logout_uri") as given:
        login().logout_url(uri)
    with pytest.raises(ConfigurationError, match="logout_uri") as configured:
        login(logout_uri=uri)

    assert str(configured.value) == str(given.value)
    assert given.value.__context__ is None


@pytest.mark.parametrize(
    ("uri", "allow_http"),
    [
        ("https://app.example/bye", False),
        ("http://localhost:8000/bye", False),
        ("http://app.example/bye", True),
        ("com.example.app:/bye", False),
    ],
)
def test_a_logout_uri_that_may_be_registered(uri: str, allow_http: bool) -> None:
    """logout_url() takes what the constructor takes."""
    url = login(allow_http=allow_http).logout_url(uri)

    assert uri == params_of(url)["logout_uri"]


def test_every_parameter_of_the_authorize_endpoint() -> None:
    """Each hint arrives under the name that Cognito and OpenID Connect give it."""
    url, state = login(resources=["https://api.example.com"]).begin(
        identity_provider="Google",
        login_hint="jane&admin=1@example.com",
        lang="pt-BR",
        prompt="select_account",
        acr_values=["urn:cognito:loa:3", "urn:cognito:loa:2"],
        max_age=0,
        resource="https://api.example.com",
    )
    sent = params_of(url)

    assert {
        "identity_provider": "Google",
        "login_hint": "jane&admin=1@example.com",
        "lang": "pt-BR",
        "prompt": "select_account",
        "acr_values": "urn:cognito:loa:3 urn:cognito:loa:2",
        "max_age": "0",
        "resource": "https://api.example.com",
    }.items() <= sent.items()
    assert 0 == state.max_age
    assert "https://api.example.com" == state.resource


def test_the_provider_by_identifier() -> None:
    """idp_identifier arrives."""
    url, _ = login().begin(idp_identifier="example.com")

    assert "example.com" == params_of(url)["idp_identifier"]


def test_no_two_logins_are_alike() -> None:
    """State, nonce and verifier are new for each attempt, and differ from each other."""
    states = [login().begin().login_state for _ in range(50)]
    values = [v for s in states for v in (s.state, s.nonce, s.code_verifier)]

    assert 150 == len(set(values))
    assert all(len(s.state) == 43 and len(s.nonce) == 43 for s in states)


def test_randomness_comes_from_outside() -> None:
    """With given bytes the values are those."""
    asked: list[int] = []

    def zeros(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    state = login(token_bytes=zeros).begin().login_state

    assert [32, 32, 64] == asked
    assert "A" * 43 == state.state
    assert "A" * 86 == state.code_verifier


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("/tasks?page=2", "/tasks?page=2"), ("//evil.example", "/"), (None, "/"), ("https://x/", "/")],
)
def test_the_redirect_target_is_checked(asked: str | None, kept: str) -> None:
    """An unsafe target is dropped when the login begins."""
    assert kept == login().begin(asked).login_state.redirect_target


def test_a_login_that_signs_out_first() -> None:
    """sign_out_first starts at the logout endpoint with the same parameters."""
    url, state = login().begin(sign_out_first=True)

    assert "https://my-app.auth.eu-west-1.amazoncognito.com/logout" == url.split("?")[0]
    assert state.state == params_of(url)["state"]
    assert "code" == params_of(url)["response_type"]


def test_the_implicit_grant_has_no_challenge() -> None:
    """begin_implicit asks for tokens, and leaves no code verifier behind."""
    url, state = login().begin_implicit("/tasks", lang="de")

    assert {
        "response_type": "token",
        "client_id": CLIENT,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": state.state,
        "nonce": state.nonce,
        "lang": "de",
    } == params_of(url)
    assert state.code_verifier is None
    assert "/tasks" == state.redirect_target


def test_logout() -> None:
    """The logout URL has the app client and the sign-out URL, the configured or the given one."""
    base = "https://my-app.auth.eu-west-1.amazoncognito.com/logout"
    configured = login(logout_uri="https://app.example/bye")

    assert f"{base}?client_id={CLIENT}&logout_uri=https%3A%2F%2Fapp.example%2Fbye" == (
        configured.logout_url()
    )
    assert f"{base}?client_id={CLIENT}&logout_uri=https%3A%2F%2Fapp.example%2Fb%3Fc%3Dd" == (
        configured.logout_url("https://app.example/b?c=d")
    )


def test_logout_without_a_uri() -> None:
    """Without a sign-out URL the error names the option."""
    with pytest.raises(ConfigurationError, match="logout_uri"):
        login().logout_url()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"identity_provider": ""}, "identity_provider"),
        ({"identity_provider": 1}, "identity_provider"),
        ({"idp_identifier": ""}, "idp_identifier"),
        ({"identity_provider": "A", "idp_identifier": "b"}, "not both"),
        ({"login_hint": b"x"}, "login_hint"),
        ({"lang": ""}, "lang"),
        ({"prompt": ["login"]}, "prompt"),
        ({"acr_values": "urn:one"}, "acr_values"),
        ({"acr_values": 3}, "acr_values"),
        ({"acr_values": [1]}, "acr_values"),
        ({"max_age": -1}, "max_age"),
        ({"max_age": True}, "max_age"),
        ({"max_age": 1.5}, "max_age"),
        ({"resource": "https://other.example"}, "resource"),
    ],
)
def test_a_hint_of_the_wrong_kind(options: dict[str, Any], word: str) -> None:
    """A malformed hint is refused by its name."""
    with pytest.raises(ConfigurationError, match=word):
        login().begin(**options)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "with space"}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"redirect_uri": "http://app.example/callback"}, "redirect_uri"),
        ({"logout_uri": "/bye"}, "logout_uri"),
        ({"domain": "My App"}, "domain"),
        ({"scopes": "openid email"}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["a b"]}, "scopes"),
        ({"scopes": ['a"b']}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"resources": "https://api.example.com"}, "resources"),
        ({"resources": ["api"]}, "resources"),
        ({"client_authentication": "jwt"}, "client_authentication"),
        ({"login_timeout": 0}, "login_timeout"),
        ({"login_timeout": float("inf")}, "login_timeout"),
        ({"login_timeout": True}, "login_timeout"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": "10"}, "timeout"),
        ({"http_client": object()}, "http_client"),
    ],
)
@pytest.mark.parametrize("cls", [ManagedLogin, AsyncManagedLogin])
def test_a_setting_of_the_wrong_kind(cls: type, options: dict[str, Any], word: str) -> None:
    """A malformed setting is refused when the object is made, by its name."""
    with pytest.raises(ConfigurationError, match=word):
        login(cls, **options)


@pytest.mark.parametrize("cls", [ManagedLogin, AsyncManagedLogin])
def test_from_env(cls: type[Any]) -> None:
    """Settings come from the environment; arguments win."""
    environ = {
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_DOMAIN": "auth.example.com",
        "COGNITO_CLIENT_ID": CLIENT,
        "COGNITO_CLIENT_SECRET": SECRET,
        "COGNITO_REDIRECT_URI": "https://app.example/callback",
        "COGNITO_LOGOUT_URI": "https://app.example/bye",
    }
    made = cls.from_env(environ, scopes=["openid", "phone"], redirect_uri=CALLBACK)
    url, _ = made.begin()

    assert url.startswith("https://auth.example.com/oauth2/authorize?")
    assert "openid phone" == params_of(url)["scope"]
    assert CALLBACK == made.redirect_uri
    assert CLIENT == made.client_id
    assert POOL == made.pool.id
    assert made.logout_url().endswith("app.example%2Fbye")


def test_from_env_with_the_names_of_flask_cognito_lib(monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS_COGNITO_* variables work, read from the process's own environment."""
    for name, value in {
        "USER_POOL_ID": POOL,
        "DOMAIN": "https://auth.example.com",
        "USER_POOL_CLIENT_ID": CLIENT,
        "REDIRECT_URL": CALLBACK,
    }.items():
        monkeypatch.setenv(f"AWS_COGNITO_{name}", value)

    assert CALLBACK == ManagedLogin.from_env().redirect_uri


@pytest.mark.parametrize("missing", ["DOMAIN", "CLIENT_ID", "REDIRECT_URI", "USER_POOL_ID"])
def test_from_env_names_what_is_missing(missing: str) -> None:
    """A variable that is not set is named."""
    environ = {
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_DOMAIN": "my-app",
        "COGNITO_CLIENT_ID": CLIENT,
        "COGNITO_REDIRECT_URI": CALLBACK,
    }
    del environ[f"COGNITO_{missing}"]

    with pytest.raises(ConfigurationError, match=f"COGNITO_{missing}"):
        ManagedLogin.from_env(environ)


def test_both_shells_have_the_same_methods() -> None:
    """AsyncManagedLogin has ManagedLogin's methods with the same parameters, awaited."""

    def methods(cls: type) -> dict[str, object]:
        found = inspect.getmembers(cls, inspect.isfunction)
        return {
            name: [
                (p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()
            ]
            for name, method in found
            if name[0] != "_"
        }

    assert methods(ManagedLogin) == methods(AsyncManagedLogin)
    for name in ("complete", "complete_implicit", "refresh", "revoke", "user_info"):
        assert inspect.iscoroutinefunction(getattr(AsyncManagedLogin, name))
        assert not inspect.iscoroutinefunction(getattr(ManagedLogin, name))


def test_the_repr_names_the_client_and_no_secret() -> None:
    """The repr shows pool and app client."""
    shown = repr(login(client_secret=SECRET))

    assert f"ManagedLogin('{POOL}', client_id='{CLIENT}')" == shown
