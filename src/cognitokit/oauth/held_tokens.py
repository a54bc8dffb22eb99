"""What an application holds of a user's session, read for a refresh, a revocation or userInfo."""

from __future__ import annotations

import base64
import json
from typing import Any

from cognitokit.errors import ConfigurationError, InvalidData
from cognitokit.oauth.callback import VerifiedTokens
from cognitokit.oauth.token_endpoint import is_token
from cognitokit.tokens import AccessToken, Tokens


def refresh_token_of(held: VerifiedTokens | Tokens | str) -> str:
    """Return the refresh token.

    Raises:
        ConfigurationError: There is none, or it is malformed.
    """
    tokens = held.tokens if isinstance(held, VerifiedTokens) else held
    token = tokens.refresh_token if isinstance(tokens, Tokens) else tokens
    if not isinstance(token, str) or not token:
        raise ConfigurationError(
            "There is no refresh token: give Tokens that have one, or the refresh token itself. "
            "The implicit grant and client credentials never give one."
        )
    if not is_token(token):
        raise ConfigurationError(
            "The refresh token has characters that none has; store it as it came."
        )
    return token


def sub_of(held: VerifiedTokens | Tokens | str) -> str | None:
    """Return the user's id; None for a bare refresh token, which does not say.

    Raises:
        InvalidData: The tokens are none that a verifier has ever accepted.
    """
    if isinstance(held, VerifiedTokens):
        return held.access_token.sub
    if isinstance(held, Tokens):
        sub = _sub_claim(held.access_token)
        if sub is None:
            raise InvalidData("access_token is not a JSON Web Token with a sub.")
        return sub
    return None


def access_token_of(held: VerifiedTokens | AccessToken | str, sub: str | None) -> tuple[str, str]:
    """Return the access token, and the sub that an answer about its user must have.

    Raises:
        ConfigurationError: A bare token came without the sub to expect, or is malformed.
    """
    if isinstance(held, VerifiedTokens):
        return held.tokens.access_token, held.access_token.sub
    if isinstance(held, AccessToken):
        return held.raw, held.sub
    if type(held) is not str or type(sub) is not str:
        raise ConfigurationError(
            "Give the verified access token, or a bare one together with sub=, the user it is of."
        )
    if not is_token(held):
        raise ConfigurationError(
            "The access token has characters that none has; store it as it came."
        )
    return held, sub


def _sub_claim(token: str) -> str | None:
    # Not verified, and only held against tokens that are: these come from the application's store.
    try:
        payload = token.split(".")[1]
        claims: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError, RecursionError):
        return None
    try:
        sub = claims["sub"]
    except (TypeError, KeyError, IndexError):
        return None
    return sub if isinstance(sub, str) and sub else None
