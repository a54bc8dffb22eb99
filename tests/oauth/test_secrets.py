"""No code, token, verifier or secret gets into a message, a log line or a frame below the call."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx
import pytest

from cognitokit.errors import CognitoKitError, OAuthError
from cognitokit.oauth.auth import AsyncBearerAuth, BearerAuth
from cognitokit.oauth.drive import run
from cognitokit.oauth.exchange import Flow, Prefetch
from cognitokit.oauth.http import Sender
from cognitokit.testing.oauth_provider import OAuthAnswer, OAuthRequest
from cognitokit.tokens import Tokens
from tests.oauth.stage import SECRET, Driven, MakeStage, Stage, shells
from tests.oauth.test_credentials import credentials, kinds, staged


class Hidden(dict[str, str]):
    """A mapping that does not show what it holds: an argument of the application's own."""

    def __repr__(self) -> str:
        return "Hidden()"


def secrets_of(stage: Stage, *known: str | None) -> set[str]:
    """What has gone over the wire and must not be seen: form fields, tokens, credentials."""
    found = {text for text in known if text}
    for request in stage.server.requests:
        for name, value in request.form.items():
            if name not in {"client_id", "grant_type", "redirect_uri", "scope", "token_type"}:
                found.add(value)
        found.add(request.headers.get("authorization", "").partition(" ")[2])
    return {text for text in found if len(text) > 8}


def seen_in(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    """All that an error tracker would collect: messages, attributes, causes, logs, frames with locals."""
    shown = [f"{error} {error!r} {error.__dict__}", caplog.text]
    link: BaseException | None = error
    while link is not None:
        formatted = traceback.TracebackException.from_exception(link, capture_locals=True)
        shown += [
            f"{frame.filename} {frame.name} {frame.locals}"
            for frame in formatted.stack
            # The tests' own frames hold the secrets that are looked for.
            if "/tests/" not in frame.filename
        ]
        shown += formatted.format_exception_only()
        link = link.__cause__ or link.__context__
    return "\n".join(shown)


def wrong_state(_: Stage, login: Driven, callback: Hidden, state: Any) -> None:
    """A callback with another state."""
    login.complete(Hidden(callback, state="x"), state)


def refused_code(stage: Stage, login: Driven, callback: Hidden, state: Any) -> None:
    """A code that the endpoint does not take, with the code in its answer."""
    body = json.dumps({"error": "invalid_grant", "error_description": callback["code"]}).encode()
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=400, body=body))
    login.complete(callback, state)


def no_answer(stage: Stage, login: Driven, callback: Hidden, state: Any) -> None:
    """An answer that is none, with what was sent in it."""
    stage.server.answer("/oauth2/token", lambda r: OAuthAnswer(status=200, body=r.body))
    login.complete(callback, state)


