"""One face for the sync verifier and for the async one on each event loop, so that a test runs on all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import pytest
import trio

from cognitokit.errors import CognitoKitError, InsufficientPermission, TokenError
from cognitokit.pool import UserPool
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.verifier import forge
from tests.verifier.hostile_server import HostileServer

T = TypeVar("T")


class Clocks:
    """A wall clock and a monotonic one that move only when they are told to."""

    def __init__(self, wall: float = forge.NOW, mono: float = 1_000.0) -> None:
        self.wall = wall
        self.mono = mono

    def clock(self) -> float:
        """Return epoch seconds."""
        return self.wall

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.mono

    def pass_(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.wall += seconds
        self.mono += seconds


class Shell(NamedTuple):
    """A way to run a verifier."""

    name: str
    make: Callable[..., Any]
    run: Callable[[Callable[[], Any]], Any]

    def verifier(
        self, *, jwks_uri: str | None = None, clocks: Clocks | None = None, **options: Any
    ) -> Shelled:
        """Return a verifier of access tokens of the suite's pool, whose keys come from that address."""
        clocks = clocks or Clocks()
        chosen = {"client_id": forge.CLIENT_ID, "token_use": "access", **options}
        pool = UserPool(forge.POOL_ID, jwks_uri=jwks_uri)
        made = self.make(pool, clock=clocks.clock, monotonic=clocks.monotonic, **chosen)
        return Shelled(self, made, clocks)


class Shelled:
    """A verifier in its shell: each call is complete when it returns, a new event loop each time."""

    def __init__(self, shell: Shell, verifier: Any, clocks: Clocks) -> None:
        self.shell = shell
        self.verifier = verifier
        self.clocks = clocks

    def verify(self, raw: str, **demands: Any) -> VerifiedToken:
        """Verify a token."""
        token: VerifiedToken = self.shell.run(lambda: self.verifier.verify(raw, **demands))
        return token

    def prefetch(self) -> None:
        """Fetch the keys."""
        self.shell.run(self.verifier.prefetch)

    def refusal(self, raw: str, **demands: Any) -> CognitoKitError:
        """Return the error that a token is refused with."""
        with pytest.raises(CognitoKitError) as caught:
            self.verify(raw, **demands)
        return caught.value


def run_in_asyncio(call: Callable[[], Awaitable[T]]) -> T:
    """Await what a call returns in an asyncio event loop of its own."""

    async def main() -> T:
        return await call()

    return asyncio.run(main())


def run_in_trio(call: Callable[[], Awaitable[T]]) -> T:
    """Await what a call returns in a trio event loop of its own."""

    async def main() -> T:
        return await call()

    return trio.run(main)


SYNC = Shell("sync", CognitoVerifier, lambda call: call())
ASYNCIO = Shell("asyncio", AsyncCognitoVerifier, run_in_asyncio)
TRIO = Shell("trio", AsyncCognitoVerifier, run_in_trio)

EACH_SHELL = pytest.mark.parametrize("shell", [SYNC, ASYNCIO, TRIO], ids=lambda shell: shell.name)


def configured(**options: Any) -> dict[str, Any]:
    """Return the options of a verifier on real clocks, for tokens that are good for long."""
    return {
        "client_id": forge.CLIENT_ID,
        "token_use": "access",
        "clock": lambda: float(forge.NOW),
        **options,
    }


def sync_verifier(server: HostileServer, **options: Any) -> CognitoVerifier[Any]:
    """Return a verifier for threads, which fetches from the server."""
    return CognitoVerifier(UserPool(forge.POOL_ID, jwks_uri=server.url), **configured(**options))


def async_verifier(server: HostileServer, **options: Any) -> AsyncCognitoVerifier[Any]:
    """Return a verifier for tasks, which fetches from the server."""
    return AsyncCognitoVerifier(
        UserPool(forge.POOL_ID, jwks_uri=server.url), **configured(**options)
    )


def outcome(call: Callable[[], Any]) -> str:
    """Return the subject of the token, or the name of the error."""
    try:
        subject: str = call().sub
    except CognitoKitError as error:
        return type(error).__name__
    return subject


def offline(now: float = forge.NOW, **options: Any) -> CognitoVerifier[Any]:
    """Return a verifier of either kind of token, with keys given and a clock that stands."""
    chosen = {"client_id": forge.CLIENT_ID, "token_use": None, "jwks": forge.jwks(), **options}
    return CognitoVerifier(forge.POOL_ID, clock=lambda: now, monotonic=lambda: 0.0, **chosen)


def verdict(raw: object, verifier: CognitoVerifier[Any]) -> VerifiedToken | CognitoKitError:
    """Return the token or the refusal; anything else escapes."""
    try:
        token: VerifiedToken = verifier.verify(raw)  # type: ignore[arg-type]
    except (TokenError, InsufficientPermission) as refusal:
        return refusal
    return token
