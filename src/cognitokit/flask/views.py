"""What stands on views, and what they read."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast, overload

from flask import current_app, has_request_context, request
from werkzeug.local import LocalProxy

from cognitokit.errors import ConfigurationError
from cognitokit.flask.extension import CURRENT, CognitoAuth, only_auth
from cognitokit.flask.routes import mark_demanding, refuse_served
from cognitokit.guarded import GUARDS
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


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
    `decorators`, or on a method.

    An OPTIONS request reaches the view with a good token only. Without one Flask's own answer goes
    out, since a browser's preflight has no token; where a class-based view has an options() of its
    own, the refusal.

    Args:
        view: The view function, where the decorator is used bare.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        optional: Let requests without a token pass too; current_token is then false. A bad token
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
        (auth or only_auth()).authorize(permissions, optional=optional)
        if is_async:
            return current_app.ensure_sync(view)(*args, **kwargs)
        return view(*args, **kwargs)

    if has_request_context():
        # Made for this request alone, as Flask-RESTful's method_decorators are: nothing registers it.
        return guarded
    if not optional:
        mark_demanding(guarded)
    GUARDS.note(view, guarded)
    # At once where the app is known already, so that the traceback shows the very line.
    refuse_served(view)
    return guarded


def _current() -> AccessToken | IdToken | None:
    try:
        return cast("AccessToken | IdToken | None", request.environ[CURRENT])
    except KeyError:
        raise ConfigurationError(
            "There is no current token: this view is not protected. Put @require_cognito on it."
        ) from None


current_token: AccessToken = cast("AccessToken", LocalProxy(_current))
"""The request's verified token.

Where authentication is optional and there is none it is false, and equal to None. It is never None
itself: Flask's proxies stand for what they are asked for, as current_user of Flask-Login does.
"""

current_id_token: IdToken = cast("IdToken", current_token)
"""The same, typed for applications whose verifier takes id tokens."""
