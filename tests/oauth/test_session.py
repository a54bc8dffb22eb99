"""After the login: refresh, revoke, userInfo, logout."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InvalidClaim,
    InvalidData,
    KeysUnavailable,
    OAuthError,
    TransportError,
)
from cognitokit.oauth.renewals import LATE
from cognitokit.testing import NotSignedIn
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.tokens import Tokens
from tests.oauth.stage import CLIENT, POOL, SECRET, MakeStage, Stage, shells


def give(stage: Stage, path: str, data: Any, status: int = 200) -> None:
    """Have the server answer with this at that path."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    stage.server.answer(path, lambda _: OAuthAnswer(status=status, body=body))


@shells
@pytest.mark.parametrize("secret", [None, SECRET])
def test_refresh_without_rotation(make_stage: MakeStage, shell: str, secret: str | None) -> None:
    """Without rotation the result has new tokens and the same refresh token, again and again."""
    stage = make_stage(shell, client_secret=secret)
    login = stage.login(client_secret=secret)
    first = stage.signed_in(login)
    stage.clock.now += 3000
    second = login.refresh(first)
    third = login.refresh(second.tokens)
    fourth = login.refresh(third.tokens.refresh_token)

    assert first.tokens.refresh_token == fourth.tokens.refresh_token
    assert 4 == len({d.tokens.access_token for d in (first, second, third, fourth)})
    assert stage.clock.now + 3600 == second.tokens.expires_at
    assert first.access_token.sub == second.access_token.sub
    assert second.id_token is not None
    assert second.id_token.nonce is None


@shells
def test_refresh_with_rotation(make_stage: MakeStage, shell: str) -> None:
    """With rotation the result has the refresh token to use next, and the one before is refused."""
    stage = make_stage(shell, rotation=True)
    login = stage.login()
    first = stage.signed_in(login)
    second = login.refresh(first)
    third = login.refresh(second)

    assert 3 == len({d.tokens.refresh_token for d in (first, second, third)})
    stage.clock.now += LATE
    with pytest.raises(OAuthError) as caught:
        login.refresh(first)
    assert "invalid_grant" == caught.value.code
    assert 401 == caught.value.http_status
    assert "jane" == login.refresh(third).access_token.username


def test_refresh_within_the_grace_period(make_stage: MakeStage) -> None:
    """A rotated token works until its grace period has passed."""
    stage = make_stage(rotation=True, retry_grace=10)
    login = stage.login()
    first = stage.signed_in(login)
    login.refresh(first)
    stage.clock.now += 9
    assert "jane" == login.refresh(first).access_token.username
    stage.clock.now += 1

    with pytest.raises(OAuthError):
        login.refresh(first)


@shells
def test_refreshed_tokens_of_another_user(make_stage: MakeStage, shell: str) -> None:
    """Tokens of another sub are refused, whether it is read from what is held or given."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    other = {
        "access_token": stage.mint.access_token("joe"),
        "id_token": stage.mint.id_token("joe"),
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    give(stage, "/oauth2/token", other)
    refresh_token = held.tokens.refresh_token

    for held_form, options in (
        (held, {}),
        (held.tokens, {}),
        (refresh_token, {"sub": held.access_token.sub}),
    ):
        with pytest.raises(InvalidClaim) as caught:
            login.refresh(held_form, **options)
        assert "sub" == caught.value.claim
    assert "joe" == login.refresh(refresh_token, sub=stage.mint.sub("joe")).access_token.username
    assert "joe" == login.refresh(refresh_token).access_token.username


@shells
@pytest.mark.parametrize(
    ("claim", "changes"),
    [
        ("iss", {"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another00"}),
        ("aud", {"aud": "another"}),
        ("sub", {"sub": "another"}),
        ("azp", {"azp": "another"}),
    ],
)
def test_a_refreshed_id_token_that_must_not_pass(
    make_stage: MakeStage, shell: str, claim: str, changes: dict[str, str]
) -> None:
    """After a refresh, too, the id token must be this pool's, client's and user's."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    tokens = {
        "access_token": stage.mint.access_token("jane"),
        "token_type": "bearer",
        "expires_in": 3600,
    }
    give(
        stage, "/oauth2/token", {**tokens, "id_token": stage.mint.id_token("jane", claims=changes)}
    )

    with pytest.raises(InvalidClaim) as caught:
        login.refresh(held)
    assert claim == caught.value.claim
    give(stage, "/oauth2/token", {**tokens, "id_token": stage.mint.id_token("jane")})
    assert "jane" == login.refresh(held).access_token.username


