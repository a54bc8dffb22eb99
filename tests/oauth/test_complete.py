"""The whole login against a pool's domain: what passes, and each thing that must not."""

import base64
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
import werkzeug.datastructures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from cognitokit.errors import LoginError
from cognitokit.oauth.client import ManagedLogin
from cognitokit.oauth.login_state import LoginRequest, LoginState
from cognitokit.testing.oauth_provider import OAuthAnswer, OAuthRequest
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.oauth.stage import CALLBACK, CLIENT, POOL, SECRET, Driven, MakeStage, Stage, shells


def refused(login: Driven, callback: object, state: LoginState | None) -> LoginError:
    """The error of a callback that must be refused."""
    with pytest.raises(LoginError) as caught:
        login.complete(callback, state)
    return caught.value


def answering(
    tokens: Mapping[str, Any] | None = None, **changes: Any
) -> Callable[[OAuthRequest], OAuthAnswer]:
    """A token endpoint that gives exactly these tokens."""

    def answer(_: OAuthRequest) -> OAuthAnswer:
        body = {"token_type": "Bearer", "expires_in": 3600, **(tokens or {}), **changes}
        return OAuthAnswer(status=200, body=json.dumps(body).encode())

    return answer


@shells
@pytest.mark.parametrize("secret", [None, SECRET])
@pytest.mark.parametrize("authentication", ["basic", "body"])
def test_a_login(
    make_stage: MakeStage, shell: str, secret: str | None, authentication: str
) -> None:
    """A public and a confidential client sign a user in and get verified tokens."""
    stage = make_stage(shell, client_secret=secret)
    login = stage.login(client_secret=secret, client_authentication=authentication)
    request = login.begin("/tasks")
    done = login.complete(stage.callback_of(request), request.login_state)

    assert "jane" == done.access_token.username
    assert done.id_token is not None
    assert "jane@example.com" == done.id_token.email
    assert request.login_state.nonce == done.id_token.nonce
    assert done.access_token.sub == done.id_token.sub == stage.mint.sub("jane")
    assert done.tokens.access_token == done.access_token.raw
    assert done.tokens.id_token == done.id_token.raw
    assert done.tokens.refresh_token
    assert 3600 == done.tokens.expires_in
    assert stage.clock.now + 3600 == done.tokens.expires_at
    assert "/tasks" == request.login_state.redirect_target


@pytest.mark.parametrize(
    ("secret", "authentication"), [(None, "basic"), (SECRET, "basic"), (SECRET, "body")]
)
def test_how_the_client_authenticates(
    make_stage: MakeStage, secret: str | None, authentication: str
) -> None:
    """The secret goes as HTTP Basic or in the body, never both, and never where there is none."""
    stage = make_stage(client_secret=secret)
    stage.signed_in(stage.login(client_secret=secret, client_authentication=authentication))
    sent = next(r for r in stage.server.requests if r.path == "/oauth2/token")
    basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

    assert (basic if secret and authentication == "basic" else None) == (
        sent.headers.get("authorization")
    )
    assert (secret if authentication == "body" else None) == sent.form.get("client_secret")
    assert "authorization_code" == sent.form["grant_type"]
    assert CLIENT == sent.form["client_id"]
    assert CALLBACK == sent.form["redirect_uri"]
    assert "application/x-www-form-urlencoded" == sent.headers["content-type"]
    assert "" == sent.query


def test_a_stored_state_completes(make_stage: MakeStage) -> None:
    """A state that went through a session as plain data is as good."""
    stage = make_stage()
    login = stage.login()
    request = login.begin()
    stored = json.dumps(request.login_state.to_dict())

    assert login.complete(
        stage.callback_of(request), LoginState.from_dict(json.loads(stored))
    ).id_token


def test_a_second_login_of_the_same_browser_needs_no_password(make_stage: MakeStage) -> None:
    """Managed login's own session goes on, and each attempt still has tokens of its own."""
    stage = make_stage()
    login = stage.login()
    cookies: dict[str, str] = {}
    first, second = login.begin(), login.begin()
    stage.callback_of(first, cookies=cookies)
    callback = stage.server.sign_in(second.url, "nobody", "", cookies=cookies)

    assert "jane" == login.complete(callback, second.login_state).access_token.username


