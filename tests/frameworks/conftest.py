"""A mint, verifiers of its tokens, and some that count."""

from collections.abc import Callable

import pytest

from cognitokit import AccessToken
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks.verifiers import AsyncCountingVerifier, CountingVerifier


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """What makes the tokens that the applications under test accept."""
    return TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")


@pytest.fixture
def verifier(mint: TokenMint) -> CognitoVerifier[AccessToken]:
    """A verifier that has the mint's keys."""
    return CognitoVerifier(mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks)


@pytest.fixture
def async_verifier(mint: TokenMint) -> AsyncCognitoVerifier[AccessToken]:
    """The same, asynchronous."""
    return AsyncCognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="access", jwks=mint.jwks
    )


@pytest.fixture
def counting(verifier: CognitoVerifier[AccessToken]) -> CountingVerifier:
    """A synchronous verifier that counts."""
    return CountingVerifier(verifier)


@pytest.fixture
def async_counting(async_verifier: AsyncCognitoVerifier[AccessToken]) -> AsyncCountingVerifier:
    """An asynchronous verifier that counts."""
    return AsyncCountingVerifier(async_verifier)


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    """Makes the header that carries a token."""
    return lambda token: {"Authorization": f"Bearer {token}"}
