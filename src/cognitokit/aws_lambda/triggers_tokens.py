"""The pre token generation trigger, versions V2_0 and V3_0: what is in a user's tokens."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from cognitokit.aws_lambda.events import trigger_of
from cognitokit.errors import ConfigurationError
from cognitokit.verifier.awaitables import close_coroutine, is_async_callable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Event = dict[str, Any]
    Change = Callable[["TokenRequest"], "TokenChanges"]

_SCOPE = re.compile(r"[!#-\[\]-~]+", re.ASCII)  # scope-token, RFC 6749 3.3
_CHANGE = "change(request: TokenRequest) -> TokenChanges."
# Cognito leaves out a change of these without a word.
_FIXED = frozenset(
    {
        "acr", "amr", "at_hash", "auth_time", "azp", "cognito:groups", "cognito:username", "exp",
        "iat", "identities", "iss", "jti", "nbf", "nonce", "origin_jti", "sub", "token_use",
    }
)  # fmt: skip
_FIXED_IN = {
    "id_claims": _FIXED | {"aud"},
    "access_claims": _FIXED
    | {"client_id", "device_key", "event_id", "scope", "username", "version"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """Whose tokens Cognito is about to make, and why."""

    username: str
    client_id: str
    trigger: str
    """Why: "TokenGeneration_Authentication", "TokenGeneration_RefreshTokens", ..."""
    attributes: Mapping[str, str] = field(repr=False)
    """The user's attributes; empty for a machine's token."""
    groups: tuple[str, ...]
    """The groups that the user is in."""
    scopes: tuple[str, ...]
    """The scopes that the access token would have."""
    client_metadata: Mapping[str, str] = field(repr=False)
    """What the application had sent with the call; anybody can write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChanges:
    """How the tokens are to differ from those that Cognito would make.

    Args:
        add_scopes: Scopes that the access token gets.
        suppress_scopes: Scopes that it loses.
        groups: The groups that both tokens name, in place of those that the user is in; None
            leaves them. The roles that come with the user's groups stay in the id token.
        access_claims: Claims that the access token gets, or gets another value of: JSON.
        id_claims: The same for the id token.
        suppress_access_claims: Claims that the access token loses.
        suppress_id_claims: Claims that the id token loses.

    Raises:
        ConfigurationError: Something is no collection of strings or no mapping, a scope is none, or
            a claim is one that Cognito does not let a trigger change.
    """

    add_scopes: Collection[str] = ()
    suppress_scopes: Collection[str] = ()
    groups: Collection[str] | None = None
    access_claims: Mapping[str, Any] = field(default_factory=dict[str, "Any"])
    id_claims: Mapping[str, Any] = field(default_factory=dict[str, "Any"])
    suppress_access_claims: Collection[str] = ()
    suppress_id_claims: Collection[str] = ()

    def __post_init__(self) -> None:
        for option in (
            "add_scopes",
            "suppress_scopes",
            "groups",
            "suppress_access_claims",
            "suppress_id_claims",
        ):
            if not (option == "groups" and self.groups is None):
                _check_texts(option, getattr(self, option))
        for option in "access_claims", "id_claims":
            claims: object = getattr(self, option)
            if not isinstance(claims, Mapping):
                raise ConfigurationError(f"{option} must be a mapping of claims to their values.")
            _check_texts(option, cast("Mapping[object, object]", claims))
        for scope in self.add_scopes:
            if _SCOPE.fullmatch(scope) is None:
                raise ConfigurationError(
                    "A scope is one word without spaces and quotes (RFC 6749 3.3)."
                )
        _check("access_claims", [*self.access_claims, *self.suppress_access_claims])
        _check("id_claims", [*self.id_claims, *self.suppress_id_claims])


