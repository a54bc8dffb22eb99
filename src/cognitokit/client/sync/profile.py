"""The client: a user and their own attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import profile
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.client.results import CodeDelivery, User
    from cognitokit.tokens import Tokens


class Profile(Part):
    """Shows, changes and deletes the signed-in user."""

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
