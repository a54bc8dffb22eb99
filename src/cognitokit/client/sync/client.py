"""CognitoClient: one user pool through one app client."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cognitokit.client.app import AppClient
from cognitokit.client.binding import bound, settings_from_env
from cognitokit.client.drive import Driver
from cognitokit.client.flows import raw
from cognitokit.client.retry import RetryBudget
from cognitokit.client.sync.admin import Admin
from cognitokit.client.sync.devices import Devices
from cognitokit.client.sync.mfa import Mfa
from cognitokit.client.sync.passkeys import Passkeys
from cognitokit.client.sync.passwords import PasswordCare
from cognitokit.client.sync.profile import Profile
from cognitokit.client.sync.sessions import Sessions
from cognitokit.client.sync.sign_in import SignIn
from cognitokit.client.sync.sign_up import SignUp
from cognitokit.client.sync.tokens import TokenCare
from cognitokit.frames import without_inner_frames
from cognitokit.pool import UserPool, as_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    from cognitokit.client.calls import Transport, UnboundTransport
    from cognitokit.client.retry import Retry


class CognitoClient(SignUp, SignIn, TokenCare, PasswordCare, Profile):
    """Signs users up and in, answers every challenge, and looks after users, from threads.

    Safe to share between threads. What an app client must allow for each method is in its
    docstring; an app client without it gives FlowNotEnabled, which names what to enable.

    Args:
        pool: The user pool, or its id.
        client_id: The app client's id.
        client_secret: The app client's secret; None for an app client without one.
        transport: How calls reach Cognito. Default: Boto3Transport().
        retry: How calls that are safe to repeat are repeated. Default: three attempts.
        rotation_grace: The app client's RetryGracePeriodSeconds, where refresh tokens rotate:
            within it a failed refresh is repeated. 0: a refresh is never repeated.
        prevent_user_existence_errors: Give one NotAuthorized with the same message for an unknown
            user, a wrong password and a disabled user, at a sign-in and at the answer to a
            challenge; what Cognito said is in its detail. For the other operations set
            PreventUserExistenceErrors on the app client.
        clock: Epoch seconds.
        sleep: Waits that many seconds.

    Raises:
        ConfigurationError: A value is missing or malformed; the message names the cure.
    """

    def __init__(
        self,
        pool: UserPool | str,
        *,
        client_id: str,
        client_secret: str | None = None,
        transport: Transport | UnboundTransport | None = None,
        retry: Retry | None = None,
        rotation_grace: float = 0,
        prevent_user_existence_errors: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
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
            from cognitokit.client.transports.boto3 import Boto3Transport  # noqa: PLC0415 - slow to import

            transport = Boto3Transport()
        self._transport = bound(transport, self._pool)
        driver = Driver(self._transport, budget=RetryBudget(retry), clock=clock, sleep=sleep)
        super().__init__(app, driver)
        self.mfa: Mfa = Mfa(app, driver)
        """A user's second factors."""
        self.passkeys: Passkeys = Passkeys(app, driver)
        """A user's passkeys."""
        self.devices: Devices = Devices(app, driver)
        """A user's tracked devices."""
        self.sessions: Sessions = Sessions(app, driver)
        """A user's sessions."""
        self.admin: Admin = Admin(app, driver)
        """What an administrator does: needs AWS credentials with the IAM permissions."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """Make a client from environment variables.

        COGNITO_CLIENT_ID and the variables of UserPool.from_env; COGNITO_CLIENT_SECRET where the
        app client has a secret. AWS_COGNITO_USER_POOL_CLIENT_ID and
        AWS_COGNITO_USER_POOL_CLIENT_SECRET are taken as well.

        Args:
            environ: What to read instead of os.environ.
            **options: Arguments of CognitoClient; they go before the variables.

        Raises:
            ConfigurationError: A variable is missing or malformed.
        """
        return without_inner_frames(lambda: cls(**settings_from_env(environ, options)))

    @property
    def pool(self) -> UserPool:
        """The user pool."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._app.client_id

    def call(self, operation: str, /, **params: Any) -> Mapping[str, Any]:
        """Run any operation of the user pools API, with our errors and retries.

        Args:
            operation: Cognito's name, for instance "DescribeUserPool".
            **params: Its members by Cognito's names, UserPoolId and ClientId included.

        Returns:
            The response's members by Cognito's names. What is binary are bytes over boto3, and
            base64 text over HTTP.

        Raises:
            ConfigurationError: There is no operation of that name.
            ServiceError: Cognito refused.
            TransportError: No usable answer came back.
        """
        return self._driver.run(raw.call(operation, params))

    def close(self) -> None:
        """Close the connections, unless they belong to a client that you gave."""
        close = getattr(self._transport, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
