"""What stands on the handlers of requests."""

from __future__ import annotations

import functools
from typing import ParamSpec, TypeVar, cast

from cognitokit.aws_lambda.current import CURRENT
from cognitokit.aws_lambda.events import gateway_of, header_values
from cognitokit.aws_lambda.responses import response_of
from cognitokit.aws_lambda.verification import (
    check_switches,
    check_verifier,
    lacking,
    location_of,
    log_refusal,
    verified,
)
from cognitokit.bearer import NO_CREDENTIALS, Refusal, refusal_of
from cognitokit.errors import CognitoKitError, ConfigurationError, InsufficientPermission
from cognitokit.verifier.awaitables import is_async_callable
from cognitokit.verifier.policy import Permissions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cognitokit.aws_lambda.events import Event
    from cognitokit.aws_lambda.responses import Response
    from cognitokit.aws_lambda.verification import Verifier
    from cognitokit.bearer import TokenLocation
    from cognitokit.tokens import AccessToken, IdToken

P = ParamSpec("P")
R = TypeVar("R")


def require_cognito(
    verifier: Verifier,
    /,
    *,
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    optional: bool = False,
    header: str = "Authorization",
    raw_token: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let only requests with a good token reach a Lambda handler.

    For the events of REST and HTTP APIs, of $connect of a WebSocket API, of Application Load
    Balancers and of function URLs. Whoever is refused gets the response that the gateway passes
    on: 400 for two tokens, 401 for none or a bad one, 403 for want of a scope or group, 503 while
    the pool's keys cannot be had. An InsufficientPermission that the handler raises is answered with 403
    too. OPTIONS requests need a token like any other: let the gateway answer a browser's preflight.

    Args:
        verifier: A CognitoVerifier. Make it outside the handler, so that it lasts as long as the
            function's environment.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which one is enough.
        scopes: Scopes that the token must have, all of them.
        any_scope: Scopes of which one is enough.
        optional: Let requests without a token pass too; current_token is then false. A bad token
            is refused all the same.
        header: The name of the header that carries the token.
        raw_token: Take a bare token as well, without "Bearer " before it.

    Returns:
        A decorator, which keeps the handler's signature. Its first argument, or that named
        "event", is the event.

    Raises:
        ConfigurationError: An argument is wrong, or the handler is asynchronous; when it is
            called: the event is not one of a request.
    """
    check_verifier(verifier)
    check_switches(optional=optional, raw_token=raw_token)
    location = location_of(header, raw=raw_token)
    permissions = Permissions(
        groups=groups, any_group=any_group, scopes=scopes, any_scope=any_scope
    )

    def guard(handler: Callable[P, R]) -> Callable[P, R | Response]:
        given_handler: object = handler
        if not callable(given_handler) or isinstance(handler, type) or is_async_callable(handler):
            raise ConfigurationError(
                "@require_cognito(verifier) stands on a synchronous function: handler(event, context)."
            )

        @functools.wraps(handler)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            given: object = args[0] if args else kwargs.get("event")
            gateway = gateway_of(given)
            event = cast("Event", given)
            outcome = _check(verifier, location, permissions, event)
            if isinstance(outcome, CognitoKitError):
                refusal = refusal_of(outcome)
                if refusal is None:
                    raise outcome
            elif isinstance(outcome, Refusal):
                refusal = outcome
            elif outcome is None and not optional:
                refusal = NO_CREDENTIALS
            else:
                before = CURRENT.set(outcome)
                try:
                    return handler(*args, **kwargs)
                except InsufficientPermission as caught:
                    refusal = refusal_of(caught)
                finally:
                    CURRENT.reset(before)
            log_refusal(refusal.status, refusal.logged)
            return response_of(refusal, gateway, event)

        return guarded

    return guard


def _check(
    verifier: Verifier, location: TokenLocation, permissions: Permissions, event: Event
) -> AccessToken | IdToken | CognitoKitError | Refusal | None:
    """Return the request's token, None where it has none, or what is wrong with it."""
    raw = location.read(header_values(event))
    if not isinstance(raw, str):
        return raw
    token = verified(verifier, raw)
    if isinstance(token, CognitoKitError):
        return token
    return lacking(permissions, token) or token
