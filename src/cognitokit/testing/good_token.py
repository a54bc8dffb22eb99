"""The good token that bad ones are made from."""

from __future__ import annotations

import base64
import json
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from cognitokit.testing.mint import TokenMint, TokenUse

    Forged = tuple[str, str, str]
    """A name, what is wrong, and the token."""

OTHER_CLIENT = "2stranger3456789"
"""An app client of somebody else's."""


class GoodToken:
    """A good token, what is in it, and who made it."""

    def __init__(self, mint: TokenMint, token: str, token_use: TokenUse) -> None:
        self.mint: TokenMint = mint
        self.token: str = token
        self.token_use: TokenUse = token_use
        self.other_use: TokenUse = "id" if token_use == "access" else "access"
        header, claims, _ = token.split(".")
        self.header: dict[str, Any] = _read(header)
        self.claims: dict[str, Any] = _read(claims)
        self.now: int = int(mint.clock())

    @cached_property
    def username(self) -> str:
        """Whose it is."""
        name: str = self.claims.get("username") or self.claims.get("cognito:username") or "jane"
        return name

    @property
    def client_claim(self) -> str:
        """Which claim names the app client."""
        return "client_id" if self.token_use == "access" else "aud"

    def with_claims(self, **changes: Any) -> str:
        """Sign the claims with some changed; None takes one away."""
        claims = {n: v for n, v in {**self.claims, **changes}.items() if v is not None}
        return self.mint.sign(claims, token_use=self.token_use)


def _read(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


def to_json(value: Any) -> bytes:
    """Write JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def encode(value: bytes) -> str:
    """Write base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
