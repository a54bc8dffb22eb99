"""Lambda authorizers: whether API Gateway lets a request through."""

from __future__ import annotations

from typing import cast

from cognitokit.aws_lambda.context import check_size, context_maker
from cognitokit.aws_lambda.events import authorizer_kind, header_values, token_values
from cognitokit.aws_lambda.policies import policy, resource_of
from cognitokit.aws_lambda.verification import (
    check_switches,
    check_verifier,
    lacking,
    location_of,
    log_left_out,
    log_refusal,
    verified,
)
from cognitokit.bearer import NO_CREDENTIALS, Refusal, refusal_of
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InsufficientPermission,
    InvalidClaim,
    TokenError,
)
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.awaitables import is_async_callable
from cognitokit.verifier.policy import Permissions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal

    from cognitokit.aws_lambda.context import ContextMaker, MakeContext
    from cognitokit.aws_lambda.events import AuthorizerKind, Event
    from cognitokit.aws_lambda.policies import PolicyScope
    from cognitokit.aws_lambda.verification import Verifier
    from cognitokit.bearer import TokenLocation

    Answer = dict[str, Any]
    Check = Callable[[Any, dict[str, Any]], bool]

_NOBODY = "anonymous"
_UNAUTHORIZED = 401
_FORBIDDEN = 403


class AuthorizerRefusal(CognitoKitError):
    """What an authorizer raises for API Gateway to answer 401: the gateway looks at the text alone."""

    http_status = 401

    def __init__(self, reason: str = "no_credentials") -> None:
        super().__init__("Unauthorized")
        self.reason = reason
        """Which check refused: a stable word for logs and counters."""


def cognito_authorizer(
    verifier: Verifier,
    /,
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    check: Check | None = None,
    context: Iterable[str] | MakeContext = ("sub",),
    policy_scope: Literal["stage", "exact"] | None = None,
    response_format: Literal["simple", "iam"] | None = None,
    usage_identifier_key: str | Callable[[Any], str | None] | None = None,
    header: str = "Authorization",
    raw_token: bool = True,
) -> Callable[[Event, object], Answer]:
    r"""Make the function of a Lambda authorizer.

        handler = cognito_authorizer(verifier, scopes=["tasks/read"], context=["sub", "username"])

    For TOKEN and REQUEST authorizers of REST APIs, Lambda authorizers of HTTP APIs with payload
    format 1.0 or 2.0, and the authorizer of a WebSocket API's $connect. It answers

    - a good token with Allow, principalId being its sub;
    - a token that lacks a scope or group with Deny: the gateway says 403;
    - no token, or a bad one, by raising AuthorizerRefusal: the gateway says 401; in a simple response
      with isAuthorized false, of which the gateway makes 403;
    - with KeysUnavailable while the pool's keys cannot be had: the gateway says 500, and does not
      keep that verdict for later requests.

    The gateway keeps verdicts by its identity source: that must be the header named here. It keeps
    them for as long as its TTL says, be the token expired or revoked in the meantime.

    Args:
        verifier: A CognitoVerifier. Make it outside the function.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        check: Called with a good token and the event; anything that it returns but True denies
            the request. May look at the method and path, which the policy then names; what else it
            looks at must be an identity source of the authorizer.
        context: The names of claims to hand on to the function behind the gateway, in
            requestContext.authorizer; or a function of the token that returns names and flat
            values. A list of words becomes one text, with spaces between. What API Gateway could not
            carry is left out, and a warning in the log names the claim: objects, lists of
            anything but words, and texts with a quotation mark, a backslash or a control
            character in them, which break the answers that an HTTP API keeps. A user name may
            have a backslash ("CORP\jane", of a corporate directory), sub has none. Users may
            write attributes of their own, such as custom ones.
        policy_scope: What the policy names: "stage" (default), API and stage of the request,
            because the verdict depends on the token alone, and the gateway uses a kept policy for
            the user's other routes too; or "exact", which is the default with check, the one
            method and path.
        response_format: What an HTTP API is answered with: "simple" (default), or "iam", a policy,
            which is the default with check. The authorizer's setting must be the same.
        usage_identifier_key: The API key of a usage plan that the request counts for, where the
            REST API takes it from the authorizer; or a function of the token that returns one.
        header: The name of the header that carries the token; of no account for TOKEN authorizers,
            whose token source says it.
        raw_token: Take a bare token too, without "Bearer " before it, as the gateway's own
            authorizers do.

    Returns:
        The function: authorizer(event, context).

    Raises:
        ConfigurationError: An argument is wrong; when the function is called: the event is not an
            authorizer's, or what context or usage_identifier_key returned cannot be handed on.
    """
    check_verifier(verifier)
    check_switches(raw_token=raw_token)
    _check_function("check", check)
    _check_function("context", context if callable(context) else None)
    if callable(usage_identifier_key):
        _check_function("usage_identifier_key", usage_identifier_key)
    else:
        _check_key(usage_identifier_key)
    if policy_scope not in (None, "stage", "exact"):
        raise ConfigurationError("policy_scope is 'stage' or 'exact', or None for the default.")
    if response_format not in (None, "simple", "iam"):
        raise ConfigurationError("response_format is 'simple' or 'iam', or None for the default.")
    if check is not None and (policy_scope == "stage" or response_format == "simple"):
        raise ConfigurationError(
            "What check says of one request must not be kept for others: leave out policy_scope and "
            "response_format, so that the answer is a policy that names the one method and path."
        )
    authorizer = _Authorizer(
        verifier=verifier,
        location=location_of(header, raw=raw_token),
        permissions=Permissions(
            groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
        ),
        check=check,
        make_context=context_maker(context),
        scope=policy_scope or ("stage" if check is None else "exact"),
        is_simple=(response_format or ("simple" if check is None else "iam")) == "simple",
        api_key=usage_identifier_key,
    )

    def authorize(event: Event, context: object = None) -> Answer:  # noqa: ARG001 - Lambda passes it
        return authorizer.answer(event)

    return authorize


