"""email_code_triggers: a code by mail, and what its answers are worth."""

from __future__ import annotations

import functools
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cognitokit import ConfigurationError, CustomChallenge, Tokens, errors
from cognitokit.aws_lambda.triggers import CodeToSend, email_code_triggers
from cognitokit.testing import Clock, FakePool, LocalPool

Event = dict[str, Any]

VERIFIED = {"sub": "1", "email": "jane@example.com", "email_verified": "true"}
PASSWORD = "Passw0rd!of-jane"


class SignIn:
    """Cognito's part: calls the triggers in turn, keeps the session, and hands on what it may."""

    def __init__(self, handler: Callable[[Event, object], Event], **request: Any) -> None:
        self.handler = handler
        self.request = {"userAttributes": VERIFIED, "userNotFound": False, **request}
        self.session: list[Event] = []
        self.public: dict[str, str] = {}

    def call(self, trigger: str, **request: Any) -> Event:
        """Call one trigger."""
        event = {
            "version": "1",
            "triggerSource": f"{trigger}_Authentication",
            "userName": "jane",
            "callerContext": {"clientId": "1example23456789"},
            "request": {**self.request, **request},
            "response": {},
        }
        answer: Event = self.handler(event, None)["response"]
        return answer

    def go_on(self) -> str:
        """Return what the app gets: "challenge", "tokens" or "refused"."""
        said = self.call("DefineAuthChallenge", session=self.session)
        if said["issueTokens"] or said["failAuthentication"]:
            assert "challengeName" not in said
            return "tokens" if said["issueTokens"] else "refused"
        assert "CUSTOM_CHALLENGE" == said["challengeName"]
        made = self.call(
            "CreateAuthChallenge", session=self.session, challengeName=said["challengeName"]
        )
        self.public, self.private = (
            made["publicChallengeParameters"],
            made["privateChallengeParameters"],
        )
        self.metadata = made["challengeMetadata"]
        return "challenge"

    def answer(self, text: str | None) -> str:
        """Answer the challenge, and go on."""
        said = self.call(
            "VerifyAuthChallengeResponse",
            privateChallengeParameters=self.private,
            challengeAnswer=text,
        )
        self.session.append(
            {
                "challengeName": "CUSTOM_CHALLENGE",
                "challengeResult": said["answerCorrect"],
                "challengeMetadata": self.metadata,
            }
        )
        return self.go_on()


@pytest.fixture
def sent() -> list[CodeToSend]:
    """The mails."""
    return []


@pytest.fixture
def clock() -> Clock:
    """The triggers' time."""
    return Clock(1_800_000_000)


@pytest.fixture
def handler(sent: list[CodeToSend], clock: Clock) -> Callable[[Event, object], Event]:
    """The function, with its own settings."""
    return email_code_triggers(sent.append, clock=clock)


def wrong(code: str) -> str:
    """Another code of the same length."""
    return f"{'1' if code[0] != '1' else '2'}{code[1:]}"


def test_the_code_gives_tokens(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """One mail with eight digits goes out, and they are the answer, spaces around them or not."""
    sign_in = SignIn(handler, clientMetadata={"locale": "nl"})
    assert "challenge" == sign_in.go_on()
    [message] = sent

    assert "jane@example.com" == message.email
    assert ("jane", 180) == (message.username, message.lifetime)
    assert {"locale": "nl"} == message.client_metadata
    assert VERIFIED == message.attributes
    assert 8 == len(message.code)
    assert message.code.isdigit()
    assert "tokens" == sign_in.answer(f" {message.code}\n")


def test_a_wrong_answer_may_be_repeated_twice(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """The third wrong answer ends the sign-in; until then the same code is good, and no other is sent."""
    sign_in = SignIn(handler)
    sign_in.go_on()
    code = sent[0].code

    assert "challenge" == sign_in.answer(wrong(code))
    assert "challenge" == sign_in.answer(wrong(code))
    assert "tokens" == sign_in.answer(code)
    assert 1 == len(sent)

    last = SignIn(handler)
    last.go_on()
    assert ["challenge", "challenge", "refused"] == [last.answer(wrong(code)) for _ in range(3)]


def test_a_right_answer_after_the_last_attempt(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """What comes after three wrong answers gets no tokens, unless the third was right."""
    sign_in = SignIn(handler)
    sign_in.go_on()
    step = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False}
    right = step | {"challengeResult": True}

    sign_in.session = [step, step, right]
    assert "tokens" == sign_in.go_on()
    sign_in.session = [right, step, step]
    assert "refused" == sign_in.go_on()


def test_a_late_answer(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend], clock: Clock
) -> None:
    """The code is good for less than three minutes, counted from the mail, also when asked for again."""
    early, late = SignIn(handler), SignIn(handler)
    early.go_on()
    late.go_on()
    clock.advance(100)
    late.answer(wrong(sent[1].code))
    clock.advance(79)

    assert "tokens" == early.answer(sent[0].code)
    clock.advance(1)
    assert "challenge" == late.answer(sent[1].code)


@pytest.mark.parametrize(
    "text", [None, "", "1234567", "123456789", "abcdefgh", "١٢٣٤٥٦٧٨", "1234 5678", "0" * 100_000]
)
def test_what_is_no_code(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend], text: str | None
) -> None:
    """Anything but eight ASCII digits is wrong, and harms nothing."""
    sign_in = SignIn(handler)
    sign_in.go_on()

    assert "challenge" == sign_in.answer(text)
    assert "tokens" == sign_in.answer(sent[0].code)


