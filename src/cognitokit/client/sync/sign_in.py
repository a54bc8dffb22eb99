"""The client: signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import sign_in
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.user_context import UserContext


class SignIn(Part):
    """Signs users in and answers challenges."""

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
