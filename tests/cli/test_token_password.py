"""`cognitokit token password`, on the embedded pool, and each challenge's questions."""

import importlib.util
import re
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cognitokit import CognitoVerifier, Tokens
from cognitokit.cli import challenge_prompts
from cognitokit.cli.challenge_prompts import answered
from cognitokit.cli.commands import Commands
from cognitokit.client.challenges import (
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SmsMfa,
    SoftwareTokenMfa,
    SrpChallenge,
    UnknownChallenge,
    WebAuthn,
)
from cognitokit.client.results import CodeDelivery
from cognitokit.testing import FakePool, LocalPool, totp_code
from tests.cli.running import Ended, run, start, type_at

PASSWORD = "Passw0rd!"
WHO: dict[str, Any] = {"username": "jane", "client_id": "1example23456789", "session": "a-session"}


def sign_in(
    local: LocalPool,
    *options: str,
    stdin: str = "",
    name: str = "jane",
    **env: str,
) -> Ended:
    """Sign in to the embedded pool."""
    where = {**local.environ, **env}
    return run("token", "password", "--username", name, *options, stdin=stdin, env=where)


@pytest.mark.local
class TestOnTheEmbeddedPool:
    """A real server over HTTP."""

    def test_a_password_that_is_typed(self, local: LocalPool) -> None:
        """The token is alone on stdout, and the password nowhere."""
        done = sign_in(local, stdin=f"{PASSWORD}\n")
        verifier = CognitoVerifier(local.pool, client_id=local.client_id, token_use="access")

        assert 0 == done.status
        assert "jane" == verifier.verify(done.out.removesuffix("\n")).username
        assert PASSWORD not in done.out + done.err

    def test_a_password_from_the_environment(self, local: LocalPool) -> None:
        """COGNITO_PASSWORD is taken without a question, and all tokens are to be had as JSON."""
        done = sign_in(local, "--json", COGNITO_PASSWORD=PASSWORD)

        assert 0 == done.status
        assert Tokens.from_dict(done.json).refresh_token
        assert "Password:" not in done.err

    def test_a_password_from_stdin(self, local: LocalPool) -> None:
        """As a process without a terminal, stdin's first line is the password."""
        options = ["token", "password", "--username", "jane", "--password-stdin", "--print", "id"]
        done = start(*options, stdin=f"{PASSWORD}\n", env=local.environ)
        empty = start(*options, env=local.environ)

        assert 0 == done.status, done.err
        assert 3 == len(done.out.split("."))
        assert (2, True) == (empty.status, "there is no password on stdin" in empty.err)

    def test_no_terminal_to_ask_on(self, local: LocalPool) -> None:
        """A process that can ask nobody says so, in place of showing what is typed."""
        done = start("token", "password", "--username", "jane", env=local.environ)

        assert (2, "") == (done.status, done.out)
        assert "Password: there is no terminal to ask on" in done.err

    def test_a_name_that_is_asked_for(self, local: LocalPool) -> None:
        """Without --username the name is asked for."""
        done = run("token", "password", stdin=f"jane\n{PASSWORD}\n", env=local.environ)

        assert 0 == done.status

    def test_questions_are_no_part_of_the_result(self, local: LocalPool) -> None:
        """What is asked on a terminal goes to stderr: a script reads the token alone."""
        env = {**local.environ, "COGNITO_PASSWORD": PASSWORD}
        done = type_at("token", "password", typed="jane\n", env=env)

        assert 0 == done.status, done.err
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.out)
        assert done.err.startswith("User name: ")

    def test_a_wrong_password(self, local: LocalPool) -> None:
        """It ends with 1, and shows nothing that was typed."""
        done = sign_in(local, stdin="Wr0ngPassword!\n")

        assert (1, "") == (done.status, done.out)
        assert "NotAuthorizedException" in done.err
        assert "Wr0ng" not in done.err

    def test_no_password_is_an_option(self, local: LocalPool) -> None:
        """There is no way to write it into the command line."""
        done = sign_in(local, "--password", PASSWORD)

        assert 2 == done.status
        assert PASSWORD not in done.err

    def test_the_end_of_the_input_is_no_answer(self, local: LocalPool) -> None:
        """Where the answer does not come the command stops with 130."""
        assert 130 == sign_in(local).status

    def test_a_temporary_password(self, local: LocalPool) -> None:
        """The new password is asked for twice, and is the user's from then on."""
        local.add_user("joe", "Temp0rary!", temporary=True)
        typed = ["Temp0rary!", "N3w passw0rd!", "N3w passw0rd!"]
        done = sign_in(local, stdin="\n".join(typed) + "\n", name="joe")
        after = sign_in(local, name="joe", COGNITO_PASSWORD="N3w passw0rd!")

        assert 0 == done.status, done.err
        assert "The password was a temporary one." in done.err
        assert 0 == after.status

    def test_an_administrator_s_sign_in(
        self, local: LocalPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is signed with AWS credentials; without any the cure is named."""
        options = ["--flow", "ADMIN_USER_PASSWORD_AUTH"]
        without = sign_in(local, *options, COGNITO_PASSWORD=PASSWORD)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        done = sign_in(local, *options, COGNITO_PASSWORD=PASSWORD)

        assert (2, True) == (without.status, "credentials" in without.err)
        assert 0 == done.status, done.err

    def test_a_flow_that_is_not_enabled(self, local: LocalPool) -> None:
        """The app client's setting is named."""
        options = ["--flow", "USER_AUTH"]
        choosing = sign_in(local, *options)
        preferring = sign_in(local, *options, "--prefer", "PASSWORD", stdin=f"{PASSWORD}\n")

        assert [1, 1] == [choosing.status, preferring.status]
        assert "USER_AUTH" in choosing.err
        assert "USER_AUTH" in preferring.err

    def test_a_preference_goes_with_the_choice(self, local: LocalPool) -> None:
        """--prefer without USER_AUTH is refused, before anything is asked."""
        done = sign_in(local, "--prefer", "EMAIL_OTP")

        assert 2 == done.status
        assert "--prefer goes with --flow USER_AUTH" in done.err


@pytest.mark.local
def test_the_pool_s_own_triggers() -> None:
    """CUSTOM_AUTH shows the challenge and sends the answer."""
    if importlib.util.find_spec("ministack") is None:
        pytest.skip("the extra local is missing")
    triggers = {
        "DefineAuthChallenge": DEFINE,
        "CreateAuthChallenge": CREATE,
        "VerifyAuthChallengeResponse": VERIFY,
    }
    with LocalPool(triggers=triggers) as local:
        local.add_user("jane", PASSWORD)
        done = sign_in(local, "--flow", "CUSTOM_AUTH", stdin="blue\n")

    assert 0 == done.status, done.err
    assert "question: favourite colour" in done.err
    assert "blue" not in done.err


DEFINE = """
def handler(event, context):
    done = any(step.get("challengeResult") for step in event["request"]["session"])
    event["response"] = {"issueTokens": done, "failAuthentication": False}
    if not done:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event
"""
CREATE = """
def handler(event, context):
    event["response"]["publicChallengeParameters"] = {"question": "favourite colour"}
    event["response"]["privateChallengeParameters"] = {"answer": "blue"}
    return event
"""
VERIFY = """
def handler(event, context):
    request = event["request"]
    right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = right
    return event
"""


@pytest.fixture
def pool() -> FakePool:
    """A pool in memory where users choose between password and email code."""
    first = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    return FakePool(mfa="OFF", pool_options={"Policies": first})


def play(client: Any, challenge: Any, *typed: str, once: bool = False) -> Ended:
    """Answer a challenge, or all that come, with what is typed."""

    class One(Commands):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            def callback() -> None:
                result = answered(client, challenge)
                while not once and not isinstance(result, Tokens):
                    result = answered(client, result)
                click.echo(type(result).__name__)

            return click.Command(cmd_name, callback=callback)

    result = CliRunner().invoke(One("cognitokit"), ["x"], input="".join(f"{t}\n" for t in typed))
    return Ended(result.exit_code, result.stdout, result.stderr)


class Recorder:
    """A client that takes any answer, and keeps it."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def respond(self, answer: Any) -> Tokens:
        """Take an answer."""
        self.answers.append(answer)
        return Tokens(access_token="a", expires_in=1, expires_at=1)


def test_a_new_password_that_the_pool_refuses(pool: FakePool) -> None:
    """A new password that does not meet the policy may be replaced by another one."""
    pool.add_user("joe", "Temp0rary!", temporary=True)
    client = pool.client()
    typed = ["weak", "weak", "N3w passw0rd!", "N3w passw0rd!"]
    done = play(client, client.sign_in("joe", "Temp0rary!"), *typed)

    assert (0, "Tokens\n") == (done.status, done.out), done.err
    assert 1 == done.err.count("Try again.")


def test_a_code_by_email_that_was_mistyped(pool: FakePool) -> None:
    """A wrong code may be typed again, and the destination is told."""
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    challenge = client.sign_in_with_choice("jane", preferred="EMAIL_OTP")
    code = pool.last_code("jane")
    done = play(client, challenge, "999999" if code[:6] != "999999" else "111111", code)

    assert (0, "Tokens\n") == (done.status, done.out), done.err
    assert "The code sent to j***@e***" in done.err
    assert 1 == done.err.count("Try again.")


def test_a_code_is_not_guessed_for_ever(pool: FakePool) -> None:
    """After three wrong codes the command ends with 1."""
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    challenge = client.sign_in_with_choice("jane", preferred="EMAIL_OTP")
    done = play(client, challenge, "999999", "999998", "999997")

    assert (1, "") == (done.status, done.out)
    assert 2 == done.err.count("Try again.")


def test_a_choice_of_factors(pool: FakePool) -> None:
    """What a terminal can do is offered, and the password is asked for where it is chosen."""
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    challenge = client.sign_in_with_choice("jane")
    assert isinstance(challenge, SelectChallenge)
    by_password = play(client, challenge, "PASSWORD", PASSWORD)
    challenge = client.sign_in_with_choice("jane")
    by_email = play(client, challenge, "EMAIL_OTP", once=True)

    assert (0, "Tokens\n") == (by_password.status, by_password.out), by_password.err
    assert PASSWORD not in by_password.err
    assert (0, "EmailOtp\n") == (by_email.status, by_email.out), by_email.err


@pytest.mark.parametrize("segno", [True, False])
def test_an_authenticator_app_that_must_be_set_up(
    monkeypatch: pytest.MonkeyPatch, segno: bool
) -> None:
    """The secret is shown as a URI, its code asked for, and the sign-in goes on."""
    pool = FakePool(mfa="ON")
    pool.add_user("jane", PASSWORD)
    client = pool.client()
    challenge = client.sign_in("jane", PASSWORD)
    assert isinstance(challenge, MfaSetup)

    secret = ""
    original = client.mfa.associate

    def associate(for_whom: Any) -> Any:
        nonlocal secret
        setup = original(for_whom)
        secret = setup.secret
        return setup

    monkeypatch.setattr(client.mfa, "associate", associate)
    if not segno:
        monkeypatch.setitem(sys.modules, "segno", None)
    asked: list[str] = []

    def ask(what: str, default: str | None = None) -> str:
        asked.append(what)
        return totp_code(secret, pool.now())

    monkeypatch.setattr(challenge_prompts, "ask", ask)
    done = play(client, challenge)

    assert (0, "Tokens\n") == (done.status, done.out), done.err
    assert ["The code that the app shows"] == asked
    assert f"secret={secret}" in done.err
    assert segno == ("█" in done.err)
    assert segno != ('pip install "cognitokit[qr]"' in done.err)


@pytest.mark.parametrize(
    ("challenge", "typed", "sent"),
    [
        (SmsMfa(**WHO), ["123456"], {"SMS_MFA_CODE": "123456"}),
        (EmailOtp(**WHO, delivery=CodeDelivery()), ["123456"], {"EMAIL_OTP_CODE": "123456"}),
        (SoftwareTokenMfa(**WHO), ["123456"], {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
        (
            SelectMfaType(**WHO, choices=("SMS_MFA", "EMAIL_OTP")),
            ["SMS_MFA"],
            {"ANSWER": "SMS_MFA"},
        ),
        (SelectMfaType(**WHO, choices=("SMS_MFA",)), [], {"ANSWER": "SMS_MFA"}),
        (PasswordRequired(**WHO), [PASSWORD], {"PASSWORD": PASSWORD}),
        (CustomChallenge(**WHO), ["blue"], {"ANSWER": "blue"}),
        (
            MfaSetup(**WHO, choices=("SMS_MFA", "EMAIL_OTP")),
            ["jane@example.com"],
            {"EMAIL": "jane@example.com"},
        ),
    ],
)
def test_each_challenge_is_a_question(
    challenge: Any, typed: list[str], sent: dict[str, str]
) -> None:
    """What is typed is sent as the challenge's answer."""
    client = Recorder()
    done = play(client, challenge, *typed)
    [answer] = client.answers

    assert (0, "Tokens\n") == (done.status, done.out), done.err
    assert {"USERNAME": "jane", **sent} == dict(answer.responses)


@pytest.mark.parametrize(
    ("challenge", "told"),
    [
        (WebAuthn(**WHO), "WEB_AUTHN cannot be answered in a terminal"),
        (UnknownChallenge(**WHO, name="NEW_ONE"), "NEW_ONE cannot be answered in a terminal"),
        (SrpChallenge(**WHO, name="PASSWORD_VERIFIER"), "ALLOW_USER_PASSWORD_AUTH"),
        (SelectChallenge(**WHO, choices=("WEB_AUTHN", "PASSWORD_SRP")), "no factor that can"),
        (MfaSetup(**WHO, choices=("SMS_MFA",)), "an administrator sets up"),
    ],
)
def test_what_a_terminal_cannot_do_is_said(challenge: Any, told: str) -> None:
    """A challenge that needs a browser, or another flow, ends with 1 and the way out."""
    client = Recorder()
    done = play(client, challenge)

    assert (1, "") == (done.status, done.out)
    assert told in done.err
    assert [] == client.answers


def test_required_attributes_are_asked_for() -> None:
    """With a new password, each required attribute is asked for, and what is known is offered."""
    challenge = NewPasswordRequired(
        **WHO, required_attributes=("name", "email"), attributes={"email": "jane@example.com"}
    )
    client = Recorder()
    done = play(client, challenge, "Jane", "", "N3w passw0rd!", "N3w passw0rd!")
    [answer] = client.answers

    assert 0 == done.status, done.err
    assert {
        "USERNAME": "jane",
        "NEW_PASSWORD": "N3w passw0rd!",
        "userAttributes.name": "Jane",
        "userAttributes.email": "jane@example.com",
    } == dict(answer.responses)