@shells
def test_keys_that_cannot_be_fetched_leave_the_refresh_token_unspent(
    make_stage: MakeStage, shell: str
) -> None:
    """Without the pool's keys nothing is sent, so that no rotated token is lost."""
    stage = make_stage(shell, rotation=True)
    held = stage.signed_in(stage.login())
    path = f"/{POOL}/.well-known/jwks.json"
    give(stage, path, b"", status=500)

    with pytest.raises(KeysUnavailable):
        stage.login().refresh(held)
    stage.server.answer(path, None)
    assert "jane" == stage.login().refresh(held).access_token.username


@shells
@pytest.mark.parametrize(
    ("status", "body", "code", "http_status"),
    [
        (400, {"error": "invalid_grant"}, "invalid_grant", 401),
        (400, {"error": "invalid_client"}, "invalid_client", 500),
        (400, {"error": "unauthorized_client"}, "unauthorized_client", 500),
        (400, {"error": "unsupported_grant_type"}, "unsupported_grant_type", 500),
        (400, {"error": "invalid_request"}, "invalid_request", 500),
        (400, {"error": "invalid_scope"}, "invalid_scope", 500),
        (400, {"error": "SECRET"}, None, 401),
        (404, b"<html>", None, 401),
    ],
)
def test_a_refused_refresh(
    make_stage: MakeStage, shell: str, status: int, body: Any, code: str | None, http_status: int
) -> None:
    """Each error code of RFC 6749 comes back as one, with a sentence that names the cure."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    give(stage, "/oauth2/token", body, status=status)

    with pytest.raises(OAuthError) as caught:
        login.refresh(held)

    assert code == caught.value.code
    assert http_status == caught.value.http_status
    assert "SECRET" not in str(caught.value)


@shells
@pytest.mark.parametrize("status", [429, 500, 503, 302, 204])
def test_a_refresh_without_an_answer(make_stage: MakeStage, shell: str, status: int) -> None:
    """A failing endpoint is a transport error of its endpoint, not the end of the session."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    give(stage, "/oauth2/token", b"", status=status)

    with pytest.raises(TransportError) as caught:
        login.refresh(held)

    assert "oauth2/token" == caught.value.operation
    stage.server.answer("/oauth2/token", None)
    assert "jane" == login.refresh(held).access_token.username


def test_refresh_without_a_refresh_token(make_stage: MakeStage) -> None:
    """Tokens without a refresh token are refused before anything is sent, and the cure is named."""
    stage = make_stage()
    login = stage.login()
    tokens = Tokens(access_token=stage.mint.access_token(), expires_in=60, expires_at=60)

    for held in (tokens, "", None, 42):
        with pytest.raises(ConfigurationError, match="refresh token"):
            login.refresh(held)
        with pytest.raises(ConfigurationError, match="refresh token"):
            login.revoke(held)
    assert () == stage.server.requests


@pytest.mark.parametrize(
    "token", ["opaque", "a.b.c", "a.W10.c", "a.eyJzdWIiOjF9.c", "a.eyJ9.c", "."]
)
def test_held_tokens_that_no_verifier_has_seen(make_stage: MakeStage, token: str) -> None:
    """Tokens whose access token says no sub cannot be compared, and are refused unless sub is given."""
    stage = make_stage()
    login = stage.login()
    good = stage.signed_in(login)
    held = Tokens(
        access_token=token,
        refresh_token=good.tokens.refresh_token,
        expires_in=3600,
        expires_at=0,
    )

    with pytest.raises(InvalidData, match="access_token"):
        login.refresh(held)
    assert "jane" == login.refresh(held, sub=good.access_token.sub).access_token.username


