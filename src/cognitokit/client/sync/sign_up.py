"""The client: signing up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import sign_up
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.results import CodeDelivery, ConfirmSignUpResult, SignUpResult
    from cognitokit.client.user_context import UserContext


class SignUp(Part):
    """Registers users."""

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
