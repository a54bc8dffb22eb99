"""The kit without a framework: a mint, a clock, a JWKS server, and user pools."""

import pytest

from cognitokit import CognitoVerifier, KeysUnavailable, SoftwareTokenMfa, TokenError, Tokens
from cognitokit.errors import ExpiredToken
from cognitokit.testing import (
    Clock,
    FakePool,
    FederatedIdentity,
    LocalPool,
    TokenMint,
    bad_tokens,
    totp_code,
)


def test_mint() -> None:
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    verifier = CognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks
    )

    token = verifier.verify(mint.access_token("jane", groups=["admin"], scopes=["tasks/read"]))
    assert (token.username, token.groups) == ("jane", ("admin",))


def test_kinds_of_tokens(cognito_mint: TokenMint) -> None:
    apis, app = cognito_mint.verifier("access"), cognito_mint.verifier("id")
    machine = apis.verify(cognito_mint.machine_token(["tasks/read"]))
    person = app.verify(cognito_mint.id_token("jane", custom={"tenant": "t1"}))
    federated = app.verify(
        cognito_mint.id_token(identity=FederatedIdentity("Google", "117"), given_name="Jane")
    )

    assert machine.username is None
    assert person.custom["tenant"] == "t1"
    assert federated.username == "Google_117"


def test_time(cognito_mint: TokenMint, cognito_clock: Clock) -> None:
    token = cognito_mint.access_token(expires_in=300)
    verifier = cognito_mint.verifier()
    verifier.verify(token)
    cognito_clock.advance(300)

    with pytest.raises(ExpiredToken):
        verifier.verify(token)


@pytest.mark.cognito_time(1_795_000_000)
def test_frozen_time(cognito_mint: TokenMint) -> None:
    assert cognito_mint.verifier().verify(cognito_mint.access_token()).issued_at == 1_795_000_000


def test_rotation_and_outage(cognito_mint: TokenMint) -> None:
    with cognito_mint.serve() as server:
        verifier = CognitoVerifier(
            server.pool, client_id=cognito_mint.client_id, token_use="access"
        )
        verifier.verify(cognito_mint.access_token())
        cognito_mint.rotate()
        verifier.verify(cognito_mint.access_token())
        assert server.requests == 2

    with cognito_mint.serve() as server:
        server.down()
        verifier = CognitoVerifier(
            server.pool, client_id=cognito_mint.client_id, token_use="access"
        )
        with pytest.raises(KeysUnavailable):
            verifier.verify(cognito_mint.access_token())


def test_own_check_refuses_every_bad_token(cognito_mint: TokenMint) -> None:
    good = cognito_mint.access_token()
    verifier = cognito_mint.verifier()
    verifier.verify(good)
    for bad in bad_tokens(cognito_mint, good):
        with pytest.raises(TokenError):
            verifier.verify(bad.token)


def test_sign_up_in_a_pool_in_memory(cognito_pool: FakePool) -> None:
    client = cognito_pool.client()
    client.sign_up("jane", "Tr0ub4dor&3", attributes={"email": "jane@example.com"})
    client.confirm_sign_up("jane", cognito_pool.last_code("jane"))

    assert isinstance(client.sign_in("jane", "Tr0ub4dor&3"), Tokens)


def test_the_same_on_a_real_server(cognito_local: LocalPool) -> None:
    client = cognito_local.client()
    client.sign_up("jane", "Tr0ub4dor&3", attributes={"email": "jane@example.com"})
    client.confirm_sign_up("jane", cognito_local.last_code("jane"))

    assert isinstance(client.sign_in("jane", "Tr0ub4dor&3"), Tokens)


def test_authenticator_app(cognito_pool: FakePool, cognito_clock: Clock) -> None:
    cognito_pool.add_user("jane", "Tr0ub4dor&3")
    client = cognito_pool.client()
    tokens = client.sign_in("jane", "Tr0ub4dor&3").require_tokens()
    setup = client.mfa.associate(tokens)
    client.mfa.verify(setup, totp_code(setup.secret, cognito_clock()))
    client.mfa.set_preference(tokens, software_token=True, preferred="SOFTWARE_TOKEN_MFA")
    cognito_clock.advance(30)

    challenge = client.sign_in("jane", "Tr0ub4dor&3")
    assert isinstance(challenge, SoftwareTokenMfa)
    answer = challenge.answer(totp_code(setup.secret, cognito_clock()))
    assert isinstance(client.respond(answer), Tokens)