@shells
@pytest.mark.parametrize("secret", [None, SECRET])
def test_revoke(make_stage: MakeStage, shell: str, secret: str | None) -> None:
    """Revocation ends the refresh token and userInfo, for public and confidential clients alike."""
    stage = make_stage(shell, client_secret=secret)
    login = stage.login(client_secret=secret)
    held = stage.signed_in(login)
    assert "jane" == login.user_info(held).username
    login.revoke(held)
    sent = stage.server.requests[-1]

    assert "/oauth2/revoke" == sent.path
    assert CLIENT == sent.form["client_id"]
    assert (secret is not None) == ("authorization" in sent.headers)
    with pytest.raises(OAuthError):
        login.refresh(held)
    with pytest.raises(OAuthError) as caught:
        login.user_info(held)
    assert "invalid_token" == caught.value.code


@shells
def test_revoking_twice_is_no_error(make_stage: MakeStage, shell: str) -> None:
    """An unknown or revoked token is revoked, as RFC 7009 wants."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)

    login.revoke(held.tokens)
    login.revoke(held.tokens.refresh_token)
    login.revoke("never-issued")

    assert 3 == sum(r.path == "/oauth2/revoke" for r in stage.server.requests)


@shells
def test_a_refused_revocation(make_stage: MakeStage, shell: str) -> None:
    """An access token cannot be revoked, and a wrong secret is refused, each by its code."""
    stage = make_stage(shell, client_secret=SECRET)
    held = stage.signed_in(stage.login(client_secret=SECRET))

    with pytest.raises(OAuthError) as kind:
        stage.login(client_secret=SECRET).revoke(held.tokens.access_token)
    with pytest.raises(OAuthError) as client:
        stage.login(client_secret="wrong" * 6).revoke(held)

    assert "unsupported_token_type" == kind.value.code
    assert "invalid_client" == client.value.code


@shells
def test_user_info(make_stage: MakeStage, shell: str) -> None:
    """userInfo tells the user's attributes, whichever form the access token is given in."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    for form, options in (
        (held, {}),
        (held.access_token, {}),
        (held.tokens.access_token, {"sub": held.access_token.sub}),
    ):
        info = login.user_info(form, **options)

        assert held.access_token.sub == info.sub
        assert "jane" == info.username
        assert "jane@example.com" == info.email
        assert info.email_verified is True
        assert info.phone_number is None
        assert info.phone_number_verified is False
    sent = stage.server.requests[-1]
    assert ("GET", "") == (sent.method, sent.query)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        ("false", False),
        (False, False),
        ("True", False),
        (1, False),
        (None, False),
        (["true"], False),
    ],
)
def test_what_counts_as_verified(make_stage: MakeStage, value: object, expected: bool) -> None:
    """Only true, and the string that Cognito writes for it here, count."""
    stage = make_stage()
    login = stage.login()
    held = stage.signed_in(login)
    give(
        stage,
        "/oauth2/userInfo",
        {
            "sub": held.access_token.sub,
            "email": 1,
            "email_verified": value,
            "phone_number_verified": value,
        },
    )
    info = login.user_info(held)

    assert expected is info.email_verified
    assert expected is info.phone_number_verified
    assert info.email is None
    assert value == info.claims["email_verified"]


