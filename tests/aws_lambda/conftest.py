"""A mint, and a verifier of its tokens."""

import pytest

from cognitokit import AccessToken, CognitoVerifier
from cognitokit.testing import TokenMint


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """What makes the tokens that the functions under test accept."""
    return TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")


@pytest.fixture
def verifier(mint: TokenMint) -> CognitoVerifier[AccessToken]:
    """A verifier that has the mint's keys."""
    return mint.verifier()
