"""The extension: what serves an application, and the check of a request."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Collection, Iterable
from types import EllipsisType
from typing import Any, Literal, NamedTuple, Protocol, cast
from weakref import WeakSet

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from cognitokit import environment
from cognitokit.bearer import NO_CREDENTIALS, Refusal, TokenLocation, refusal_of, wsgi_values
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.flask.preflight import answer_to_preflight
from cognitokit.flask.refused import AccessRefused
from cognitokit.flask.routes import KNOWN, ProtectedRoute, demands_token, refuse_misplaced
from cognitokit.frames import without_our_frames
from cognitokit.guarded import GUARDS
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

# On the request's environ, not on flask.g: requests made inside an outer app context share one g.
CURRENT = "cognitokit.current"
_VERIFIED = "cognitokit.verified"
_PERSONAL = "cognitokit.personal"

_EXTENSION = "cognitokit"

_log = logging.getLogger("cognitokit")


class Verifier(Protocol):
    """What the extension needs of a verifier: CognitoVerifier, or what its any_of() returns."""

    def verify(self, raw: str, /) -> AccessToken | IdToken:
        """Return the verified token, or raise one of our errors."""
        ...


class Login(Protocol):
    """What the extension needs of a CognitoLogin or CognitoPasswordLogin."""

    @property
    def provider(self) -> Any:
        """The ManagedLogin or the CognitoClient."""
        ...

    def init_app(self, app: Flask) -> None:
        """Add the login's routes to an application."""
        ...

    def token(
        self, from_header: str | None, verify: Callable[[str], AccessToken | IdToken], /
    ) -> AccessToken | IdToken | Refusal | None:
        """Return the current request's verified token, from its header or its session."""
        ...

    def to_login_page(self) -> HTTPException | None:
        """Return what sends a person to the login page; None for an API call."""
        ...

    def check_routes(self, app: Flask, /) -> None:
        """Refuse an application with a route of its own where the login has one."""
        ...

    def owns(self, endpoint: str, /) -> bool:
        """Whether an endpoint is one of the login's own, which must be public."""
        ...


class _Everywhere(NamedTuple):
    """What protect_all() was given."""

    permissions: Permissions
    except_: tuple[str | Callable[..., Any], ...]

    def covers(self, endpoint: str, view: object) -> bool:
        return not any(item in (endpoint, view) for item in self.except_)

    def says_the_same(self, other: _Everywhere) -> bool:
        """Whether both are one rule; an application factory makes its view functions anew each time."""
        ours, theirs = ({i for i in each.except_ if isinstance(i, str)} for each in (self, other))
        return self.permissions == other.permissions and ours == theirs


