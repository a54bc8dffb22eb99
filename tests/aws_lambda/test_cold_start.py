"""What a guarded function loads, from its import to the first answer, and with which packages it gets by."""

from __future__ import annotations

import json

import pytest

from cognitokit.testing import TokenMint, http_api_event, request_authorizer_event
from tests.test_imports import CRYPTOGRAPHY_ALONE, heavy_among, loaded_by, run

FUNCTIONS = """
import json
from cognitokit import CognitoVerifier
from cognitokit.aws_lambda import cognito_authorizer, current_token, require_cognito

given = json.loads({given!r})
verifier = CognitoVerifier(
    given["pool"], client_id=given["client_id"], token_use="access", jwks=given["jwks"]
)

@require_cognito(verifier)
def handler(event, context):
    return current_token.username

answer = [
    handler(given["request"], None),
    cognito_authorizer(verifier)(given["authorization"], None)["context"]["sub"],
]
"""


@pytest.fixture
def code(mint: TokenMint) -> str:
    """A function of each kind, called once with a good token."""
    token = mint.access_token("jane")
    given = {
        "pool": mint.pool.id,
        "client_id": mint.client_id,
        "jwks": mint.jwks,
        "request": http_api_event(token=token),
        "authorization": request_authorizer_event(token=token),
    }
    return FUNCTIONS.format(given=json.dumps(given))


def test_importing_the_module_loads_nothing_heavy() -> None:
    """Neither the AWS SDK nor an HTTP stack, an event loop or a web framework."""
    assert [] == heavy_among(loaded_by("import cognitokit.aws_lambda"))


def test_a_first_request_loads_nothing_heavy(code: str) -> None:
    """From a fresh process to the first answers nothing heavy is loaded either."""
    loaded = loaded_by(code)

    assert [] == heavy_among(loaded)
    assert "cognitokit.aws_lambda.handlers" in loaded


def test_functions_get_by_with_cryptography(code: str, mint: TokenMint) -> None:
    """With keys given, both kinds of function answer where no other package is installed."""
    assert f"['jane', '{mint.sub('jane')}']" == run(CRYPTOGRAPHY_ALONE + code + "print(answer)")
