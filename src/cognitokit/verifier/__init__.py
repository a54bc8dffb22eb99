"""The verifier, which stands by itself: with keys given it needs cryptography and nothing else."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.verifier.aio import AsyncCognitoVerifier
    from cognitokit.verifier.alb import AlbToken, AlbVerifier, AsyncAlbVerifier
    from cognitokit.verifier.policy import Permissions
    from cognitokit.verifier.verifier import CognitoVerifier

_MODULE_OF = {
    "AlbToken": "alb",
    "AlbVerifier": "alb",
    "AsyncAlbVerifier": "alb",
    "AsyncCognitoVerifier": "aio",
    "CognitoVerifier": "verifier",
    "Permissions": "policy",
}

__all__ = [
    "AlbToken",
    "AlbVerifier",
    "AsyncAlbVerifier",
    "AsyncCognitoVerifier",
    "CognitoVerifier",
    "Permissions",
]


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(__import__(f"cognitokit.verifier.{module}", fromlist=(name,)), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
