"""A test moves from FakePool to LocalPool by its fixture: the same conveniences, the same story."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from cognitokit import (
    CustomChallenge,
    NewPasswordRequired,
    SoftwareTokenMfa,
    Tokens,
    errors,
)
from cognitokit.testing import FakePool, LocalPool, totp_code
from cognitokit.testing.local import LocalServer

EitherPool: TypeAlias = FakePool | LocalPool
MakePool: TypeAlias = Callable[..., EitherPool]

PASSWORD = "Passw0rd!"
NEW = "N3w-Passw0rd"
needs_ministack = pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """One embedded server for the pools of this module."""
    with LocalServer() as running:
        yield running


@pytest.fixture(params=["fake", pytest.param("local", marks=[pytest.mark.local, needs_ministack])])
def make_pool(request: pytest.FixtureRequest) -> Iterator[MakePool]:
    """Makes pools of one kind, with the options that both kinds have."""
    made: list[LocalPool] = []

    def make(**options: Any) -> EitherPool:
        if request.param == "fake":
            return FakePool(**options)
        pool = LocalPool(server=request.getfixturevalue("server"), **options)
        made.append(pool.__enter__())
        return pool

    yield make
    for pool in made:
        pool.__exit__(None, None, None)


@pytest.mark.parametrize("secret", [False, True])
def test_signing_up_and_in(make_pool: MakePool, *, secret: bool) -> None:
    """Sign up, take the code from the outbox, sign in, see oneself, refresh, sign out."""
    pool = make_pool(secret=secret)
    client = pool.client()
    client.sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
    client.confirm_sign_up("jane", pool.last_code("jane"))
    tokens = client.sign_in("jane", PASSWORD).require_tokens()
    user = client.get_user(tokens)
    renewed = client.refresh(tokens)
    client.sign_out_everywhere(renewed)

    assert (pool.client_secret is not None) is secret
    assert pool.outbox[-1].destination == "jane@example.com"
    assert user.username == "jane"
    with pytest.raises(errors.NotAuthorized):
        client.get_user(renewed)


def test_users_with_groups(make_pool: MakePool) -> None:
    """add_user gives a user who signs in, with groups that the tokens carry."""
    pool = make_pool(username_attributes=["email"])
    name = pool.add_user("jane@example.com", PASSWORD, groups=["admin"])
    user = pool.client().get_user(
        pool.client().sign_in("jane@example.com", PASSWORD).require_tokens()
    )

    assert user.username == name
    assert [group.name for group in pool.client().admin.list_groups_for_user(name)] == ["admin"]


def test_a_temporary_password(make_pool: MakePool) -> None:
    """A temporary password brings the challenge, whose answer brings tokens."""
    pool = make_pool()
    pool.add_user("jane", PASSWORD, temporary=True)
    challenge = pool.client().sign_in("jane", PASSWORD)

    assert isinstance(challenge, NewPasswordRequired)
    assert isinstance(pool.client().respond(challenge.answer(NEW)), Tokens)


def test_an_authenticator_app(make_pool: MakePool) -> None:
    """An app that was enrolled is asked for at the next sign-in."""
    pool = make_pool()
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    tokens = client.sign_in("jane", PASSWORD).require_tokens()
    setup = client.mfa.associate(tokens)
    client.mfa.verify(setup, totp_code(setup.secret, time.time()))
    client.mfa.set_preference(tokens, preferred="SOFTWARE_TOKEN_MFA")
    challenge = client.sign_in("jane", PASSWORD)

    assert isinstance(challenge, SoftwareTokenMfa)
    answer = challenge.answer(totp_code(setup.secret, time.time() + 30))
    assert isinstance(client.respond(answer), Tokens)


TRIGGERS = {
    "DefineAuthChallenge": """
def handler(event, context):
    session = event["request"]["session"]
    solved = bool(session) and session[-1]["challengeResult"] is True
    event["response"]["issueTokens"] = solved
    event["response"]["failAuthentication"] = len(session) == 2 and not solved
    if not solved:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event
""",
    "CreateAuthChallenge": """
def handler(event, context):
    event["response"]["publicChallengeParameters"] = {"question": "What is the word?"}
    event["response"]["privateChallengeParameters"] = {"word": "sesame"}
    event["response"]["challengeMetadata"] = "WORD"
    return event
""",
    "VerifyAuthChallengeResponse": """
def handler(event, context):
    request = event["request"]
    right = request["privateChallengeParameters"]["word"] == request["challengeAnswer"]
    event["response"]["answerCorrect"] = right
    return event
""",
}


def test_custom_auth(make_pool: MakePool) -> None:
    """The same Lambda source runs in both: a wrong word asks again, the right one signs in."""
    pool = make_pool(triggers=TRIGGERS)
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    challenge = client.sign_in_with_custom_auth("jane")
    assert isinstance(challenge, CustomChallenge)
    again = client.respond(challenge.answer("abracadabra"))

    assert challenge.parameters["question"] == "What is the word?"
    assert isinstance(again, CustomChallenge)
    assert isinstance(client.respond(again.answer("sesame")), Tokens)
