"""Protection for Flask applications (extra `flask`).

`CognitoAuth` is the extension, `@require_cognito` protects a view, `current_token` is the request's
verified token.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from types import EllipsisType
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, cast, overload
from weakref import WeakSet

from flask import Blueprint, Flask, current_app, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    ServiceUnavailable,
    Unauthorized,
)
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from cognitokit.bearer import NO_CREDENTIALS, Refusal, TokenSource, refusal_of, wsgi_values
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.guarded import GUARDS, MISPLACED
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

__all__ = [
    "AccessRefused",
    "CognitoAuth",
    "ProtectedRoute",
    "Verifier",
    "current_id_token",
    "current_token",
    "require_cognito",
]

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

_EXTENSION = "cognitokit"
# On the request's environ, not on flask.g: requests made inside an outer app context share one g.
_VERIFIED = "cognitokit.verified"
_CURRENT = "cognitokit.current"

_log = logging.getLogger("cognitokit")
_apps: WeakSet[Flask] = WeakSet()


class Verifier(Protocol):
    """What the extension needs of a verifier: CognitoVerifier, or what its any_of() returns."""

    def verify(self, raw: str, /) -> AccessToken | IdToken:
        """Return the verified token, or raise one of our errors."""
        ...


class AccessRefused(HTTPException):
    """The request is refused: 400, 401, 403 or 503, with its challenge and a small JSON body.

    Also werkzeug's exception of the same status, so that each of Flask's ways to handle errors
    finds it: `@app.errorhandler(401)`, `@app.errorhandler(HTTPException)`, or this class. A
    handler takes the headers to send from `.refusal`.
    """

    refusal: Refusal
    """Status, headers and body that go out unless an error handler makes others."""
    error: CognitoKitError | None
    """What the verifier said; None where it was not asked."""

    @classmethod
    def of(cls, refusal: Refusal, error: CognitoKitError | None = None) -> AccessRefused:
        """Make the exception of the refusal's status."""
        refused = _CLASS_OF[refusal.status](refusal.message)
        refused.refusal = refusal
        refused.error = error
        return refused

    @property
    def reason(self) -> str:
        """Which check refused: a stable word for logs and counters, not for the response."""
        return self.refusal.reason

    def get_response(self, environ: Any = None, scope: Any = None) -> Response:  # noqa: ARG002 - werkzeug's signature
        """Return the response that goes out unless an error handler makes another."""
        return Response(
            json.dumps(self.refusal.body),
            self.refusal.status,
            self.refusal.headers,
            content_type="application/json",
        )


class _BadRequest(AccessRefused, BadRequest): ...


class _Unauthorized(AccessRefused, Unauthorized): ...


class _Forbidden(AccessRefused, Forbidden): ...


class _ServiceUnavailable(AccessRefused, ServiceUnavailable): ...


_CLASS_OF: dict[int, type[AccessRefused]] = {
    400: _BadRequest,
    401: _Unauthorized,
    403: _Forbidden,
    503: _ServiceUnavailable,
}


class ProtectedRoute(NamedTuple):
    """A route, and what protects it."""

    rule: str
    """The URL rule, for instance "/tasks/<int:id>"."""
    methods: tuple[str, ...]
    endpoint: str
    protection: Literal["view", "blueprint", "app"] | None
    """What protects it, the nearest; None for a public route."""


class _Everywhere(NamedTuple):
    """What protect_all() was given."""

    permissions: Permissions
    except_: tuple[str | Callable[..., Any], ...]

    def covers(self, endpoint: str, view: object) -> bool:
        return not any(item in (endpoint, view) for item in self.except_)


