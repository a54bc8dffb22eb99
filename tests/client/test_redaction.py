"""What is left of Cognito's texts that may quote the request."""

import re
from typing import Any

import pytest

from cognitokit import UserContext, errors
from cognitokit.client.calls import Call
from cognitokit.client.failures import service_error
from cognitokit.client.redaction import LEFT_OUT, redacted
from cognitokit.testing import FakePool
from tests.client.scripted import SHELLS, Shell


def test_redaction() -> None:
    """Secrets of the request are starred out of Cognito's text, wherever they were; names stay."""
    call = Call(
        "RespondToAuthChallenge",
        {
            "Session": "a-long-session",
            "ClientId": "client1",
            "ChallengeName": "CUSTOM_CHALLENGE",
            "ChallengeResponses": {"USERNAME": "jane", "ANSWER": "in4", "X": 5},
            "UserContextData": {"EncodedData": "fingerprint9"},
            "ContextData": {"HttpHeaders": [{"headerName": "Cookie", "headerValue": "id=5a7b"}]},
            "List": [{"Password": "hunter2"}],
        },
    )
    text = "jane in client1: a-long-session, hunter2, fingerprint9, id=5a7b: invalid 'in4' xin4x"

    error = service_error(call, code="InvalidParameterException", message=text, reason_code="why")

    assert "jane in client1: ***, ***, ***, ***: invalid '***' xin4x" == error.message
    assert error.operation == "RespondToAuthChallenge"
    assert getattr(error, "reason_code", None) == "why"


@pytest.mark.parametrize("longer", ["hunter2-and-more", "more-and-hunter2", "a-hunter2-b"])
def test_a_secret_within_another(longer: str) -> None:
    """Where one secret is a part of another, nothing of the longer one is left over."""
    params = {"PreviousPassword": "hunter2", "ProposedPassword": longer}

    assert "*** is too much like ***" == redacted(f"{longer} is too much like hunter2", params)


@pytest.mark.parametrize(
    "secret", ["word", "horse", "the", "battery staple", "trigger", "5", "horse's", "hörse"]
)
def test_a_secret_that_may_be_a_word(secret: str) -> None:
    """A text with a secret that might be one of its words is left out: stars would give the secret away."""
    text = "the word battery staple: horse's hörse, 5 of horse, trigger"

    assert LEFT_OUT == redacted(text, {"Password": secret})
    assert text == redacted(text, {"Password": "another"})
    assert text == redacted(text, {"Username": secret})


@pytest.mark.parametrize("secret", ["hors", "6", "xyzzy"])
def test_a_secret_that_is_no_word_of_it(secret: str) -> None:
    """A short secret inside a longer word, or none at all, leaves a text as it is."""
    text = "16 horses, of 2016"

    assert text == redacted(text, {"Password": secret})


INVALID = "Value at 'password' failed to satisfy constraint"
OWN = [
    "Incorrect username or password.",
    "User does not exist.",
    "User is disabled.",
    "User is not confirmed.",
    "User account already exists",
    "User pool client 1example23456789 does not exist.",
    "Username/client id combination not found.",
    "Password attempts exceeded",
    "Password reset required for the user",
    "Password did not conform with policy: Password must have uppercase characters",
    "Unable to verify secret hash for client 1example23456789",
    "Client 1example23456789 is configured with secret but SECRET_HASH was not received",
    "Invalid verification code provided, please try again.",
    "Invalid code provided, please request a code again.",
    "Invalid session for the user, session can only be used once.",
    "Attempt limit exceeded, please try after some time.",
    "Missing required parameter PASSWORD",
    "USER_PASSWORD_AUTH flow not enabled for this client",
    "CUSTOM_AUTH is not enabled for the client.",
    "Auth flow not enabled for this client",
    "Refresh Token has expired",
    "Access Token has been revoked",
    f"1 validation error detected: {INVALID}: Member must have length greater than or equal to 6",
    f"2 validation errors detected: {INVALID}: Member must not be null; {INVALID}: Member must not be null",
    f"1 validation error detected: {INVALID}: Member must satisfy regular expression pattern: [\\S]+",
]


@pytest.mark.parametrize("sentence", OWN)
def test_sentences_of_cognitos_own(sentence: str) -> None:
    """A sentence that Cognito says to everybody stays, whichever of its words is the password."""
    secrets = [*re.findall(r"\w+", sentence), sentence, "or password", "not enabled"]

    assert {sentence} == {redacted(sentence, {"Password": secret}) for secret in secrets}
    assert sentence in redacted(f"{sentence} hunter2!", {"Password": "hunter2!"})
    assert "hunter2!" not in redacted(f"{sentence} hunter2!", {"Password": "hunter2!"})


@pytest.mark.parametrize("password", ["password", "username", "Incorrect", "or", "username or"])
def test_a_wrong_password_of_such_a_word(password: str) -> None:
    """An attempt with the word "password" is refused in the words of any other."""
    pool = FakePool()
    pool.add_user("jane", "Pass word 1!")

    with pytest.raises(errors.NotAuthorized) as raised:
        pool.client().sign_in("jane", password)

    assert "Incorrect username or password." == raised.value.message


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("password", ["client", "enabled", "not enabled for this client", "x"])
@pytest.mark.parametrize(
    "text",
    ["USER_PASSWORD_AUTH flow not enabled for this client", "Sorry: not enabled for this client"],
)
def test_a_flow_that_is_not_enabled(kind: str, password: str, text: str) -> None:
    """It is told by Cognito's own text, not by what is left of that, and by a transport's plain error."""
    params = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"PASSWORD": password}}
    made: Any = service_error(
        Call("InitiateAuth", params),
        code="InvalidParameterException",
        message=text,
        reason_code="why",
        request_id="r-1",
    )

    for error in (made, errors.InvalidParameter(text, request_id="r-1")):
        shell = Shell.of(kind, error)
        with pytest.raises(errors.FlowNotEnabled) as raised:
            shell.run(lambda client: client.sign_in("jane", password))
        assert ("ALLOW_USER_PASSWORD_AUTH",) == raised.value.flows
        assert ("InitiateAuth", "r-1") == (raised.value.operation, raised.value.request_id)
    assert "why" == made.reason_code


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetTokensFromRefreshToken", {"RefreshToken": "r"}),
        ("InitiateAuth", {"AuthFlow": "BRAND_NEW_AUTH"}),
    ],
)
def test_a_flow_that_has_no_switch(operation: str, params: dict[str, Any]) -> None:
    """Without a flow of which the switch is known, the same words are an InvalidParameter."""
    error = service_error(
        Call(operation, params),
        code="InvalidParameterException",
        message="GetTokensFromRefreshToken is not enabled for this client",
    )

    assert errors.InvalidParameter is type(error)


def test_headers_of_the_users_request() -> None:
    """What client.admin tells of the user's headers, cookies included, is as secret as a password."""
    context = UserContext(
        ip_address="192.0.2.1",
        server_name="example.com",
        server_path="/",
        http_headers={"Cookie": "session=c00kie"},
    )
    [header] = context.for_admin()["HttpHeaders"]

    text = redacted("bad Cookie session=c00kie", {"ContextData": {"HttpHeaders": [header]}})

    assert "bad Cookie ***" == text
