"""Signing in: InitiateAuth, RespondToAuthChallenge and their admin twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cognitokit.client.arguments import given, text_map
from cognitokit.client.calls import Call
from cognitokit.client.challenges import ChallengeAnswer, SignInResult
from cognitokit.client.failures import flows_to_enable
from cognitokit.client.flows.replies import signed_in
from cognitokit.client.flows.request import context_members
from cognitokit.client.operations import ENABLING_FLOWS
from cognitokit.errors import (
    ConfigurationError,
    FlowNotEnabled,
    InvalidParameter,
    NotAuthorized,
    ServiceError,
    UnsupportedChallenge,
    UserNotFound,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Flow, Reply
    from cognitokit.client.user_context import UserContext

_WRONG = "Incorrect username or password."
_PASSWORD_CHALLENGES = ("PASSWORD", "SELECT_CHALLENGE", "ADMIN_NO_SRP_AUTH")


def sign_in(
    app: AppClient,
    username: str,
    *,
    flow: str,
    admin: bool,
    password: str | None = None,
    preferred: str | None = None,
    session: str | None = None,
    device_key: str | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[SignInResult]:
    """InitiateAuth or AdminInitiateAuth.

    Raises:
        ConfigurationError: The flow is not one of those that this library has.
        UnsupportedChallenge: preferred is "PASSWORD_SRP".
        FlowNotEnabled: The app client does not allow the flow.
    """
    if preferred == "PASSWORD_SRP":
        raise UnsupportedChallenge(
            "PASSWORD_SRP is left out of this library; prefer PASSWORD, which travels inside TLS.",
            challenge=preferred,
        )
    parameters = given(
        USERNAME=username,
        PASSWORD=password,
        PREFERRED_CHALLENGE=preferred,
        DEVICE_KEY=device_key,
        SECRET_HASH=app.hash_of(username),
    )
    try:
        reply = yield from initiate(
            app,
            flow,
            parameters,
            admin=admin,
            session=session,
            client_metadata=client_metadata,
            user_context=user_context,
        )
    except (NotAuthorized, UserNotFound) as error:
        refusal = _public_error(app, error)
    else:
        return signed_in(app, reply, username=username, admin=admin)
    raise refusal


def initiate(
    app: AppClient,
    flow: str,
    parameters: Mapping[str, str],
    *,
    admin: bool,
    session: str | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
    repeat_within: float | None = None,
) -> Flow[Reply]:
    """Send InitiateAuth or AdminInitiateAuth; tell a flow that is not enabled from other errors."""
    enabling = ENABLING_FLOWS.get(flow) if isinstance(cast("object", flow), str) else None
    if enabling is None or (flow.startswith("ADMIN_") and not admin):
        raise ConfigurationError(f"flow must be one of {', '.join(flows_for(admin=admin))}.")
    request = given(
        UserPoolId=app.pool_id if admin else None,
        ClientId=app.client_id,
        AuthFlow=flow,
        AuthParameters=parameters,
        Session=session,
        ClientMetadata=text_map(client_metadata, "client_metadata"),
        **context_members(user_context, admin=admin),
    )
    call = Call("AdminInitiateAuth" if admin else "InitiateAuth", request, repeat_within)
    try:
        return (yield call)
    except InvalidParameter as error:
        # A transport that makes its errors without service_error() has not told them apart.
        if isinstance(error, FlowNotEnabled) or not flows_to_enable(
            call, error.code, error.message
        ):
            raise
        refusal = FlowNotEnabled(error.message, flows=enabling, request_id=error.request_id)
    raise refusal


def respond(
    app: AppClient,
    answer: ChallengeAnswer,
    *,
    device_key: str | None,
    client_metadata: Mapping[str, str] | None,
    user_context: UserContext | None,
) -> Flow[SignInResult]:
    """RespondToAuthChallenge or AdminRespondToAuthChallenge, whichever the answer's challenge came from.

    Raises:
        ConfigurationError: What is given is no answer, or one to another app client's challenge.
    """
    if type(answer) is not ChallengeAnswer:
        raise ConfigurationError(
            "respond() takes an answer, for instance client.respond(challenge.answer('123456'))."
        )
    if answer.client_id != app.client_id:
        raise ConfigurationError(
            "The challenge belongs to another app client; answer it with the client that got it."
        )
    request = given(
        UserPoolId=app.pool_id if answer.admin else None,
        ClientId=app.client_id,
        ChallengeName=answer.name,
        Session=answer.session,
        ChallengeResponses={
            **answer.responses,
            **given(DEVICE_KEY=device_key, SECRET_HASH=app.hash_of(answer.username)),
        },
        ClientMetadata=text_map(client_metadata, "client_metadata"),
        **context_members(user_context, admin=answer.admin),
    )
    operation = "AdminRespondToAuthChallenge" if answer.admin else "RespondToAuthChallenge"
    try:
        reply = yield Call(operation, request)
    except (NotAuthorized, UserNotFound) as error:
        hidden = answer.name in _PASSWORD_CHALLENGES or _tells_of_the_user(error)
        refusal = _public_error(app, error) if hidden else error
    else:
        return signed_in(app, reply, username=answer.username, admin=answer.admin)
    raise refusal


def flows_for(*, admin: bool) -> tuple[str, ...]:
    """Return the names of the flows that sign a user in."""
    return tuple(
        flow
        for flow in ENABLING_FLOWS
        if flow != "REFRESH_TOKEN_AUTH" and (admin or not flow.startswith("ADMIN_"))
    )


def _tells_of_the_user(error: NotAuthorized | UserNotFound) -> bool:
    """Whether it says what becomes of the user, and not of an answer: a code that is wrong, for instance."""
    return isinstance(error, UserNotFound) or error.message.startswith("User is disabled")


def _public_error(app: AppClient, error: NotAuthorized | UserNotFound) -> ServiceError:
    """One error for an unknown user, a wrong password and a disabled user, where that is asked for."""
    if not app.prevent_user_existence_errors:
        return error
    public = NotAuthorized(_WRONG, request_id=error.request_id)
    public.detail = error.with_traceback(None)
    return public