def foreign_tokens(stage: Stage, login: Driven, callback: Hidden, state: Any) -> None:
    """Tokens that do not verify."""
    tokens = {
        "access_token": stage.mint.access_token("joe"),
        "id_token": stage.mint.id_token("joe", nonce="another"),
        "refresh_token": "refresh-token-of-somebody-else",
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    stage.server.answer(
        "/oauth2/token", lambda _: OAuthAnswer(status=200, body=json.dumps(tokens).encode())
    )
    login.complete(callback, state)


COMPLETIONS = [wrong_state, refused_code, no_answer, foreign_tokens]


@shells
@pytest.mark.parametrize("fail", COMPLETIONS, ids=lambda fail: fail.__name__)
def test_a_login_that_fails_tells_nothing(
    make_stage: MakeStage,
    shell: str,
    fail: Callable[[Stage, Driven, Hidden, Any], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever fails in a login, its error shows none of its secrets."""
    caplog.set_level(logging.DEBUG)
    stage = make_stage(shell, client_secret=SECRET)
    login = stage.login(client_secret=SECRET)
    request = login.begin()
    state = request.login_state
    callback = Hidden(parse_qsl(urlsplit(stage.callback_of(request)).query))

    with pytest.raises(CognitoKitError) as caught:
        fail(stage, login, callback, state)
    seen = seen_in(caught.value, caplog)

    known = (SECRET, callback["code"], state.state, state.nonce, state.code_verifier)
    assert [] == [secret for secret in secrets_of(stage, *known) if secret in seen]
    assert "/cognitokit/oauth/" in seen
    pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own


def refresh(login: Driven, held: Any) -> None:
    """Refresh."""
    login.refresh(held)


def refresh_tokens(login: Driven, held: Any) -> None:
    """Refresh with plain tokens."""
    login.refresh(held.tokens)


def refresh_odd_tokens(login: Driven, held: Any) -> None:
    """Refresh with tokens that cannot be read."""
    data = {**held.tokens.to_dict(), "access_token": "unreadable-access-token"}
    login.refresh(Tokens.from_dict(data))


def revoke(login: Driven, held: Any) -> None:
    """Revoke."""
    login.revoke(held)


def user_info(login: Driven, held: Any) -> None:
    """Ask for the attributes."""
    login.user_info(held)


@shells
@pytest.mark.parametrize("call", [refresh, refresh_tokens, refresh_odd_tokens, revoke, user_info])
@pytest.mark.parametrize(
    "reply",
    [
        lambda r: OAuthAnswer(status=400, body=b'{"error": "invalid_grant"}'),
        lambda r: OAuthAnswer(status=500, body=r.body),
        lambda r: OAuthAnswer(status=200, body=b'{"sub": "another", "access_token": "x"}'),
        lambda r: OAuthAnswer(status=200, headers={"Content-Encoding": "br"}),
    ],
)
def test_a_session_call_that_fails_tells_nothing(
    make_stage: MakeStage,
    shell: str,
    call: Callable[[Driven, Any], None],
    reply: Callable[[OAuthRequest], OAuthAnswer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever fails after the login, its error shows no token."""
    caplog.set_level(logging.DEBUG)
    stage = make_stage(shell, client_secret=SECRET)
    login = stage.login(client_secret=SECRET)
    held = stage.signed_in(login)
    for path in ("/oauth2/token", "/oauth2/userInfo"):
        stage.server.answer(path, reply)
    stage.server.answer("/oauth2/revoke", lambda _: OAuthAnswer(status=400, body=b"{}"))

    with pytest.raises(CognitoKitError) as caught:
        call(login, held)
    seen = seen_in(caught.value, caplog)

    tokens = (held.tokens.access_token, held.tokens.id_token, held.tokens.refresh_token)
    known = (SECRET, *tokens, "unreadable-access-token")
    assert [] == [secret for secret in secrets_of(stage, *known) if secret in seen]


@kinds
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_machine_s_request_that_fails_tells_nothing(
    make_stage: MakeStage, kind: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever fails when a machine asks for its token, the error does not show its secret."""
    caplog.set_level(logging.DEBUG)
    stage = staged(make_stage)
    stage.server.answer("/oauth2/token", lambda r: OAuthAnswer(status=status, body=r.body))

    with pytest.raises(CognitoKitError) as caught:
        credentials(stage, kind).access_token()

    seen = seen_in(caught.value, caplog)
    assert [] == [secret for secret in secrets_of(stage, SECRET) if secret in seen]


class Exiting:
    """A verifier in which the process is told to exit, with the token at hand."""

    def verify(self, token: str, /, **_: Any) -> Any:
        """See Verifier.verify."""
        assert token
        raise SystemExit(3)

    def prefetch(self) -> None:
        """See Verifier.prefetch."""


class AsyncExiting:
    """Same as Exiting, awaited."""

    async def verify(self, token: str, /, **_: Any) -> Any:
        """See AsyncVerifier.verify."""
        return Exiting().verify(token)

    async def prefetch(self) -> None:
        """See AsyncVerifier.prefetch."""


def below(error: BaseException, method: str) -> list[str]:
    """The names of the functions that an error passed below a method."""
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    return names[len(names) - names[::-1].index(method) :]


@shells
def test_an_exit_in_the_middle_leaves_no_frames(make_stage: MakeStage, shell: str) -> None:
    """What a signal handler raises in a login or a refresh comes out without the frames below."""
    stage = make_stage(shell)
    held = stage.signed_in(stage.login())
    login = stage.login(verifier=Exiting() if shell == "sync" else AsyncExiting())
    runner = "run" if shell == "sync" else "run_async"

    with pytest.raises(SystemExit) as refreshing:
        login.refresh(held)
    with pytest.raises(SystemExit) as completing:
        stage.signed_in(login)

    assert below(refreshing.value, "refresh")[-2:] == [runner, "result"]
    assert below(completing.value, "complete")[-2:] == [runner, "result"]
    assert [True] == [__file__ in note for note in refreshing.value.__notes__]


def test_a_mistake_in_a_flow_leaves_no_frames() -> None:
    """A foreign exception in the middle of a flow comes out without the flow's frames, and closes it."""

    def flow() -> Flow[None]:
        code = "the-code"
        yield Prefetch()
        raise ValueError(len(code))

    with pytest.raises(ValueError, match="8") as caught:
        run(flow(), Sender(), Exiting())

    assert ["run", "result"] == [frame.name for frame in caught.traceback][1:]
    assert [True] == [__file__ in note for note in caught.value.__notes__]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_refresh(make_stage: MakeStage, backend: str) -> None:
    """A caller's deadline is the caller's own, and its cancellation has no frames of ours below."""
    stage = make_stage(backend)
    held = stage.signed_in(stage.login())

    class Hanging(AsyncExiting):
        async def prefetch(self) -> None:
            await anyio.sleep_forever()

    login: Any = stage.login(verifier=Hanging()).login
    seen = []

    async def refresh_in_vain() -> bool:
        with anyio.move_on_after(0) as scope:
            try:
                await login.refresh(held)
            except anyio.get_cancelled_exc_class() as error:
                seen.append(error)
                raise
        return scope.cancelled_caught

    assert anyio.run(refresh_in_vain, backend=backend)
    assert below(seen[0], "refresh")[-2:] == ["run_async", "result"]


@kinds
@pytest.mark.parametrize("current", [True, False])
def test_a_refused_token_is_not_shown(make_stage: MakeStage, kind: str, current: bool) -> None:
    """Where no other token is to be had, no frame of ours shows the one that an API refused."""
    stage = staged(make_stage)
    made = credentials(stage, kind)
    refused = made.access_token() if current else "the-refused-token"
    stage.clock.now += 3600
    stage.server.answer("/oauth2/token", lambda _: OAuthAnswer(status=500))

    with pytest.raises(CognitoKitError) as caught:
        made.access_token(rejected=refused)

    described = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in described.stack if "/tests/" not in frame.filename]
    assert "access_token" in [frame.name for frame in ours]
    assert [] == [frame.name for frame in ours if refused in str(frame.locals)]


def get_with(auth: Any, transport: httpx.MockTransport) -> None:
    """Call an API with one of our kinds of authentication."""
    if isinstance(auth, BearerAuth):
        with httpx.Client(auth=auth, transport=transport) as client:
            client.get("https://api.example.com/")
        return

    async def get() -> None:
        async with httpx.AsyncClient(auth=auth, transport=transport) as client:
            await client.get("https://api.example.com/")

    anyio.run(get)


@pytest.mark.parametrize("shell", ["sync", "asyncio"])
@pytest.mark.parametrize("source", ["machine", "user"])
def test_a_token_that_an_api_refused(
    make_stage: MakeStage, shell: str, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where it cannot be replaced, nothing between the application's call and the endpoint shows it."""
    caplog.set_level(logging.DEBUG)
    made: Any
    if source == "machine":
        stage = staged(make_stage)
        made = credentials(stage, shell).credentials
    else:
        stage = make_stage(shell)
        login = stage.login()
        made = login.login.session(stage.signed_in(login))
    requests: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        requests.append(httpx.Request("GET", "/", headers=request.headers))
        stage.clock.now += 60
        stage.server.answer(
            "/oauth2/token", lambda _: OAuthAnswer(status=400, body=b'{"error": "invalid_client"}')
        )
        return httpx.Response(401)

    auth = (BearerAuth if shell == "sync" else AsyncBearerAuth)(made, origins=None)
    with pytest.raises(OAuthError) as caught:
        get_with(auth, httpx.MockTransport(api))

    token = requests[0].headers["authorization"].partition(" ")[2]
    assert len(token) > 8
    assert token not in seen_in(caught.value, caplog)


def test_the_search_would_find_something(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """A secret in a message, a log line or a frame of the library is found by the tests above."""
    stage = make_stage()
    login = stage.login()

    with pytest.raises(CognitoKitError) as in_frame:
        login.complete("?state=in-the-argument-of-the-call", None)
    assert "in-the-argument-of-the-call" in seen_in(in_frame.value, caplog)
    assert "in-a-message" in seen_in(CognitoKitError("in-a-message"), caplog)
    logging.getLogger("httpx").warning("in-a-log-line")
    assert "in-a-log-line" in seen_in(CognitoKitError(), caplog)


def test_nothing_that_is_kept_shows_a_secret(make_stage: MakeStage) -> None:
    """The login object, its parts and the verified tokens hide what they hold."""
    stage = make_stage(client_secret=SECRET)
    login = stage.login(client_secret=SECRET)
    held = stage.signed_in(login)
    parts = [login.login, login.login._application, login.login._sender, held]
    shown = " ".join(f"{part!r}" for part in [*parts, copy.copy(held)])

    for secret in (
        SECRET,
        held.tokens.access_token,
        held.tokens.id_token,
        held.tokens.refresh_token,
    ):
        assert secret is not None
        assert secret not in shown