def test_without_openid_there_is_no_id_token(make_stage: MakeStage) -> None:
    """An application that does not ask for openid gets an access token alone."""
    stage = make_stage(scopes=["tasks/read"])
    done = stage.signed_in(stage.login(scopes=["tasks/read"]))

    assert done.id_token is None
    assert frozenset({"tasks/read"}) == done.access_token.scopes


def test_a_resource_bound_login(make_stage: MakeStage) -> None:
    """A login for a resource gives an access token that is bound to it; another login is free of it."""
    stage = make_stage()
    login = stage.login(resources=["https://api.example.com"])

    bound = stage.signed_in(login, resource="https://api.example.com")
    assert "https://api.example.com" == bound.access_token.audience
    assert stage.signed_in(login).access_token.audience is None


@shells
def test_a_token_for_another_resource(make_stage: MakeStage, shell: str) -> None:
    """A token that is bound to another of the resources than this login asked for is refused."""
    stage = make_stage(shell)
    login = stage.login(resources=["https://api.example.com", "https://other.example.com"])
    request = login.begin(resource="https://api.example.com")
    callback = stage.callback_of(request)
    other = dataclasses.replace(request.login_state, resource="https://other.example.com")

    assert "token" == refused(login, callback, other).reason


class WebOb(Mapping[str, str]):
    """Parameters as WebOb and Bottle have them: the last of each, and all of one behind getall."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __getitem__(self, name: str) -> str:
        return dict(self._pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._pairs))

    def __len__(self) -> int:
        return len(dict(self._pairs))

    def getall(self, name: str) -> list[str]:
        """Return all values of a name."""
        return [value for key, value in self._pairs if key == name]


class Aiohttp(WebOb):
    """The same as aiohttp has them: a name that is not there is an error of getall."""

    def getall(self, name: str) -> list[str]:
        """Return all values of a name."""
        if name not in self:
            raise KeyError(name)
        return super().getall(name)


class Raising(WebOb):
    """A mapping that fails in a way of its own."""

    def __getitem__(self, name: str) -> str:
        raise RuntimeError(self._pairs)

    getall = None  # type: ignore[assignment]


def test_every_form_of_callback(make_stage: MakeStage) -> None:
    """A URL, its query as str and bytes, a dict, and the query parameters of frameworks all do."""
    stage = make_stage()
    login = stage.login()
    forms: list[Callable[[str], object]] = [
        lambda url: url,
        lambda url: url + "#_=_",
        lambda url: urlsplit(url).query,
        lambda url: urlsplit(url).query.encode(),
        lambda url: dict(parse_qsl(urlsplit(url).query)),
        lambda url: {k: [v] for k, v in parse_qsl(urlsplit(url).query)},
        lambda url: werkzeug.datastructures.MultiDict(parse_qsl(urlsplit(url).query)),
        lambda url: QueryParams(urlsplit(url).query),
        lambda url: httpx.QueryParams(urlsplit(url).query),
        lambda url: WebOb(parse_qsl(urlsplit(url).query)),
        lambda url: Aiohttp(parse_qsl(urlsplit(url).query)),
        lambda url: urlsplit(url).query + "&note=why?",
        lambda url: "note=why?&" + urlsplit(url).query,
        lambda url: url + "&note=why?",
        lambda url: urlsplit(url).path + "?" + urlsplit(url).query,
        lambda url: "/callback;v=1?" + urlsplit(url).query,
        lambda url: "?" + urlsplit(url).query,
        lambda url: "callback?" + urlsplit(url).query,
        lambda url: "com.example.app:/v=1?" + urlsplit(url).query,
    ]
    for form in forms:
        request = login.begin()
        done = login.complete(form(stage.callback_of(request)), request.login_state)
        assert "jane" == done.access_token.username


DJANGO = """
import django.conf
django.conf.settings.configure()
from django.http import QueryDict
from cognitokit.errors import LoginError
from cognitokit.oauth.callback import read_parameters

print(read_parameters(QueryDict("state=a&code=b&x=y"), ("state", "code", "error"), part="query"))
try:
    read_parameters(QueryDict("state=a&state=b"), ("state",), part="query")
except LoginError as error:
    print(error.reason)
"""


def test_django_s_query_parameters() -> None:
    """Django's are read as well, and a doubled one is seen."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DJANGO], capture_output=True, text=True, check=False
    )

    assert "" == done.stderr
    assert ["{'state': 'a', 'code': 'b'}", "malformed"] == done.stdout.splitlines()


