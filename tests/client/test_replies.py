"""What comes of replies that say less, or more, than the usual."""

from typing import Any

import pytest

from cognitokit import NewDevice, NewPasswordRequired, SmsMfa, Tokens, UnknownChallenge
from cognitokit.errors import (
    InvalidParameter,
    NotAuthorized,
    UnexpectedReply,
    UnsupportedChallenge,
)
from tests.client.scripted import CLIENT, NOW, SHELLS, Shell

SESSION = "a-session-of-at-least-twenty-characters"
RESULT = {"AccessToken": "access", "ExpiresIn": 3600}


@pytest.mark.parametrize("kind", SHELLS)
def test_neither_tokens_nor_a_challenge(kind: str) -> None:
    """A reply to a sign-in that has neither is an UnexpectedReply of that operation."""
    shell = Shell.of(kind, {})

    with pytest.raises(UnexpectedReply, match=r"^The reply holds neither tokens nor") as raised:
        shell.run(lambda client: client.sign_in("jane", "pw"))
    assert "InitiateAuth" == raised.value.operation


@pytest.mark.parametrize(("told", "token_type"), [({}, "Bearer"), ({"TokenType": "DPoP"}, "DPoP")])
def test_the_kind_of_token(told: dict[str, str], token_type: str) -> None:
    """The tokens are of the type that Cognito says, and bearer tokens where it says nothing."""
    shell = Shell.of("threads", {"AuthenticationResult": {**RESULT, **told}})

    assert token_type == shell.run(lambda client: client.sign_in("jane", "pw")).token_type


@pytest.mark.parametrize("method", ["refresh", "refresh_legacy"])
def test_a_refresh_keeps_the_device(method: str) -> None:
    """Tokens of a refresh still know the refresh token and the device of the sign-in."""
    device = NewDevice("eu-west-1_0a1b", "group")
    tokens = Tokens(
        access_token="a", refresh_token="r", expires_in=1, expires_at=NOW, new_device=device
    )
    shell = Shell.of("threads", {"AuthenticationResult": RESULT})

    refreshed = shell.run(lambda client: getattr(client, method)(tokens))

    assert ("r", device) == (refreshed.refresh_token, refreshed.new_device)


@pytest.mark.parametrize("admin", [False, True])
def test_the_name_goes_on(admin: bool) -> None:
    """A challenge after a challenge that names no user keeps the name that was answered with."""
    shell = Shell.of("threads", {"ChallengeName": "SMS_MFA", "Session": SESSION})
    answer = NewPasswordRequired(username="the real name", client_id=CLIENT, admin=admin).answer(
        "pw"
    )

    challenge = shell.run(lambda client: client.respond(answer))

    assert (
        SmsMfa(username="the real name", client_id=CLIENT, session=SESSION, admin=admin)
        == challenge
    )


def test_errors_know_their_operation() -> None:
    """What is made of Cognito's error still says which operation failed."""
    hidden = Shell.of("threads", NotAuthorized("x"), prevent_user_existence_errors=True)
    lacking = Shell.of("threads", InvalidParameter("Auth flow not enabled for this client"))

    for shell in (hidden, lacking):
        with pytest.raises((NotAuthorized, InvalidParameter)) as raised:
            shell.run(lambda client: client.sign_in("jane", "pw"))
        assert "InitiateAuth" == raised.value.operation


def test_srp_as_a_preference() -> None:
    """The refusal of SRP says which challenge it is about."""
    with pytest.raises(UnsupportedChallenge) as raised:
        Shell.of("threads").run(
            lambda client: client.sign_in_with_choice("jane", preferred="PASSWORD_SRP")
        )

    assert "PASSWORD_SRP" == raised.value.challenge


@pytest.mark.parametrize(
    ("cls", "member"), [(NewPasswordRequired, "attributes"), (UnknownChallenge, "parameters")]
)
def test_a_challenge_is_frozen_whole(cls: Any, member: str) -> None:
    """A mapping that a challenge was made with may change afterwards; the challenge does not."""
    given = {"name": "Jane"}
    challenge = cls(username="jane", client_id=CLIENT, **{member: given})
    before = hash(challenge)
    given["name"] = "Joe"

    assert {"name": "Jane"} == dict(getattr(challenge, member))
    assert before == hash(challenge)
    with pytest.raises(TypeError):
        getattr(challenge, member)["name"] = "Joe"
