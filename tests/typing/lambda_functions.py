"""What type checkers say of Lambda functions. Never run: mypy and pyright read it."""

from collections.abc import Mapping
from typing import Any, assert_type

from cognitokit import AccessToken, CognitoVerifier
from cognitokit.aws_lambda import (
    claims_from_event,
    cognito_authorizer,
    current_token,
    require_cognito,
)
from cognitokit.aws_lambda.triggers import (
    CodeToSend,
    TokenChanges,
    TokenRequest,
    email_code_triggers,
    pre_token_generation,
)

VERIFIER = CognitoVerifier("eu-west-1_AbCdEfGhI", client_id="app", token_use="access")


@require_cognito(VERIFIER, groups=["admin"])
def handler(event: dict[str, Any], context: object, *, extra: int = 0) -> str:
    return str(event["path"]) * extra


def a_handler_keeps_its_arguments() -> None:
    assert_type(handler({}, None, extra=1), str | dict[str, Any])
    handler({}, None, extra="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    handler({})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def the_current_token_is_an_access_token() -> None:
    assert_type(current_token, AccessToken)
    assert_type(claims_from_event({})["sub"], str)


def may_see(token: AccessToken, event: dict[str, Any]) -> bool:
    return bool(token.username == event["pathParameters"]["name"])


def tenant(token: AccessToken) -> Mapping[str, str]:
    return {"tenant": str(token.claims.get("tenant"))}


def authorizers_take_functions_of_the_token() -> None:
    authorizer = cognito_authorizer(VERIFIER, check=may_see, context=tenant)
    assert_type(authorizer({}, None), dict[str, Any])
    cognito_authorizer(VERIFIER, policy_scope="all")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    require_cognito()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


@pre_token_generation
def tokens(request: TokenRequest) -> TokenChanges:
    assert_type(request.groups, tuple[str, ...])
    return TokenChanges(add_scopes=["tasks/write"], groups=[*request.groups, "beta"])


def send(message: CodeToSend) -> None:
    assert_type(message.code, str)


def triggers_take_events() -> None:
    assert_type(tokens({}, None), dict[str, Any])
    assert_type(email_code_triggers(send)({}, None), dict[str, Any])
    email_code_triggers(send, digits="8")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    pre_token_generation(send)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
