"""What the login needs of a ManagedLogin or a CognitoClient, or of their async twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.tokens import Tokens


class Provider(Protocol):
    """Refreshes and revokes tokens. The results of an async one are awaited."""

    @property
    def client_id(self) -> str:
        """The app client's id."""
        ...

    def session(
        self,
        held: Tokens,
        /,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Any = None,
        refresh_before: float = 60,
        patience: float = ...,
    ) -> Any:
        """Return what keeps the tokens fresh: its tokens() gives those to use now."""
        ...

    def revoke(self, held: Tokens, /) -> Any:
        """Revoke the refresh token."""
        ...
