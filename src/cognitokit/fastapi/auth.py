"""The authenticator: a security scheme, and a dependency that gives the verified token."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, cast, overload

from fastapi import FastAPI
from fastapi.openapi.models import SecurityBase as SecurityModel
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from typing_extensions import TypeVar

from cognitokit.asgi import AsyncVerifier, Denial, SessionSource, TokenCheck, Verifier
from cognitokit.bearer import NO_CREDENTIALS, TokenLocation
from cognitokit.errors import ConfigurationError, KeysUnavailable
from cognitokit.fastapi import apps
from cognitokit.fastapi.dependencies import CurrentUser, OptionalToken
from cognitokit.fastapi.openapi import described, endpoints_of
from cognitokit.fastapi.refused import refused
from cognitokit.fastapi.require import Require, View, ViewT, permissions_of
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

TokenT = TypeVar("TokenT", bound=AccessToken | IdToken, default=AccessToken)

_log = logging.getLogger("cognitokit")


class Login(SessionSource, Protocol):
    """What the authenticator needs of a CognitoLogin or CognitoPasswordLogin."""

    @property
    def provider(self) -> Any:
        """The AsyncManagedLogin or the AsyncCognitoClient."""
        ...

    def init_app(self, app: Starlette) -> None:
        """Add the login's routes to an app."""
        ...

    def to_login_page(self, conn: HTTPConnection, /) -> Exception | None:
        """Return what sends a person to the login page; None for an API call."""
        ...


