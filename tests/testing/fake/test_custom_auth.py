"""CUSTOM_AUTH with Lambda handlers of the test's own."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool, NotInFakePool
from tests.testing.fake.calls import (
    PASSWORD,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    admin,
    initiate,
    refusal,
    respond,
)


def define(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Tokens after a right answer, failure after two wrong ones."""
    session = event["request"]["session"]
    if session and session[-1]["challengeResult"]:
        event["response"] |= {"issueTokens": True, "failAuthentication": False}
    elif len(session) == 2:
        event["response"] |= {"issueTokens": False, "failAuthentication": True}
    else:
        event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
    return event


def create(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Ask for the word that the round has."""
    count = len(event["request"]["session"])
    event["response"] |= {
        "publicChallengeParameters": {"round": count},
        "privateChallengeParameters": {"word": f"word{count}"},
        "challengeMetadata": f"ROUND_{count}",
    }
    return event


def verify(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Compare with the word."""
    request = event["request"]
    right = request["privateChallengeParameters"]["word"] == request["challengeAnswer"]
    event["response"]["answerCorrect"] = right
    return event


TRIGGERS: dict[str, Any] = {
    "DefineAuthChallenge": define,
    "CreateAuthChallenge": create,
    "VerifyAuthChallengeResponse": verify,
}


def make_pool(**changed: Any) -> FakePool:
    """A pool with these triggers, some of them changed."""
    triggers = {
        name: handler for name, handler in {**TRIGGERS, **changed}.items() if handler is not None
    }
    made = FakePool(triggers=triggers)
    made.add_user("jane", PASSWORD)
    return made


def test_a_right_answer_gives_tokens() -> None:
    """The public parameters reach the caller, the private ones the verifier."""
    pool = make_pool()
    challenge = initiate(pool, "CUSTOM_AUTH")
    reply = respond(pool, challenge, ANSWER="word0")

    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert challenge["ChallengeParameters"] == {"USERNAME": "jane", "round": "0"}
    assert "AccessToken" in reply["AuthenticationResult"]


def test_define_decides_what_a_wrong_answer_means() -> None:
    """One wrong answer leads to another challenge, the second to failure."""
    pool = make_pool()
    again = respond(pool, initiate(pool, "CUSTOM_AUTH"), ANSWER="nonsense")

    assert again["ChallengeParameters"]["round"] == "1"
    assert refusal(respond, pool, again, ANSWER="nonsense") == WRONG_PASSWORD
    assert "AuthenticationResult" in respond(
        pool, respond(pool, initiate(pool, "CUSTOM_AUTH"), ANSWER="nonsense"), ANSWER="word1"
    )


def test_triggers_see_what_lambda_would() -> None:
    """The event has the user's attributes, earlier rounds, client and metadata."""
    seen: list[dict[str, Any]] = []

    def spy(event: dict[str, Any], context: object) -> dict[str, Any]:
        seen.append({**event, "request": dict(event["request"])})
        return define(event, context)

    pool = make_pool(DefineAuthChallenge=spy)
    challenge = initiate(pool, "CUSTOM_AUTH", members={"ClientMetadata": {"ip": "::1"}})
    respond(pool, challenge, ANSWER="nonsense", members={"ClientMetadata": {"ip": "::2"}})
    first, second = seen

    assert first["triggerSource"] == "DefineAuthChallenge_Authentication"
    assert first["userName"] == "jane"
    assert first["callerContext"]["clientId"] == pool.client_id
    assert first["request"]["userAttributes"]["email"] == "jane@example.com"
    assert first["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert first["request"]["userNotFound"] is False
    assert "clientMetadata" not in make_event(pool)
    assert second["request"]["clientMetadata"] == {"ip": "::2"}
    assert second["request"]["session"] == [
        {
            "challengeName": "CUSTOM_CHALLENGE",
            "challengeResult": False,
            "challengeMetadata": "ROUND_0",
        }
    ]


def make_event(pool: FakePool) -> dict[str, Any]:
    """Return the request that define sees when there is no metadata."""
    seen: dict[str, Any] = {}

    def spy(event: dict[str, Any], context: object) -> dict[str, Any]:
        seen.update(event["request"])
        return define(event, context)

    initiate(make_pool(DefineAuthChallenge=spy), "CUSTOM_AUTH")
    return seen


def test_an_unknown_user_is_told_to_the_triggers_and_never_gets_tokens() -> None:
    """A hiding client runs the triggers with userNotFound; a legacy one says who is unknown."""
    pool = make_pool()
    legacy = pool.add_app_client(PreventUserExistenceErrors="LEGACY")
    challenge = initiate(pool, "CUSTOM_AUTH", username="nobody")

    assert challenge["ChallengeParameters"]["USERNAME"] == "nobody"
    assert refusal(respond, pool, challenge, username="nobody", ANSWER="word0") == WRONG_PASSWORD
    assert (
        refusal(initiate, pool, "CUSTOM_AUTH", username="nobody", client_id=legacy.id)
        == UNKNOWN_USER
    )


def test_who_may_not_sign_in_meets_no_trigger() -> None:
    """A disabled user is refused first."""
    pool = make_pool()
    admin(pool, "AdminDisableUser", Username="jane")

    assert refusal(initiate, pool, "CUSTOM_AUTH")[1] == "User is disabled."


def test_without_triggers_there_is_no_custom_auth(pool: FakePool) -> None:
    """Cognito says that none is configured."""
    assert refusal(initiate, pool, "CUSTOM_AUTH") == (
        "InvalidParameterException",
        "Custom auth lambda trigger is not configured for the user pool.",
    )


def fail(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Fail as a handler may."""
    raise RuntimeError("boom")


def nonsense(event: dict[str, Any], context: object) -> Any:
    """Return what is no event."""
    return None


def undecided(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the event without a decision."""
    return event


def empty(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return an event without response."""
    return {}


@pytest.mark.parametrize(
    "changed,code,message",
    [
        (
            {"DefineAuthChallenge": fail},
            "UserLambdaValidationException",
            "DefineAuthChallenge failed with error boom.",
        ),
        (
            {"DefineAuthChallenge": nonsense},
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        ),
        (
            {"DefineAuthChallenge": empty},
            "InvalidLambdaResponseException",
            "Unrecognizable lambda output",
        ),
        (
            {"DefineAuthChallenge": undecided},
            "InvalidLambdaResponseException",
            "DefineAuthChallenge returned no challengeName.",
        ),
        (
            {"CreateAuthChallenge": None},
            "InvalidLambdaResponseException",
            "The pool has no CreateAuthChallenge trigger.",
        ),
    ],
)
def test_what_a_trigger_does_wrong_is_named(
    changed: dict[str, Any], code: str, message: str
) -> None:
    """A handler that raises, or answers what Cognito does not take, ends the sign-in."""
    assert refusal(initiate, make_pool(**changed), "CUSTOM_AUTH") == (code, message)


def test_a_challenge_may_have_no_parameters() -> None:
    """A CreateAuthChallenge that fills in nothing asks all the same."""
    pool = make_pool(CreateAuthChallenge=undecided, VerifyAuthChallengeResponse=undecided)
    challenge = initiate(pool, "CUSTOM_AUTH")

    assert challenge["ChallengeParameters"] == {"USERNAME": "jane"}
    assert respond(pool, challenge, ANSWER="x")["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert refusal(respond, pool, challenge)[0] == "NotAuthorizedException"


def test_an_answer_is_required() -> None:
    """CUSTOM_CHALLENGE without ANSWER is refused; the session stays."""
    pool = make_pool()
    challenge = initiate(pool, "CUSTOM_AUTH")

    assert refusal(respond, pool, challenge) == (
        "InvalidParameterException",
        "Missing required parameter ANSWER",
    )
    assert "AuthenticationResult" in respond(pool, challenge, ANSWER="word0")


def ask_for_srp(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Want the password proved by SRP first."""
    event["response"]["challengeName"] = "PASSWORD_VERIFIER"
    return event


def test_srp_is_left_out() -> None:
    """SRP_A, or a DefineAuthChallenge that wants it, names what to use instead."""
    with pytest.raises(NotInFakePool, match="Secure Remote Password"):
        initiate(make_pool(), "CUSTOM_AUTH", CHALLENGE_NAME="SRP_A", SRP_A="ab")
    with pytest.raises(NotInFakePool, match="Secure Remote Password"):
        initiate(make_pool(DefineAuthChallenge=ask_for_srp), "CUSTOM_AUTH")


def test_a_handler_may_be_given_as_source() -> None:
    """The same text that LocalPool deploys runs here."""
    source = (
        "def handler(event, context):\n"
        "    event['response']['issueTokens'] = True\n"
        "    return event\n"
    )
    pool = make_pool(DefineAuthChallenge=source)

    assert "AuthenticationResult" in initiate(pool, "CUSTOM_AUTH")


def test_other_triggers_are_left_out() -> None:
    """A trigger that the fake does not run is refused when the pool is made."""
    with pytest.raises(NotInFakePool, match="LocalPool"):
        FakePool(triggers={"PreSignUp": define})


@pytest.mark.parametrize(
    "trigger, message",
    [
        (5, "The trigger DefineAuthChallenge must be a function"),
        (None, "The trigger DefineAuthChallenge must be a function"),
        ("def handle(event, context): ...", "a module that has one named handler"),
        (
            "def handler(",
            "The source of the trigger DefineAuthChallenge cannot be run: SyntaxError",
        ),
        ("import nothing_such", "cannot be run: ModuleNotFoundError: No module named"),
    ],
)
def test_what_is_no_trigger_is_refused(trigger: Any, message: str) -> None:
    """What cannot be called is refused when the pool is made, and not at the first sign-in."""
    with pytest.raises(ConfigurationError) as caught:
        FakePool(triggers={"DefineAuthChallenge": trigger})

    assert message in str(caught.value)
    FakePool(triggers={"DefineAuthChallenge": "def handler(event, context): ..."})
