"""What stands on views and around them, synchronous or not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from cognitokit.asgi import Denial
from cognitokit.bearer import NO_CREDENTIALS
from cognitokit.django.request import (
    ADMITTED,
    aadmit,
    admit,
    aexamine,
    examine,
    keep_private,
)
from cognitokit.django.setup import setup
from cognitokit.errors import ConfigurationError
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

_NOBODY = Denial(NO_CREDENTIALS)

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
# asgiref's: Python 3.11's own does not know the mark that Django puts on class-based views.
_is_coroutine_function: Callable[[object], bool] = iscoroutinefunction

GetResponse = (
    Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]
)


class CognitoMiddleware:
    """Makes the user of a good token request.user. Put it after AuthenticationMiddleware.

    A request without a token goes on as it was: a session's user, or nobody. One with a bad token
    is refused, wherever it goes.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        setup()
        self._get_response: Callable[[HttpRequest], Any] = get_response
        self._is_async = _is_coroutine_function(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """Serve a request, or refuse it: Django calls this."""
        if self._is_async:
            return self._serve(request)
        denial = admit(request, examine(request))
        return keep_private(self._get_response(request) if denial is None else _respond(denial))

    async def _serve(self, request: HttpRequest) -> Any:
        outcome = await aexamine(request)
        denial = await aadmit(request, outcome)
        return keep_private(
            await self._get_response(request) if denial is None else _respond(denial)
        )


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
) -> Callable[..., Any]:
    """Let only requests with a good token reach the view; bare, or with arguments.

    The view finds the user in request.user, and the token with token_of(request). For class-based
    views: `method_decorator(require_cognito, name="dispatch")`, or around `View.as_view()`. Where a
    token is demanded the view needs no CSRF token, because no browser adds an Authorization header
    by itself.

    An OPTIONS request reaches the view with a good token only. Without one it is answered with an
    empty 204, since a browser's preflight has no token; CORS headers are added by a middleware.

    Args:
        view: The view, where the decorator is used bare.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        optional: Let requests without a token pass too. A bad token is refused all the same.

    Raises:
        ConfigurationError: An argument is wrong.
    """
    permissions = Permissions(
        groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
    )
    guard = functools.partial(_guard, permissions=permissions, optional=optional)
    return guard if view is None else guard(view)


def token_of(request: HttpRequest) -> AccessToken | IdToken | None:
    """Return the request's verified token; None where it may be absent, and is.

    Raises:
        ConfigurationError: Neither the middleware nor @require_cognito looked at this request.
    """
    if ADMITTED not in request.META:
        raise ConfigurationError(
            "This request was not looked at: put @require_cognito on the view, or CognitoMiddleware "
            "into MIDDLEWARE."
        )
    token: AccessToken | IdToken | None = request.META[ADMITTED]
    return token


def _guard(view: Any, *, permissions: Permissions, optional: bool) -> Any:
    if inspect.isclass(view) or not callable(view) or _is_method(view):
        raise ConfigurationError(
            "@require_cognito stands on a view function; for a class-based view use "
            "method_decorator(require_cognito, name='dispatch'), for one of REST framework's "
            "permission_classes, and name arguments: groups=[...]."
        )
    endpoint: Callable[..., Any] = view

    def calling(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        outcome = examine(request, permissions)
        denial = admit(request, _NOBODY if outcome is None and not optional else outcome)
        return keep_private(
            endpoint(request, *args, **kwargs)
            if denial is None
            else _refused(request, denial, endpoint)
        )

    async def awaiting(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        outcome = await aexamine(request, permissions)
        denial = await aadmit(request, _NOBODY if outcome is None and not optional else outcome)
        return keep_private(
            await endpoint(request, *args, **kwargs)
            if denial is None
            else _refused(request, denial, endpoint)
        )

    # Django's own dispatch() is no coroutine function, and returns a coroutine where the view's methods are.
    is_async = _is_coroutine_function(endpoint) or getattr(
        _instance_of(endpoint), "view_is_async", False
    )
    guarded: Any = functools.wraps(endpoint)(awaiting if is_async else calling)
    if is_async:
        markcoroutinefunction(guarded)
    if not optional:
        guarded.csrf_exempt = True
    return guarded


def _is_method(view: Any) -> bool:
    """Whether this is a method as it is written in a class: called with self, and not with the request."""
    if not inspect.isfunction(view) or hasattr(view, "__wrapped__"):
        return False
    return view.__code__.co_varnames[: view.__code__.co_argcount][:1] == ("self",)


def _instance_of(endpoint: Any) -> Any:
    """The view object whose method this is, where method_decorator made it; else None."""
    while endpoint is not None:
        found = getattr(getattr(endpoint, "func", endpoint), "__self__", None)
        if found is not None:
            return found
        endpoint = getattr(endpoint, "__wrapped__", None)
    return None


def _refused(request: HttpRequest, denial: Denial, endpoint: Callable[..., Any]) -> HttpResponse:
    if request.method == "OPTIONS":  # a preflight carries no credentials (Fetch standard 4.8)
        return _allowed(endpoint)
    return _respond(denial)


def _allowed(endpoint: Any) -> HttpResponse:
    """Answer an OPTIONS request in the view's place (RFC 9110 9.3.7); what a function takes is not known."""
    view = _instance_of(endpoint) or getattr(endpoint, "view_class", None)
    taken = {name for name in getattr(view, "http_method_names", ()) if hasattr(view, name)}
    if "get" in taken:
        taken.add("head")
    allow = {"Allow": ", ".join(sorted(map(str.upper, taken)))} if taken else None
    return HttpResponse(status=204, headers=allow)


def _respond(denial: Denial) -> JsonResponse:
    denial.log()
    return JsonResponse(
        denial.refusal.body, status=denial.refusal.status, headers=denial.refusal.headers
    )