NOBODY = pytest.mark.parametrize(
    "request_",
    [
        {"userNotFound": True},
        {"userNotFound": True, "userAttributes": {}},
        {"userAttributes": None},
        {"userAttributes": {"email": "jane@example.com"}},
        {"userAttributes": {"email": "jane@example.com", "email_verified": "false"}},
    ],
)


@NOBODY
def test_nobody_to_send_it_to(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend], request_: Event
) -> None:
    """Whoever does not exist or has no verified address is asked the same question, and no mail goes out."""
    sign_in, other = SignIn(handler, **request_), SignIn(handler)
    assert "challenge" == sign_in.go_on()
    assert [] == sent
    other.go_on()

    assert other.public == sign_in.public
    assert other.private.keys() == sign_in.private.keys()
    assert ["challenge", "challenge", "refused"] == [sign_in.answer("12345678") for _ in range(3)]


@NOBODY
@pytest.mark.parametrize("verified_since", [False, True])
def test_no_guess_is_right_where_nothing_was_sent(
    handler: Callable[[Event, object], Event],
    sent: list[CodeToSend],
    request_: Event,
    verified_since: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer that would be right for another is wrong where no code went out, whatever has changed since."""
    monkeypatch.setattr("secrets.choice", lambda digits: digits[7])
    sign_in, other = SignIn(handler, **request_), SignIn(handler)
    assert "challenge" == sign_in.go_on()
    assert "challenge" == other.go_on()
    if verified_since:
        sign_in.request = other.request

    assert ["77777777"] == [message.code for message in sent]
    assert "challenge" == sign_in.answer("77777777")
    assert "tokens" == other.answer("77777777")


def test_no_answer_is_right_for_nobody(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """Even the right code is wrong where Cognito says that there is no such user."""
    sign_in = SignIn(handler)
    sign_in.go_on()
    sign_in.request["userNotFound"] = True

    assert "challenge" == sign_in.answer(sent[0].code)


def test_the_code_is_in_the_mail_only(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """What the app sees names no address; what Cognito keeps has no code; a repr hides both."""
    sign_in = SignIn(handler)
    sign_in.go_on()
    [message] = sent

    assert {"medium": "EMAIL"} == sign_in.public
    assert message.code not in json.dumps([sign_in.private, sign_in.metadata])
    assert message.code not in repr(message)
    assert "email_verified" not in repr(message)


def test_each_sign_in_has_a_code_of_its_own(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """The code of one sign-in is no answer in another, and digests of equal codes differ."""
    first, second = SignIn(handler), SignIn(handler)
    first.go_on()
    second.go_on()

    assert first.private["digest"] != second.private["digest"]
    assert first.private["salt"] != second.private["salt"]
    if sent[0].code != sent[1].code:
        assert "challenge" == second.answer(sent[0].code)
    assert "tokens" == second.answer(sent[1].code)


@pytest.mark.parametrize(
    "step",
    [
        {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True},
        {"challengeName": "SRP_A", "challengeResult": True},
        {"challengeResult": True},
    ],
)
def test_other_challenges(handler: Callable[[Event, object], Event], step: Event) -> None:
    """A session with any other step in it is refused, whatever that step said."""
    sign_in = SignIn(handler)
    mine = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True}

    for session in ([step], [step, mine], [mine, step]):
        sign_in.session = session
        assert "refused" == sign_in.go_on()
    sign_in.session = [mine]
    assert "tokens" == sign_in.go_on()


@pytest.mark.parametrize("result", [None, "true", 1, {}])
def test_a_result_that_is_not_true(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend], result: object
) -> None:
    """Only the boolean gives tokens."""
    sign_in = SignIn(handler)
    sign_in.session = [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": result}]

    assert "challenge" == sign_in.go_on()


@pytest.mark.parametrize("metadata", [None, "", "MAGIC_LINK", "MAGIC_LINK 1 2 3"])
def test_a_session_without_our_metadata(
    handler: Callable[[Event, object], Event], sent: list[CodeToSend], metadata: str | None
) -> None:
    """A new code is sent where the session has none of ours to ask for again."""
    sign_in = SignIn(handler)
    sign_in.session = [
        {
            "challengeName": "CUSTOM_CHALLENGE",
            "challengeResult": False,
            "challengeMetadata": metadata,
        }
    ]
    sign_in.go_on()

    assert "tokens" == sign_in.answer(sent[0].code)


def test_settings() -> None:
    """Digits, attempts and lifetime are what they are set to."""
    sent: list[CodeToSend] = []
    clock = Clock(1_800_000_000)
    handler = email_code_triggers(sent.append, digits=6, attempts=1, lifetime=10, clock=clock)
    sign_in, late, mistaken = SignIn(handler), SignIn(handler), SignIn(handler)
    for each in (sign_in, late, mistaken):
        each.go_on()

    assert {6} == {len(message.code) for message in sent}
    assert 10 == sent[0].lifetime
    assert "refused" == mistaken.answer(wrong(sent[2].code))
    assert "tokens" == sign_in.answer(sent[0].code)
    clock.advance(10)
    assert "refused" == late.answer(sent[1].code)


@pytest.mark.parametrize(
    ("option", "values"),
    [("digits", (5, 13)), ("attempts", (0, 11)), ("lifetime", (0, 901))],
)
def test_settings_out_of_bounds(option: str, values: tuple[int, int]) -> None:
    """Settings beyond their bounds are refused when the function is made; the bounds are not."""
    least, most = values
    for value in values:
        options: Any = {option: value}
        with pytest.raises(ConfigurationError, match=f"{option} must be"):
            email_code_triggers(print, **options)
    for value in (least + 1, most - 1):
        options = {option: value}
        assert callable(email_code_triggers(print, **options))


@pytest.mark.parametrize("option", ["digits", "attempts", "lifetime"])
@pytest.mark.parametrize("value", ["8", 8.0, None, True])
def test_settings_that_are_no_numbers(option: str, value: Any) -> None:
    """A setting of another type is refused as one out of its bounds is; the whole number is taken."""
    wrong: Any = {option: value}
    right: Any = {option: 8}

    with pytest.raises(ConfigurationError, match=f"{option} must be a whole number"):
        email_code_triggers(print, **wrong)
    assert callable(email_code_triggers(print, **right))


async def send_later(_: CodeToSend) -> None:
    """What Lambda's handler cannot await."""


class SendsLater:
    """The same as an object."""

    async def __call__(self, _: CodeToSend) -> None:
        """Send, later."""


@pytest.mark.parametrize(
    ("send", "message"),
    [
        (None, "send must be a function"),
        ("send", "send must be a function"),
        (send_later, "send must be a synchronous function"),
        (functools.partial(send_later), "send must be a synchronous function"),
        (SendsLater(), "send must be a synchronous function"),
    ],
)
def test_what_cannot_send(send: Any, message: str) -> None:
    """What cannot be called, or would have to be awaited, is refused before anybody signs in; a function is not."""
    with pytest.raises(ConfigurationError, match=message):
        email_code_triggers(send)
    assert callable(email_code_triggers(print))


@pytest.mark.parametrize("clock", [None, 5, send_later])
def test_what_is_no_clock(clock: Any) -> None:
    """A clock is a function, time.time for one."""
    with pytest.raises(ConfigurationError, match=r"time\.time"):
        email_code_triggers(print, clock=clock)
    assert callable(email_code_triggers(print, clock=time.time))


def test_a_mail_that_would_have_to_be_awaited(sent: list[CodeToSend]) -> None:
    """A coroutine that send returns ends the sign-in: nobody has been mailed. Anything else does not."""
    with pytest.raises(ConfigurationError, match="synchronous"):
        SignIn(email_code_triggers(lambda _: send_later(_))).go_on()  # noqa: PLW0108 - hides that it is async
    assert "challenge" == SignIn(email_code_triggers(sent.append)).go_on()
    assert 1 == len(sent)


@pytest.mark.parametrize("address", [{}, {"email": ""}])
def test_a_user_without_an_address(
    address: dict[str, str], handler: Callable[[Event, object], Event], sent: list[CodeToSend]
) -> None:
    """A user whom Cognito calls verified, but who has no address, is asked for a code that nobody is sent."""
    attributes = {"sub": "1", "email_verified": "true", **address}
    sign_in = SignIn(handler, userAttributes=attributes)

    assert "challenge" == sign_in.go_on()
    assert [] == sent
    assert "challenge" == sign_in.answer("00000000")
    assert "challenge" == SignIn(handler).go_on()
    assert ["jane@example.com"] == [code.email for code in sent]


@pytest.mark.parametrize(
    "event", [{}, {"triggerSource": "PreSignUp_SignUp"}, {"triggerSource": ["x"]}, [], None]
)
def test_another_trigger(handler: Callable[[Event, object], Event], event: Event) -> None:
    """The function says where it belongs when it is attached elsewhere."""
    with pytest.raises(ConfigurationError, match="VerifyAuthChallengeResponse"):
        handler(event, None)


def test_in_the_fake_pool() -> None:
    """Attached to a FakePool the function signs a user in."""
    sent: list[CodeToSend] = []
    handler = email_code_triggers(sent.append)
    names = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    pool = FakePool(triggers=dict.fromkeys(names, handler))
    pool.add_user("jane", PASSWORD)
    with pool.client() as client:
        challenge = client.sign_in_with_custom_auth("jane")
        assert isinstance(challenge, CustomChallenge)
        again = client.respond(challenge.answer(wrong(sent[0].code)))
        assert isinstance(again, CustomChallenge)

        assert isinstance(client.respond(again.answer(sent[0].code)), Tokens)


SOURCE = """
import boto3
from cognitokit.aws_lambda.triggers import email_code_triggers

def send(message):
    boto3.client("ses").send_email(
        Source="app@example.com",
        Destination={"ToAddresses": [message.email]},
        Message={
            "Subject": {"Data": "Your code"},
            "Body": {"Text": {"Data": f"Your code is {message.code}."}},
        },
    )

handler = email_code_triggers(send)
"""


@pytest.fixture
def local() -> Iterator[LocalPool]:
    """An embedded pool with the function as all three triggers."""
    names = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
    with LocalPool(triggers=dict.fromkeys(names, SOURCE)) as pool:
        may_mail = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"},
        }
        create = pool.boto3_client("lambda").get_function_configuration(
            FunctionName=pool.cognito.describe_user_pool(UserPoolId=pool.pool.id)["UserPool"][
                "LambdaConfig"
            ]["CreateAuthChallenge"]
        )
        pool.boto3_client("iam").put_role_policy(
            RoleName=create["Role"].rpartition("/")[2],
            PolicyName="mail",
            PolicyDocument=json.dumps(may_mail),
        )
        pool.boto3_client("ses").verify_email_identity(EmailAddress="app@example.com")
        pool.add_user("jane", PASSWORD)
        yield pool


@pytest.mark.local
@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)
def test_in_the_embedded_pool(local: LocalPool) -> None:
    """Run by another's implementation of Cognito and Lambda it mails a code, forgives two mistakes, and ends at the third."""
    with local.client() as client:
        challenge: Any = client.sign_in_with_custom_auth("jane")
        assert {"medium": "EMAIL"} == {
            name: value for name, value in challenge.parameters.items() if name != "USERNAME"
        }
        code = local.last_code("jane")
        assert code.isdigit()
        challenge = client.respond(challenge.answer(wrong(code)))
        challenge = client.respond(challenge.answer(wrong(code)))
        assert isinstance(client.respond(challenge.answer(code)), Tokens)

        challenge = client.sign_in_with_custom_auth("jane")
        for _ in range(2):
            challenge = client.respond(challenge.answer("00000000"))
        with pytest.raises(errors.NotAuthorized):
            client.respond(challenge.answer("00000000"))