class CognitoAuth:
    """The extension. One object may serve several applications; it keeps no state of any of them.

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
    ) -> None:
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
        self._source = TokenSource(
            header=header, raw=raw_token, cookie=cookie, trusted_origins=trusted_origins
        )
        self._blueprints: WeakSet[Blueprint] = WeakSet()
        self._everywhere: _Everywhere | None = None
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
        _apps.add(app)
        app.before_request(functools.partial(self._before_request, app, state))

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

        Call it before the blueprint is registered. The arguments are those of require_cognito.
        """
        permissions = Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        )
        self._blueprints.add(blueprint)
        blueprint.before_request(functools.partial(self.authorize, permissions, optional=optional))

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

        Args:
            except_: The public ones: endpoints ("static", "auth.login") or view functions.
            groups: As for require_cognito.
            any_group: As for require_cognito.
            scopes: As for require_cognito.
            any_scope: As for require_cognito.
        """
        if isinstance(except_, str):
            raise ConfigurationError("except_ must be a list of endpoints or view functions.")
        permissions = Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        )
        self._everywhere = _Everywhere(permissions, tuple(except_))

    def audit(self, app: Flask) -> tuple[ProtectedRoute, ...]:
        """Return every route with what protects it.

        Runs by itself before the first request is answered, and logs the public routes.

        Raises:
            ConfigurationError: A view is registered without the protection that was written for
                it, or protect_all() excepts an endpoint that the application does not have.
        """
        _refuse_misplaced(app)
        everywhere = self._everywhere
        for item in everywhere.except_ if everywhere else ():
            if item not in app.view_functions and item not in app.view_functions.values():
                raise ConfigurationError(
                    f"protect_all() excepts {getattr(item, '__name__', item)!r}, which is no endpoint of the application."
                )
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
        return CognitoVerifier.from_env(_as_environment(app.config), token_use=token_use)

    def _protection(self, app: Flask, endpoint: str) -> Literal["view", "blueprint", "app"] | None:
        view = app.view_functions.get(endpoint)
        if _is_guarded(view):
            return "view"
        parts = endpoint.split(".")[:-1]
        names = (".".join(parts[: n + 1]) for n in range(len(parts)))
        if any(app.blueprints.get(name) in self._blueprints for name in names):
            return "blueprint"
        if self._everywhere is not None and self._everywhere.covers(endpoint, view):
            return "app"
        return None

    def _before_request(self, app: Flask, state: _AppState) -> None:
        if state.audited_guards != GUARDS.count:
            public = [route.rule for route in self.audit(app) if route.protection is None]
            state.audited_guards = GUARDS.count
            if public:
                _log.info("Public routes: %s", " ".join(public))
        everywhere, endpoint = self._everywhere, request.endpoint
        if (
            everywhere is not None
            and endpoint is not None
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
        if error is not None:
            # Raised here, so that no frame that held the token travels with it.
            raise error

    def _check(self, permissions: Permissions, *, optional: bool) -> Exception | None:
        """Check the request; the exception to raise, or None where it may pass."""
        environ = request.environ
        if request.method == "OPTIONS":  # a preflight carries no credentials (Fetch standard 4.8)
            environ.setdefault(_CURRENT, None)
            return None
        raw = self._source.read(wsgi_values(environ), method=request.method)
        if isinstance(raw, Refusal):
            return _refused(raw)
        if raw is None:
            environ.setdefault(_CURRENT, None)
            return None if optional else _refused(NO_CREDENTIALS)
        try:
            token = self._verified(environ, raw)
            permissions.check(token)
        except CognitoKitError as caught:
            error = caught.with_traceback(None)
        else:
            environ[_CURRENT] = token
            return None
        refusal = refusal_of(error)
        return error if refusal is None else _refused(refusal, error)

    def _verified(self, environ: dict[str, Any], raw: str) -> AccessToken | IdToken:
        """The verified token, once a request however many guards it passes."""
        verified: dict[tuple[CognitoAuth, str], AccessToken | IdToken]
        verified = environ.setdefault(_VERIFIED, {})
        token = verified.get((self, raw))
        if token is None:
            state: _AppState = current_app.extensions.get(_EXTENSION) or _AppState()
            verifier = state.verifiers.get(self)
            if verifier is None:
                raise ConfigurationError(
                    "This CognitoAuth does not serve this application: call its init_app()."
                )
            answer = cast("object", verifier.verify(raw))
            if not isinstance(answer, AccessToken | IdToken):
                raise ConfigurationError(
                    "The verifier's verify() must return a verified token, or raise."
                )
            token = verified[self, raw] = answer
        return token


class _AppState:
    """What app.extensions holds."""

    def __init__(self) -> None:
        self.verifiers: dict[CognitoAuth, Verifier] = {}
        self.audited_guards = -1


@overload
def require_cognito(view: ViewT, /) -> ViewT: ...


@overload
def require_cognito(
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    optional: bool = False,
    auth: CognitoAuth | None = None,
) -> Callable[[ViewT], ViewT]: ...


def require_cognito(
    view: Callable[..., Any] | None = None,
    /,
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    optional: bool = False,
    auth: CognitoAuth | None = None,
) -> Callable[..., Any]:
    """Let only requests with a good token reach the view; bare, or with arguments.

    Stands below the decorator that registers the route. For class-based views put it into
    `decorators`, or on a method. OPTIONS requests pass: a browser's preflight has no token.

    Args:
        view: The view function, where the decorator is used bare.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        optional: Let requests without a token pass too; current_token is then None. A bad token
            is refused all the same.
        auth: The CognitoAuth to ask. Default: the application's only one.

    Raises:
        ConfigurationError: An argument is wrong, or the view is registered already, so that the
            decorator comes too late.
    """
    permissions = Permissions(
        groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
    )
    guard = functools.partial(_guard, permissions=permissions, optional=optional, auth=auth)
    return guard if view is None else guard(view)


def _guard(
    view: object, *, permissions: Permissions, optional: bool, auth: CognitoAuth | None
) -> Callable[..., Any]:
    if not callable(view) or inspect.isclass(view):
        raise ConfigurationError(
            "@require_cognito stands on a view function; for a class-based view use "
            "decorators = [require_cognito], and name arguments: groups=[...]."
        )
    is_async = inspect.iscoroutinefunction(view)

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        (auth or _only_auth()).authorize(permissions, optional=optional)
        if is_async:
            return current_app.ensure_sync(view)(*args, **kwargs)
        return view(*args, **kwargs)

    GUARDS.note(view, guarded)
    # At once where the app is known already, so that the traceback shows the very line.
    for app in _apps:
        if any(served is view for served in app.view_functions.values()):
            _refuse_misplaced(app)
    return guarded


def _as_environment(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with its switches and lists written as environment variables are."""
    settings = dict(config)
    for name, value in config.items():
        if isinstance(value, bool):
            settings[name] = str(value)
        elif isinstance(value, list | tuple):
            settings[name] = ",".join(map(str, cast("Iterable[object]", value)))
    return settings