class CognitoAuth:
    """The extension. One object may serve several applications; it keeps no state of any of them.

    What protect() and protect_all() are told holds for all of them, now and later.

    Args:
        app: The application. Without it call init_app() later.
        verifier: A CognitoVerifier. Without it one is made for each application, from what
            CognitoVerifier.from_env() reads, out of app.config: COGNITO_USER_POOL_ID,
            COGNITO_CLIENT_ID and so on.
        token_use: "access", "id", or None for either. Needed where the verifier is made from
            app.config, and nowhere else.
        header: The name of the header that carries the token.
        raw_token: Take a bare token as well, without "Bearer " before it.
        cookie: The name of a cookie to read the token from as well. Requests that change
            something are then accepted from the same origin only.
        trusted_origins: Further origins that may send requests with the cookie.
        login: A CognitoLogin or CognitoPasswordLogin, whose sessions are then as good as a token,
            and whose page those are sent to who have neither; API calls get 401. Its routes are
            added to the applications. Without verifier= and token_use= the access tokens of its
            app client are what is accepted.

    Raises:
        ConfigurationError: An option is missing or wrong.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        verifier: Verifier | None = None,
        token_use: Literal["access", "id"] | EllipsisType | None = ...,
        header: str = "Authorization",
        raw_token: bool = False,
        cookie: str | None = None,
        trusted_origins: Collection[str] = (),
        login: Login | None = None,
    ) -> None:
        if login is not None and cookie is not None:
            raise ConfigurationError("Give cookie= or login=, not both.")
        if login is not None and verifier is None and token_use is ...:
            verifier = _verifier_of(login)
        if verifier is None and token_use is ...:
            raise ConfigurationError(
                "Give verifier=, or token_use= ('access', 'id' or None) to make one from app.config."
            )
        if verifier is not None and token_use is not ...:
            raise ConfigurationError("token_use is the verifier's: give it there.")
        if verifier is not None and inspect.iscoroutinefunction(verifier.verify):
            raise ConfigurationError("Flask needs a CognitoVerifier; this one is asynchronous.")
        self._verifier = verifier
        self._token_use = token_use
        self._location = TokenLocation(
            header=header, raw=raw_token, cookie=cookie, trusted_origins=trusted_origins
        )
        self._blueprints: WeakSet[Blueprint] = WeakSet()
        self._everywhere: _Everywhere | None = None
        self._login = login
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *, verifier: Verifier | None = None) -> None:
        """Set the extension up for an application.

        Args:
            app: The application.
            verifier: This application's own, instead of the extension's.

        Raises:
            ConfigurationError: The extension serves this application already, or the
                application's configuration lacks what the verifier needs.
        """
        state: _AppState = app.extensions.setdefault(_EXTENSION, _AppState())
        if self in state.verifiers:
            raise ConfigurationError("This CognitoAuth serves this application already.")
        state.verifiers[self] = verifier or self._verifier or self._from_config(app)
        KNOWN.add(app)
        if self._login is not None:
            self._login.init_app(app)
        app.before_request(functools.partial(self._before_request, app, state))
        if self._location.cookie is not None:
            app.after_request(_kept_private)

    def protect(
        self,
        blueprint: Blueprint,
        *,
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        optional: bool = False,
    ) -> None:
        """Protect every view of a blueprint, and of those nested in it.

        Call it before the blueprint is registered, and before the blueprint's own before_request
        hooks, which run for requests without a token where they were there first. The arguments
        are those of require_cognito.

        Raises:
            ConfigurationError: The blueprint is registered already, or an argument is wrong.
        """
        permissions = Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        )
        try:
            blueprint.before_request(
                functools.partial(self.authorize, permissions, optional=optional)
            )
        except AssertionError:
            raise ConfigurationError(
                f"The blueprint {blueprint.name!r} is registered already: call protect() before "
                "register_blueprint()."
            ) from None
        if not optional:
            self._blueprints.add(blueprint)

    def protect_all(
        self,
        *,
        except_: Iterable[str | Callable[..., Any]] = (),
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
    ) -> None:
        """Protect every view of the applications that this extension serves, now and later.

        An application factory may call it for each application that it makes, with the same rule.

        Args:
            except_: The public ones: endpoints ("static", "auth.login") or view functions. Each
                must be one of an application that the extension serves. Where it is called again
                the functions of the last call count.
            groups: As for require_cognito.
            any_group: As for require_cognito.
            scopes: As for require_cognito.
            any_scope: As for require_cognito.

        Raises:
            ConfigurationError: It was called before with other endpoints or demands, or an argument
                is wrong.
        """
        if isinstance(except_, str):
            raise ConfigurationError("except_ must be a list of endpoints or view functions.")
        permissions = Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        )
        everywhere = _Everywhere(permissions, tuple(except_))
        if self._everywhere is not None and not self._everywhere.says_the_same(everywhere):
            raise ConfigurationError(
                "protect_all() was called before, and one rule covers all: put @require_cognito on "
                "the views, or protect() on the blueprints, that demand more."
            )
        self._everywhere = everywhere

    def audit(self, app: Flask) -> tuple[ProtectedRoute, ...]:
        """Return every route with what protects it.

        Runs by itself before the first request is answered, and logs the public routes.

        Raises:
            ConfigurationError: A view is registered without the protection that was written for
                it, protect_all() excepts an endpoint that no application has, or a route of the
                login is one of the application's own too.
        """
        refuse_misplaced(app)
        everywhere = self._everywhere
        served = [each for each in KNOWN if self in _state_of(each).verifiers]
        for item in everywhere.except_ if everywhere else ():
            if not any(_has_endpoint(each, item) for each in served):
                raise ConfigurationError(
                    f"protect_all() excepts {getattr(item, '__name__', item)!r}, which is no endpoint of an "
                    "application that it serves."
                )
        if self._login is not None:
            self._login.check_routes(app)
        return tuple(
            ProtectedRoute(
                rule.rule,
                tuple(sorted(rule.methods or ())),
                rule.endpoint,
                self._protection(app, rule.endpoint),
            )
            for rule in app.url_map.iter_rules()
        )

    def _from_config(self, app: Flask) -> Verifier:
        from cognitokit.verifier import CognitoVerifier  # noqa: PLC0415 - not needed where one is given

        token_use = cast("Literal['access', 'id'] | None", self._token_use)
        return CognitoVerifier.from_env(environment.from_config(app.config), token_use=token_use)

    def _protection(self, app: Flask, endpoint: str) -> Literal["view", "blueprint", "app"] | None:
        view = app.view_functions.get(endpoint)
        if demands_token(view):
            return "view"
        parts = endpoint.split(".")[:-1]
        names = (".".join(parts[: n + 1]) for n in range(len(parts)))
        if any(app.blueprints.get(name) in self._blueprints for name in names):
            return "blueprint"
        if self._login is not None and self._login.owns(endpoint):
            return None
        if self._everywhere is not None and self._everywhere.covers(endpoint, view):
            return "app"
        return None

    def _before_request(self, app: Flask, state: _AppState) -> None:
        if state.audited_guards.get(self) != GUARDS.count:
            public = [route.rule for route in self.audit(app) if route.protection is None]
            state.audited_guards[self] = GUARDS.count
            if public:
                _log.info("Public routes: %s", " ".join(public))
        everywhere, endpoint = self._everywhere, request.endpoint
        if (
            everywhere is not None
            and endpoint is not None
            and not (self._login is not None and self._login.owns(endpoint))
            and everywhere.covers(endpoint, app.view_functions.get(endpoint))
        ):
            self.authorize(everywhere.permissions)

    def authorize(self, permissions: Permissions, *, optional: bool = False) -> None:
        """Check the current request, as @require_cognito does: for a before_request of your own.

        Args:
            permissions: The scopes and groups to demand; Permissions() for none.
            optional: Let a request without a token pass.

        Raises:
            AccessRefused: There is no token, or not a good one.
        """
        error = self._check(permissions, optional=optional)
        if error is None:
            return
        if isinstance(error, HTTPException):
            error = answer_to_preflight() or error
        if isinstance(error, AccessRefused):
            error.log()
        # Raised here, so that no frame that held the token travels with it.
        raise error

    def _check(self, permissions: Permissions, *, optional: bool) -> Exception | None:
        """Check the request; the exception to raise, or None where it may pass."""
        environ = request.environ
        if self._location.cookie is not None:
            environ[_PERSONAL] = True
        raw = self._location.read(wsgi_values(environ), method=request.method)
        if isinstance(raw, Refusal):
            return AccessRefused.of(raw)
        try:
            token = self._token(environ, raw)
            if isinstance(token, Refusal):
                return AccessRefused.of(token)
            if token is None:
                environ.setdefault(CURRENT, None)
                return None if optional else self._without_token()
            permissions.check(token)
        except Exception as caught:  # noqa: BLE001 - what a check raises goes on, without our frames
            error = without_our_frames(caught)
        else:
            environ[CURRENT] = token
            return None
        if isinstance(error, CognitoKitError) and (refusal := refusal_of(error)) is not None:
            return AccessRefused.of(refusal, error)
        return error

    def _token(
        self, environ: dict[str, Any], raw: str | None
    ) -> AccessToken | IdToken | Refusal | None:
        """The request's verified token, from its header or from its session."""
        if self._login is None:
            return None if raw is None else self._verified(environ, raw)
        return self._login.token(raw, functools.partial(self._verified, environ))

    def _without_token(self) -> Exception:
        """What a request without a token gets: 401, or the way to the login page."""
        to_login = None if self._login is None else self._login.to_login_page()
        return AccessRefused.of(NO_CREDENTIALS) if to_login is None else to_login

    def _verified(self, environ: dict[str, Any], raw: str) -> AccessToken | IdToken:
        """The verified token, once a request however many guards it passes."""
        verified: dict[CognitoAuth, AccessToken | IdToken] = environ.setdefault(_VERIFIED, {})
        token = verified.get(self)
        if token is None or token.raw != raw:
            verifier = _state_of(current_app).verifiers.get(self)
            if verifier is None:
                raise ConfigurationError(
                    "This CognitoAuth does not serve this application: call its init_app()."
                )
            answer = cast("object", verifier.verify(raw))
            if not isinstance(answer, AccessToken | IdToken):
                raise ConfigurationError(
                    "The verifier's verify() must return a verified token, or raise."
                )
            token = verified[self] = answer
        return token


