"""What an OAuth flow and the outside world say to each other: a step out, an answer back.

A flow is a generator. It yields a step, is sent the answer, and returns its result; a step that
failed is thrown in at the yield, as one of our errors. It does no I/O and reads no clock.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.tokens import VerifiedToken

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request to an endpoint of the domain. Its repr shows neither headers nor body."""

    operation: str
    """The endpoint's name, for errors: "oauth2/token"."""
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """The answer to one request. Its repr shows nothing of the body."""

    operation: str
    status: int
    body: bytes = field(repr=False)
    received_at: float
    """When the answer was there, epoch seconds."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Have a token verified. The answer is its typed view."""

    token: str = field(repr=False)
    nonce: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Prefetch:
    """Make sure that the pool's keys are there. The answer is None."""


Step: TypeAlias = HttpRequest | Verify | Prefetch

Flow: TypeAlias = Generator[Step, Any, T]
"""What drive.py runs: HttpRequest is answered by HttpReply, Verify by VerifiedToken, Prefetch by None."""


class Verifier(Protocol):
    """What a login needs of a CognitoVerifier."""

    def verify(self, token: str, /, *, nonce: str = "") -> VerifiedToken:
        """Return the token's typed view, or raise a TokenError or KeysUnavailable."""
        ...

    def prefetch(self) -> object:
        """Fetch the pool's keys, unless they are there."""
        ...


class AsyncVerifier(Protocol):
    """Same as Verifier, awaited."""

    async def verify(self, token: str, /, *, nonce: str = "") -> VerifiedToken:
        """Same as Verifier.verify, awaited."""
        ...

    async def prefetch(self) -> object:
        """Same as Verifier.prefetch, awaited."""
        ...
