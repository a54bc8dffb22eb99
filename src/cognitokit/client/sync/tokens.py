"""The client: refreshing and revoking tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.arguments import text_map
from cognitokit.client.flows import tokens
from cognitokit.client.session import PATIENCE, SessionState, TokenSession
from cognitokit.client.sync.part import Part
from cognitokit.frames import without_inner_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cognitokit.client.user_context import UserContext
    from cognitokit.tokens import Tokens


class TokenCare(Part):
    """Refreshes tokens, keeps them fresh, and revokes them."""

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

    def session(
        self,
        tokens: Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | None] | None = None,
        refresh_before: float = 60,
        patience: float = PATIENCE,
        device_key: str | None = None,
        client_metadata: Mapping[str, str] | None = None,
    ) -> TokenSession:
        """Keep a signed-in user's tokens fresh, by GetTokensFromRefreshToken.

        Args:
            tokens: Of a sign-in or of a refresh, with a refresh token.
            on_refresh: Stores new tokens. Called before anybody uses them; if it raises, the caller
                gets its exception, and it is called again before the next use. It must not ask the
                session for tokens; AsyncCognitoClient's may be a coroutine function.
            reload: Reads what the store holds, where several processes share it. A refresh that
                another process has made is then used, and losing a race for a rotated refresh token
                does not end the session.
            refresh_before: How long before the access token expires it is refreshed, seconds.
            patience: With reload: how long after a refused refresh another process may still be
                storing what it got, seconds. 0 ends the session at once, for callers that
                remember refusals themselves.
            device_key: The device of the sign-in, where the pool tracks devices. Default: the
                tokens' new_device.
            client_metadata: For the pre token generation trigger, with each refresh.

        Raises:
            ConfigurationError: There is no refresh token in the tokens, or an argument is not of
                its type: a coroutine function, for instance, as on_refresh.
        """
        metadata = text_map(client_metadata, "client_metadata")
        state = without_inner_frames(
            lambda: SessionState(
                tokens,
                refresh=lambda used: self.refresh(
                    used, device_key=device_key, client_metadata=metadata
                ),
                save=on_refresh,
                load=reload,
                refresh_before=refresh_before,
                patience=patience,
                clock=self._driver.clock,
            )
        )
        return TokenSession(state)
