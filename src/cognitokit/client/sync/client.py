"""CognitoClient: one user pool through one app client."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from cognitokit.client.binding import app_client, bound, settings_from_env
from cognitokit.client.drive import Driver
from cognitokit.client.flows import passwords, profile, raw, sign_in, sign_up, tokens
from cognitokit.client.retry import Retry, RetryBudget
from cognitokit.client.session import SessionState, TokenSession
from cognitokit.client.sync.admin import Admin
from cognitokit.client.sync.devices import Devices
from cognitokit.client.sync.mfa import Mfa
from cognitokit.client.sync.passkeys import Passkeys
from cognitokit.client.sync.sessions import Sessions
from cognitokit.pool import UserPool, as_pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from cognitokit.client.calls import Transport, UnboundTransport
    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.flows.request import UserContext
    from cognitokit.client.results import CodeDelivery, ConfirmSignUpResult, SignUpResult, User
    from cognitokit.tokens import Tokens


class CognitoClient:
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
            user, a wrong password and a disabled user; what Cognito said is in its detail. For
            the other operations set PreventUserExistenceErrors on the app client.
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
        self._app = app_client(
            self._pool,
            client_id,
            client_secret,
            prevent_user_existence_errors=prevent_user_existence_errors,
            rotation_grace=rotation_grace,
        )
        if transport is None:
            from cognitokit.client.transports.boto3 import Boto3Transport  # noqa: PLC0415 - slow to import

            transport = Boto3Transport()
        self._transport = bound(transport, self._pool)
        self._clock = clock
        self._driver = Driver(
            self._transport, budget=RetryBudget(retry or Retry()), clock=clock, sleep=sleep
        )
        self.mfa = Mfa(self._app, self._driver)
        """A user's second factors."""
        self.passkeys = Passkeys(self._app, self._driver)
        """A user's passkeys."""
        self.devices = Devices(self._app, self._driver)
        """A user's tracked devices."""
        self.sessions = Sessions(self._app, self._driver)
        """A user's sessions."""
        self.admin = Admin(self._app, self._driver)
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
        return cls(**settings_from_env(environ, options))

    @property
    def pool(self) -> UserPool:
        """The user pool."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._app.client_id

    def sign_up(
        self,
        username: str,
        password: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignUpResult:
        """Register a user, who then confirms with the code that Cognito sends (SignUp).

        Args:
            username: The name to sign in with; in pools that sign in by email or phone number, that.
            password: None for a user without a password, where the pool allows other factors.
            attributes: For instance {"email": "jane@example.com", "custom:plan": "free"}.
            validation_data: For the pre sign-up trigger; not stored.
            client_metadata: For the triggers; not stored.
            user_context: For threat protection.

        Raises:
            UsernameExists: The name is taken.
            InvalidPassword: The password does not meet the pool's policy.
            InvalidParameter: An attribute is missing or malformed.
            UserLambdaValidation: The pre sign-up trigger said no.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def confirm_sign_up(
        self,
        username: str,
        code: str,
        *,
        session: str | None = None,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> ConfirmSignUpResult:
        """Confirm a sign-up with the code that the user received (ConfirmSignUp).

        Args:
            username: The name that signed up.
            code: The confirmation code.
            session: SignUpResult.session; the result then has a session to sign in with at once.
            force_alias_creation: Take the alias away from another user who has it.
            client_metadata: For the triggers; not stored.
            user_context: For threat protection.

        Raises:
            CodeMismatch: The code is wrong.
            ExpiredCode: The code is too old.
            TooManyFailedAttempts: Too many wrong codes.
            AliasExists: Another user has the email address or phone number as an alias.
            NotAuthorized: The user is confirmed already.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def resend_confirmation_code(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Send the confirmation code of a sign-up again (ResendConfirmationCode).

        Returns:
            Where the code went. With the app client's PreventUserExistenceErrors Cognito pretends
            for an unknown user.

        Raises:
            LimitExceeded: Too many codes were sent.
            CodeDeliveryFailure: The code could not be delivered.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            sign_up.resend_confirmation_code(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )

    def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: Literal["USER_PASSWORD_AUTH", "USER_AUTH"] = "USER_PASSWORD_AUTH",
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Sign in with a password (InitiateAuth).

        The app client must allow the flow: ALLOW_USER_PASSWORD_AUTH, or ALLOW_USER_AUTH.

        Args:
            username: The user's name or an alias.
            password: The password.
            flow: "USER_AUTH" signs in by choice-based sign-in with the password preferred.
            device_key: The remembered device, where the pool tracks devices. Cognito then asks for
                the device's SRP proof, which this library leaves out: give it only for risk scoring.
            client_metadata: For the pre sign-up, pre authentication and user migration triggers.
            user_context: For threat protection.

        Returns:
            Tokens, or the challenge to answer next.

        Raises:
            NotAuthorized: The password is wrong, or the user is disabled.
            UserNotFound: No such user, where the app client says so.
            UserNotConfirmed: The sign-up was never confirmed.
            PasswordResetRequired: The user must set a new password with forgot_password.
            FlowNotEnabled: The app client does not allow the flow.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def sign_in_with_choice(
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
        """Sign in by choice of factors (InitiateAuth with USER_AUTH).

        The app client must allow it: ALLOW_USER_AUTH.

        Args:
            username: The user's name or an alias.
            preferred: "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN" or "PASSWORD", which skips the choice
                where the user has that factor.
            password: With preferred="PASSWORD": the password, which saves a step.
            session: ConfirmSignUpResult.session: a user who has just confirmed is let in at once.
            device_key: The remembered device, where the pool tracks devices.
            client_metadata: For the pre sign-up, pre authentication and user migration triggers.
            user_context: For threat protection.

        Returns:
            SelectChallenge, the preferred factor's challenge, or Tokens.

        Raises:
            UnsupportedChallenge: preferred is "PASSWORD_SRP".
            FlowNotEnabled: The app client does not allow USER_AUTH.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def sign_in_with_custom_auth(
        self,
        username: str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Sign in by the pool's own Lambda triggers (InitiateAuth with CUSTOM_AUTH).

        The app client must allow it: ALLOW_CUSTOM_AUTH.

        Args:
            username: The user's name or an alias.
            device_key: The remembered device, where the pool tracks devices.
            client_metadata: For the pre sign-up, pre authentication and user migration triggers;
                what the challenge triggers are to see goes with respond().
            user_context: For threat protection.

        Returns:
            CustomChallenge, or what DefineAuthChallenge decides.

        Raises:
            FlowNotEnabled: The app client does not allow CUSTOM_AUTH.
            LambdaError: A trigger failed or said no.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def respond(
        self,
        answer: ChallengeAnswer,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Send the answer to a challenge (RespondToAuthChallenge).

        Answers to challenges that client.admin got go the administrator's way
        (AdminRespondToAuthChallenge). An answer is never sent twice: Cognito takes it once.

        Args:
            answer: What the challenge's answer() made.
            device_key: The remembered device, where the pool tracks devices.
            client_metadata: For the triggers.
            user_context: For threat protection.

        Returns:
            Tokens, or the next challenge.

        Raises:
            CodeMismatch: The code is wrong.
            ExpiredCode: The code is too old.
            NotAuthorized: The answer is wrong, or the sign-in took too long: start over.
            InvalidPassword: The new password does not meet the pool's policy.
            PasswordHistoryPolicyViolation: The new password was used before.
            ConfigurationError: It is no answer, or one to another app client's challenge.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            sign_in.respond(
                self._app,
                answer,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    def refresh(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> Tokens:
        """Get new tokens for a refresh token (GetTokensFromRefreshToken).

        Args:
            tokens_or_refresh_token: The tokens of a sign-in or of a refresh, or the refresh token.
            device_key: The device of the sign-in, where the pool tracks devices. Default: the
                tokens' new_device.
            client_metadata: For the pre token generation trigger.

        Returns:
            The new tokens. refresh_token is the one to use next: a new one where the app client
            rotates refresh tokens, else the same.

        Raises:
            RefreshTokenReuse: The token was rotated already.
            NotAuthorized: The token is revoked or expired, or the user is disabled.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back. Where refresh tokens rotate, the token may
                be used up.
        """
        return self._driver.run(
            tokens.refresh(
                self._app,
                tokens_or_refresh_token,
                device_key=device_key,
                client_metadata=client_metadata,
            )
        )

    def refresh_legacy(
        self,
        tokens_or_refresh_token: Tokens | str,
        *,
        username: str | None = None,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> Tokens:
        """Get new tokens by the older flow (InitiateAuth with REFRESH_TOKEN_AUTH).

        The app client must allow it (ALLOW_REFRESH_TOKEN_AUTH) and not rotate refresh tokens.

        Args:
            tokens_or_refresh_token: The tokens of a sign-in or of a refresh, or the refresh token.
            username: For an app client with a secret: the user's real name, as the access token's
                username claim has it. An alias such as an email address does not work.
            device_key: The device of the sign-in, where the pool tracks devices. Default: the
                tokens' new_device.
            client_metadata: For the triggers.
            user_context: For threat protection.

        Returns:
            The new tokens, with the refresh token that was given.

        Raises:
            ConfigurationError: The app client has a secret and username is missing.
            NotAuthorized: The token is revoked or expired, or the username is not the real one.
            FlowNotEnabled: The app client does not allow the flow.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
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

    def revoke(self, tokens_or_refresh_token: Tokens | str) -> None:
        """Revoke a refresh token and the tokens that came from it (RevokeToken).

        Verifiers that check signatures only go on taking an access token until it expires.

        Raises:
            UnsupportedTokenType: It is no refresh token.
            UnsupportedOperation: The app client has token revocation switched off.
            Unauthorized: The token belongs to another app client, or the secret is wrong.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(tokens.revoke(self._app, tokens_or_refresh_token))

    def sign_out_everywhere(self, access_token: Tokens | str) -> None:
        """Revoke all of the user's refresh tokens (GlobalSignOut).

        Verifiers that check signatures only go on taking an access token until it expires.

        Raises:
            NotAuthorized: The access token is revoked or expired.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(tokens.sign_out_everywhere(access_token))

    def forgot_password(
        self,
        username: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> CodeDelivery | None:
        """Send the user a code for a new password (ForgotPassword).

        Returns:
            Where the code went. With the app client's PreventUserExistenceErrors Cognito pretends
            for an unknown user.

        Raises:
            LimitExceeded: Too many codes were sent.
            InvalidParameter: The user has no verified email address or phone number.
            CodeDeliveryFailure: The code could not be delivered.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            passwords.forgot_password(
                self._app, username, client_metadata=client_metadata, user_context=user_context
            )
        )

    def confirm_forgot_password(
        self,
        username: str,
        code: str,
        new_password: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> None:
        """Set a new password with the code of forgot_password (ConfirmForgotPassword).

        Raises:
            CodeMismatch: The code is wrong.
            ExpiredCode: The code is too old.
            InvalidPassword: The new password does not meet the pool's policy.
            PasswordHistoryPolicyViolation: The new password was used before.
            TooManyFailedAttempts: Too many wrong codes.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            passwords.confirm_forgot_password(
                self._app,
                username,
                code,
                new_password,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )

    def change_password(
        self, access_token: Tokens | str, old_password: str | None, new_password: str
    ) -> None:
        """Change the password of a signed-in user (ChangePassword).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin; tokens of a sign-in have it.
            old_password: None for a user who has no password yet.
            new_password: The new one.

        Raises:
            NotAuthorized: The old password is wrong, or the access token is revoked or expired.
            InvalidPassword: The new password does not meet the pool's policy.
            PasswordHistoryPolicyViolation: The new password was used before.
            LimitExceeded: Too many attempts.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(passwords.change_password(access_token, old_password, new_password))

    def get_user(self, access_token: Tokens | str) -> User:
        """Return the signed-in user (GetUser).

        Raises:
            NotAuthorized: The access token is revoked or expired, or lacks the scope
                aws.cognito.signin.user.admin.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(profile.get_user(access_token))

    def update_attributes(
        self,
        access_token: Tokens | str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> tuple[CodeDelivery, ...]:
        """Change attributes of the signed-in user (UpdateUserAttributes).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.
            attributes: The new values; "" empties one.
            client_metadata: For the custom message trigger.

        Returns:
            Where codes went: a new email address or phone number is verified with verify_attribute.

        Raises:
            AliasExists: Another user has the email address or phone number as an alias.
            NotAuthorized: The app client may not write an attribute, or the access token is no good.
            InvalidParameter: There is no such attribute, or the value is malformed.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            profile.update_attributes(access_token, attributes, client_metadata=client_metadata)
        )

    def delete_attributes(self, access_token: Tokens | str, names: Iterable[str]) -> None:
        """Remove attributes of the signed-in user (DeleteUserAttributes).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.
            names: For instance ["custom:plan"].

        Raises:
            NotAuthorized: The app client may not write an attribute, or the access token is no good.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(profile.delete_attributes(access_token, names))

    def request_attribute_code(
        self,
        access_token: Tokens | str,
        name: str,
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> CodeDelivery | None:
        """Send the user a code to verify an attribute with (GetUserAttributeVerificationCode).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.
            name: "email" or "phone_number".
            client_metadata: For the custom message trigger.

        Raises:
            LimitExceeded: Too many codes were sent.
            CodeDeliveryFailure: The code could not be delivered.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            profile.request_attribute_code(access_token, name, client_metadata=client_metadata)
        )

    def verify_attribute(self, access_token: Tokens | str, name: str, code: str) -> None:
        """Verify an email address or a phone number with the code that came there (VerifyUserAttribute).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.
            name: "email" or "phone_number".
            code: The code.

        Raises:
            CodeMismatch: The code is wrong.
            ExpiredCode: The code is too old.
            AliasExists: Another user has the email address or phone number as an alias.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(profile.verify_attribute(access_token, name, code))

    def delete_user(self, access_token: Tokens | str) -> None:
        """Delete the signed-in user (DeleteUser).

        Raises:
            NotAuthorized: The access token is no good.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(profile.delete_user(access_token))

    def session(
        self,
        tokens: Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | None] | None = None,
        refresh_before: float = 60,
        device_key: str | None = None,
    ) -> TokenSession:
        """Keep a signed-in user's tokens fresh, by GetTokensFromRefreshToken.

        Args:
            tokens: Of a sign-in or of a refresh, with a refresh token.
            on_refresh: Stores new tokens. Called before anybody uses them; if it raises, the caller
                gets its exception, and it is called again before the next use.
            reload: Reads what the store holds, where several processes share it. A refresh that
                another process has made is then used, and losing a race for a rotated refresh token
                does not end the session.
            refresh_before: How long before the access token expires it is refreshed, seconds.
            device_key: The device of the sign-in, where the pool tracks devices. Default: the
                tokens' new_device.

        Raises:
            ConfigurationError: There is no refresh token in the tokens.
        """
        return TokenSession(
            SessionState(
                tokens,
                refresh=lambda used: self.refresh(used, device_key=device_key),
                save=on_refresh,
                load=reload,
                refresh_before=refresh_before,
                clock=self._clock,
            )
        )

    def call(self, operation: str, /, **params: Any) -> Mapping[str, Any]:
        """Run any operation of the user pools API, with our errors and retries.

        Args:
            operation: Cognito's name, for instance "DescribeUserPool".
            **params: Its members by Cognito's names, UserPoolId and ClientId included.

        Returns:
            The response's members by Cognito's names.

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

    def __repr__(self) -> str:
        return f"CognitoClient({self._pool.id!r}, client_id={self._app.client_id!r})"