def replaced(callback: str, **changes: str | None) -> str:
    """A callback with other parameters."""
    base, _, query = callback.partition("?")
    params: dict[str, str | None] = {**dict(parse_qsl(query)), **changes}
    return f"{base}?{urlencode({k: v for k, v in params.items() if v is not None})}"


@shells
@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        ("state", lambda url: replaced(url, state=None)),
        ("state", lambda url: replaced(url, state="")),
        ("state", lambda url: replaced(url, state="another")),
        ("state", lambda url: replaced(url, state="zustände-ü")),
        ("state", lambda url: replaced(url, state="\x00")),
        ("state", lambda url: url.replace("state=", "State=")),
        ("malformed", lambda url: url + "&state=again"),
        ("malformed", lambda url: url + "&" + url.partition("?")[2]),
        ("malformed", lambda url: url + "&code=another"),
        ("malformed", lambda url: url + "&error=a&error=b"),
        ("malformed", lambda url: replaced(url, code=None)),
        ("malformed", lambda url: replaced(url, code="")),
        ("malformed", lambda url: replaced(url, code="x" * 3000)),
        ("malformed", lambda url: url + "&x=" + "y" * 40_000),
        ("malformed", lambda url: url + "&a=b" * 60),
        ("malformed", lambda url: {"state": 42, "code": "x"}),
        ("malformed", lambda url: {"state": "x", "code": "y" * 40_000}),
        ("malformed", lambda url: {**dict(parse_qsl(url.partition("?")[2])), "code": ["a", "b"]}),
        (
            "malformed",
            lambda url: werkzeug.datastructures.MultiDict([("state", "a"), ("state", "b")]),
        ),
        ("malformed", lambda url: QueryParams("state=a&state=b")),
        ("malformed", lambda url: httpx.QueryParams("state=a&state=b")),
        ("malformed", lambda url: WebOb([*parse_qsl(urlsplit(url).query), ("state", "evil")])),
        ("malformed", lambda url: WebOb([("code", "evil"), *parse_qsl(urlsplit(url).query)])),
        ("malformed", lambda url: Aiohttp([("code", "evil"), *parse_qsl(urlsplit(url).query)])),
        ("malformed", lambda url: Raising(parse_qsl(urlsplit(url).query))),
        ("malformed", lambda url: replaced(url, code="a\x00b")),
        ("malformed", lambda url: replaced(url, code="a\r\nb")),
        ("malformed", lambda url: replaced(url, code="\u00fc")),
        ("malformed", lambda url: url.replace("code=", "code=\ud800")),
        ("malformed", lambda url: {**dict(parse_qsl(urlsplit(url).query)), "code": "\ud800"}),
        ("state", lambda url: {"state": "\ud800", "code": "x"}),
        ("state", lambda url: ""),
        ("state", lambda url: b"\xff\xfe"),
        ("state", lambda url: None),
        ("state", lambda url: 42),
        ("state", lambda url: []),
        ("issuer", lambda url: replaced(url, iss="https://evil.example")),
        ("exchange", lambda url: replaced(url, code="another")),
    ],
)
def test_a_spoiled_callback(
    make_stage: MakeStage, shell: str, reason: str, spoil: Callable[[str], object]
) -> None:
    """A missing, doubled, foreign or malformed parameter is refused for what it is; untouched it passes."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)

    error = refused(login, spoil(callback), request.login_state)
    assert reason == error.reason
    assert 400 == error.http_status
    assert "jane" == login.complete(callback, request.login_state).access_token.username


def test_the_issuer_of_rfc_9207_is_taken(make_stage: MakeStage) -> None:
    """A callback that names the pool itself as its issuer passes."""
    stage = make_stage()
    login = stage.login()
    request = login.begin()
    callback = replaced(stage.callback_of(request), iss=stage.mint.issuer)

    assert "jane" == login.complete(callback, request.login_state).access_token.username


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        "text",
        42,
    ],
)
def test_a_callback_without_a_login(make_stage: MakeStage, state: Any) -> None:
    """A callback for which this browser has begun no login is refused before anything is sent."""
    stage = make_stage()
    login = stage.login()
    callback = stage.callback_of(login.begin())
    before = len(stage.server.requests)

    assert "state" == refused(login, callback, state).reason
    assert before == len(stage.server.requests)


def test_a_callback_of_another_browser(make_stage: MakeStage) -> None:
    """A callback of one login attempt does not complete another one."""
    stage = make_stage()
    login = stage.login()
    attacker, victim = login.begin(), login.begin()

    assert "state" == refused(login, stage.callback_of(attacker), victim.login_state).reason


def test_a_state_of_another_app_client(make_stage: MakeStage) -> None:
    """A state that another app client's login began is refused."""
    stage = make_stage()
    login = stage.login()
    request = login.begin()
    foreign = dataclasses.replace(request.login_state, client_id="another")

    assert "state" == refused(login, stage.callback_of(request), foreign).reason


