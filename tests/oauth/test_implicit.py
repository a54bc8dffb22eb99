"""The implicit grant, for those who have it."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from cognitokit.errors import LoginError
from cognitokit.oauth.login_state import LoginRequest
from tests.oauth.stage import CALLBACK, Driven, MakeStage, Stage, shells


def begun(stage: Stage, login: Driven) -> tuple[LoginRequest, str]:
    """A login, and the callback URL that it ends with."""
    request = login.login.begin_implicit("/tasks")
    return request, stage.callback_of(request)


def changed(callback: str, **changes: str | None) -> str:
    """The callback with other members in its fragment."""
    base, _, fragment = callback.partition("#")
    params: dict[str, str | None] = {**dict(parse_qsl(fragment)), **changes}
    return f"{base}#{urlencode({k: v for k, v in params.items() if v is not None})}"


@shells
def test_an_implicit_login(make_stage: MakeStage, shell: str) -> None:
    """The fragment's tokens are verified, as a URL, as its fragment, and as a mapping."""
    stage = make_stage(shell, grants=["implicit"])
    login = stage.login()
    for form in (
        lambda url: url,
        lambda url: urlsplit(url).fragment,
        lambda url: dict(parse_qsl(urlsplit(url).fragment)),
    ):
        request, callback = begun(stage, login)
        done = login.complete_implicit(form(callback), request.login_state)

        assert callback.startswith(f"{CALLBACK}#")
        assert "jane" == done.access_token.username
        assert done.id_token is not None
        assert request.login_state.nonce == done.id_token.nonce
        assert done.tokens.refresh_token is None
        assert stage.clock.now + 3600 == done.tokens.expires_at


@shells
@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        ("state", lambda s, r, url: changed(url, state=None)),
        ("state", lambda s, r, url: changed(url, state="another")),
        ("malformed", lambda s, r, url: changed(url, access_token=None)),
        ("malformed", lambda s, r, url: changed(url, token_type=None)),
        ("malformed", lambda s, r, url: changed(url, token_type="mac")),
        ("malformed", lambda s, r, url: changed(url, expires_in=None)),
        ("malformed", lambda s, r, url: changed(url, expires_in="-1")),
        ("malformed", lambda s, r, url: changed(url, expires_in="²")),
        ("malformed", lambda s, r, url: changed(url, expires_in="9" * 5000)),
        ("malformed", lambda s, r, url: url + "&access_token=another"),
        ("id_token", lambda s, r, url: changed(url, id_token=None)),
        ("issuer", lambda s, r, url: changed(url, iss="https://evil.example")),
        ("token", lambda s, r, url: changed(url, id_token="no.jwt.here")),
        ("token", lambda s, r, url: changed(url, access_token="no.jwt.here", id_token=s.mint.id_token("jane", nonce=r.login_state.nonce, access_token="no.jwt.here"))),
        ("at_hash", lambda s, r, url: changed(url, access_token=s.mint.access_token("jane"))),
        ("at_hash", lambda s, r, url: changed(url, id_token=s.mint.id_token("jane", nonce=r.login_state.nonce))),
        ("nonce", lambda s, r, url: changed(url, id_token=s.mint.id_token("jane"))),
        ("denied", lambda s, r, url: changed(url, error="access_denied")),
        ("provider", lambda s, r, url: changed(url, error="<b>")),
    ],
)  # fmt: skip
def test_a_fragment_that_must_not_pass(
    make_stage: MakeStage, shell: str, reason: str, spoil: Callable[[Any, Any, str], str]
) -> None:
    """What is missing, foreign or unbound is refused; here at_hash must be there (OIDC Core 3.2.2.9)."""
    stage = make_stage(shell, grants=["implicit"])
    login = stage.login()
    request, callback = begun(stage, login)

    with pytest.raises(LoginError) as caught:
        login.complete_implicit(spoil(stage, request, callback), request.login_state)

    assert reason == caught.value.reason
    assert "jane" == login.complete_implicit(callback, request.login_state).access_token.username


def test_the_two_grants_do_not_mix(make_stage: MakeStage) -> None:
    """A state of the one grant completes nothing of the other."""
    stage = make_stage(grants=["code", "implicit"])
    login = stage.login()
    request, fragment = begun(stage, login)
    code = login.begin()
    with_code = stage.callback_of(code)

    with pytest.raises(LoginError, match="browser") as as_implicit:
        login.complete_implicit(changed(fragment, state=code.login_state.state), code.login_state)
    with pytest.raises(LoginError, match="browser") as as_code:
        login.complete(
            with_code,
            dataclasses.replace(request.login_state, state=code.login_state.state),
        )

    assert ["state", "state"] == [as_implicit.value.reason, as_code.value.reason]


def test_a_client_that_may_not(make_stage: MakeStage) -> None:
    """Where the app client does not have the grant, the refusal comes back in the fragment."""
    stage = make_stage(grants=["code"])
    login = stage.login()
    request, callback = begun(stage, login)

    with pytest.raises(LoginError) as caught:
        login.complete_implicit(callback, request.login_state)

    assert "provider" == caught.value.reason
    assert "unauthorized_client" == caught.value.code
