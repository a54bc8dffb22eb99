"""client.admin: what an administrator does, with AWS credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows import sign_in, tokens
from cognitokit.client.sync.admin_groups import AdminGroups
from cognitokit.client.sync.admin_security import AdminSecurity
from cognitokit.client.sync.admin_users import AdminUsers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from cognitokit.client.challenges import ChallengeAnswer, SignInResult
    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class Admin(AdminUsers, AdminGroups, AdminSecurity):
    """Signs users in and looks after them on the server's authority, by signed calls.

    Every method needs AWS credentials with the IAM permission cognito-idp:<operation> on the pool;
    without any it raises MissingCredentials.
    """

    def sign_in(
        self,
        username: str,
        password: str,
        *,
        flow: Literal[
            "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_AUTH"
        ] = "ADMIN_USER_PASSWORD_AUTH",
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
        user_context: UserContext | None = None,
    ) -> SignInResult:
        """Sign a user in with their password, from a server (AdminInitiateAuth).

        The app client must allow the flow: ALLOW_ADMIN_USER_PASSWORD_AUTH, or ALLOW_USER_AUTH.

        Args:
            username: The user's name or an alias.
            password: The password.
            flow: "ADMIN_NO_SRP_AUTH" is the older name of "ADMIN_USER_PASSWORD_AUTH".
            device_key: The remembered device, where the pool tracks devices.
            client_metadata: For the pre sign-up, pre authentication and user migration triggers.
            user_context: For threat protection; needs ip_address, server_name and server_path.

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
                admin=True,
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
        """Sign a user in by choice of factors, from a server (AdminInitiateAuth with USER_AUTH).

        The same as CognitoClient.sign_in_with_choice, but signed.
        """
        return self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="USER_AUTH",
                admin=True,
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
        """Sign a user in by the pool's own triggers, from a server (AdminInitiateAuth with CUSTOM_AUTH).

        The same as CognitoClient.sign_in_with_custom_auth, but signed.
        """
        return self._driver.run(
            sign_in.sign_in(
                self._app,
                username,
                flow="CUSTOM_AUTH",
                admin=True,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
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
        """Get new tokens by the older flow, from a server (AdminInitiateAuth with REFRESH_TOKEN_AUTH).

        The same as CognitoClient.refresh_legacy, but signed.
        """
        return self._driver.run(
            tokens.refresh_legacy(
                self._app,
                tokens_or_refresh_token,
                username=username,
                admin=True,
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
        """Send the answer to a challenge; the same as client.respond (AdminRespondToAuthChallenge)."""
        return self._driver.run(
            sign_in.respond(
                self._app,
                answer,
                device_key=device_key,
                client_metadata=client_metadata,
                user_context=user_context,
            )
        )
