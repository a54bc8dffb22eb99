"""Claims -> the context that an authorizer hands to the function behind it. Pure.

API Gateway takes names and flat values only, and turns every value into text on its way.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import cast

from cognitokit.errors import ConfigurationError
from cognitokit.tokens import claims_of
from cognitokit.verifier.policy import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognitokit.tokens import AccessToken, IdToken

    Scalar = str | int | float | bool
    MakeContext = Callable[[Any], Mapping[str, Scalar]]
    ContextMaker = Callable[[Any], tuple[dict[str, Scalar], tuple[str, ...]]]

# Where the gateway puts what it says itself, and what its own authorizers have verified.
_RESERVED = frozenset({"claims", "iam", "integrationLatency", "jwt", "lambda", "principalId"})
_NAME = re.compile(r"[!#-\[\]-~]+", re.ASCII)
# A quoted text breaks the answers that an HTTP API has kept; a line break can end a header.
_UNSAFE = re.compile(r"[\"\\\x00-\x1f\x7f]")
_RESULT_BYTES = 8192


def context_maker(context: Iterable[str] | MakeContext) -> ContextMaker:
    """Return a function that makes the context of a token, and names the claims that it had to leave out.

    Args:
        context: The names of the claims to hand on, or a function of the token.

    Raises:
        ConfigurationError: A name is not one that a context can have.
    """
    if callable(context):
        make = context
        return lambda token: (_checked(make(token)), ())
    if context == ():
        return lambda _token: ({}, ())
    chosen = sorted(names(context, "context"))
    for name in chosen:
        _check_name(name)

    def make_chosen(
        token: AccessToken | IdToken,
    ) -> tuple[dict[str, Scalar], tuple[str, ...]]:
        claims = claims_of(token)
        there = {name: claims[name] for name in chosen if claims.get(name) is not None}
        flat = {name: _flat(value) for name, value in there.items()}
        left_out = tuple(name for name, value in flat.items() if value is None)
        return {name: value for name, value in flat.items() if value is not None}, left_out

    return make_chosen


def check_size(answer: dict[str, Any]) -> None:
    """Refuse an answer that API Gateway would not take.

    Raises:
        ConfigurationError: It is larger than 8 kB.
    """
    if len(json.dumps(answer, ensure_ascii=False).encode(errors="replace")) > _RESULT_BYTES:
        raise ConfigurationError(
            "The authorizer's answer exceeds the 8 kB that API Gateway takes: hand on less with context=."
        )


def _flat(value: Any) -> Scalar | None:
    """A claim as a flat value; None where it cannot be told in one."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        # Neither a group's name nor a scope holds a space, so this can be split again. All or nothing:
        # a function that looks for one group must not be told that there are only the others.
        words = [item for item in items if isinstance(item, str) and item.split() == [item]]
        if len(words) != len(items):
            return None
        value = " ".join(words)
    return value if _is_flat(value) else None


def _is_flat(value: object) -> bool:
    if isinstance(value, str):
        return _UNSAFE.search(value) is None
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _check_name(name: object) -> None:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or name in _RESERVED:
        raise ConfigurationError(
            f"context cannot have the name {name!r}: API Gateway uses "
            f"{', '.join(sorted(_RESERVED))} itself, and the others are printable ASCII without "
            "spaces, quotes and backslashes."
        )


def _checked(made: object) -> dict[str, Scalar]:
    if not isinstance(made, Mapping):
        raise ConfigurationError("The function given as context= must return a mapping.")
    for name, value in cast("Mapping[object, object]", made).items():
        _check_name(name)
        if not _is_flat(value):
            raise ConfigurationError(
                f"The context's {name!r} must be a finite number, a boolean, or a str without "
                "quotes, backslashes and control characters."
            )
    return dict(cast("Mapping[str, Scalar]", made))
