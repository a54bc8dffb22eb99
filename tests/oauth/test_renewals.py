"""Refreshed tokens that are signed with a new key, which cannot be fetched at that moment."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit import AsyncCognitoVerifier, CognitoVerifier
from cognitokit.errors import InvalidClaim, KeysUnavailable, OAuthError, TransportError
from cognitokit.oauth.callback import LoginRules, VerifiedTokens
from cognitokit.oauth.exchange import HttpReply, Verify
from cognitokit.oauth.renewals import LATE, Renewals
from cognitokit.testing.oauth_provider import OAuthAnswer
from cognitokit.tokens import Tokens
from tests.oauth.stage import CLIENT, Driven, MakeStage, Stage, shells
from tests.oauth.test_session import give
from tests.oauth.test_user_session import Session, refreshes

BACK_OFF = 60


class Outage:
    """A stage whose pool signs with a new key from its next token on, and whose keys may be out of reach."""

    def __init__(self, stage: Stage, shell: str) -> None:
        self.stage = stage
        self.down = False
        self.login = stage.login(verifier=self._verifier(shell))
        self.held = stage.signed_in(self.login)
        stage.mint.rotate()

    def _verifier(self, shell: str) -> Any:
        options: dict[str, Any] = {
            "client_id": CLIENT,
            "token_use": None,
            "clock": self.stage.clock,
            "monotonic": self.stage.clock,
        }

        def fetch(_: str) -> str:
            if self.down:
                raise OSError
            return json.dumps(self.stage.mint.jwks)

        async def fetch_async(url: str) -> str:
            return fetch(url)

        pool = self.stage.server.pool
        if shell == "sync":
            return CognitoVerifier(pool, fetcher=fetch, **options)
        return AsyncCognitoVerifier(pool, fetcher=fetch_async, **options)

    def begin(self) -> None:
        """Let it begin."""
        self.down = True

    def end(self) -> None:
        """Let it end, and the time pass for which the verifier asks for no keys."""
        self.down = False
        self.stage.clock.now += BACK_OFF


MakeOutage = Callable[..., Outage]


@pytest.fixture
def make_outage(make_stage: MakeStage) -> MakeOutage:
    """Make one for a kind of login, with rotation and no grace period."""
    return lambda shell: Outage(make_stage(shell, rotation=True), shell)


@shells
def test_a_new_key(make_outage: MakeOutage, shell: str) -> None:
    """While the keys can be fetched, tokens of a new key are verified at once, and nothing is kept."""
    outage = make_outage(shell)
    renewed = outage.login.refresh(outage.held)

    assert outage.held.access_token.sub == renewed.access_token.sub
    outage.stage.clock.now += LATE
    with pytest.raises(OAuthError) as caught:
        outage.login.refresh(outage.held)
    assert "invalid_grant" == caught.value.code
    assert 2 == refreshes(outage.stage)


@shells
@pytest.mark.parametrize(
    "form", [lambda h: h, lambda h: h.tokens, lambda h: h.tokens.refresh_token]
)
def test_a_new_key_that_cannot_be_fetched(
    make_outage: MakeOutage, shell: str, form: Callable[[VerifiedTokens], Any]
) -> None:
    """The new tokens are kept, and verified when the keys are back, without another refresh."""
    outage = make_outage(shell)
    held = form(outage.held)
    outage.begin()
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            outage.login.refresh(held)
    outage.end()
    renewed = outage.login.refresh(held)

    assert outage.held.access_token.sub == renewed.access_token.sub
    assert outage.held.tokens.refresh_token != renewed.tokens.refresh_token
    assert 1 == refreshes(outage.stage)
    assert "jane" == outage.login.refresh(renewed).access_token.username
    outage.stage.clock.now += LATE
    with pytest.raises(OAuthError):
        outage.login.refresh(held)


@shells
def test_an_outage_that_outlasts_the_new_tokens(make_outage: MakeOutage, shell: str) -> None:
    """Kept tokens that have expired are refreshed in turn, by their own refresh token."""
    outage = make_outage(shell)
    outage.begin()
    with pytest.raises(KeysUnavailable):
        outage.login.refresh(outage.held)
    outage.end()
    outage.stage.clock.now += 3600
    give(outage.stage, "/oauth2/token", b"", status=500)
    with pytest.raises(TransportError):
        outage.login.refresh(outage.held)
    outage.stage.server.answer("/oauth2/token", None)

    assert "jane" == outage.login.refresh(outage.held).access_token.username
    assert 3 == refreshes(outage.stage)


@shells
def test_kept_tokens_of_another_user(make_outage: MakeOutage, shell: str) -> None:
    """When the keys are back they are verified like any other; a refusal does not last."""
    outage = make_outage(shell)
    stage = outage.stage
    other = {"access_token": stage.mint.access_token("joe"), "token_type": "Bearer"}
    give(stage, "/oauth2/token", {**other, "expires_in": 3600})
    outage.begin()
    with pytest.raises(KeysUnavailable):
        outage.login.refresh(outage.held)
    outage.end()
    stage.server.answer("/oauth2/token", None)

    with pytest.raises(InvalidClaim) as caught:
        outage.login.refresh(outage.held)
    assert "sub" == caught.value.claim
    assert "jane" == outage.login.refresh(outage.held).access_token.username


@shells
def test_a_session_in_an_outage(make_outage: MakeOutage, shell: str) -> None:
    """The old token is used while it lives; later the new one, and the session has not ended."""
    outage = make_outage(shell)
    stage = outage.stage
    stored: list[Tokens] = []
    session = Session(outage.login, shell, outage.held, stored.append)
    outage.begin()
    stage.clock.now += 3570
    assert outage.held.tokens.access_token == session.access_token()
    stage.clock.now += 30

    with pytest.raises(TransportError) as caught:
        session.access_token()
    assert caught.value.sent
    assert [] == stored
    outage.end()
    assert session.access_token() == stored[0].access_token != outage.held.tokens.access_token
    assert 1 == len(stored)
    assert 1 == refreshes(stage)
    stage.clock.now += 3600
    assert session.access_token() == stored[1].access_token


@shells
def test_another_session_in_an_outage(make_outage: MakeOutage, shell: str) -> None:
    """A session that is made anew for each request has what the one before could not verify."""
    outage = make_outage(shell)
    outage.stage.clock.now += 3600
    outage.begin()
    with pytest.raises(TransportError):
        Session(outage.login, shell, outage.held).access_token()
    outage.end()

    token = Session(outage.login, shell, outage.held).access_token()
    assert token != outage.held.tokens.access_token
    assert 1 == refreshes(outage.stage)


@shells
def test_signing_out_in_an_outage(make_outage: MakeOutage, shell: str) -> None:
    """The refresh token that nobody has seen yet is revoked too, and no way leads back to it."""
    outage = make_outage(shell)
    outage.begin()
    with pytest.raises(KeysUnavailable):
        outage.login.refresh(outage.held)
    outage.login.revoke(outage.held)
    outage.end()
    revoked = [
        request.form["token"]
        for request in outage.stage.server.requests
        if request.path == "/oauth2/revoke"
    ]

    assert outage.held.tokens.refresh_token == revoked[0]
    assert 2 == len(set(revoked))
    with pytest.raises(OAuthError) as caught:
        outage.login.refresh(outage.held)
    assert "invalid_grant" == caught.value.code
    with pytest.raises(OAuthError):
        outage.login.refresh(revoked[1])


@shells
def test_a_sign_out_that_fails_in_an_outage(make_outage: MakeOutage, shell: str) -> None:
    """What was not revoked is still known, so that the next try revokes it."""
    outage = make_outage(shell)
    outage.begin()
    with pytest.raises(KeysUnavailable):
        outage.login.refresh(outage.held)
    sent: list[str] = []

    def fail_second(request: Any) -> OAuthAnswer:
        sent.append(request.form["token"])
        return OAuthAnswer(status=500 if len(sent) == 2 else 200)

    outage.stage.server.answer("/oauth2/revoke", fail_second)
    with pytest.raises(TransportError):
        outage.login.revoke(outage.held)
    outage.login.revoke(outage.held)
    outage.login.revoke(outage.held)

    assert sent[0] != sent[1]
    assert [sent[0], sent[1], sent[0], sent[1], sent[0]] == sent


def test_what_is_kept_is_bounded(make_stage: MakeStage) -> None:
    """However many users' tokens come due in an outage, the memory for them has an end; the oldest go."""
    login: Driven = make_stage().login()
    rules: LoginRules = login.login._application.rules
    renewals = Renewals(rules, clock=lambda: 0.0)
    body = json.dumps({"access_token": "a", "token_type": "Bearer", "expires_in": 60}).encode()

    for number in range(1001):
        flow = renewals.renewed(f"refresh-{number}")
        next(flow)
        flow.send(None)
        reply = HttpReply(operation="oauth2/token", status=200, body=body, received_at=0.0)
        assert isinstance(flow.send(reply), Verify)
        with pytest.raises(KeysUnavailable):
            flow.throw(KeysUnavailable())

    assert renewals.kept("refresh-0") is None
    assert renewals.kept("refresh-1") is not None
    assert renewals.kept("refresh-1000") is not None
