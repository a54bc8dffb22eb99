"""Django REST framework: who calls, and whether they may.

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cognitokit.django.rest.CognitoAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

class Tasks(APIView):
    permission_classes = [cognito_permission(scopes=["tasks/read"])]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from cognitokit.asgi import Denial
from cognitokit.bearer import Refusal, refusal_of
from cognitokit.django.request import admit, examine, keep_private
from cognitokit.django.setup import setup
from cognitokit.errors import CognitoKitError, InsufficientPermission, MissingDependency
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

if find_spec("rest_framework") is None:
    raise MissingDependency("djangorestframework", "django")

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, NotAuthenticated, PermissionDenied
from rest_framework.permissions import NOT, BasePermission
from rest_framework.request import Request

__all__ = ["AccessRefused", "CognitoAuthentication", "cognito_permission"]


class AccessRefused(APIException):
    """The request is refused: 400, 401, 403 or 503, with its challenge.

    No AuthenticationFailed, which REST framework turns into 403 wherever another kind of
    authentication comes first.
    """

    def __init__(self, denial: Denial) -> None:
        denial.log()
        super().__init__(denial.refusal.message, denial.refusal.error)
        self.status_code: int = denial.refusal.status
        self.refusal: Refusal = denial.refusal
        """Status, headers and sentence."""
        self.error: CognitoKitError | None = denial.error
        """What the verifier said; None where it was not asked."""
        # Names that REST framework's own exception handler looks for.
        self.auth_header: str | None = denial.refusal.challenge
        self.wait: int | None = denial.refusal.retry_after


class CognitoAuthentication(BaseAuthentication):
    """request.user is the token's user, request.auth the verified token.

    A request without a token is left to the other authentication classes.
    """

    def authenticate(self, request: Request) -> tuple[Any, AccessToken | IdToken] | None:
        """Return user and token; None where there is no token.

        Raises:
            AccessRefused: The token is not good, or cannot be checked.
        """
        _keep_response_private(request)
        inner = request._request
        outcome = examine(inner)
        denial = admit(inner, outcome)
        if denial is not None:
            raise AccessRefused(denial)
        if not isinstance(outcome, AccessToken | IdToken):
            return None
        return inner.user, outcome

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's interface
        """Return the challenge for requests without credentials, which makes them 401 and not 403."""
        return "Bearer"


def cognito_permission(
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
) -> type[BasePermission]:
    """Return a permission class that demands a token with these scopes and groups.

    It can be combined with others by &, | and ~; what it negates still demands a token.

    Args:
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.

    Raises:
        ConfigurationError: An argument is not a collection of names.
    """
    needed = Permissions(groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope)

    class CognitoPermission(BasePermission):
        message = "The token does not grant what this request needs."

        def has_permission(self, request: Request, view: Any) -> bool:
            token = request.auth
            if not isinstance(token, AccessToken | IdToken):
                if _is_plain(type(self), getattr(view, "get_permissions", tuple)()):
                    return False
                # What may be negated must not say no: nobody would be let in.
                raise (
                    NotAuthenticated
                    if request.successful_authenticator is None
                    else PermissionDenied
                )
            try:
                needed.check(token)
            except InsufficientPermission as caught:
                error = caught.with_traceback(None)
            else:
                return True
            if type(self) in getattr(view, "permission_classes", ()):
                # Alone, and so the last word: the answer can say which scope is missing.
                raise AccessRefused(Denial(refusal_of(error), error))
            return False

    return CognitoPermission


def _is_plain(permission: type, demanded: Iterable[Any]) -> bool:
    """Whether a permission is among those that a view demands, and nowhere under a ~."""
    found = [
        is_negated
        for item in demanded
        for part, is_negated in _operands(item, is_negated=False)
        if isinstance(part, permission)
    ]
    return bool(found) and not any(found)


def _operands(item: Any, *, is_negated: bool) -> Iterator[tuple[Any, bool]]:
    """The permissions that REST framework's operators combine, and whether there is a ~ around them."""
    is_negated = is_negated or isinstance(item, NOT)
    parts = [getattr(item, name) for name in ("op1", "op2") if hasattr(item, name)]
    if not parts:
        yield item, is_negated
    for part in parts:
        yield from _operands(part, is_negated=is_negated)


def _keep_response_private(request: Request) -> None:
    """See keep_private: the view's response is not there yet, so it is done where the view finishes it."""
    view: Any = (request.parser_context or {}).get("view")
    if view is None or setup().location.cookie is None:
        return
    finalize = view.finalize_response

    def finalize_response(*args: Any, **kwargs: Any) -> Any:
        return keep_private(finalize(*args, **kwargs))

    view.finalize_response = finalize_response