@pytest.mark.parametrize(
    "verifier",
    [None, "", "a" * 42, "a" * 129, "ü" * 50],
    ids=["none", "empty", "42", "129", "utf8"],
)
def test_a_code_verifier_that_is_none(make_stage: MakeStage, verifier: str | None) -> None:
    """A state without a sound code verifier is refused, and no code is sent anywhere."""
    stage = make_stage()
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)
    before = len(stage.server.requests)
    state = dataclasses.replace(request.login_state, code_verifier=verifier)

    assert "state" == refused(login, callback, state).reason
    assert before == len(stage.server.requests)


def test_the_code_verifier_of_another_attempt(make_stage: MakeStage) -> None:
    """A code that was begun with another verifier is refused by the token endpoint."""
    stage = make_stage()
    login = stage.login()
    request, other = login.begin(), login.begin()
    mixed = dataclasses.replace(request.login_state, code_verifier=other.login_state.code_verifier)
    error = refused(login, stage.callback_of(request), mixed)

    assert "exchange" == error.reason
    assert "invalid_grant" == error.code


def test_a_replayed_code(make_stage: MakeStage) -> None:
    """The same callback passes once."""
    stage = make_stage()
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)

    assert "jane" == login.complete(callback, request.login_state).access_token.username
    error = refused(login, callback, request.login_state)
    assert "exchange" == error.reason
    assert "invalid_grant" == error.code


@shells
@pytest.mark.parametrize(
    ("age", "reason"), [(0, None), (900, None), (900.5, "expired"), (-60, None), (-61, "expired")]
)
def test_how_long_a_login_may_take(
    make_stage: MakeStage, shell: str, age: float, reason: str | None
) -> None:
    """A login is accepted for 15 minutes; another server's clock may be ahead by one."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    state = dataclasses.replace(request.login_state, started_at=stage.clock.now - age)
    callback = stage.callback_of(request)

    if reason is None:
        assert "jane" == login.complete(callback, state).access_token.username
    else:
        assert reason == refused(login, callback, state).reason


def test_another_time_limit(make_stage: MakeStage) -> None:
    """login_timeout sets the limit."""
    stage = make_stage()
    login = stage.login(login_timeout=10)
    request = login.begin()
    callback = stage.callback_of(request)
    stage.clock.now += 11

    assert "expired" == refused(login, callback, request.login_state).reason


@shells
@pytest.mark.parametrize(
    ("error", "reason", "code"),
    [
        ("access_denied", "denied", "access_denied"),
        ("login_required", "provider", "login_required"),
        ("invalid_scope", "provider", "invalid_scope"),
        ("server_error", "provider", "server_error"),
        ("<script>alert(1)</script>", "provider", None),
        ("", "provider", None),
    ],
)
def test_an_error_of_the_provider(
    make_stage: MakeStage, shell: str, error: str, reason: str, code: str | None
) -> None:
    """An error in the callback is reported by its code where that is a known one, and never by its text."""
    stage = make_stage(shell)
    login = stage.login()
    state = login.begin().login_state
    text = "<img src=x onerror=alert(1)>"
    query = urlencode({"error": error, "error_description": text, "state": state.state})
    caught = refused(login, f"{CALLBACK}?{query}", state)

    assert reason == caught.reason
    assert code == caught.code
    assert "<" not in f"{caught} {caught!r} {caught.__dict__}"


def test_a_question_mark_in_what_the_provider_says(make_stage: MakeStage) -> None:
    """A bare query is read to its end, whatever its values have in them."""
    login = make_stage().login()
    state = login.begin().login_state
    query = f"error=access_denied&error_description=why?&state={state.state}"

    for callback in (query, query.encode(), f"?{query}", f"{CALLBACK}?{query}"):
        assert "denied" == refused(login, callback, state).reason
    assert "state" == refused(login, query + "x", state).reason


def test_an_error_without_a_state_is_the_provider_s(make_stage: MakeStage) -> None:
    """A provider's error that lost its state on the way is refused as such; a wrong state as that."""
    login = make_stage().login()
    state = login.begin().login_state

    assert "denied" == refused(login, "?error=access_denied", state).reason
    assert "state" == refused(login, "?error=access_denied&state=x", state).reason


