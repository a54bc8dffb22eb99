"""Managed login: users sign in on the pool's own pages, with an authorization code and PKCE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from cognitokit.client.session import PATIENCE, TokenSession
from cognitokit.errors import KeysUnavailable, OAuthError
from cognitokit.oauth.drive import run
from cognitokit.oauth.exchange import Verifier
from cognitokit.oauth.held_tokens import sub_of
from cognitokit.oauth.http import Sender
from cognitokit.oauth.login import Login
from cognitokit.verifier import CognitoVerifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.oauth.callback import VerifiedTokens
    from cognitokit.oauth.login_state import LoginState
    from cognitokit.oauth.user_info import UserInfo
    from cognitokit.tokens import AccessToken, Tokens


class ManagedLogin(Login[Sender, Verifier]):
    """Signs users in through managed login (the hosted UI), and keeps and ends their sessions.

    Args:
        pool: The user pool, or its id.
        domain: The pool's domain: a prefix ("my-app"), a full name ("auth.example.com") or an
            https URL; plain http for loopback.
        client_id: The app client.
        redirect_uri: The callback URL, exactly as the app client has it. It is never made from a
            request's Host header.
        client_secret: The app client's secret; None for a public client.
        scopes: What to ask for. Without "openid" there is no id token and no userInfo.
        logout_uri: What logout_url() uses: one of the app client's allowed sign-out URLs.
        resources: The APIs that begin(resource=...) may name (RFC 8707).
        fips: Use a prefix domain's FIPS form. GovCloud has no other.
        client_authentication: How a secret is sent: "basic", or "body" for what cannot read it
            from a header.
        login_timeout: How long a login may take from begin() to complete(), seconds.
        verifier: What verifies the tokens, in place of CognitoVerifier(pool,
            client_id=client_id, token_use=None): it must take id and access tokens.
        http_client: An httpx.Client or httpx2.Client to send with; the caller closes it.
        timeout: How long the token endpoint may take, seconds.
        allow_http: Allow plain http for hosts other than loopback.
        clock: What gives the time, epoch seconds.
        token_bytes: What gives random bytes, as secrets.token_bytes does.

    Raises:
        ConfigurationError: An argument is missing or malformed; the message names the cure.
    """

    def complete(self, callback: object, login_state: LoginState | None) -> VerifiedTokens:
        """Complete a login: check the callback, exchange the code, verify the tokens.

        Take the state out of the session before this call, whatever it returns.

        Args:
            callback: The URL of the callback, or its query as str, bytes, mapping or a
                framework's query parameters.
            login_state: What begin() gave to this browser; None where its session has none.

        Returns:
            The tokens, and what they say.

        Raises:
            LoginError: With a reason: "state", "expired", "denied", "provider" (the provider
                reported an error: see code), "malformed", "issuer", "exchange" (the token
                endpoint refused: see code), "id_token" (none came), "nonce", "at_hash", "sub",
                "azp", "auth_time" (max_age), "token" (the cause says more), "forbidden" (by the
                application's own verifier), or "unavailable": worth another try a little later.
        """
        return run(self._complete(callback, login_state), self._sender, self._verifier)

    def complete_implicit(self, fragment: object, login_state: LoginState | None) -> VerifiedTokens:
        """Complete a login that begin_implicit() began. Deprecated for the reasons given there.

        Args:
            fragment: What came behind the "#" of the callback URL, sent on by a script of the
                page; as a text, or as a mapping.
            login_state: What begin_implicit() gave to this browser; take it out of the session
                before this call.

        Raises:
            LoginError: As in complete().
        """
        return run(self._complete_implicit(fragment, login_state), self._sender, self._verifier)

    def refresh(
        self, held: VerifiedTokens | Tokens | str, *, sub: str | None = None
    ) -> VerifiedTokens:
        """Get new tokens, and verify that they are the same user's (RFC 6749 6, OpenID Connect Core 12.2).

        With refresh token rotation the result has a new refresh token, and the one sent stops
        working when its grace period ends: store the result before you use it. Callers of this
        object that come with the same refresh token at a time cause one refresh and get the same
        result; so does one who comes up to 10 seconds late with a token that is used up. Other
        processes know nothing of that: see session(reload=...).

        Args:
            held: Tokens with a refresh token, or the refresh token itself.
            sub: Whose tokens they must be. Default: what the held tokens say; a bare refresh
                token says nothing, so give it there.

        Returns:
            The new tokens, with the refresh token to use next.

        Raises:
            OAuthError: code "invalid_grant": the session has ended, or a rotated token was used
                again. Drop the session.
            TokenError: What came back is not acceptable; claim "sub": it is another user's.
            TransportError: The endpoint gave no usable answer.
            KeysUnavailable: The pool's keys could not be fetched. Where there were none yet, nothing
                was sent. Where the new tokens are signed with a key that is new, the refresh token
                is used and this object keeps them: a later call with the same refresh token
                verifies them, without another refresh. They are lost with the object, so with
                rotation call it again soon.
            InsufficientPermission: The verifier that was given asks for a scope or group that the
                new tokens lack. The object keeps their refresh token: a later call with the one
                that was sent uses that.
        """
        renewal = self._renewal(held, sub)
        renewed = renewal.flight.run(
            renewal.ready,
            lambda: run(renewal.flow(), self._sender, self._verifier),
            patience=self._patience,
        )
        return renewal.checked(renewed)

    def session(
        self,
        held: VerifiedTokens | Tokens,
        on_refresh: Callable[[Tokens], object] | None = None,
        *,
        reload: Callable[[], Tokens | None] | None = None,
        refresh_before: float = 60,
        patience: float = PATIENCE,
    ) -> TokenSession:
        """Keep a signed-in user's tokens fresh: one refresh at a time, rotation-safe.

        It is what BearerAuth takes to call APIs with. Any number of sessions may be made for the
        same tokens, for instance one for each request: they share their refreshes, as refresh()
        says.

        Args:
            held: Tokens of complete() or refresh(), with a refresh token.
            on_refresh: Stores new tokens. Called before anybody uses them; if it raises, the caller
                gets its exception, and it is called again before the next use.
            reload: Reads what the store holds, where several processes share it. A refresh that
                another process has made is then used.
            refresh_before: How long before the access token expires it is refreshed, seconds.
            patience: With reload: how long after a refused refresh another process may still be
                storing what it got, seconds. 0 ends the session at once, for callers that
                remember refusals themselves.

        Raises:
            ConfigurationError: There is no refresh token in the tokens.
        """
        sub = sub_of(held)
        return TokenSession(
            self._session_state(
                held,
                lambda used: self._renewed(used, sub),
                on_refresh,
                reload,
                refresh_before=refresh_before,
                patience=patience,
            )
        )

    def revoke(self, held: VerifiedTokens | Tokens | str) -> None:
        """Revoke a refresh token, and with it the tokens that were issued from it (RFC 7009).

        Whoever verifies tokens without asking Cognito accepts the access token until it expires.

        Args:
            held: Tokens with a refresh token, or the refresh token itself.

        Raises:
            OAuthError: The endpoint refused; an unknown or revoked token is no error.
            TransportError: The endpoint gave no usable answer.
        """
        run(self._revoke(held), self._sender)

    def user_info(
        self, held: VerifiedTokens | AccessToken | str, *, sub: str | None = None
    ) -> UserInfo:
        """Ask the userInfo endpoint for the user's attributes (OpenID Connect Core 5.3).

        Args:
            held: A verified access token with the scope openid; or a bare one, with sub.
            sub: Whose attributes they must be, for a bare token.

        Raises:
            OAuthError: code "invalid_token": expired or revoked; "insufficient_scope".
            InvalidClaim: claim "sub": the answer is about another user.
            TransportError: The endpoint gave no usable answer.
        """
        return run(self._user_info(held, sub), self._sender)

    def _renewed(self, used: Tokens, sub: str | None) -> Tokens:
        try:
            return self.refresh(used, sub=sub).tokens
        except (OAuthError, KeysUnavailable) as error:
            failure = self._session_failure(error, used)
        try:
            raise failure
        finally:
            del failure  # or the error and this frame would keep each other alive

    @override
    def _make_sender(self, http_client: Any, timeout: float) -> Sender:
        return Sender(http_client, timeout=timeout, clock=self._clock)

    @override
    def _make_verifier(self) -> Verifier:
        plain = CognitoVerifier(
            self._pool, client_id=self.client_id, token_use=None, clock=self._clock
        )
        resources = self._application.resources
        if not resources:
            return plain
        bound = CognitoVerifier(
            self._pool,
            client_id=self.client_id,
            token_use=None,
            audience=resources,
            clock=self._clock,
        )
        return CognitoVerifier.any_of(plain, bound)