def _only_auth() -> CognitoAuth:
    state: _AppState | None = current_app.extensions.get(_EXTENSION)
    if state is None:
        raise ConfigurationError("No CognitoAuth serves this application: call its init_app().")
    if len(state.verifiers) > 1:
        raise ConfigurationError(
            "Several CognitoAuth serve this application: say which, @require_cognito(auth=...)."
        )
    return next(iter(state.verifiers))


def _refused(refusal: Refusal, error: CognitoKitError | None = None) -> AccessRefused:
    _log.info("Refused with %d: %s", refusal.status, refusal.reason)
    return AccessRefused.of(refusal, error)


def _refuse_misplaced(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if GUARDS.is_bare(view):
            raise ConfigurationError(
                MISPLACED.format(route=f"The endpoint {endpoint!r}", view=view.__name__)
            )


def _is_guarded(view: object) -> bool:
    """Whether a view is guarded: the function, or each method of a class-based view."""
    if GUARDS.has_guard(view):
        return True
    view_class = getattr(view, "view_class", None)
    methods = [
        name.lower() for name in getattr(view_class, "methods", None) or () if name != "OPTIONS"
    ]
    handlers = [getattr(view_class, name) for name in methods if hasattr(view_class, name)]
    return bool(handlers) and all(map(GUARDS.has_guard, handlers))


def _current() -> AccessToken | IdToken | None:
    try:
        return cast("AccessToken | IdToken | None", request.environ[_CURRENT])
    except KeyError:
        raise ConfigurationError(
            "There is no current token: this view is not protected. Put @require_cognito on it."
        ) from None


current_token = cast("AccessToken", LocalProxy(_current))
"""The request's verified token; None where authentication is optional and there is none."""

current_id_token = cast("IdToken", current_token)
"""The same, typed for applications whose verifier takes id tokens."""