def test_a_scope_that_the_client_may_not_have(make_stage: MakeStage) -> None:
    """The server's own refusal comes back as one."""
    stage = make_stage()
    login = stage.login(scopes=["openid", "tasks/admin"])
    request = login.begin()
    error = refused(login, stage.callback_of(request), request.login_state)

    assert "provider" == error.reason
    assert "invalid_scope" == error.code


@shells
def test_a_wrong_secret(make_stage: MakeStage, shell: str) -> None:
    """The token endpoint's refusal of the app client comes back with its code."""
    stage = make_stage(shell, client_secret=SECRET)
    login = stage.login(client_secret="wrong" * 6)
    request = login.begin()
    error = refused(login, stage.callback_of(request), request.login_state)

    assert "exchange" == error.reason
    assert "invalid_client" == error.code


def with_tokens(
    stage: Stage, login: Driven, make: Callable[[LoginRequest], dict[str, Any]]
) -> tuple[str, LoginState]:
    """A callback whose exchange gives other tokens than it should."""
    request = login.begin()
    callback = stage.callback_of(request)
    stage.server.answer("/oauth2/token", answering(make(request)))
    return callback, request.login_state


def pair(stage: Stage, request: LoginRequest, **changes: Any) -> dict[str, Any]:
    """Tokens as they should be, but for some claims of the id token."""
    access_token = stage.mint.access_token("jane")
    options = {"nonce": request.login_state.nonce, "access_token": access_token, **changes}
    return {"access_token": access_token, "id_token": stage.mint.id_token("jane", **options)}


def test_tokens_as_they_should_be(make_stage: MakeStage) -> None:
    """The twin of all the refusals below: sound tokens pass, with and without at_hash and azp."""
    stage = make_stage()
    login = stage.login()
    for changes in ({}, {"access_token": None}, {"claims": {"azp": CLIENT}}):
        callback, state = with_tokens(stage, login, lambda r, c=changes: pair(stage, r, **c))  # type: ignore[misc]
        assert "jane" == login.complete(callback, state).access_token.username


@shells
@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("nonce", {"nonce": None}),
        ("nonce", {"nonce": "another"}),
        ("nonce", {"claims": {"nonce": ["list"]}}),
        ("at_hash", {"claims": {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}}),
        ("at_hash", {"claims": {"at_hash": ""}}),
        ("at_hash", {"claims": {"at_hash": 42}}),
        ("at_hash", {"claims": {"at_hash": "ü"}}),
        ("azp", {"claims": {"azp": "another"}}),
        ("azp", {"claims": {"azp": [CLIENT]}}),
        ("sub", {"claims": {"sub": "another"}}),
        ("token", {"claims": {"aud": "another"}}),
        ("token", {"claims": {"aud": [CLIENT]}}),
        ("token", {"claims": {"iss": "https://evil.example"}}),
        ("token", {"claims": {"token_use": "access"}}),
        ("token", {"expires_in": -1}),
        ("token", {"headers": {"alg": "HS256"}}),
        ("token", {"headers": {"kid": "another"}}),
    ],
)
def test_an_id_token_that_must_not_pass(
    make_stage: MakeStage, shell: str, reason: str, changes: dict[str, Any]
) -> None:
    """Each defect of the id token is refused, and named where it concerns the login itself."""
    stage = make_stage(shell)
    login = stage.login()
    callback, state = with_tokens(stage, login, lambda r: pair(stage, r, **changes))

    assert reason == refused(login, callback, state).reason


@shells
def test_a_nonce_that_was_used_before(make_stage: MakeStage, shell: str) -> None:
    """The id token of an earlier login does not answer this one."""
    stage = make_stage(shell)
    login = stage.login()
    earlier = stage.signed_in(login).tokens
    callback, state = with_tokens(
        stage,
        login,
        lambda _: {"access_token": earlier.access_token, "id_token": earlier.id_token},
    )

    assert "nonce" == refused(login, callback, state).reason


