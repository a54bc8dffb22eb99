"""What a flow and the outside world say to each other: a call out, a reply back.

A flow is a generator. It yields a Call, is sent the Reply, and returns its result; it does no
I/O and reads no clock. A transport carries one call to Cognito and brings back the body of the
answer; it decides nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from cognitokit.pool import UserPool

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Call:
    """One request to the user pools API. Its repr shows the operation and nothing else."""

    operation: str
    """Cognito's name of the operation, for instance "InitiateAuth"."""

    params: Mapping[str, Any]
    """The request's members by Cognito's names, as boto3 takes them. Holds secrets."""

    repeat_within: float | None = None
    """Seconds from the first attempt during which the call may be repeated whatever happened.

    None: operations.py says whether this operation is safe to repeat.
    """

    def __repr__(self) -> str:
        return f"Call({self.operation!r})"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Reply:
    """The answer to one call. Its repr shows nothing of the body, which holds secrets."""

    body: Mapping[str, Any]
    """The response's members by Cognito's names. Times are aware datetimes or epoch seconds."""

    received_at: float
    """When the answer was there, epoch seconds."""

    def __repr__(self) -> str:
        return f"Reply(received_at={self.received_at!r})"


Flow: TypeAlias = Generator[Call, Reply, T]
"""What drive.py runs. A failed call is thrown in at the yield, as one of our errors."""

PagedFlow: TypeAlias = Callable[[str | None], Flow[tuple[tuple[T, ...], str | None]]]
"""Given the token of a page (None: the first), the flow that gives its items and the next token."""


class Transport(Protocol):
    """Carries calls to Cognito, from any number of threads at once.

    A transport is what a client talks through: Boto3Transport, HttpTransport, the testing kit's
    in-memory pool, or your own.
    """

    def send(self, call: Call, /) -> Mapping[str, Any]:
        """Carry one call to Cognito, once, and return the members of its response.

        No member is added, dropped or renamed. A response without members is an empty mapping.

        Raises:
            ServiceError: Cognito answered with an error, of the class that
                errors.service_error_class() gives for its code. Its message must quote no secret.
            TransportError: No usable answer came back.
            ConfigurationError: The call cannot be made at all, for instance for want of credentials.
        """
        ...


class AsyncTransport(Protocol):
    """Same as Transport, awaited: any number of tasks at once."""

    async def send(self, call: Call, /) -> Mapping[str, Any]:
        """Same as Transport.send, awaited."""
        ...


@runtime_checkable
class UnboundTransport(Protocol):
    """A transport's settings, which become a Transport once the pool is known.

    What a client is given may have this method; the client then calls it once, with its pool,
    and talks through what it returns.
    """

    def for_pool(self, pool: UserPool, /) -> Transport:
        """Return a transport to the pool's endpoint."""
        ...


@runtime_checkable
class UnboundAsyncTransport(Protocol):
    """Same as UnboundTransport, for an AsyncTransport."""

    def for_pool(self, pool: UserPool, /) -> AsyncTransport:
        """Return a transport to the pool's endpoint."""
        ...
