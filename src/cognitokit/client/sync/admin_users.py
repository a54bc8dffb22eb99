"""client.admin: users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import admin_users
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cognitokit.client.filters import UserFilter
    from cognitokit.client.results import User


class AdminUsers(Part):
    """Creates users, finds them and changes them."""

    def create_user(
        self,
        username: str,
        *,
        temporary_password: str | None = None,
        attributes: Mapping[str, str] | None = None,
        validation_data: Mapping[str, str] | None = None,
        delivery: Iterable[str] | None = None,
        suppress_invitation: bool = False,
        force_alias_creation: bool | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> User:
        """Create a user, who gets a temporary password by mail or SMS (AdminCreateUser).

        Their first sign-in then gives NewPasswordRequired.

        Args:
            username: The name to sign in with; in pools that sign in by email or phone number, that.
            temporary_password: None has Cognito make one.
            attributes: For instance {"email": "joe@example.com", "email_verified": "true"}.
            validation_data: For the pre sign-up trigger; not stored.
            delivery: How the invitation goes: "EMAIL", "SMS" or both. Cognito's default is SMS.
            suppress_invitation: Send none.
            force_alias_creation: Take the alias away from another user who has it.
            client_metadata: For the triggers; not stored.

        Raises:
            UsernameExists: The name is taken.
            InvalidPassword: The temporary password does not meet the pool's policy.
            InvalidParameter: An attribute is missing or malformed.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.create_user(
                self._app,
                username,
                temporary_password=temporary_password,
                attributes=attributes,
                validation_data=validation_data,
                delivery=delivery,
                message="SUPPRESS" if suppress_invitation else None,
                force_alias_creation=force_alias_creation,
                client_metadata=client_metadata,
            )
        )

    def resend_invitation(
        self,
        username: str,
        *,
        delivery: Iterable[str] | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> User:
        """Send a user who has never signed in a new temporary password (AdminCreateUser, RESEND).

        Raises:
            UserNotFound: No such user.
            UnsupportedUserState: The user has a password of their own already.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.create_user(
                self._app,
                username,
                temporary_password=None,
                attributes=None,
                validation_data=None,
                delivery=delivery,
                message="RESEND",
                force_alias_creation=None,
                client_metadata=client_metadata,
            )
        )

    def get_user(self, username: str) -> User:
        """Return a user (AdminGetUser).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.get_user(self._app, username))

    def list_users(
        self,
        matching: UserFilter | str | None = None,
        *,
        attributes: Iterable[str] | None = None,
        page_size: int | None = None,
    ) -> Iterator[User]:
        """Iterate over users, page by page as they are used up (ListUsers).

        Args:
            matching: Only these, for instance UserFilter.starts_with("email", "jane@"); a str goes
                to Cognito as it is. None: all.
            attributes: The names of the attributes to fetch. None: all.
            page_size: Users a call, 1 to 60. None: Cognito's default, 60.

        Raises:
            InvalidParameter: Cognito does not take the filter.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            admin_users.list_users(
                self._app, matching=matching, attributes=attributes, page_size=page_size
            )
        )

    def update_attributes(
        self,
        username: str,
        attributes: Mapping[str, str],
        *,
        client_metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Change a user's attributes (AdminUpdateUserAttributes).

        Args:
            username: The user.
            attributes: The new values. With a new email address give "email_verified" as well, or
                the user is sent a code.
            client_metadata: For the custom message trigger.

        Raises:
            UserNotFound: No such user.
            AliasExists: Another user has the email address or phone number as an alias.
            InvalidParameter: There is no such attribute, or the value is malformed.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.update_attributes(
                self._app, username, attributes, client_metadata=client_metadata
            )
        )

    def delete_attributes(self, username: str, names: Iterable[str]) -> None:
        """Remove a user's attributes (AdminDeleteUserAttributes).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.delete_attributes(self._app, username, names))

    def set_password(self, username: str, password: str, *, permanent: bool = True) -> None:
        """Set a user's password (AdminSetUserPassword).

        Args:
            username: The user.
            password: The new password.
            permanent: False makes it a temporary one: the next sign-in gives NewPasswordRequired.

        Raises:
            UserNotFound: No such user.
            InvalidPassword: The password does not meet the pool's policy.
            PasswordHistoryPolicyViolation: The password was used before.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.set_password(self._app, username, password, permanent=permanent)
        )

    def confirm_sign_up(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> None:
        """Confirm a sign-up without a code (AdminConfirmSignUp).

        Raises:
            UserNotFound: No such user.
            NotAuthorized: The user is confirmed already.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.on_user("AdminConfirmSignUp", self._app, username, client_metadata)
        )

    def reset_password(
        self, username: str, *, client_metadata: Mapping[str, str] | None = None
    ) -> None:
        """Make a user's password useless and send them a code for a new one (AdminResetUserPassword).

        Their next sign-in raises PasswordResetRequired; they go on with confirm_forgot_password.

        Raises:
            UserNotFound: No such user.
            InvalidParameter: The user has no verified email address or phone number.
            LimitExceeded: Too many codes were sent.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.on_user("AdminResetUserPassword", self._app, username, client_metadata)
        )

    def enable_user(self, username: str) -> None:
        """Let a disabled user sign in again (AdminEnableUser).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.on_user("AdminEnableUser", self._app, username))

    def disable_user(self, username: str) -> None:
        """Lock a user out: no sign-in, no refresh, and access tokens are revoked (AdminDisableUser).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.on_user("AdminDisableUser", self._app, username))

    def delete_user(self, username: str) -> None:
        """Delete a user (AdminDeleteUser).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.on_user("AdminDeleteUser", self._app, username))

    def sign_out_everywhere(self, username: str) -> None:
        """Revoke all of a user's refresh tokens (AdminUserGlobalSignOut).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(admin_users.on_user("AdminUserGlobalSignOut", self._app, username))