@pytest.mark.parametrize(
    ("reason", "tokens"),
    [
        ("id_token", lambda s, r: {"access_token": s.mint.access_token("jane")}),
        ("at_hash", lambda s, r: {**pair(s, r), "access_token": s.mint.access_token("jane")}),
        ("sub", lambda s, r: {**pair(s, r, access_token=None), "access_token": s.mint.access_token("joe")}),
        ("token", lambda s, r: {**pair(s, r, access_token=None), "access_token": s.mint.id_token("jane")}),
        ("token", lambda s, r: {"access_token": s.mint.access_token("jane"), "id_token": s.mint.access_token("jane", nonce=r.login_state.nonce)}),
        ("token", lambda s, r: {**pair(s, r, access_token=None), "access_token": s.mint.access_token("jane", client_id="another")}),
        ("token", lambda s, r: {**pair(s, r, access_token=None), "access_token": s.mint.access_token("jane", aud="https://api.example.com")}),
        ("token", lambda s, r: {**pair(s, r, access_token=None), "access_token": s.mint.access_token("jane", expires_in=0)}),
        ("token", lambda s, r: {**pair(s, r, access_token=None), "access_token": "no.jwt.here"}),
    ],
)  # fmt: skip
@shells
def test_a_pair_that_must_not_pass(
    make_stage: MakeStage, shell: str, reason: str, tokens: Callable[[Stage, LoginRequest], Any]
) -> None:
    """Tokens that do not belong together, to this client or to their places are refused."""
    stage = make_stage(shell)
    login = stage.login()
    callback, state = with_tokens(stage, login, lambda r: tokens(stage, r))

    assert reason == refused(login, callback, state).reason


@pytest.mark.parametrize(
    ("ago", "max_age", "passes"),
    [
        (0, 0, True),
        (60, 0, True),
        (61, 0, False),
        (3600, 3600, True),
        (3661, 3600, False),
        (9999, None, True),
    ],
)
@shells
def test_max_age(
    make_stage: MakeStage, shell: str, ago: int, max_age: int | None, passes: bool
) -> None:
    """With max_age the user must have signed in within so many seconds, give or take a clock's minute."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin(max_age=max_age)
    callback = stage.callback_of(request)
    claims = {"auth_time": int(stage.clock.now) - ago}
    stage.server.answer("/oauth2/token", answering(pair(stage, request, claims=claims)))

    if passes:
        assert "jane" == login.complete(callback, request.login_state).access_token.username
    else:
        assert "auth_time" == refused(login, callback, request.login_state).reason


@shells
@pytest.mark.parametrize(
    ("auth_time", "passes"), [(-60, True), (-121, False), (-86400, False), (None, False)]
)
def test_max_age_without_openid(
    make_stage: MakeStage, shell: str, auth_time: int | None, passes: bool
) -> None:
    """Where no id token was asked for, the access token says when the user signed in."""
    stage = make_stage(shell)
    login = stage.login(scopes=["profile"])
    request = login.begin(max_age=60)
    callback = stage.callback_of(request)
    said = None if auth_time is None else int(stage.clock.now) + auth_time
    access_token = stage.mint.access_token("jane", claims={"auth_time": said})
    stage.server.answer("/oauth2/token", answering(access_token=access_token))

    if passes:
        assert "jane" == login.complete(callback, request.login_state).access_token.username
    else:
        assert "auth_time" == refused(login, callback, request.login_state).reason


def test_max_age_without_auth_time(make_stage: MakeStage) -> None:
    """With max_age an id token that does not say when is refused."""
    stage = make_stage()
    login = stage.login()
    request = login.begin(max_age=60)
    callback = stage.callback_of(request)
    stage.server.answer("/oauth2/token", answering(pair(stage, request, auth_time=None)))

    assert "auth_time" == refused(login, callback, request.login_state).reason


@shells
@pytest.mark.parametrize(
    "reply",
    [
        OAuthAnswer(status=500),
        OAuthAnswer(status=503, body=b"<html>"),
        OAuthAnswer(status=429),
        OAuthAnswer(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        OAuthAnswer(status=200, body=b""),
        OAuthAnswer(status=200, body=b"<html>a proxy</html>"),
        OAuthAnswer(status=200, body=b"[]"),
        OAuthAnswer(status=200, body=b"\xff\xfe"),
        OAuthAnswer(status=200, body=b"[" * 100_000),
        OAuthAnswer(status=200, body=b" " * 300_000),
        OAuthAnswer(status=200, headers={"Content-Encoding": "gzip"}, body=b"x"),
        answering(access_token="")(OAuthRequest(method="POST", path="")),
        answering(access_token="a b\n")(OAuthRequest(method="POST", path="")),
        answering(access_token=42)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", token_type="mac")(OAuthRequest(method="POST", path="")),
        answering(access_token="a", token_type=None)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", expires_in="3600")(OAuthRequest(method="POST", path="")),
        answering(access_token="a", expires_in=True)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", expires_in=0)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", expires_in=1e300)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", expires_in=10**9)(OAuthRequest(method="POST", path="")),
        answering(access_token="a", id_token=[])(OAuthRequest(method="POST", path="")),
        answering(access_token="a", refresh_token="")(OAuthRequest(method="POST", path="")),
        OAuthAnswer(
            status=200,
            body=b'{"access_token": "a", "access_token": "b", "token_type": "Bearer", "expires_in": 9}',
        ),
    ],
)
def test_an_answer_that_is_none(make_stage: MakeStage, shell: str, reply: OAuthAnswer) -> None:
    """What is not an answer of RFC 6749 leaves the login undone, for a reason of its own."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)
    stage.server.answer("/oauth2/token", lambda _: reply)
    error = refused(login, callback, request.login_state)

    assert "unavailable" == error.reason
    assert 503 == error.http_status
    assert error.retryable


