"""The testing kit: real tokens, user pools on this machine, and checks of an application's authorization.

Every name is loaded from its module when it is first used, so that a part costs nothing, and needs
none of its packages, until a test asks for it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognitokit.testing.fake.authenticator import SoftwareAuthenticator
    from cognitokit.testing.fake.pool import FakePool, RecordedCall
    from cognitokit.testing.fake.refusal import NotInFakePool, ServiceModelMismatch
    from cognitokit.testing.jwks_server import JwksServer
    from cognitokit.testing.local import AppClient, LocalPool, LocalPoolFailed
    from cognitokit.testing.mint import FederatedIdentity, TokenMint
    from cognitokit.testing.outbox import Message, NoMessage
    from cognitokit.testing.totp import totp_code

_MODULE_OF = {
    "AppClient": "local",
    "FakePool": "fake.pool",
    "FederatedIdentity": "mint",
    "JwksServer": "jwks_server",
    "LocalPool": "local",
    "LocalPoolFailed": "local",
    "Message": "outbox",
    "NoMessage": "outbox",
    "NotInFakePool": "fake.refusal",
    "RecordedCall": "fake.pool",
    "ServiceModelMismatch": "fake.refusal",
    "SoftwareAuthenticator": "fake.authenticator",
    "TokenMint": "mint",
    "totp_code": "totp",
}

__all__ = [
    "AppClient",
    "FakePool",
    "FederatedIdentity",
    "JwksServer",
    "LocalPool",
    "LocalPoolFailed",
    "Message",
    "NoMessage",
    "NotInFakePool",
    "RecordedCall",
    "ServiceModelMismatch",
    "SoftwareAuthenticator",
    "TokenMint",
    "totp_code",
]


def __getattr__(name: str) -> object:
    import importlib  # noqa: PLC0415 - as in cognitokit/__init__.py

    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"cognitokit.testing.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
