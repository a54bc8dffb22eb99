"""Amazon Cognito for Python: a typed client, a token verifier, framework glue and a testing kit.

Every name is loaded from its module when it is first used, so that importing the package
costs next to nothing and needs none of the packages that only some parts need.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit import errors
    from cognitokit.errors import (
        ChallengeRequired,
        CognitoKitError,
        ConfigurationError,
        InsufficientPermission,
        InvalidClaim,
        KeysUnavailable,
        ServiceError,
        TokenError,
    )
    from cognitokit.pool import UserPool
    from cognitokit.tokens import AccessToken, IdToken, NewDevice, Tokens, VerifiedToken

_MODULE_OF = {
    "AccessToken": "tokens",
    "ChallengeRequired": "errors",
    "CognitoKitError": "errors",
    "ConfigurationError": "errors",
    "IdToken": "tokens",
    "InsufficientPermission": "errors",
    "InvalidClaim": "errors",
    "KeysUnavailable": "errors",
    "NewDevice": "tokens",
    "ServiceError": "errors",
    "TokenError": "errors",
    "Tokens": "tokens",
    "UserPool": "pool",
    "VerifiedToken": "tokens",
}

__all__ = [
    "AccessToken",
    "ChallengeRequired",
    "CognitoKitError",
    "ConfigurationError",
    "IdToken",
    "InsufficientPermission",
    "InvalidClaim",
    "KeysUnavailable",
    "NewDevice",
    "ServiceError",
    "TokenError",
    "Tokens",
    "UserPool",
    "VerifiedToken",
    "errors",
]


def __getattr__(name: str) -> object:
    import importlib  # noqa: PLC0415 - loaded by then in any process that imports packages lazily

    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - slow to import, rarely wanted

        return version("cognitokit")
    if name == "errors":
        return importlib.import_module("cognitokit.errors")
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"cognitokit.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
