"""What a route demands: one object that is a decorator and a dependency."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Protocol, TypeVar, Union, get_args, get_origin, overload

from fastapi import Security
from fastapi.security import SecurityScopes
from starlette.requests import HTTPConnection

from cognitokit.asgi import Denial
from cognitokit.bearer import refusal_of
from cognitokit.errors import ConfigurationError, InsufficientPermission
from cognitokit.fastapi.apps import ONLY, Asking, Authenticator, refuse_served
from cognitokit.fastapi.overrides import override_of, solve
from cognitokit.fastapi.refused import refused
from cognitokit.guarded import GUARDS
from cognitokit.tokens import AccessToken, IdToken, VerifiedToken
from cognitokit.verifier.policy import Permissions

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


class View(Protocol):
    """A view. FastAPI cannot make one of a request, which is the point.

    So where the parentheses are forgotten, Depends(cognito.require), the route is refused when it
    is registered, instead of being open to everyone.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answer a request."""
        ...


_TOKENS = (AccessToken, IdToken, VerifiedToken)
_BY_POSITION = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}
_PAST_ITS_CHECK = (
    "The view was called without its check, and so without a verified token: a decorator above "
    "this one hides its signature from FastAPI, its route is none of FastAPI's, it was called "
    "directly (use view.__wrapped__), or an override in dependency_overrides gives something else."
)
_NO_TOKEN = (
    "An override in dependency_overrides must give a verified token, for instance "
    "mint.verifier().verify(mint.access_token()) with a TokenMint of cognitokit.testing."
)


class Require:
    """A good token, with these scopes and groups. Equal by value, so that a test can override it.

    As a decorator, below the one that registers the route:

        @app.get("/tasks")
        @cognito.require(scopes=["tasks/read"])
        async def tasks(token: AccessToken): ...

    A parameter annotated as a token receives it. As a dependency, of a route, router or app:

        Annotated[AccessToken, Security(cognito.require(groups=["admin"]))]
        APIRouter(dependencies=[Depends(cognito.require(scopes=["tasks/read"]))])

    Scopes given to Security(...) are demanded as well. OpenAPI shows the scopes of each route.
    """

    def __init__(self, authenticator: Authenticator, permissions: Permissions) -> None:
        self._authenticator = authenticator
        self._permissions = permissions
        dependency: Any = Security(authenticator, scopes=permissions.scopes)

        async def check(
            conn: HTTPConnection,
            security_scopes: SecurityScopes,
            token: Any = dependency,
        ) -> Any:
            # Again, because a test may have overridden the authenticator, and that alone.
            return self.granted(conn, token, security_scopes.scopes)

        # FastAPI looks through functools.wraps' attribute: it finds this coroutine function, with
        # its parameters, and calls the object itself.
        self.__wrapped__ = check

    @overload
    def __call__(self, view: ViewT, /) -> ViewT: ...

    @overload
    def __call__(self, /, **solved: Any) -> Awaitable[AccessToken | IdToken]: ...

    def __call__(self, view: Callable[..., Any] | None = None, /, **solved: Any) -> Any:
        """Decorate a view; FastAPI, for which this is a dependency, passes what it solved by name."""
        if view is None:
            return self.__wrapped__(**solved)
        return _guard(view, self)

    @property
    def permissions(self) -> Permissions:
        """The scopes and groups."""
        return self._permissions

    def granted(self, conn: HTTPConnection, token: Any, scopes: Sequence[str]) -> Any:
        """Return the token if it has what is demanded, and these scopes; raise the refusal otherwise."""
        if not isinstance(token, VerifiedToken):
            raise ConfigurationError(_NO_TOKEN)
        error = _lacking(token, self._permissions)
        if error is None and scopes:
            error = _lacking(token, permissions_of(*scopes))
        if error is not None:
            raise refused(conn, Denial(refusal_of(error), error))
        return token

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Require):
            return NotImplemented
        return (
            self._authenticator == other._authenticator and self._permissions == other._permissions
        )

    def __hash__(self) -> int:
        return hash((self._authenticator, self._permissions))

    def __repr__(self) -> str:
        return f"Require({self._permissions!r})"


class _Asking(Asking):
    """A Require as the decorator puts it into a view's signature: equal to it, and one step shorter.

    FastAPI solves what stands below a dependency like any other, at a quarter of the price of a
    verification. So this one asks the authenticator itself, and is the security scheme.
    """

    def __init__(self, require: Require) -> None:
        super().__init__(require._authenticator)
        self._require = require

    async def __call__(self, conn: HTTPConnection, security_scopes: SecurityScopes) -> Any:
        """Return the connection's verified token: FastAPI calls this."""
        override = override_of(conn, self.authenticator)
        if override is None:
            token = await self.authenticator.authenticate(conn, ())
        else:
            token = await solve(conn, override)
        return self._require.granted(conn, token, security_scopes.scopes)

    def __getattr__(self, name: str) -> Any:
        """Describe, in OpenAPI, the authenticator."""
        if name not in {"model", "scheme_name"}:
            raise AttributeError(name)
        return getattr(self.authenticator, name)

    def __eq__(self, other: object) -> bool:
        return self._require == (other._require if isinstance(other, _Asking) else other)

    def __hash__(self) -> int:
        return hash(self._require)


@overload
def require_cognito(view: ViewT, /) -> ViewT: ...


@overload
def require_cognito(
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    auth: Authenticator | None = None,
) -> Require: ...