class _Authorizer:
    """The settings, and the way from an event to the answer."""

    __slots__ = (
        "_api_key",
        "_check",
        "_is_simple",
        "_location",
        "_make_context",
        "_permissions",
        "_scope",
        "_verifier",
    )

    def __init__(
        self,
        *,
        verifier: Verifier,
        location: TokenLocation,
        permissions: Permissions,
        check: Check | None,
        make_context: ContextMaker,
        scope: PolicyScope,
        is_simple: bool,
        api_key: str | Callable[[Any], str | None] | None,
    ) -> None:
        self._verifier = verifier
        self._location = location
        self._permissions = permissions
        self._check = check
        self._make_context = make_context
        self._scope: PolicyScope = scope
        self._is_simple = is_simple
        self._api_key = api_key

    def answer(self, event: Event) -> Answer:
        kind = authorizer_kind(event)
        is_simple = kind == "http" and self._is_simple
        resource = "" if is_simple else self._resource(kind, event)
        values_of = token_values(event) if kind == "token" else header_values(event)
        token = self._token(self._location.read(values_of))
        if isinstance(token, InsufficientPermission):
            log_refusal(_FORBIDDEN, token.reason)
            return _denied(_NOBODY, resource, is_simple=is_simple)
        if isinstance(token, TokenError | Refusal):
            refusal = token if isinstance(token, Refusal) else refusal_of(token)
            log_refusal(_UNAUTHORIZED, refusal.logged)
            if is_simple:
                return {"isAuthorized": False}
            raise AuthorizerRefusal(token.reason)
        if isinstance(token, CognitoKitError):
            raise token
        lacks = lacking(self._permissions, token)
        if lacks is not None or not self._passes_check(token, event):
            log_refusal(_FORBIDDEN, "forbidden" if lacks is not None else "check")
            return _denied(token.sub, resource, is_simple=is_simple)
        answer: Answer
        answer = {"isAuthorized": True} if is_simple else policy("Allow", token.sub, resource)
        answer["context"], left_out = self._make_context(token)
        if left_out:
            log_left_out(left_out)
        if kind != "http" and (key := self._key_for(token)) is not None:
            answer["usageIdentifierKey"] = key
        check_size(answer)
        return answer

    def _token(
        self, raw: str | Refusal | None
    ) -> AccessToken | IdToken | CognitoKitError | Refusal:
        if raw is None:
            return NO_CREDENTIALS
        if isinstance(raw, Refusal):
            return raw
        token = verified(self._verifier, raw)
        if isinstance(token, AccessToken | IdToken) and not token.sub:
            return InvalidClaim("sub")  # there is no principal to name
        return token

    def _resource(self, kind: AuthorizerKind, event: Event) -> str:
        arn: str = event["routeArn" if kind == "http" else "methodArn"]
        resource = resource_of(arn, self._scope)
        if resource is None:
            # Not a Deny: the gateway would keep it, under a name that fits other requests too.
            log_refusal(_UNAUTHORIZED, "resource")
            raise AuthorizerRefusal("resource")
        return resource

    def _passes_check(self, token: AccessToken | IdToken, event: Event) -> bool:
        if self._check is None:
            return True
        passes: object = self._check(token, cast("dict[str, Any]", event))
        return passes is True

    def _key_for(self, token: AccessToken | IdToken) -> str | None:
        key = self._api_key(token) if callable(self._api_key) else self._api_key
        _check_key(key)
        return key


def _check_key(given: object) -> None:
    if given is not None and (not isinstance(given, str) or not given):
        raise ConfigurationError("usage_identifier_key must be a non-empty str, or None for none.")


def _check_function(option: str, given: object) -> None:
    if given is not None and (not callable(given) or is_async_callable(given)):
        raise ConfigurationError(f"{option} must be a synchronous function.")


def _denied(principal: str, resource: str, *, is_simple: bool) -> Answer:
    return {"isAuthorized": False} if is_simple else policy("Deny", principal, resource)