def _kept_private(response: Response) -> Response:
    """Keep caches from giving one user's response to another, where the token may be in a cookie."""
    if _PERSONAL in request.environ:
        response.vary.add("Cookie")
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _verifier_of(login: Login) -> Verifier:
    from cognitokit.verifier import CognitoVerifier  # noqa: PLC0415 - not needed where one is given

    provider = login.provider
    return CognitoVerifier(provider.pool, client_id=provider.client_id, token_use="access")


class _AppState:
    """What app.extensions holds."""

    def __init__(self) -> None:
        self.verifiers: dict[CognitoAuth, Verifier] = {}
        self.audited_guards: dict[CognitoAuth, int] = {}


def _state_of(app: Flask) -> _AppState:
    state: _AppState = app.extensions.get(_EXTENSION) or _AppState()
    return state


def _has_endpoint(app: Flask, item: object) -> bool:
    return item in app.view_functions or item in app.view_functions.values()


def only_auth() -> CognitoAuth:
    """Return the current application's only CognitoAuth."""
    state: _AppState | None = current_app.extensions.get(_EXTENSION)
    if state is None:
        raise ConfigurationError("No CognitoAuth serves this application: call its init_app().")
    if len(state.verifiers) > 1:
        raise ConfigurationError(
            "Several CognitoAuth serve this application: say which, @require_cognito(auth=...)."
        )
    return next(iter(state.verifiers))