def pre_token_generation(change: Change, /) -> Callable[[Event, object], Event]:
    """Make the function of a pre token generation trigger.

        @pre_token_generation
        def handler(request: TokenRequest) -> TokenChanges:
            editor = "editors" in request.groups
            return TokenChanges(add_scopes=["tasks/write"] if editor else [])

    For trigger versions V2_0, and V3_0 that has machines' tokens too; both need the pool's plan
    Essentials or Plus. Refreshed tokens are made by it anew. A verifier sees a scope that was added here
    as any other.

    Args:
        change: Says what to change. What it raises ends the sign-in with UserLambdaValidation.

    Returns:
        The function: handler(event, context).

    Raises:
        ConfigurationError: change is no function, or an asynchronous one; when the function is
            called: the event is of version V1_0, or not that of this trigger, or change has
            returned no TokenChanges.
    """
    if not callable(cast("object", change)):
        raise ConfigurationError(f"Give pre_token_generation a function: {_CHANGE}")
    if is_async_callable(change):
        raise ConfigurationError(
            "pre_token_generation stands on a synchronous function: nothing would await it in Lambda."
        )

    @functools.wraps(change)
    def handler(event: Event, context: object = None) -> Event:  # noqa: ARG001 - Lambda passes it
        if not trigger_of(event).startswith("TokenGeneration_"):
            raise ConfigurationError("Attach the function as PreTokenGenerationConfig of the pool.")
        if event.get("version") not in {"2", "3"}:
            raise ConfigurationError(
                "The trigger's version is V1_0, which cannot change access tokens: set LambdaVersion "
                "to V2_0 in PreTokenGenerationConfig."
            )
        event["response"] = {"claimsAndScopeOverrideDetails": _answer(event, change)}
        return event

    return handler


def _answer(event: Event, change: Change) -> Event:
    request: Event = event["request"]
    configured: Event = request.get("groupConfiguration") or {}
    asked = TokenRequest(
        username=event.get("userName") or "",
        client_id=event["callerContext"]["clientId"],
        trigger=event["triggerSource"],
        attributes=request.get("userAttributes") or {},
        groups=tuple(configured.get("groupsToOverride") or ()),
        scopes=tuple(request.get("scopes") or ()),
        client_metadata=request.get("clientMetadata") or {},
    )
    changes = cast("object", change(asked))
    if not isinstance(changes, TokenChanges):
        close_coroutine(changes)
        raise ConfigurationError(
            f"The function must return TokenChanges, TokenChanges() for no change: {_CHANGE}"
        )
    answer: Event = {
        "accessTokenGeneration": {
            "claimsToAddOrOverride": dict(changes.access_claims),
            "claimsToSuppress": list(changes.suppress_access_claims),
            "scopesToAdd": list(changes.add_scopes),
            "scopesToSuppress": list(changes.suppress_scopes),
        },
        "idTokenGeneration": {
            "claimsToAddOrOverride": dict(changes.id_claims),
            "claimsToSuppress": list(changes.suppress_id_claims),
        },
    }
    if changes.groups is not None:
        # What is left out of this is gone from the tokens.
        answer["groupOverrideDetails"] = {
            "groupsToOverride": list(changes.groups),
            "iamRolesToOverride": list(configured.get("iamRolesToOverride") or ()),
            "preferredRole": configured.get("preferredRole") or "",
        }
    return answer


def _check_texts(option: str, given: object) -> None:
    is_collection = isinstance(given, Collection) and not isinstance(given, str | bytes)
    if not is_collection or not all(
        isinstance(item, str) for item in cast("Iterable[object]", given)
    ):
        raise ConfigurationError(f"{option} must be a collection of strings, such as a list.")


def _check(option: str, claims: Iterable[str]) -> None:
    fixed = sorted(
        {name for name in claims if name in _FIXED_IN[option] or name.startswith("dev:")}
    )
    if fixed:
        raise ConfigurationError(
            f"Cognito lets no trigger change {', '.join(fixed)}: leave it out of {option}, and use "
            "groups and add_scopes for groups and scopes."
        )
