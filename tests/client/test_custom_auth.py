"""CUSTOM_AUTH for real: the embedded pool runs the triggers, and both clients answer what they ask."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from cognitokit import CustomChallenge, Tokens, errors
from cognitokit.testing import LocalPool

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]

DEFINE = """
def handler(event, context):
    session = event["request"]["session"]
    response = event["response"]
    solved = [step for step in session if step["challengeResult"]]
    response["issueTokens"] = len(solved) == 2
    response["failAuthentication"] = len(session) - len(solved) > 1
    if not response["issueTokens"] and not response["failAuthentication"]:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event
"""
CREATE = """
def handler(event, context):
    number = len([step for step in event["request"]["session"] if step["challengeResult"]]) + 1
    event["response"]["publicChallengeParameters"] = {"question": f"{number} + {number}"}
    event["response"]["privateChallengeParameters"] = {"answer": str(2 * number)}
    return event
"""
VERIFY = """
def handler(event, context):
    request = event["request"]
    metadata = request.get("clientMetadata") or {}
    answer = request["challengeAnswer"] or metadata.get("instead")
    event["response"]["answerCorrect"] = answer == request["privateChallengeParameters"]["answer"]
    return event
"""
PASSWORD = "Passw0rd!of-jane"


@pytest.fixture(scope="module", params=[False, True], ids=["public", "secret"])
def pool(request: pytest.FixtureRequest) -> Iterator[LocalPool]:
    """A pool whose triggers ask two sums and forgive one mistake."""
    triggers = {
        "DefineAuthChallenge": DEFINE,
        "CreateAuthChallenge": CREATE,
        "VerifyAuthChallengeResponse": VERIFY,
    }
    with LocalPool(triggers=triggers, secret=request.param) as running:
        running.add_user("jane", PASSWORD)
        yield running


def question(challenge: Any) -> str:
    """What the challenge asks."""
    assert isinstance(challenge, CustomChallenge)
    return challenge.parameters["question"]


def test_answered_at_once(pool: LocalPool) -> None:
    """Two right answers give tokens."""
    with pool.client() as client:
        first = client.sign_in_with_custom_auth("jane")
        assert question(first) == "1 + 1"
        second = client.respond(first.answer("2"))  # type: ignore[union-attr, call-arg]
        assert question(second) == "2 + 2"
        tokens = client.respond(second.answer("4"))  # type: ignore[union-attr, call-arg]

        assert isinstance(tokens, Tokens)
        assert client.get_user(tokens).username == "jane"


def test_a_mistake_is_forgiven_once(pool: LocalPool) -> None:
    """A wrong answer is asked again, and a second one ends the sign-in."""
    with pool.client() as client:
        again: Any = client.sign_in_with_custom_auth("jane")
        again = client.respond(again.answer("3"))
        assert question(again) == "1 + 1"

        with pytest.raises(errors.NotAuthorized):
            client.respond(again.answer("3"))


def test_metadata_reaches_the_trigger(pool: LocalPool) -> None:
    """client_metadata of respond() is what the verifying trigger sees."""
    with pool.client() as client:
        first: Any = client.sign_in_with_custom_auth("jane")

        second = client.respond(first.answer(""), client_metadata={"instead": "2"})

        assert question(second) == "2 + 2"


def test_by_an_administrator(pool: LocalPool) -> None:
    """The administrator's flow is the same, and its challenges are answered the administrator's way."""
    with pool.client() as client:
        challenge: Any = client.admin.sign_in_with_custom_auth("jane")
        assert challenge.admin is True
        challenge = client.respond(challenge.answer("2"))
        assert isinstance(client.admin.respond(challenge.answer("4")), Tokens)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_awaited(pool: LocalPool, backend: str) -> None:
    """The async client does it the same way on either event loop."""

    async def main() -> None:
        async with pool.async_client() as client:
            result: Any = await client.sign_in_with_custom_auth("jane")
            for answer in ("2", "4"):
                result = await client.respond(result.answer(answer))
            assert isinstance(result, Tokens)

    anyio.run(main, backend=backend)
