"""AsyncCognitoClient: one user pool through one app client, awaited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cognitokit.client.aio.admin import AsyncAdmin
from cognitokit.client.aio.devices import AsyncDevices
from cognitokit.client.aio.mfa import AsyncMfa
from cognitokit.client.aio.passkeys import AsyncPasskeys
from cognitokit.client.aio.passwords import AsyncPasswordCare
from cognitokit.client.aio.profile import AsyncProfile
from cognitokit.client.aio.sessions import AsyncSessions
from cognitokit.client.aio.sign_in import AsyncSignIn
from cognitokit.client.aio.sign_up import AsyncSignUp
from cognitokit.client.aio.tokens import AsyncTokenCare
from cognitokit.client.app import AppClient
from cognitokit.client.binding import async_bound, settings_from_env
from cognitokit.client.drive import AsyncDriver
from cognitokit.client.flows import raw
from cognitokit.client.retry import RetryBudget
from cognitokit.client.transports.http import AsyncHttpTransport
from cognitokit.frames import without_inner_frames
from cognitokit.pool import UserPool, as_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import Self

    from cognitokit.client.calls import AsyncTransport, UnboundAsyncTransport
    from cognitokit.client.retry import Retry


class AsyncCognitoClient(AsyncSignUp, AsyncSignIn, AsyncTokenCare, AsyncPasswordCare, AsyncProfile):
    """Same as CognitoClient, for tasks of asyncio or trio.

    Safe to share between tasks. Its methods are CognitoClient's, with the same arguments, awaited;
    lists are iterated with `async for`.

    Args:
        pool: The user pool, or its id.
        client_id: The app client's id.
        client_secret: The app client's secret; None for an app client without one.
        transport: How calls reach Cognito. Default: AsyncHttpTransport().
        retry: As for CognitoClient.
        rotation_grace: As for CognitoClient.
        prevent_user_existence_errors: As for CognitoClient.
        clock: Epoch seconds.
        sleep: Suspends the task for that many seconds. Default: anyio's, for asyncio and trio.

    Raises:
        ConfigurationError: A value is missing or malformed; the message names the cure.
    """

    def __init__(
        self,
        pool: UserPool | str,
        *,
        client_id: str,
        client_secret: str | None = None,
        transport: AsyncTransport | UnboundAsyncTransport | None = None,
        retry: Retry | None = None,
        rotation_grace: float = 0,
        prevent_user_existence_errors: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        self._pool = as_pool(pool)
        app = without_inner_frames(
            lambda: AppClient(
                pool_id=self._pool.id,
                client_id=client_id,
                client_secret=client_secret,
                prevent_user_existence_errors=prevent_user_existence_errors,
                rotation_grace=rotation_grace,
            )
        )
        if transport is None:
            transport = AsyncHttpTransport()
        self._transport = async_bound(transport, self._pool)
        driver = AsyncDriver(
            self._transport,
            budget=RetryBudget(retry),
            clock=clock,
            sleep=sleep or _sleep,
        )
        super().__init__(app, driver)
        self.mfa: AsyncMfa = AsyncMfa(app, driver)
        """A user's second factors."""
        self.passkeys: AsyncPasskeys = AsyncPasskeys(app, driver)
        """A user's passkeys."""
        self.devices: AsyncDevices = AsyncDevices(app, driver)
        """A user's tracked devices."""
        self.sessions: AsyncSessions = AsyncSessions(app, driver)
        """A user's sessions."""
        self.admin: AsyncAdmin = AsyncAdmin(app, driver)
        """What an administrator does: needs AWS credentials with the IAM permissions."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """Same as CognitoClient.from_env."""
        return without_inner_frames(lambda: cls(**settings_from_env(environ, options)))

    @property
    def pool(self) -> UserPool:
        """The user pool."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._app.client_id

    async def call(self, operation: str, /, **params: Any) -> Mapping[str, Any]:
        """Same as CognitoClient.call, awaited."""
        return await self._driver.run(raw.call(operation, params))

    async def aclose(self) -> None:
        """Close this event loop's connections, unless they belong to a client that you gave."""
        aclose = getattr(self._transport, "aclose", None)
        if aclose is not None:
            await aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def _sleep(seconds: float) -> None:
    from anyio import sleep  # noqa: PLC0415 - httpx brings it; only a repeated call needs it

    await sleep(seconds)