@shells
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":"invalid_grant","error_description":"SECRET"}', "invalid_grant"),
        (b'{"error":"SECRET"}', None),
        (b'{"error":["SECRET"]}', None),
        (b'{"error":{}}', None),
        (b"SECRET", None),
        (b"[]", None),
    ],
)
def test_a_refusal_of_the_token_endpoint(
    make_stage: MakeStage, shell: str, body: bytes, code: str | None
) -> None:
    """Known error codes come back, no other text does."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=400, body=body))
    error = refused(login, callback, request.login_state)

    assert "exchange" == error.reason
    assert code == error.code
    assert "SECRET" not in f"{error!r} {error.__cause__!r}"


@shells
def test_keys_that_cannot_be_fetched_leave_the_code_unspent(
    make_stage: MakeStage, shell: str
) -> None:
    """Without the pool's keys the code is not sent, so the same callback passes when they are back."""
    stage = make_stage(shell)
    path = f"/{POOL}/.well-known/jwks.json"
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)
    stage.server.answer(path, lambda _: OAuthAnswer(status=500))
    error = refused(login, callback, request.login_state)
    stage.server.answer(path, None)

    assert "unavailable" == error.reason
    assert [] == [r for r in stage.server.requests if r.path == "/oauth2/token"]
    assert "jane" == stage.login().complete(callback, request.login_state).access_token.username


@shells
def test_a_domain_that_is_not_there(make_stage: MakeStage, shell: str) -> None:
    """A domain that refuses connections is unavailable."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)
    away = stage.login(domain="http://127.0.0.1:1")

    assert "unavailable" == refused(away, callback, request.login_state).reason


@shells
def test_keys_that_cannot_be_fetched_after_the_exchange(make_stage: MakeStage, shell: str) -> None:
    """A token of a key that is not there, while no keys are to be had, is an outage."""
    stage = make_stage(shell)
    login = stage.login()
    request = login.begin()
    callback = stage.callback_of(request)

    def answer(sent: OAuthRequest) -> OAuthAnswer:
        return answering(pair(stage, request, headers={"kid": "another"}))(sent)

    stage.server.answer("/oauth2/token", answer)
    stage.server.answer(
        f"/{POOL}/.well-known/jwks.json", once(stage, f"/{POOL}/.well-known/jwks.json")
    )

    assert "unavailable" == refused(login, callback, request.login_state).reason


def once(stage: Stage, path: str) -> Callable[[OAuthRequest], OAuthAnswer]:
    """What Cognito would answer, and from then on a failure."""

    def answer(request: OAuthRequest) -> OAuthAnswer:
        stage.server.answer(path, None)
        good = stage.server.handle(request)
        stage.server.answer(path, lambda _: OAuthAnswer(status=500))
        return good

    return answer


def own_verifier(stage: Stage, shell: str, **options: Any) -> Any:
    """A verifier that the application brings."""
    cls = CognitoVerifier if shell == "sync" else AsyncCognitoVerifier
    settings: dict[str, Any] = {
        "client_id": CLIENT,
        "token_use": None,
        "jwks": stage.mint.jwks,
        "clock": stage.clock,
    }
    return cls(stage.mint.pool, **{**settings, **options})


@shells
def test_a_verifier_of_ones_own(make_stage: MakeStage, shell: str) -> None:
    """A verifier that the application brings is used: with keys given none are fetched."""
    stage = make_stage(shell)
    login = stage.login(verifier=own_verifier(stage, shell))

    assert "jane" == stage.signed_in(login).access_token.username
    assert [] == [r for r in stage.server.requests if r.path.endswith("jwks.json")]


@shells
def test_a_verifier_that_asks_for_more(make_stage: MakeStage, shell: str) -> None:
    """A user who lacks the group that the application's verifier demands is not let in."""
    stage = make_stage(shell)
    login = stage.login(verifier=own_verifier(stage, shell, groups=["admin"]))
    request = login.begin()
    error = refused(login, stage.callback_of(request), request.login_state)

    assert "forbidden" == error.reason
    assert 403 == error.http_status


