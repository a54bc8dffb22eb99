"""SECRET_HASH: how an app client with a secret proves itself beside a username.

Which username goes in decides over success. It is the one that the same request names: what the
user typed at sign-up and at the start of a sign-in, what Cognito returned after a challenge, and
on a refresh through REFRESH_TOKEN_AUTH, which names none, the user's real name and never an alias.
"""

from __future__ import annotations

import base64
import hmac

from cognitokit.errors import ConfigurationError


def secret_hash(username: object, client_id: str, client_secret: str) -> str:
    """Return base64(HMAC-SHA256(client_secret, username + client_id)), as Cognito's guide defines it.

    Raises:
        ConfigurationError: The username is not a string.
    """
    if not isinstance(username, str):
        raise ConfigurationError("username must be a string.")
    message = (username + client_id).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(client_secret.encode(), message, "sha256")).decode()
