"""What type checkers say of the verifier's users. Never run: mypy and pyright read it."""

from typing import assert_type

from cognitokit import AccessToken, AsyncCognitoVerifier, CognitoVerifier, IdToken, UserPool

POOL = "eu-west-1_AbCdEfGhI"


def token_use_narrows(raw: str) -> None:
    access = CognitoVerifier(POOL, client_id="app", token_use="access")
    identity = CognitoVerifier(UserPool(POOL), client_id=["app", "other"], token_use="id")
    either = CognitoVerifier(POOL, client_id=None, token_use=None)

    assert_type(access.verify(raw), AccessToken)
    assert_type(identity.verify(raw, nonce="n"), IdToken)
    assert_type(either.verify(raw), AccessToken | IdToken)
    assert_type(access.verify(raw).scopes, frozenset[str])
    assert_type(identity.verify(raw).email_verified, bool)


def one_of_two_pools(raw: str) -> None:
    staff = CognitoVerifier(POOL, client_id="staff", token_use="access")
    users = CognitoVerifier("eu-west-1_Another00", client_id="users", token_use="access")

    assert_type(CognitoVerifier.any_of(staff, users).verify(raw), AccessToken)


async def awaited(raw: str) -> None:
    access = AsyncCognitoVerifier(POOL, client_id="app", token_use="access")
    identity = AsyncCognitoVerifier(POOL, client_id="app", token_use="id")

    assert_type(await access.verify(raw), AccessToken)
    assert_type(await identity.verify(raw), IdToken)


def nothing_that_decides_is_left_out() -> None:
    CognitoVerifier(POOL, client_id="app")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    CognitoVerifier(POOL, token_use="access")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    CognitoVerifier(POOL, client_id="app", token_use="refresh")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def options_are_known() -> None:
    CognitoVerifier(POOL, client_id="app", token_use="access", leway=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def an_id_token_has_no_scopes(raw: str) -> None:
    identity = CognitoVerifier(POOL, client_id="app", token_use="id").verify(raw)

    identity.scopes  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def tokens_cannot_be_changed(raw: str) -> None:
    token = CognitoVerifier(POOL, client_id="app", token_use="access").verify(raw)

    token.sub = "another"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