@shells
def test_user_info_about_another_user(make_stage: MakeStage, shell: str) -> None:
    """An answer with another sub is refused (OpenID Connect Core 5.3.2)."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    for sub in ("another", "ü", "\ud800"):
        give(stage, "/oauth2/userInfo", {"sub": sub, "email": "eve@example.com"})
        with pytest.raises(InvalidClaim) as caught:
            login.user_info(held)
        assert "sub" == caught.value.claim


@shells
@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (401, {"error": "invalid_token"}, OAuthError, "invalid_token"),
        (401, b"", OAuthError, "invalid_token"),
        (403, b"", OAuthError, "insufficient_scope"),
        (400, {"error": "invalid_request"}, OAuthError, "invalid_request"),
        (404, b"", OAuthError, None),
        (500, b"", TransportError, None),
        (200, b"<html>", TransportError, None),
        (200, {}, TransportError, None),
        (200, {"sub": ""}, TransportError, None),
        (200, b'{"sub": "a", "sub": "b"}', TransportError, None),
        (200, {"sub": 1}, TransportError, None),
    ],
)
def test_user_info_that_is_refused(
    make_stage: MakeStage,
    shell: str,
    status: int,
    body: Any,
    error: type[CognitoKitError],
    code: str | None,
) -> None:
    """Refusals have their code, and what is no answer is a transport error."""
    stage = make_stage(shell)
    login = stage.login()
    held = stage.signed_in(login)
    give(stage, "/oauth2/userInfo", body, status=status)

    with pytest.raises(error) as caught:
        login.user_info(held)

    assert code == getattr(caught.value, "code", None)


def test_a_bare_access_token_needs_its_sub(make_stage: MakeStage) -> None:
    """For a token that says nothing the user must be named, so that the answer can be compared."""
    stage = make_stage()
    login = stage.login()
    held = stage.signed_in(login)

    with pytest.raises(ConfigurationError, match="sub"):
        login.user_info(held.tokens.access_token)
    with pytest.raises(ConfigurationError, match="sub"):
        login.user_info(None)


@pytest.mark.parametrize("spoilt", ["\ud800", "\r\nX-Admin: 1", "\x00", "ü"])
def test_a_held_token_that_none_can_be(make_stage: MakeStage, spoilt: str) -> None:
    """A token with characters that none has is refused before it is sent, and nothing shows it."""
    stage = make_stage()
    login = stage.login()
    held = stage.signed_in(login)
    access_token = held.tokens.access_token
    refresh_token = f"{held.tokens.refresh_token}{spoilt}"
    before = len(stage.server.requests)
    calls: list[Callable[[], Any]] = [
        lambda: login.refresh(refresh_token),
        lambda: login.refresh(dataclasses.replace(held, tokens=with_refresh_token(refresh_token))),
        lambda: login.revoke(refresh_token),
        lambda: login.user_info(f"{access_token}{spoilt}", sub=held.access_token.sub),
    ]

    def with_refresh_token(token: str) -> Tokens:
        return Tokens.from_dict({**held.tokens.to_dict(), "refresh_token": token})

    for call in calls:
        with pytest.raises(ConfigurationError, match="characters that none has") as caught:
            call()
        assert caught.value.__context__ is None
        assert spoilt not in str(caught.value)
    assert before == len(stage.server.requests)
    assert "jane" == login.user_info(access_token, sub=held.access_token.sub).username
    assert "jane" == login.refresh(held.tokens.refresh_token).access_token.username


@pytest.mark.parametrize("sub", ["\ud800", "ü", "\x00"])
def test_a_sub_that_nobody_has(make_stage: MakeStage, sub: str) -> None:
    """Whatever sub is expected, another user's answer is refused as such."""
    stage = make_stage()
    login = stage.login()
    held = stage.signed_in(login)

    with pytest.raises(InvalidClaim) as info:
        login.user_info(held.tokens.access_token, sub=sub)
    with pytest.raises(InvalidClaim) as refreshed:
        login.refresh(held.tokens.refresh_token, sub=sub)

    assert ["sub", "sub"] == [info.value.claim, refreshed.value.claim]


def test_user_info_is_a_value(make_stage: MakeStage) -> None:
    """Equal answers are equal, and the repr shows no attribute."""
    stage = make_stage()
    login = stage.login()
    held = stage.signed_in(login)
    first, second = login.user_info(held), login.user_info(held)

    assert first == second
    assert hash(first) == hash(second)
    assert first != "jane"
    assert "jane@example.com" not in repr(first)
    assert held.access_token.sub in repr(first)


def test_logout_ends_managed_logins_session(make_stage: MakeStage) -> None:
    """After the logout URL the next login asks for the password again."""
    stage = make_stage(logout_uris=["http://localhost:8000/bye"])
    login = stage.login(logout_uri="http://localhost:8000/bye")
    cookies: dict[str, str] = {}
    stage.callback_of(login.begin(), cookies=cookies)
    left = stage.server.sign_in(login.login.logout_url(), "", "", cookies=cookies)

    assert "http://localhost:8000/bye" == left
    with pytest.raises(NotSignedIn, match="page"):
        stage.server.sign_in(login.begin().url, "jane", "wrong", cookies=cookies)


def test_a_login_that_signs_out_first_completes(make_stage: MakeStage) -> None:
    """Logout and login in one go end at the callback, with the session of before ended."""
    stage = make_stage()
    login = stage.login()
    cookies: dict[str, str] = {}
    stage.callback_of(login.begin(), cookies=cookies)
    stage.server.add_user("joe", "another password")
    request = login.begin(sign_out_first=True)
    callback = stage.server.sign_in(request.url, "joe", "another password", cookies=cookies)

    assert "joe" == login.complete(callback, request.login_state).access_token.username
