"""client.admin: a user's factors, sessions, devices, history and linked accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import admin_security, admin_users, devices, mfa, sessions
from cognitokit.client.flows.request import user_members
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from cognitokit.client.results import AuthEvent, AuthFactors, Device, UserSession


class AdminSecurity(Part):
    """Looks after how users sign in."""

    def set_mfa_preference(
        self,
        username: str,
        *,
        sms: bool | None = None,
        software_token: bool | None = None,
        email: bool | None = None,
        web_authn: bool | None = None,
        preferred: Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] | None = None,
    ) -> None:
        """Switch a user's second factors (AdminSetUserMFAPreference).

        Args:
            username: The user.
            sms: On or off; None leaves it as it is.
            software_token: The same for the authenticator app.
            email: The same for codes by email.
            web_authn: The same for passkeys as a factor that satisfies MFA.
            preferred: The method to ask for first, which switches it on. Cognito forgets that a
                method was preferred when a call switches it, on or off, without naming it here:
                to switch it and keep the preference, name it again.

        Raises:
            UserNotFound: No such user.
            InvalidParameter: The user has not set the method up, or the pool does not allow it.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            mfa.set_preference(
                user_members(self._app, username),
                admin=True,
                sms=sms,
                software_token=software_token,
                email=email,
                web_authn=web_authn,
                preferred=preferred,
            )
        )

    def delete_software_token(self, username: str) -> None:
        """Take a user's authenticator app away, for instance when the phone is lost (AdminDeleteSoftwareToken).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_users.on_user("AdminDeleteSoftwareToken", self._app, username)
        )

    def get_factors(self, username: str) -> AuthFactors:
        """Return what a user can prove themselves with (AdminGetUserAuthFactors).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(mfa.auth_factors(user_members(self._app, username), admin=True))

    def list_auth_events(
        self, username: str, *, page_size: int | None = None
    ) -> Iterator[AuthEvent]:
        """Iterate over a user's history, the newest first (AdminListUserAuthEvents).

        Args:
            username: The user.
            page_size: Events a call, 0 to 60. None: Cognito's default.

        Raises:
            UserPoolAddOnNotEnabled: The pool has no threat protection.
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            admin_security.list_auth_events(self._app, username, page_size=page_size)
        )

    def give_auth_event_feedback(self, username: str, event_id: str, *, valid: bool) -> None:
        """Tell threat protection whether it was the user (AdminUpdateAuthEventFeedback).

        Args:
            username: The user.
            event_id: AuthEvent.id.
            valid: Whether it was.

        Raises:
            UserPoolAddOnNotEnabled: The pool has no threat protection.
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_security.give_auth_event_feedback(self._app, username, event_id, valid=valid)
        )

    def list_sessions(self, username: str) -> Iterator[UserSession]:
        """Iterate over a user's sessions in all app clients (AdminListUserSessions).

        Raises:
            UserNotFound: No such user.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            sessions.list_sessions(user_members(self._app, username), admin=True)
        )

    def revoke_session(self, username: str, session_id: str, *, linked: bool = False) -> None:
        """Revoke one of a user's sessions (AdminRevokeUserSession).

        Args:
            username: The user.
            session_id: UserSession.id.
            linked: Revoke the sessions that it came from, or that came from it, as well.

        Raises:
            UserNotFound: No such user.
            ResourceNotFound: No such session.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            sessions.revoke_session(
                user_members(self._app, username), session_id, linked=linked, admin=True
            )
        )

    def list_devices(self, username: str) -> Iterator[Device]:
        """Iterate over a user's devices (AdminListDevices).

        Raises:
            InvalidUserPoolConfiguration: The pool does not track devices.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(
            devices.list_devices(user_members(self._app, username), admin=True)
        )

    def get_device(self, username: str, key: str) -> Device:
        """Return one of a user's devices (AdminGetDevice).

        Raises:
            ResourceNotFound: The user has no such device.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            devices.get_device(user_members(self._app, username), key, admin=True)
        )

    def forget_device(self, username: str, key: str) -> None:
        """Forget one of a user's devices (AdminForgetDevice).

        Raises:
            ResourceNotFound: The user has no such device.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            devices.forget_device(user_members(self._app, username), key, admin=True)
        )

    def remember_device(self, username: str, key: str, *, remembered: bool = True) -> None:
        """Remember one of a user's devices, or no longer (AdminUpdateDeviceStatus).

        Raises:
            ResourceNotFound: The user has no such device.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            devices.remember_device(
                user_members(self._app, username), key, remembered=remembered, admin=True
            )
        )

    def link_provider(
        self,
        username: str,
        provider: str,
        provider_user_id: str,
        *,
        attribute: str = "Cognito_Subject",
    ) -> None:
        """Let an account at another identity provider sign in as a user of the pool (AdminLinkProviderForUser).

        It must not have signed in before.

        Args:
            username: The user of the pool.
            provider: The provider's name in the pool, for instance "Google".
            provider_user_id: The value by which the provider knows the account.
            attribute: What that value is: "Cognito_Subject" for OpenID Connect and social providers,
                the attribute's name for SAML.

        Raises:
            UserNotFound: No such user.
            AliasExists: The account is linked to another user.
            LimitExceeded: The user has as many linked accounts as Cognito allows.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_security.link_provider(
                self._app, username, provider, provider_user_id, attribute=attribute
            )
        )

    def unlink_provider(
        self, provider: str, provider_user_id: str, *, attribute: str = "Cognito_Subject"
    ) -> None:
        """Take such an account away from its user (AdminDisableProviderForUser).

        Args:
            provider: The provider's name in the pool, for instance "Google".
            provider_user_id: The value by which the provider knows the account.
            attribute: As for link_provider; "Cognito_Subject" is right for accounts that were linked.

        Raises:
            UserNotFound: No such account.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            admin_security.unlink_provider(
                self._app, provider, provider_user_id, attribute=attribute
            )
        )