class CognitoAuth(apps.Authenticator, Generic[TokenT]):
    """Authenticates HTTP requests and WebSocket handshakes; the dependency's value is the token.

    Overriding it, `app.dependency_overrides[cognito] = lambda: token`, leaves every check of scopes
    and groups that require() makes in place.

    Args:
        verifier: An AsyncCognitoVerifier. A CognitoVerifier works as well; where it has to
            fetch keys, or has a check of yours, it does so in a worker thread. With login= it
            may be left out: then the access tokens of its app client are what is accepted.
        header: The name of the header that carries the token.
        raw_token: Take a bare token as well, without "Bearer " before it.
        cookie: The name of a cookie to read the token from as well. Requests that change something,
            and WebSocket handshakes, are then accepted from the same origin only. OpenAPI describes
            the header alone.
        trusted_origins: Further origins that may send requests with the cookie.
        domain: The user pool's domain name, or its URL. With it, OpenAPI describes the login by
            code and PKCE; see enable_swagger_login().
        scopes: The scopes that OpenAPI lists: names, or a mapping of names to descriptions.
        scheme_name: What OpenAPI calls the security scheme.
        login: A CognitoLogin or CognitoPasswordLogin, whose sessions are then as good as a token,
            and whose page those are sent to who have neither; API calls get 401. init_app() adds
            its routes to the app.

    Raises:
        ConfigurationError: An option is missing or wrong.
    """

    def __init__(
        self,
        verifier: AsyncVerifier[TokenT] | Verifier[TokenT] | None = None,
        *,
        header: str = "Authorization",
        raw_token: bool = False,
        cookie: str | None = None,
        trusted_origins: Collection[str] = (),
        domain: str | None = None,
        scopes: Mapping[str, str] | Iterable[str] = (),
        scheme_name: str = "Cognito",
        login: Login | None = None,
    ) -> None:
        if login is not None and cookie is not None:
            raise ConfigurationError("Give cookie= or login=, not both.")
        if verifier is None:
            verifier = cast("AsyncVerifier[TokenT]", _verifier_of(login))
        self._login = login
        location = TokenLocation(
            header=header, raw=raw_token, cookie=cookie, trusted_origins=trusted_origins
        )
        self._check: TokenCheck[TokenT] = TokenCheck(verifier, location, login)
        self._endpoints = None if domain is None else endpoints_of(domain)
        self.scheme_name = scheme_name
        self.model: SecurityModel = described(location, self._endpoints, scopes)
        self.optional: OptionalToken[TokenT] = OptionalToken(self, self._attempt)
        """The dependency for routes that also serve those who do not sign in: None where there is no token."""

    def init_app(self, app: Starlette, *, prefetch: bool = False) -> None:
        """Make this the app's authenticator, and watch the app's routes.

        A protecting decorator that stands above the one that registers the route does not protect
        it. The watch makes this an error when the app starts or, where nothing starts it, before
        the first request is answered; routers and mounted apps included, also those that a
        middleware wraps. It cannot see through a decorator in between that leaves functools.wraps
        out, nor find an app that is looked up at each request.

        From then on requests are authenticated before their body is read, in mounted apps too, so
        that a bad body gets 401 and not 422 from those without a token. With cookie=, responses
        get `Vary: Cookie`, and `Cache-Control: private, no-store` unless they have a Cache-Control.
        Without init_app() neither is done, and FastAPI reads the body first.

        Args:
            app: The app, before it has answered a request.
            prefetch: Fetch the user pool's keys when the app starts. If that fails the app starts
                all the same, and the first request tries again. A mounted app is never started
                (Starlette runs the outermost app's lifespan alone), so there nothing is fetched
                ahead: ask for it where the outermost app is set up.

        Raises:
            ConfigurationError: This serves the app already, another CognitoAuth of the app has the
                same scheme_name and a different security scheme, or the app has answered requests.
        """
        if self._login is not None:
            self._login.init_app(app)
        state = apps.serve(app, self)
        apps.watch_lifespan(app, state, self._try_prefetch if prefetch else None)
        if isinstance(app, FastAPI):
            apps.document(app, self)

    @overload
    def require(self, view: ViewT, /) -> ViewT: ...

    @overload
    def require(
        self,
        /,
        *,
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
    ) -> Require: ...

    def require(
        self,
        view: View | None = None,
        /,
        *,
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
    ) -> Any:
        """Return what demands a good token with these scopes and groups: a decorator and a dependency.

        Args:
            view: The view, where the decorator is used bare.
            groups: Groups that the user must be in, all of them.
            any_group: Groups of which one is enough.
            scopes: Scopes that the token must have, all of them.
            any_scope: Scopes of which one is enough.

        Raises:
            ConfigurationError: An argument is not a collection of names.
        """
        require = Require(
            self,
            Permissions(groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope),
        )
        return require if view is None else require(view)

    def user(self, load: Callable[[TokenT], object]) -> CurrentUser:
        """Return the dependency that gives the user of your own kind, once a request.

        Args:
            load: Finds or makes the user of a verified token; keep users by the token's pool and
                sub. What is no coroutine function runs in a worker thread; what comes out is
                awaited where it can be. Where that is None the request is refused with 401.
        """
        return CurrentUser(self, load)

    def enable_swagger_login(
        self, app: FastAPI, *, client_id: str, scopes: Iterable[str] = ("openid",)
    ) -> None:
        """Let Swagger UI's Authorize button sign in at managed login, by code and PKCE.

        The app client must have no secret, the authorization code grant, and the callback URL
        https://your.host/docs/oauth2-redirect (below the app's root_path, if it has one).

        Args:
            app: The app whose documentation it is.
            client_id: The app client that Swagger UI signs in with.
            scopes: The scopes that are ticked beforehand.

        Raises:
            ConfigurationError: CognitoAuth was made without domain=, or the app has no Swagger UI.
        """
        if self._endpoints is None:
            raise ConfigurationError(
                "Give CognitoAuth the domain= of the user pool, where users sign in."
            )
        if not (app.openapi_url and app.docs_url and app.swagger_ui_oauth2_redirect_url):
            raise ConfigurationError(
                "The app has no Swagger UI, or no place for its login to return to: "
                "FastAPI needs openapi_url, docs_url and swagger_ui_oauth2_redirect_url."
            )
        app.swagger_ui_init_oauth = {
            "clientId": client_id,
            "usePkceWithAuthorizationCodeGrant": True,
            "scopes": " ".join(scopes),
        }

    async def prefetch(self) -> None:
        """Fetch the user pool's keys now.

        Raises:
            KeysUnavailable: They could not be fetched.
        """
        await self._check.prefetch()

    async def authenticate(self, conn: HTTPConnection, scopes: Sequence[str]) -> TokenT:
        """Return the connection's verified token, which has these scopes.

        Raises:
            AccessRefused: There is none, or not a good one.
            WebSocketException: The same, for a WebSocket handshake.
            LoginNeeded: There is none, a person asks for a page, and there is a login.
        """
        apps.look_through(conn)
        outcome = await self._check(conn.scope, permissions_of(*scopes) if scopes else None)
        if outcome is None:
            to_login = None if self._login is None else self._login.to_login_page(conn)
            if to_login is not None:
                raise to_login
            outcome = Denial(NO_CREDENTIALS)
        if isinstance(outcome, Denial):
            raise refused(conn, outcome)
        return outcome

    async def _attempt(self, conn: HTTPConnection) -> TokenT | None:
        apps.look_through(conn)
        outcome = await self._check(conn.scope)
        if isinstance(outcome, Denial):
            raise refused(conn, outcome)
        return outcome

    async def _try_prefetch(self) -> None:
        try:
            await self.prefetch()
        except KeysUnavailable as error:
            _log.warning("The app starts without the user pool's keys: %s", error)


def _verifier_of(login: Login | None) -> AsyncVerifier[AccessToken]:
    if login is None:
        raise ConfigurationError("Give an AsyncCognitoVerifier or a CognitoVerifier.")
    from cognitokit.verifier import AsyncCognitoVerifier  # noqa: PLC0415 - not needed where one is given

    provider = login.provider
    return AsyncCognitoVerifier(provider.pool, client_id=provider.client_id, token_use="access")
