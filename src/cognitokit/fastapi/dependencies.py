"""Dependencies beside the authenticator: the token where it may be absent, and the application's user."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from fastapi import Security
from fastapi.openapi.models import SecurityBase as SecurityModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from typing_extensions import override

from cognitokit.asgi import Denial
from cognitokit.bearer import UNKNOWN_USER
from cognitokit.fastapi.apps import Asking, Authenticator
from cognitokit.fastapi.overrides import override_of, solve
from cognitokit.fastapi.refused import refused
from cognitokit.tokens import AccessToken, IdToken

TokenT = TypeVar("TokenT", bound=AccessToken | IdToken)


class OptionalToken(Asking, Generic[TokenT]):
    """The dependency behind CognitoAuth.optional. A token that is there must be good.

    Overriding the authenticator overrides this too.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        attempt: Callable[[HTTPConnection], Awaitable[TokenT | None]],
    ) -> None:
        super().__init__(authenticator)
        self._attempt = attempt
        self.model: SecurityModel = authenticator.model
        self.scheme_name: str = authenticator.scheme_name

    async def __call__(self, conn: HTTPConnection) -> TokenT | None:
        """Return the verified token, or None where there are no credentials."""
        instead = override_of(conn, self.authenticator)
        if instead is None:
            return await self._attempt(conn)
        token: TokenT | None = await solve(conn, instead)
        return token

    @override
    async def before_body(self, conn: HTTPConnection) -> None:
        await self._attempt(conn)


class CurrentUser:
    """The dependency that CognitoAuth.user() returns. Equal by value, so that a test can override it."""

    def __init__(self, authenticator: Authenticator, load: Callable[[Any], Any]) -> None:
        self._authenticator = authenticator
        self._load = load

        async def find(conn: HTTPConnection, token: Any = Security(authenticator)) -> Any:  # noqa: B008 - FastAPI's way
            if inspect.iscoroutinefunction(load):
                user = load(token)
            else:
                user = await run_in_threadpool(load, token)
            # An object whose __call__ is a coroutine function is none itself.
            if inspect.isawaitable(user):
                user = await user
            if user is None:
                raise refused(conn, Denial(UNKNOWN_USER))
            return user

        self.__wrapped__ = find

    def __call__(self, **solved: Any) -> Awaitable[Any]:
        """Return the user: FastAPI calls this with what it solved."""
        return self.__wrapped__(**solved)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CurrentUser):
            return NotImplemented
        return self._authenticator == other._authenticator and self._load == other._load

    def __hash__(self) -> int:
        return hash((self._authenticator, self._load))
