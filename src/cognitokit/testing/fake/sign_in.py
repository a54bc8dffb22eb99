"""InitiateAuth and RespondToAuthChallenge, and their administrator's twins."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from cognitokit.testing.fake import custom_auth
from cognitokit.testing.fake.first_factor import (
    after_sign_up,
    by_choice,
    by_passkey,
    by_password,
    check_lock,
    check_may_sign_in,
    choose,
    note_miss,
    srp,
)
from cognitokit.testing.fake.refresh import by_refresh_token
from cognitokit.testing.fake.refusal import (
    NotInFakePool,
    Refused,
    invalid_parameter,
    missing_parameter,
    not_authorized,
    unknown_user,
)
from cognitokit.testing.fake.second_factor import after_first_factor, ask, complete
from cognitokit.testing.fake.sign_in_sessions import SignIn
from cognitokit.testing.fake.software_tokens import check_software_token
from cognitokit.testing.fake.users import attribute_map, check_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState, RegisteredClient
    from cognitokit.testing.fake.users import User

    Answer = Callable[[PoolState, SignIn, Mapping[str, str]], dict[str, Any]]

_ENABLED_BY = {
    "USER_PASSWORD_AUTH": {"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"},
    "ADMIN_USER_PASSWORD_AUTH": {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"},
    "ADMIN_NO_SRP_AUTH": {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"},
    "USER_AUTH": {"ALLOW_USER_AUTH"},
    "CUSTOM_AUTH": {"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"},
    "USER_SRP_AUTH": {"ALLOW_USER_SRP_AUTH"},
    "REFRESH_TOKEN_AUTH": {"ALLOW_REFRESH_TOKEN_AUTH"},
    "REFRESH_TOKEN": {"ALLOW_REFRESH_TOKEN_AUTH"},
}
_NOT_ENABLED = {
    "USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH flow not enabled for this client",
    "USER_AUTH": "USER_AUTH flow not enabled for this client",
    "CUSTOM_AUTH": "CUSTOM_AUTH is not enabled for the client.",
    "USER_SRP_AUTH": "USER_SRP_AUTH is not enabled for the client.",
}
_ADMIN_ONLY = {"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}
_PUBLIC_ONLY = {"USER_PASSWORD_AUTH"}
_FIRST_FACTORS = {"SELECT_CHALLENGE", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"}


def initiate_auth(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """InitiateAuth."""
    return _initiate(state, params, never=_ADMIN_ONLY)


def admin_initiate_auth(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminInitiateAuth."""
    state.check_pool(params)
    return _initiate(state, params, never=_PUBLIC_ONLY)


