"""What type checkers say of the client's users. Never run: mypy and pyright read it."""

from typing import assert_never, assert_type

from cognitokit import (
    ChallengeRequired,
    CognitoClient,
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SignInResult,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
    SomeChallenge,
    SrpChallenge,
    Tokens,
    UnknownChallenge,
    WebAuthn,
)


def sign_in_gives_tokens_or_a_challenge(client: CognitoClient) -> Tokens:
    result = client.sign_in("jane", "pass word")

    assert_type(result, SignInResult)
    assert_type(result.require_tokens(), Tokens)
    if isinstance(result, NewPasswordRequired):
        assert_type(client.respond(result.answer("N3w passw0rd")), SignInResult)
    return result.require_tokens()


def the_challenge_of_an_error_can_be_matched(error: ChallengeRequired) -> str:
    assert_type(error.challenge, SomeChallenge)
    match error.challenge:
        case SmsMfa():
            return error.challenge.answer("123456").name
        case _:
            return error.challenge.name


def every_outcome_can_be_matched(result: SignInResult) -> str:
    match result:
        case Tokens():
            return result.access_token
        case NewPasswordRequired() | MfaSetup() | PasswordRequired():
            return "password or set-up"
        case SoftwareTokenMfa() | SmsMfa() | SmsOtp() | EmailOtp():
            return "code"
        case SelectChallenge() | SelectMfaType():
            return "choice"
        case WebAuthn() | CustomChallenge():
            return "answer"
        case SrpChallenge() | UnknownChallenge():
            return "no answer"
        case _:
            assert_never(result)


def a_forgotten_outcome_is_found(result: SignInResult) -> str:
    match result:
        case Tokens():
            return result.access_token
        case _:
            assert_never(result)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_challenge_is_no_tokens(client: CognitoClient) -> None:
    client.sign_in("jane", "pass word").access_token  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def an_id_token_may_be_missing(tokens: Tokens) -> None:
    assert_type(tokens.access_token, str)
    assert_type(tokens.id_token, str | None)