@shells
@pytest.mark.parametrize("which", ["access", "id"])
def test_a_verifier_that_asks_for_less(make_stage: MakeStage, shell: str, which: str) -> None:
    """Tokens of another app client are refused even where the application's verifier takes any."""
    stage = make_stage(shell)
    login = stage.login(verifier=own_verifier(stage, shell, client_id=None))
    assert "jane" == stage.signed_in(login).access_token.username
    request = login.begin()
    callback = stage.callback_of(request)
    if which == "id":
        tokens = pair(stage, request, claims={"aud": "another"})
    else:
        access_token = stage.mint.access_token("jane", client_id="another")
        tokens = {**pair(stage, request, access_token=access_token), "access_token": access_token}
    stage.server.answer("/oauth2/token", answering(tokens))

    assert "token" == refused(login, callback, request.login_state).reason


class Forgetful:
    """A verifier that takes no notice of the nonce."""

    def __init__(self, verifier: CognitoVerifier[Any]) -> None:
        self._verifier = verifier

    def verify(self, token: str, /, *, nonce: str = "") -> VerifiedToken:
        """Verify all else."""
        return self._verifier.verify(token)  # type: ignore[no-any-return]

    def prefetch(self) -> None:
        """There is nothing to fetch."""


def test_a_verifier_that_forgets_the_nonce(make_stage: MakeStage) -> None:
    """The nonce is held against the state even where the application's verifier does not look at it."""
    stage = make_stage()
    login = stage.login(verifier=Forgetful(own_verifier(stage, "sync")))
    assert "jane" == stage.signed_in(login).access_token.username
    callback, state = with_tokens(stage, login, lambda r: pair(stage, r, nonce="another"))

    assert "nonce" == refused(login, callback, state).reason


def test_what_a_user_is_told() -> None:
    """A refusal tells the user no more than what to do next: the reason is for the log."""
    told = {"denied", "expired", "state", "unavailable"}
    others = ["provider", "exchange", "malformed", "issuer", "id_token", "nonce", "at_hash", "sub"]
    others += ["azp", "auth_time", "token", "forbidden"]

    assert {"The login could not be completed; start again."} == {
        str(LoginError(reason)) for reason in others
    }
    assert 5 == len({str(LoginError(reason)) for reason in [*told, *others]})


FINISHED = ManagedLogin(POOL, domain="my-app", client_id=CLIENT, redirect_uri=CALLBACK)
ATTEMPT = FINISHED.begin().login_state


@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.lists(st.tuples(st.sampled_from(["state", "code", "error", "iss", "x"]), st.text())).map(
            lambda pairs: "&".join(f"{k}={quote(v, errors='replace')}" for k, v in pairs)
        ),
        st.dictionaries(
            st.sampled_from(["state", "code", "error", "iss"]),
            st.none() | st.text() | st.integers() | st.binary() | st.lists(st.text()),
        ),
        st.none() | st.integers() | st.floats() | st.lists(st.text()),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_callback_brings_anything_but_a_login_error(callback: object) -> None:
    """Whatever comes in without the right state is a LoginError, and is refused before any request."""
    with pytest.raises(LoginError) as caught:
        FINISHED.complete(callback, ATTEMPT)

    assert caught.value.reason in {"state", "malformed", "provider", "denied"}
    with pytest.raises(LoginError):
        FINISHED.complete_implicit(callback, ATTEMPT)
