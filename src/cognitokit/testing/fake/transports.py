"""The pool as the client's transport, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.client.calls import Call
    from cognitokit.testing.fake.pool import FakePool


class FakeTransport:
    """Carries the client's calls to a FakePool. Any number of threads may share it."""

    def __init__(self, pool: FakePool) -> None:
        self._pool = pool

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._pool!r})"

    def send(self, call: Call) -> Mapping[str, Any]:
        """See Transport.send."""
        try:
            return self._pool.handle(call.operation, call.params)
        except CognitoKitError as error:
            # The pool's own frames hold the request in the clear: they stay here.
            failure = error.with_traceback(None)
        raise failure


class FakeAsyncTransport:
    """Same as FakeTransport, awaited. It never really waits."""

    def __init__(self, pool: FakePool) -> None:
        self._transport = FakeTransport(pool)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"

    async def send(self, call: Call) -> Mapping[str, Any]:
        """See AsyncTransport.send."""
        return self._transport.send(call)
