"""No code, token, verifier or secret gets into a message, a log line or a frame below the call."""

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cognitokit.errors import CognitoKitError
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
