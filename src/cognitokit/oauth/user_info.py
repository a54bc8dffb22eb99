"""What the userInfo endpoint says about a user."""

from __future__ import annotations

import hmac
from types import MappingProxyType
from typing import TYPE_CHECKING

from cognitokit.errors import InvalidClaim
from cognitokit.oauth.token_endpoint import read_user_info

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.oauth.exchange import Flow
    from cognitokit.oauth.token_endpoint import TokenClient


class UserInfo:
    """A user's attributes, as far as the access token's scopes open them. Immutable."""

    __slots__ = ("_claims",)

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self._claims = MappingProxyType(dict(claims))

    @property
    def claims(self) -> Mapping[str, Any]:
        """All attributes by their names in OpenID Connect; Cognito writes even booleans as strings."""
        return self._claims

    @property
    def sub(self) -> str:
        """The user's id in the pool."""
        return str(self._claims["sub"])

    @property
    def username(self) -> str | None:
        """The user's name in the pool."""
        return self._text("username")

    @property
    def email(self) -> str | None:
        """The email address. Trust it only where email_verified is True."""
        return self._text("email")

    @property
    def email_verified(self) -> bool:
        """True where the attribute is true or, as Cognito writes it here, the string "true"."""
        return _is_true(self._claims.get("email_verified"))

    @property
    def phone_number(self) -> str | None:
        """The phone number, E.164. Trust it only where phone_number_verified is True."""
        return self._text("phone_number")

    @property
    def phone_number_verified(self) -> bool:
        """True where the attribute is true or, as Cognito writes it here, the string "true"."""
        return _is_true(self._claims.get("phone_number_verified"))

    def _text(self, name: str) -> str | None:
        value = self._claims.get(name)
        return value if isinstance(value, str) else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UserInfo):
            return NotImplemented
        return self._claims == other._claims

    def __hash__(self) -> int:
        return hash(self.sub)

    def __repr__(self) -> str:
        return f"UserInfo(sub={self.sub!r})"


def user_info(client: TokenClient, access_token: str, *, sub: str) -> Flow[UserInfo]:
    """Ask the userInfo endpoint; the answer must be about the user of that sub (OpenID Connect Core 5.3.2)."""
    claims = read_user_info((yield client.user_info(access_token)))
    given, expected = (text.encode("utf-8", "surrogatepass") for text in (claims["sub"], sub))
    if not hmac.compare_digest(given, expected):
        raise InvalidClaim("sub")
    return UserInfo(claims)


def _is_true(value: object) -> bool:
    return value is True or value == "true"