def respond_to_auth_challenge(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """RespondToAuthChallenge."""
    return _respond(state, params)


def admin_respond_to_auth_challenge(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    """AdminRespondToAuthChallenge. Cognito takes either twin's answer to either twin's challenge."""
    state.check_pool(params)
    return _respond(state, params)


def _initiate(state: PoolState, params: Mapping[str, Any], *, never: set[str]) -> dict[str, Any]:
    client = state.client(params["ClientId"])
    flow = params["AuthFlow"]
    if flow in never:
        raise invalid_parameter("Initiate Auth method not supported.")
    _check_enabled(client, flow)
    parameters = params.get("AuthParameters", {})
    if flow.startswith("REFRESH_TOKEN"):
        return by_refresh_token(state, client, parameters)
    if flow == "USER_SRP_AUTH":
        raise srp()
    name = _required(parameters, "USERNAME")
    password = None
    if flow in _ADMIN_ONLY | _PUBLIC_ONLY:
        password = _required(parameters, "PASSWORD")
    client.check_secret_hash(parameters.get("SECRET_HASH"), name)
    user = state.directory.find(name)
    if user is None and not client.settings.hides_users:
        raise unknown_user()
    sign_in = SignIn(
        client=client, name=name, user=user, challenge="", device_key=parameters.get("DEVICE_KEY")
    )
    if flow == "CUSTOM_AUTH":
        return custom_auth.start(state, sign_in, parameters, params.get("ClientMetadata"))
    if flow == "USER_AUTH" and "Session" in params:
        return after_sign_up(state, sign_in, params["Session"])
    if password is None:
        if "TARGET_ACR_VALUES" in parameters:
            raise NotInFakePool(
                "step-up authentication", "Mint the token that you need with pool.mint."
            )
        return by_choice(state, sign_in, parameters)
    return by_password(state, sign_in, password)


def _check_enabled(client: RegisteredClient, flow: str) -> None:
    flows = client.settings.flows
    # Where a flow has its name of old, without ALLOW_, refreshing needs no permission.
    legacy = flow.startswith("REFRESH_TOKEN") and any(
        not each.startswith("ALLOW_") for each in flows
    )
    if not legacy and not _ENABLED_BY[flow] & flows:
        raise invalid_parameter(_NOT_ENABLED.get(flow, "Auth flow not enabled for this client"))


def _respond(state: PoolState, params: Mapping[str, Any]) -> dict[str, Any]:
    client = state.client(params["ClientId"])
    responses = params.get("ChallengeResponses", {})
    name = _required(responses, "USERNAME")
    session = _required(params, "Session")
    sign_in = state.sessions.find(session)
    user = sign_in.user
    # Once a challenge has told the user's real name, it is that which goes into the hash.
    told = sign_in.second_factor or sign_in.challenge not in _FIRST_FACTORS
    hashed = user.username if told and user is not None else name
    client.check_secret_hash(responses.get("SECRET_HASH"), hashed)
    fold = state.directory.fold
    same_user = (
        fold(name) == fold(sign_in.name) if user is None else state.directory.find(name) is user
    )
    if (
        sign_in.client is not client
        or sign_in.challenge != params["ChallengeName"]
        or not same_user
    ):
        raise not_authorized("Invalid session for the user.")
    if "DEVICE_KEY" in responses:
        sign_in.device_key = responses["DEVICE_KEY"]
    if sign_in.challenge == "CUSTOM_CHALLENGE":
        reply = custom_auth.answer(state, sign_in, responses, params.get("ClientMetadata"))
    else:
        answer = _ANSWERS.get(sign_in.challenge)
        if answer is None:
            raise srp()
        reply = answer(state, sign_in, responses)
    state.sessions.spend(session)
    return reply


def _required(parameters: Mapping[str, str], name: str) -> str:
    if not parameters.get(name):
        raise missing_parameter(name)
    return parameters[name]


def _new_password(
    state: PoolState, sign_in: SignIn, responses: Mapping[str, str]
) -> dict[str, Any]:
    user = _user(sign_in)
    password = _required(responses, "NEW_PASSWORD")
    prefix = "userAttributes."
    values = {
        name.removeprefix(prefix): value
        for name, value in responses.items()
        if name.startswith(prefix)
    }
    for name in values:
        if not sign_in.client.settings.may_write(name):
            raise not_authorized("A client attempted to write unauthorized attribute")
        attribute = state.settings.schema.get(name)
        if attribute is not None and attribute.required and user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
    check_attributes(state.settings, values, None)
    wanted = [
        attribute.name
        for attribute in state.settings.schema.values()
        if attribute.required and not {**user.attributes, **values}.get(attribute.name)
    ]
    if wanted:
        raise invalid_parameter(f"Invalid attributes given, {wanted[0]} is missing")
    for name, value in values.items():
        state.directory.claim_alias(user, name, value)
    state.set_password(user, password)
    user.attributes |= values
    user.status = "CONFIRMED"
    return after_first_factor(state, sign_in, user)


def _password(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
    return by_password(state, sign_in, _required(responses, "PASSWORD"))


def _passkey(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
    return by_passkey(state, sign_in, _required(responses, "CREDENTIAL"))


def _by_code(name: str) -> Answer:
    def answer(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
        given = _required(responses, name)
        user = sign_in.user
        if user is not None and sign_in.second_factor:
            check_lock(state, user)
        expected = sign_in.code or ""
        if user is None or not hmac.compare_digest(expected.encode(), given.encode()):
            if user is not None and sign_in.second_factor:
                note_miss(state, user)
            raise Refused("CodeMismatchException", "Invalid code or auth state for the user.")
        check_may_sign_in(user)
        return complete(state, sign_in, user)

    return answer


def _software_token(
    state: PoolState, sign_in: SignIn, responses: Mapping[str, str]
) -> dict[str, Any]:
    user = _user(sign_in)
    code = _required(responses, "SOFTWARE_TOKEN_MFA_CODE")
    check_lock(state, user)
    check_software_token(state, user, code)
    check_may_sign_in(user)
    return complete(state, sign_in, user)


def _select_mfa(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
    choice = _required(responses, "ANSWER")
    if choice not in sign_in.choices:
        raise invalid_parameter("The selected MFA type is not available.")
    return ask(state, sign_in, _user(sign_in), choice)


def _mfa_setup(state: PoolState, sign_in: SignIn, responses: Mapping[str, str]) -> dict[str, Any]:
    user = _user(sign_in)
    if sign_in.set_up:
        return complete(state, sign_in, user)
    email = responses.get("EMAIL")
    if email is None or "EMAIL_OTP" not in state.settings.mfa_methods:
        raise invalid_parameter("No MFA method was set up with this session.")
    values = attribute_map([{"Name": "email", "Value": email}])
    check_attributes(state.settings, values, user)
    state.directory.claim_alias(user, "email", email)
    user.attributes |= {**values, "email_verified": "false"}
    return ask(state, sign_in, user, "EMAIL_OTP")


def _user(sign_in: SignIn) -> User:
    # Only first factors are simulated for users who do not exist.
    assert sign_in.user is not None
    return sign_in.user


_ANSWERS: dict[str, Answer] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SELECT_CHALLENGE": choose,
    "PASSWORD": _password,
    "WEB_AUTHN": _passkey,
    "EMAIL_OTP": _by_code("EMAIL_OTP_CODE"),
    "SMS_OTP": _by_code("SMS_OTP_CODE"),
    "SMS_MFA": _by_code("SMS_MFA_CODE"),
    "SOFTWARE_TOKEN_MFA": _software_token,
    "SELECT_MFA_TYPE": _select_mfa,
    "MFA_SETUP": _mfa_setup,
}
