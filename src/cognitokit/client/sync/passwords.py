"""The client: passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import passwords
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.results import CodeDelivery
    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class PasswordCare(Part):
    """Changes passwords and replaces forgotten ones."""

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
