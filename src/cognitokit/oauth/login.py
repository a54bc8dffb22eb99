"""What both forms of managed login have in common: all that needs no network."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cognitokit import environment
from cognitokit.client.app import AppClient
from cognitokit.client.session import SessionState
from cognitokit.errors import (
    CognitoKitError,
    KeysUnavailable,
    NotAuthorized,
    OAuthError,
    TransportError,
)
from cognitokit.frames import without_inner_frames
from cognitokit.oauth import callback as callbacks
from cognitokit.oauth import pkce
from cognitokit.oauth.application import LoginHints, application
from cognitokit.oauth.held_tokens import access_token_of, refresh_token_of, sub_of
from cognitokit.oauth.http import checked_timeout
from cognitokit.oauth.renewals import Renewal, Renewals
from cognitokit.oauth.token_endpoint import TokenClient, check_revoked
from cognitokit.oauth.urls import endpoints
from cognitokit.oauth.user_info import user_info
from cognitokit.pool import UserPool, as_pool
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from cognitokit.oauth.callback import VerifiedTokens
    from cognitokit.oauth.exchange import Flow
    from cognitokit.oauth.login_state import LoginRequest
    from cognitokit.oauth.token_endpoint import ClientAuthentication
    from cognitokit.oauth.user_info import UserInfo
    from cognitokit.tokens import AccessToken

S = TypeVar("S")
V = TypeVar("V")

_VERIFICATION = 30.0
"""Seconds that new tokens may wait for the pool's keys, and for a check of the caller's."""


class Login(ABC, Generic[S, V]):
    """What ManagedLogin and AsyncManagedLogin have in common: all that needs no network."""

    def __init__(
        self,
        pool: UserPool | str,
        *,
        domain: str,
        client_id: str,
        redirect_uri: str,
        client_secret: str | None = None,
        scopes: Iterable[str] = ("openid",),
        logout_uri: str | None = None,
        resources: Iterable[str] = (),
        fips: bool = False,
        client_authentication: ClientAuthentication = "basic",
        login_timeout: float = 900,
        verifier: V | None = None,
        http_client: Any = None,
        timeout: float = 10,
        allow_http: bool = False,
        clock: Callable[[], float] = time.time,
        token_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._pool = as_pool(pool)
        self._clock = clock
        self._token_bytes = token_bytes
        client = TokenClient(
            app=AppClient(pool_id=self._pool.id, client_id=client_id, client_secret=client_secret),
            endpoints=endpoints(domain, self._pool, fips=fips, allow_http=allow_http),
            authentication=client_authentication,
        )
        self._application = application(
            callbacks.LoginRules(
                client=client, issuers=self._pool.issuers, login_timeout=login_timeout
            ),
            redirect_uri=redirect_uri,
            scopes=scopes,
            logout_uri=logout_uri,
            resources=resources,
            allow_http=allow_http,
        )
        self._renewals = Renewals(self._application.rules, clock=clock)
        self._patience = 2 * checked_timeout(timeout) + _VERIFICATION
        self._sender = self._make_sender(http_client, timeout)
        self._verifier = self._make_verifier() if verifier is None else verifier

    @abstractmethod
    def _make_sender(self, http_client: Any, timeout: float) -> S: ...

    @abstractmethod
    def _make_verifier(self) -> V: ...

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """Make it from environment variables.

        COGNITO_USER_POOL_ID (and what UserPool.from_env reads), COGNITO_DOMAIN, COGNITO_CLIENT_ID
        and COGNITO_REDIRECT_URI are required, COGNITO_CLIENT_SECRET and COGNITO_LOGOUT_URI are
        read where they are set. The AWS_COGNITO_* names of flask-cognito-lib are taken as well.

        Args:
            environ: What to read instead of os.environ.
            **options: The other arguments; they win over the environment.

        Raises:
            ConfigurationError: A variable is missing or malformed.
        """
        return without_inner_frames(
            lambda: cls(**_settings_from_env(environ, options), pool=UserPool.from_env(environ))
        )

    @property
    def pool(self) -> UserPool:
        """The user pool."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self._application.rules.client_id

    @property
    def redirect_uri(self) -> str:
        """Where callbacks come in."""
        return self._application.redirect_uri

    def begin(
        self,
        redirect_target: str | None = None,
        *,
        identity_provider: str | None = None,
        idp_identifier: str | None = None,
        login_hint: str | None = None,
        lang: str | None = None,
        prompt: str | None = None,
        acr_values: Iterable[str] = (),
        max_age: int | None = None,
        resource: str | None = None,
        sign_out_first: bool = False,
    ) -> LoginRequest:
        """Begin a login with an authorization code and PKCE (RFC 6749 4.1, RFC 7636).

        Args:
            redirect_target: Where the user wants to go afterwards, for instance what came as
                `?next=`; kept in the state if safe_redirect_target() accepts it, else "/".
            identity_provider: Go straight to this provider: its name in the pool, "Google", or
                "COGNITO" for the pool's own users.
            idp_identifier: The same by one of the provider's identifiers, such as a mail domain.
            login_hint: A user name or email address to fill in.
            lang: The language of the pages, for instance "de".
            prompt: "login" asks for the password again, "select_account" for the account,
                "none" shows no page and fails where one would be needed, "consent" asks again.
            acr_values: Which authentication levels to ask for, best first. What was reached is
                the id token's claim acr: compare it yourself, a provider may give less.
            max_age: The user must have signed in within so many seconds; it is checked.
            resource: The API that the access token is for (RFC 8707); one of `resources`.
            sign_out_first: Start at the logout endpoint, which ends managed login's session and
                goes on with the login. prompt="login" is the milder way.

        Returns:
            The URL to redirect the browser to, and the state to keep in its session.

        Raises:
            ConfigurationError: An argument is malformed.
        """
        hints = LoginHints(
            identity_provider=identity_provider,
            idp_identifier=idp_identifier,
            login_hint=login_hint,
            lang=lang,
            prompt=prompt,
            acr_values=acr_values,
            max_age=max_age,
            resource=resource,
        )
        return self._application.begin(
            hints,
            redirect_target,
            state=self._random(pkce.STATE_BYTES),
            nonce=self._random(pkce.STATE_BYTES),
            code_verifier=self._random(pkce.CODE_VERIFIER_BYTES),
            now=self._clock(),
            sign_out_first=sign_out_first,
        )

    def begin_implicit(
        self,
        redirect_target: str | None = None,
        *,
        identity_provider: str | None = None,
        idp_identifier: str | None = None,
        login_hint: str | None = None,
        lang: str | None = None,
        prompt: str | None = None,
    ) -> LoginRequest:
        """Begin a login with the implicit grant (RFC 6749 4.2). Deprecated: prefer begin().

        The tokens come back in the address bar, where browser history, extensions and scripts
        of the page see them, no refresh token comes with them, and nothing ties them to this
        application as PKCE ties a code (RFC 9700 2.1.2 says not to use it). It is here for
        pools whose clients have it already.

        Args:
            redirect_target: As in begin().
            identity_provider: As in begin().
            idp_identifier: As in begin().
            login_hint: As in begin().
            lang: As in begin().
            prompt: As in begin().
        """
        hints = LoginHints(
            identity_provider=identity_provider,
            idp_identifier=idp_identifier,
            login_hint=login_hint,
            lang=lang,
            prompt=prompt,
        )
        return self._application.begin(
            hints,
            redirect_target,
            state=self._random(pkce.STATE_BYTES),
            nonce=self._random(pkce.STATE_BYTES),
            code_verifier=None,
            now=self._clock(),
        )

    def logout_url(self, logout_uri: str | None = None) -> str:
        """Return where to send the browser so that managed login forgets it.

        The application's own session, and its tokens, end by other means: drop the one, revoke()
        the other, then redirect here. To go on with a new login: begin(sign_out_first=True).

        Args:
            logout_uri: One of the app client's allowed sign-out URLs. Default: the one given
                when this object was made.

        Raises:
            ConfigurationError: There is none, or it is none that Cognito would register.
        """
        return self._application.logout_url(logout_uri)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._pool.id!r}, client_id={self.client_id!r})"

    def _random(self, size: int) -> str:
        return pkce.random_text(self._token_bytes(size))

    def _complete(self, callback: object, login_state: object) -> Flow[VerifiedTokens]:
        return callbacks.complete(self._application.rules, callback, login_state, now=self._clock())

    def _complete_implicit(self, fragment: object, login_state: object) -> Flow[VerifiedTokens]:
        return callbacks.complete_implicit(
            self._application.rules, fragment, login_state, now=self._clock()
        )

    def _renewal(self, held: VerifiedTokens | Tokens | str, sub: str | None) -> Renewal:
        # The frames below hold secrets.
        return without_inner_frames(
            lambda: Renewal(
                self._renewals, refresh_token_of(held), sub_of(held) if sub is None else sub
            )
        )

    def _session_failure(
        self, error: OAuthError | KeysUnavailable, used: Tokens
    ) -> CognitoKitError:
        # A session knows the errors of the user pools API; here they come from the token endpoint.
        if isinstance(error, KeysUnavailable):
            sent = self._renewals.kept(refresh_token_of(used)) is not None
            return TransportError(str(error), operation="oauth2/token", sent=sent)
        if error.code == "invalid_grant":
            return NotAuthorized(str(error), operation="oauth2/token")
        return error

    def _session_state(
        self,
        held: VerifiedTokens | Tokens,
        refresh: Callable[[Tokens], object],
        save: Callable[[Tokens], object] | None,
        load: Callable[[], object] | None,
        *,
        refresh_before: float,
        patience: float,
    ) -> SessionState:
        return SessionState(
            held if isinstance(held, Tokens) else held.tokens,
            refresh=refresh,
            save=save,
            load=load,
            refresh_before=refresh_before,
            patience=patience,
            clock=self._clock,
            # The token endpoint says the same of a token that is used up and of one that is revoked.
            reuse=NotAuthorized,
        )

    def _revoke(self, held: VerifiedTokens | Tokens | str) -> Flow[None]:
        token, client = refresh_token_of(held), self._application.rules.client
        check_revoked((yield client.revoke(token)))
        newer = self._renewals.newer(token)
        if newer is not None:
            check_revoked((yield client.revoke(refresh_token_of(newer))))
        self._renewals.forget(token)

    def _user_info(
        self, held: VerifiedTokens | AccessToken | str, sub: str | None
    ) -> Flow[UserInfo]:
        access_token, expected = access_token_of(held, sub)
        client = self._application.rules.client
        return (yield from user_info(client, access_token, sub=expected))


def _settings_from_env(
    environ: Mapping[str, str] | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    source = environment.Known(environ)
    needed = [name for name in ("domain", "client_id", "redirect_uri") if name not in options]
    environment.demand(source, "user_pool_id", *needed)
    settings: dict[str, Any] = {
        name: environment.read(source, name) for name in ("client_secret", "logout_uri", *needed)
    }
    settings["allow_http"] = environment.read_flag(source, "allow_http")
    return {**settings, **options}
