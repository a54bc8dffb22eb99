"""AsyncCognitoClient: one user pool through one app client, awaited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from cognitokit.client.aio.admin import AsyncAdmin
from cognitokit.client.aio.devices import AsyncDevices
from cognitokit.client.aio.mfa import AsyncMfa
from cognitokit.client.aio.passkeys import AsyncPasskeys
from cognitokit.client.aio.sessions import AsyncSessions
from cognitokit.client.binding import app_client, async_bound, settings_from_env
from cognitokit.client.drive import AsyncDriver
from cognitokit.client.flows import passwords, profile, raw, sign_in, sign_up, tokens
from cognitokit.client.retry import Retry, RetryBudget
from cognitokit.client.session import AsyncTokenSession, SessionState
from cognitokit.client.transports.http import AsyncHttpTransport
from cognitokit.pool import UserPool, as_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from cognitokit.client.calls import AsyncTransport, UnboundAsyncTransport
    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.flows.request import UserContext
    from cognitokit.client.results import CodeDelivery, ConfirmSignUpResult, SignUpResult, User
    from cognitokit.tokens import Tokens


class AsyncCognitoClient:
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
        self._app = app_client(
            self._pool,
            client_id,
            client_secret,
            prevent_user_existence_errors=prevent_user_existence_errors,
            rotation_grace=rotation_grace,
        )
        self._transport = async_bound(transport or AsyncHttpTransport(), self._pool)
        self._clock = clock
        self._driver = AsyncDriver(
            self._transport,
            budget=RetryBudget(retry or Retry()),
            clock=clock,
            sleep=sleep or _sleep,
        )
        self.mfa = AsyncMfa(self._app, self._driver)
        """A user's second factors."""
        self.passkeys = AsyncPasskeys(self._app, self._driver)
        """A user's passkeys."""
        self.devices = AsyncDevices(self._app, self._driver)
        """A user's tracked devices."""
        self.sessions = AsyncSessions(self._app, self._driver)
        """A user's sessions."""
        self.admin = AsyncAdmin(self._app, self._driver)
        """What an administrator does: needs AWS credentials with the IAM permissions."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """Same as CognitoClient.from_env."""
        return cls(**settings_from_env(environ, options))

    @property
    def pool(self) -> UserPool:
        """The user pool."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._app.client_id

    async def sign_up(
        self,
        username: str,
        password: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignUpResult:
        """Same as CognitoClient.sign_up, awaited."""
        return await self._driver.run(
            sign_up.sign_up(
                self._app,
                username,
                password,
                attributes=attributes,
                validation_data=validation_data,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def confirm_sign_up(
        self,
        username: str,
        code: str,
        *,
        session: str | None = None,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> ConfirmSignUpResult:
        """Same as CognitoClient.confirm_sign_up, awaited."""
        return await self._driver.run(
            sign_up.confirm_sign_up(
                self._app,
                username,
                code,
                session=session,
                force_alias_creation=force_alias_creation,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def resend_confirmation_code(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.resend_confirmation_code, awaited."""
        return await self._driver.run(
            sign_up.resend_confirmation_code(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )

    async def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: Literal["USER_PASSWORD_AUTH", "USER_AUTH"] = "USER_PASSWORD_AUTH",
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.sign_in, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow=flow,
                admin=False,
                password=password,
                preferred="PASSWORD" if flow == "USER_AUTH" else None,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def sign_in_with_choice(
        self,
        username: str,
        *,
        preferred: str | None = None,
        password: str | None = None,
        session: str | None = None,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.sign_in_with_choice, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="USER_AUTH",
                admin=False,
                password=password,
                preferred=preferred,
                session=session,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def sign_in_with_custom_auth(
        self,
        username: str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.sign_in_with_custom_auth, awaited."""
        return await self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="CUSTOM_AUTH",
                admin=False,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def respond(
        self,
        answer: ChallengeAnswer,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Same as CognitoClient.respond, awaited."""
        return await self._driver.run(
            sign_in.respond(
                self._app,
                answer,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def refresh(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> Tokens:
        """Same as CognitoClient.refresh, awaited."""
        return await self._driver.run(
            tokens.refresh(
                self._app,
                tokens_or_refresh_token,
                device_key=device_key,
                client_metadata=client_metadata,
            )
        )

    async def refresh_legacy(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        username: str | None = None,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> Tokens:
        """Same as CognitoClient.refresh_legacy, awaited."""
        return await self._driver.run(
            tokens.refresh_legacy(
                self._app,
                tokens_or_refresh_token,
                username=username,
                admin=False,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def revoke(self, tokens_or_refresh_token: Tokens | str) -> None:
        """Same as CognitoClient.revoke, awaited."""
        return await self._driver.run(tokens.revoke(self._app, tokens_or_refresh_token))

    async def sign_out_everywhere(self, access_token: Tokens | str) -> None:
        """Same as CognitoClient.sign_out_everywhere, awaited."""
        return await self._driver.run(tokens.sign_out_everywhere(access_token))

    async def forgot_password(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.forgot_password, awaited."""
        return await self._driver.run(
            passwords.forgot_password(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )

    async def confirm_forgot_password(
        self,
        username: str,
        code: str,
        new_password: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> None:
        """Same as CognitoClient.confirm_forgot_password, awaited."""
        return await self._driver.run(
            passwords.confirm_forgot_password(
                self._app,
                username,
                code,
                new_password,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    async def change_password(
        self, access_token: Tokens | str, old_password: str | None, new_password: str
    ) -> None:
        """Same as CognitoClient.change_password, awaited."""
        return await self._driver.run(
            passwords.change_password(access_token, old_password, new_password)
        )

    async def get_user(self, access_token: Tokens | str) -> User:
        """Same as CognitoClient.get_user, awaited."""
        return await self._driver.run(profile.get_user(access_token))

    async def update_attributes(
        self,
        access_token: Tokens | str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> tuple[CodeDelivery, ...]:
        """Same as CognitoClient.update_attributes, awaited."""
        return await self._driver.run(
            profile.update_attributes(access_token, attributes, client_metadata=client_metadata)
        )

    async def delete_attributes(self, access_token: Tokens | str, names: Iterable[str]) -> None:
        """Same as CognitoClient.delete_attributes, awaited."""
        return await self._driver.run(profile.delete_attributes(access_token, names))

    async def request_attribute_code(
        self,
        access_token: Tokens | str,
        name: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> CodeDelivery | None:
        """Same as CognitoClient.request_attribute_code, awaited."""
        return await self._driver.run(
            profile.request_attribute_code(access_token, name, client_metadata=client_metadata)
        )

    async def verify_attribute(self, access_token: Tokens | str, name: str, code: str) -> None:
        """Same as CognitoClient.verify_attribute, awaited."""
        return await self._driver.run(profile.verify_attribute(access_token, name, code))

    async def delete_user(self, access_token: Tokens | str) -> None:
        """Same as CognitoClient.delete_user, awaited."""
        return await self._driver.run(profile.delete_user(access_token))

    def session(
        self,
        tokens: Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | Awaitable[Tokens | None] | None] | None = None,
        refresh_before: float = 60,
        device_key: str | None = None,
    ) -> AsyncTokenSession:
        """Same as CognitoClient.session; on_refresh and reload may be coroutine functions."""
        return AsyncTokenSession(
            SessionState(
                tokens,
                refresh=lambda used: self.refresh(used, device_key=device_key),
                save=on_refresh,
                load=reload,
                refresh_before=refresh_before,
                clock=self._clock,
            )
        )

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

    def __repr__(self) -> str:
        return f"AsyncCognitoClient({self._pool.id!r}, client_id={self._app.client_id!r})"


async def _sleep(seconds: float) -> None:
    from anyio import sleep  # noqa: PLC0415 - httpx brings it; only a repeated call needs it

    await sleep(seconds)
