"""What the login seals, with fresh randomness, and opens again as long as the clock allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognitokit.weblogin.sealing import RANDOM_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.weblogin.sealing import Opened, Sealer
    from cognitokit.weblogin.visit import Visit


class Seals:
    """Seals what goes into cookies and into the store.

    Args:
        sealer: Has the keys.
        clock: What gives the time, epoch seconds.
        token_bytes: What gives random bytes.
    """

    def __init__(
        self, sealer: Sealer, *, clock: Callable[[], float], token_bytes: Callable[[int], bytes]
    ) -> None:
        self._sealer = sealer
        self.clock = clock
        self.token_bytes = token_bytes

    def seal(self, content: dict[str, Any], purpose: str, name: str, expires_at: int) -> str:
        """Seal with fresh randomness."""
        random = self.token_bytes(RANDOM_BYTES)
        return self._sealer.seal(
            content, purpose=purpose, name=name, expires_at=expires_at, random=random
        )

    def unseal(self, text: str, purpose: str, name: str) -> dict[str, Any] | None:
        """Return what is in a seal; None unless it is whole, was made for this, and has not expired."""
        opened = self._sealer.open(text, purpose=purpose, name=name, now=self.clock())
        return None if opened is None else opened.content

    def write(
        self, visit: Visit, content: dict[str, Any], purpose: str, name: str, expires_at: int
    ) -> None:
        """Set a cookie that lasts as long as the seal in it.

        Raises:
            ConfigurationError: It does not fit into cookies.
        """
        sealed = self.seal(content, purpose, name, expires_at)
        visit.write(name, sealed, max(expires_at - int(self.clock()), 1))

    def opened(self, visit: Visit, purpose: str, name: str) -> Opened | None:
        """Return what is in a cookie, be it over or not; None where it is not there, or not ours.

        Not ours is what another application on this host has set, or a process with other keys.
        """
        text = visit.read(name)
        return None if text is None else self._sealer.open(text, purpose=purpose, name=name, now=0)

    def read(self, visit: Visit, purpose: str, name: str) -> dict[str, Any] | None:
        """Return what is in a cookie. One that is over is deleted, one that is not ours left alone."""
        opened = self.opened(visit, purpose, name)
        if opened is None:
            return None
        if opened.expires_at <= self.clock():
            visit.delete(name)
            return None
        return opened.content
