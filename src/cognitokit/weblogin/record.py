"""What is kept of a signed-in user between two requests."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - for typing.get_type_hints
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from cognitokit.tokens import Tokens


class WebSession(NamedTuple):
    """A signed-in user's session, for the application's views."""

    sub: str
    """The user's id in the pool."""
    tokens: Tokens
    """To call APIs with; fresh for this request. The id token is there only where it is kept."""
    signed_in_at: int
    """Epoch seconds."""
    ends_at: int
    """When the user has to sign in again at the latest, epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session as it is kept. Its repr shows no secret."""

    id: str = field(repr=False)
    """New at each login; the key of a server-side store is made from it."""
    sub: str
    tokens: Tokens
    signed_in_at: int
    ends_at: int
    refused_at: int | None = None
    """When a refresh of these tokens was refused, epoch seconds."""

    def renewed(self, tokens: Tokens, *, keep_id_token: bool) -> SessionRecord:
        """Return it with other tokens of the same user, of which none was refused."""
        return replace(self, tokens=kept(tokens, keep_id_token=keep_id_token), refused_at=None)

    def view(self) -> WebSession:
        """Return what views see of it."""
        return WebSession(self.sub, self.tokens, self.signed_in_at, self.ends_at)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with the tokens in it; what is None is left out, for a cookie is small."""
        tokens = {key: value for key, value in self.tokens.to_dict().items() if value is not None}
        data = {
            "id": self.id,
            "sub": self.sub,
            "tokens": tokens,
            "signed_in_at": self.signed_in_at,
            "ends_at": self.ends_at,
        }
        return data if self.refused_at is None else {**data, "refused_at": self.refused_at}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the record that to_dict() wrote; only what was sealed is read here."""
        return cls(
            id=data["id"],
            sub=data["sub"],
            tokens=Tokens.from_dict(data["tokens"]),
            signed_in_at=data["signed_in_at"],
            ends_at=data["ends_at"],
            refused_at=data.get("refused_at"),
        )


def kept(tokens: Tokens, *, keep_id_token: bool) -> Tokens:
    """Return the tokens that a session keeps."""
    if keep_id_token or tokens.id_token is None:
        return tokens
    return Tokens.from_dict({**tokens.to_dict(), "id_token": None})


def is_due(tokens: Tokens, now: float, refresh_before: float) -> bool:
    """Whether the tokens should be refreshed: those that live shorter than the margin after half their life."""
    return tokens.expires_at - min(refresh_before, tokens.expires_in / 2) <= now
