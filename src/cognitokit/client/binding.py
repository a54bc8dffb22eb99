"""From what a client is given to what it talks through."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from cognitokit import environment
from cognitokit.client.calls import UnboundAsyncTransport, UnboundTransport
from cognitokit.errors import ConfigurationError
from cognitokit.pool import UserPool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import AsyncTransport, Transport


def settings_from_env(
    environ: Mapping[str, str] | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a client's arguments: the options, and from the variables what they leave out.

    Raises:
        ConfigurationError: A variable is missing or malformed.
    """
    source = environment.Known(environ)
    settings = dict(options)
    needed = {"pool": "user_pool_id", "client_id": "client_id"}
    environment.demand(source, *(needed[name] for name in needed if name not in settings))
    if "pool" not in settings:
        settings["pool"] = UserPool.from_env(environ)
    if "client_id" not in settings:
        settings["client_id"] = environment.require(source, "client_id")
    if "client_secret" not in settings:
        settings["client_secret"] = environment.read(source, "client_secret")
    return settings


def bound(transport: Transport | UnboundTransport, pool: UserPool) -> Transport:
    """Return the transport, bound to the pool where it has to be.

    Raises:
        ConfigurationError: It is not a transport for CognitoClient.
    """
    if isinstance(transport, UnboundTransport):
        transport = transport.for_pool(pool)
    if _sends(transport) is not False:
        raise ConfigurationError(
            "transport must have a method send(call): give a Boto3Transport or an HttpTransport. "
            "A client of boto3 or httpx goes into one: Boto3Transport(client=...), HttpTransport(client=...)."
        )
    return transport


def async_bound(
    transport: AsyncTransport | UnboundAsyncTransport, pool: UserPool
) -> AsyncTransport:
    """Return the transport, bound to the pool where it has to be.

    Raises:
        ConfigurationError: It is not a transport for AsyncCognitoClient.
    """
    if isinstance(transport, UnboundAsyncTransport):
        transport = transport.for_pool(pool)
    if _sends(transport) is not True:
        raise ConfigurationError(
            "transport must have an async method send(call): give an AsyncHttpTransport. "
            "A client of httpx goes into one: AsyncHttpTransport(client=...)."
        )
    return transport


def _sends(transport: Any) -> bool | None:
    """Return whether send(call) is async; None where there is no such method."""
    send = getattr(transport, "send", None)
    # httpx's clients have a send() too, of requests.
    if not callable(send) or hasattr(transport, "build_request"):
        return None
    return inspect.iscoroutinefunction(send)
