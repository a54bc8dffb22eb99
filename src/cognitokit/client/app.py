"""The app client that calls are made for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

from cognitokit.client.numbers import is_number
from cognitokit.client.secret_hash import secret_hash
from cognitokit.errors import ConfigurationError

_CLIENT_ID = re.compile(r"[\w+]{1,128}", re.ASCII)  # ClientIdType in Cognito's service model
_LONGEST_GRACE = 60  # RetryGracePeriodSeconds there
_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppClient:
    """What flows need to know of the app client and its pool. Its repr hides the secret.

    Raises:
        ConfigurationError: A value is missing or malformed; the message names the cure.
    """

    pool_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    prevent_user_existence_errors: bool = False
    rotation_grace: float = 0

    def __post_init__(self) -> None:
        client_id = cast("object", self.client_id)
        client_secret = cast("object", self.client_secret)
        if not isinstance(client_id, str) or _CLIENT_ID.fullmatch(client_id) is None:
            raise ConfigurationError(
                "client_id must be the app client's id: 26 letters and digits, as the Cognito "
                "console shows it under 'App clients'."
            )
        if client_secret is not None and (
            not isinstance(client_secret, str) or not client_secret or _BLANK.search(client_secret)
        ):
            raise ConfigurationError(
                "client_secret must be the app client's secret without white space; "
                "for an app client without a secret leave it out (None)."
            )
        if not is_number(self.rotation_grace) or not 0 <= self.rotation_grace <= _LONGEST_GRACE:
            raise ConfigurationError(
                "rotation_grace must be the app client's RetryGracePeriodSeconds, 0 to 60."
            )

    def hash_of(self, username: object) -> str | None:
        """Return the SECRET_HASH for a username; None for an app client without a secret."""
        if self.client_secret is None:
            return None
        return secret_hash(username, self.client_id, self.client_secret)
