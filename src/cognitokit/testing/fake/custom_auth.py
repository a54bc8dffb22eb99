"""CUSTOM_AUTH: three triggers of the caller's decide what is asked and when it is enough.

The triggers are Lambda handlers: they get the event that Cognito would send and return it with
the response filled in, so that the handlers of a real pool can be given as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cognitokit.testing.fake.first_factor import check_may_sign_in, srp
from cognitokit.testing.fake.refusal import (
    Refused,
    incorrect_credentials,
    invalid_parameter,
    missing_parameter,
)
from cognitokit.testing.fake.second_factor import challenge, complete

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.sign_in_sessions import SignIn
    from cognitokit.testing.fake.state import PoolState

_NAMES = {
    "DefineAuthChallenge": "DefineAuthChallenge_Authentication",
    "CreateAuthChallenge": "CreateAuthChallenge_Authentication",
    "VerifyAuthChallengeResponse": "VerifyAuthChallengeResponse_Authentication",
}


def start(
    state: PoolState,
    sign_in: SignIn,
    parameters: Mapping[str, str],
    metadata: Mapping[str, str] | None,
) -> dict[str, Any]:
    """InitiateAuth with CUSTOM_AUTH."""
    if not state.triggers:
        raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
    if "SRP_A" in parameters or parameters.get("CHALLENGE_NAME") == "SRP_A":
        raise srp()
    if sign_in.user is not None:
        check_may_sign_in(sign_in.user)
    return _define(state, sign_in, metadata)


def answer(
    state: PoolState,
    sign_in: SignIn,
    responses: Mapping[str, str],
    metadata: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The answer to CUSTOM_CHALLENGE: a wrong one is a matter for DefineAuthChallenge."""
    if "ANSWER" not in responses:
        raise missing_parameter("ANSWER")
    verdict = _call(
        state,
        sign_in,
        "VerifyAuthChallengeResponse",
        metadata,
        request={
            "privateChallengeParameters": dict(sign_in.private),
            "challengeAnswer": responses["ANSWER"],
        },
        response=("answerCorrect",),
    )
    this_round = {**sign_in.rounds[-1], "challengeResult": verdict.get("answerCorrect") is True}
    sign_in.rounds = (*sign_in.rounds[:-1], this_round)
    return _define(state, sign_in, metadata)


def _define(
    state: PoolState, sign_in: SignIn, metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    decision = _call(
        state,
        sign_in,
        "DefineAuthChallenge",
        metadata,
        request={"session": [dict(each) for each in sign_in.rounds]},
        response=("challengeName", "issueTokens", "failAuthentication"),
    )
    if decision.get("issueTokens") is True and sign_in.user is not None:
        return complete(state, sign_in, sign_in.user)
    if decision.get("failAuthentication") is True or decision.get("issueTokens") is True:
        raise incorrect_credentials()
    name = decision.get("challengeName")
    if name in {"SRP_A", "PASSWORD_VERIFIER"}:
        raise srp()
    if name != "CUSTOM_CHALLENGE":
        raise Refused(
            "InvalidLambdaResponseException", "DefineAuthChallenge returned no challengeName."
        )
    created = _call(
        state,
        sign_in,
        "CreateAuthChallenge",
        metadata,
        request={"challengeName": name, "session": [dict(each) for each in sign_in.rounds]},
        response=("publicChallengeParameters", "privateChallengeParameters", "challengeMetadata"),
    )
    sign_in.private = created.get("privateChallengeParameters") or {}
    this_round = {
        "challengeName": name,
        "challengeResult": False,
        "challengeMetadata": created.get("challengeMetadata"),
    }
    sign_in.rounds = (*sign_in.rounds, this_round)
    username = sign_in.user.username if sign_in.user is not None else sign_in.name
    given: Mapping[str, Any] = created.get("publicChallengeParameters") or {}
    public = {key: str(value) for key, value in given.items()}
    return challenge(state, sign_in, name, {"USERNAME": username, **public})


def _call(
    state: PoolState,
    sign_in: SignIn,
    trigger: str,
    metadata: Mapping[str, str] | None,
    *,
    request: Mapping[str, Any],
    response: tuple[str, ...],
) -> Mapping[str, Any]:
    handler = state.triggers.get(trigger)
    if handler is None:
        raise Refused("InvalidLambdaResponseException", f"The pool has no {trigger} trigger.")
    user = sign_in.user
    event = {
        "version": "1",
        "region": state.region,
        "userPoolId": state.pool_id,
        "userName": user.username if user is not None else sign_in.name,
        "callerContext": {"awsSdkVersion": "cognitokit", "clientId": sign_in.client.client_id},
        "triggerSource": _NAMES[trigger],
        "request": {
            "userAttributes": {
                **({"cognito:user_status": user.status} if user is not None else {}),
                **(user.attributes if user is not None else {}),
            },
            "userNotFound": user is None,
            **({"clientMetadata": dict(metadata)} if metadata else {}),
            **request,
        },
        "response": dict.fromkeys(response),
    }
    try:
        returned = handler(event, None)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, Cognito says the same
        refusal = Refused("UserLambdaValidationException", f"{trigger} failed with error {error}.")
    else:
        filled: Any = returned.get("response") if isinstance(returned, dict) else None
        if isinstance(filled, dict):
            return cast("dict[str, Any]", filled)
        refusal = Refused("InvalidLambdaResponseException", "Unrecognizable lambda output")
    raise refusal
