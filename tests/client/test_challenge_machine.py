"""Whatever Cognito, a proxy or an emulator answers, a sign-in ends in tokens, a challenge or one of our errors."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cognitokit import Challenge, SrpChallenge, Tokens
from cognitokit.client.calls import Call
from cognitokit.client.challenges import SignInResult
from cognitokit.client.failures import service_error
from cognitokit.client.retry import Retry
from cognitokit.client.sync.client import CognitoClient
from cognitokit.errors import MODELLED_ERRORS, CognitoKitError, RequestTimeout
from tests.client.scripted import Shell
from tests.client.service_model import challenge_names

NAMES = [*challenge_names(), "TO_COME", ""]
PARAMETERS = [
    "USERNAME",
    "USER_ID_FOR_SRP",
    "requiredAttributes",
    "userAttributes",
    "CODE_DELIVERY_DELIVERY_MEDIUM",
    "CODE_DELIVERY_DESTINATION",
    "FRIENDLY_DEVICE_NAME",
    "MFAS_CAN_CHOOSE",
    "MFAS_CAN_SETUP",
    "CREDENTIAL_REQUEST_OPTIONS",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
JSON_TEXT = JSON.map(json.dumps) | st.text(max_size=8)
PLAUSIBLE = st.fixed_dictionaries(
    {"ChallengeName": st.sampled_from(NAMES)},
    optional={
        "Session": st.text(min_size=20, max_size=24) | st.none(),
        "ChallengeParameters": st.dictionaries(st.sampled_from(PARAMETERS), JSON_TEXT, max_size=4),
        "AvailableChallenges": st.lists(st.sampled_from(NAMES), max_size=3),
    },
)
COMPLETED = st.fixed_dictionaries(
    {
        "AuthenticationResult": st.fixed_dictionaries(
            {},
            optional={
                "AccessToken": st.text(min_size=1, max_size=5),
                "ExpiresIn": st.integers(-1, 86400),
                "IdToken": st.text(max_size=5),
                "RefreshToken": st.text(max_size=5),
                "NewDeviceMetadata": JSON,
            },
        )
    }
)
MEMBERS = [
    "ChallengeName",
    "Session",
    "ChallengeParameters",
    "AuthenticationResult",
    "AvailableChallenges",
]
ANYTHING = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=5)
ERRORS = st.sampled_from(sorted(MODELLED_ERRORS)).map(
    lambda code: service_error(Call("InitiateAuth", {}), code=code)
) | st.just(RequestTimeout())
REPLIES = st.lists(PLAUSIBLE | COMPLETED | ANYTHING | ERRORS, min_size=1, max_size=6)


def any_answer(challenge: Any) -> Any:
    """Some answer to whatever challenge it is."""
    match challenge.name:
        case "NEW_PASSWORD_REQUIRED":
            attributes = dict.fromkeys(challenge.required_attributes, "x")
            return challenge.answer("N3w passw0rd", attributes=attributes)
        case "MFA_SETUP":
            return challenge.answer()
        case "SELECT_MFA_TYPE" | "SELECT_CHALLENGE":
            return challenge.answer([*challenge.choices, "EMAIL_OTP"][0])
        case "WEB_AUTHN":
            return challenge.answer({"id": "abc"})
        case _ if isinstance(challenge, SrpChallenge):
            return challenge.answer()
        case _ if type(challenge).__name__ == "UnknownChallenge":
            return challenge.answer(ANSWER="x")
        case _:
            return challenge.answer("123456")


def sign_in(client: CognitoClient) -> SignInResult:
    """Sign in and answer until it is over or the replies are used up."""
    result = client.sign_in("jane", "pass word")
    for _ in range(5):
        if isinstance(result, Tokens):
            break
        assert Challenge.from_dict(json.loads(json.dumps(result.to_dict()))) == result
        result = client.respond(any_answer(result))
    return result


async def sign_in_async(client: Any) -> Any:
    """The same, awaited."""
    result = await client.sign_in("jane", "pass word")
    for _ in range(5):
        if isinstance(result, Tokens):
            break
        result = await client.respond(any_answer(result))
    return result


def outcome(kind: str, replies: list[Any]) -> Any:
    """How a sign-in that gets these replies ends."""
    shell = Shell.of(kind, *replies, checked=False, retry=Retry(attempts=1))
    shell.script.answers.extend([RequestTimeout()] * 6)
    try:
        return shell.run(sign_in if kind == "threads" else sign_in_async)
    except CognitoKitError as error:
        return type(error), str(error)


@settings(max_examples=400, deadline=None)
@given(REPLIES)
def test_any_replies(replies: list[Any]) -> None:
    """Any sequence of replies ends in Tokens, a typed challenge or one of our errors."""
    end = outcome("threads", replies)

    assert isinstance(end, (Tokens, Challenge, tuple))


@settings(max_examples=60, deadline=None)
@given(REPLIES)
def test_both_clients_end_the_same(replies: list[Any]) -> None:
    """The async client comes to the same end."""
    assert outcome("threads", list(replies)) == outcome("asyncio", list(replies))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*Challenge.__dataclass_fields__, "choices", "x"]), JSON))
def test_any_data(data: dict[str, Any]) -> None:
    """from_dict() gives a challenge or InvalidData for any data at all."""
    try:
        challenge = Challenge.from_dict(data)
    except CognitoKitError:
        return

    assert isinstance(challenge, Challenge)
