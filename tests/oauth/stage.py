"""A pool's domain on loopback, and one login object that is driven sync, in asyncio or in trio."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trio

from cognitokit.oauth.aio import AsyncManagedLogin
from cognitokit.oauth.callback import VerifiedTokens
from cognitokit.oauth.client import ManagedLogin
from cognitokit.oauth.login_state import LoginRequest, LoginState
from cognitokit.oauth.user_info import UserInfo
from cognitokit.testing import TokenMint
from cognitokit.testing.oauth_server import OAuthServer

POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"
SECRET = "S3cretOfTheAppClient0123456789"
CALLBACK = "http://localhost:8000/callback"
PASSWORD = "correct horse battery staple"

Runner = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """The time, epoch seconds."""
        return self.now


def in_asyncio(call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine function in an event loop of its own."""
    return asyncio.run(call())


def in_trio(call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The same under trio."""
    return trio.run(call)


class Driven:
    """Both shells behind one sync face, so that one test holds both to the same."""

    def __init__(self, login: ManagedLogin | AsyncManagedLogin, runner: Runner | None) -> None:
        self.login = login
        self._runner = runner

    def begin(self, *args: Any, **options: Any) -> LoginRequest:
        """ManagedLogin.begin."""
        return self.login.begin(*args, **options)

    def complete(self, callback: object, login_state: LoginState | None) -> VerifiedTokens:
        """ManagedLogin.complete."""
        return self._call("complete", callback, login_state)  # type: ignore[no-any-return]

    def complete_implicit(self, fragment: object, login_state: LoginState | None) -> VerifiedTokens:
        """ManagedLogin.complete_implicit."""
        return self._call("complete_implicit", fragment, login_state)  # type: ignore[no-any-return]

    def refresh(self, held: Any, **options: Any) -> VerifiedTokens:
        """ManagedLogin.refresh."""
        return self._call("refresh", held, **options)  # type: ignore[no-any-return]

    def revoke(self, held: Any) -> None:
        """ManagedLogin.revoke."""
        self._call("revoke", held)

    def user_info(self, held: Any, **options: Any) -> UserInfo:
        """ManagedLogin.user_info."""
        return self._call("user_info", held, **options)  # type: ignore[no-any-return]

    def _call(self, name: str, *args: Any, **options: Any) -> Any:
        method = getattr(self.login, name)
        if self._runner is None:
            return method(*args, **options)

        async def call() -> Any:
            return await method(*args, **options)

        return self._runner(call)


SHELLS: dict[str, tuple[type[ManagedLogin] | type[AsyncManagedLogin], Runner | None]] = {
    "sync": (ManagedLogin, None),
    "asyncio": (AsyncManagedLogin, in_asyncio),
    "trio": (AsyncManagedLogin, in_trio),
}


class Stage:
    """A server, its clock and mint, and the logins that are made for it."""

    def __init__(self, server: OAuthServer, mint: TokenMint, clock: Clock, shell: str) -> None:
        self.server = server
        self.mint = mint
        self.clock = clock
        self._cls, self._runner = SHELLS[shell]

    def login(self, **options: Any) -> Driven:
        """A login object of this stage's kind."""
        settings: dict[str, Any] = {
            "domain": self.server.url,
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "clock": self.clock,
        }
        return Driven(self._cls(self.server.pool, **{**settings, **options}), self._runner)

    def callback_of(self, request: LoginRequest, **options: Any) -> str:
        """Sign jane in where the request leads, and return the callback's URL."""
        return self.server.sign_in(request.url, "jane", PASSWORD, **options)

    def signed_in(self, login: Driven, **options: Any) -> VerifiedTokens:
        """Go through a whole login."""
        request = login.begin(**options)
        return login.complete(self.callback_of(request), request.login_state)


MakeStage = Callable[..., Stage]

shells = pytest.mark.parametrize("shell", sorted(SHELLS))