def require_cognito(
    view: View | None = None,
    /,
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    auth: Authenticator | None = None,
) -> Any:
    """Let only requests with a good token reach the view; bare, or with arguments.

    The same as the require() of the app's only CognitoAuth, for modules that do not have it at hand.

    Args:
        view: The view, where the decorator is used bare.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        auth: The CognitoAuth to ask. Default: the app's only one.

    Raises:
        ConfigurationError: An argument is wrong, or the view is registered already, so that the
            decorator comes too late.
    """
    require = Require(
        auth if auth is not None else ONLY,
        Permissions(groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope),
    )
    return require if view is None else require(view)


def _lacking(token: Any, permissions: Permissions) -> InsufficientPermission | None:
    try:
        permissions.check(token)
    except InsufficientPermission as error:
        return error.with_traceback(None)
    return None


@functools.lru_cache(maxsize=256)
def permissions_of(*scopes: str) -> Permissions:
    """Return the permissions that are these scopes, all of them."""
    return Permissions(scopes=scopes)


def _guard(view: Any, require: Require) -> Any:
    """Wrap a view so that FastAPI sees one dependency more."""
    if inspect.isclass(view) or not callable(view):
        raise ConfigurationError(
            "The decorator stands on a view function; name its arguments: groups=[...]."
        )
    endpoint: Callable[..., Any] = view
    signature, tokens, hidden = _signature(endpoint, require)

    def arguments(kwargs: dict[str, Any]) -> dict[str, Any]:
        # By its type, because a decorator above may pass on what a client sent under that name.
        for name in tokens:
            if not isinstance(kwargs.get(name), VerifiedToken):
                raise ConfigurationError(_PAST_ITS_CHECK)
        if hidden is not None:
            del kwargs[hidden]
        return kwargs

    async def awaiting(*args: Any, **kwargs: Any) -> Any:
        return await endpoint(*args, **arguments(kwargs))

    def calling(*args: Any, **kwargs: Any) -> Any:
        # Generators too: what the view returns goes on as it is, and FastAPI looks at __wrapped__.
        return endpoint(*args, **arguments(kwargs))

    guarded: Any = functools.wraps(endpoint)(
        awaiting if inspect.iscoroutinefunction(endpoint) else calling
    )
    guarded.__signature__ = signature
    guarded.__name__, guarded.__doc__ = _description(endpoint)
    # At once where the app is known already, so that the traceback shows the very line.
    refuse_served(GUARDS.note(endpoint, guarded))
    return guarded


def _description(view: Callable[..., Any]) -> tuple[str, str | None]:
    """A view's name and docstring, which OpenAPI shows; a partial's are its function's."""
    while isinstance(view, functools.partial):
        view = view.func
    return getattr(view, "__name__", type(view).__name__), view.__doc__


def _signature(
    view: Callable[..., Any], require: Require
) -> tuple[inspect.Signature, Sequence[str], str | None]:
    """The view's signature with the dependency in it, and which parameters get the token.

    Last the name of the one among them that the view does not have: it is for a view that does not
    take the token.
    """
    signature = _raw_signature(view)
    names = getattr(inspect.unwrap(view), "__globals__", {})
    # With its scopes: OpenAPI shows them, also where a test replaces the authenticator.
    dependency: Any = Security(_Asking(require), scopes=list(require.permissions.scopes))
    parameters: list[inspect.Parameter] = []
    tokens: list[str] = []
    for parameter in signature.parameters.values():
        annotation = _evaluated(parameter.annotation, names)
        given = parameter.replace(annotation=annotation)
        if _is_token(annotation):
            if parameter.kind in _BY_POSITION:
                raise ConfigurationError(
                    f"FastAPI passes arguments by name: {parameter.name!r} must not stand before "
                    "'/', nor after '*'."
                )
            tokens.append(parameter.name)
            if parameter.default is inspect.Parameter.empty:
                given = given.replace(annotation=Annotated[annotation, dependency])
            else:
                given = given.replace(default=dependency)
        parameters.append(given)
    hidden = None
    if not tokens:
        hidden = "cognitokit_token"
        while hidden in signature.parameters:
            hidden += "_"
        tokens.append(hidden)
        extra = inspect.Parameter(
            hidden, inspect.Parameter.KEYWORD_ONLY, default=dependency, annotation=Any
        )
        at = len(parameters)
        if parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD:
            at -= 1
        parameters.insert(at, extra)
    returns = _evaluated(signature.return_annotation, names)
    return signature.replace(parameters=parameters, return_annotation=returns), tokens, hidden


def _raw_signature(view: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):  # pragma: no cover - coverage is measured on the lowest
        from annotationlib import Format  # noqa: PLC0415 - new in 3.14

        return inspect.signature(view, annotation_format=Format.FORWARDREF)
    return inspect.signature(view)


def _evaluated(annotation: Any, names: dict[str, Any]) -> Any:
    """Evaluate each annotation on its own: one that exists for type checkers only must not spoil the others."""
    if isinstance(annotation, str):
        try:
            return eval(annotation, names)  # noqa: S307 - the view's own source, as typing.get_type_hints does
        except Exception:  # noqa: BLE001 - FastAPI gets it as it is, and says what it thinks of it
            return annotation
    return annotation


def _is_token(annotation: Any) -> bool:
    """Whether a parameter takes the token: AccessToken, IdToken, a union of them."""
    if get_origin(annotation) in {Union, UnionType}:
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return bool(kinds) and all(map(_is_token, kinds))
    return annotation in _TOKENS
