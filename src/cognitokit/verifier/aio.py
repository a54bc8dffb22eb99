"""The verifier for event loops: a thin shell over the pure modules."""

from __future__ import annotations

from typing import overload

from cognitokit.errors import CognitoKitError, InvalidClaim, KeysUnavailable
from cognitokit.pool import UserPool, as_pool
from cognitokit.tokens import AccessToken, IdToken, VerifiedToken
from cognitokit.verifier.awaitables import is_awaitable
from cognitokit.verifier.configure import make_rules
from cognitokit.verifier.core import (
    First,
    Second,
    Third,
    Token_co,
    Verifier,
    client_from,
)
from cognitokit.verifier.examine import NeedKeys, advance, examine
from cognitokit.verifier.policy import NONE, UNSET, Extra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Literal, Unpack

    from cognitokit.verifier.examine import Examination
    from cognitokit.verifier.keysource import KeySource
    from cognitokit.verifier.keystore import KeyStore
    from cognitokit.verifier.options import AsyncAccessOptions, AsyncOptions


class AsyncCognitoVerifier(Verifier[Token_co]):
    """Same as CognitoVerifier, awaited; on asyncio and on trio, in any number of event loops.

    check and fetcher may be async here. A check that is not async is called in the event loop, so it
    must not block; a fetcher that is not async is called in a worker thread.

    Raises:
        ConfigurationError: An option is missing, unknown or wrong; the message names the cure.
    """

    __slots__ = ()

    @overload
    def __init__(
        self: AsyncCognitoVerifier[AccessToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["access"],
        **options: Unpack[AsyncAccessOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: AsyncCognitoVerifier[IdToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["id"],
        **options: Unpack[AsyncOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: AsyncCognitoVerifier[AccessToken | IdToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["access", "id"] | None,
        **options: Unpack[AsyncAccessOptions],
    ) -> None: ...
    def __init__(
        self,
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None = UNSET,
        token_use: Literal["access", "id"] | None = UNSET,
        **options: Any,
    ) -> None:
        pool = as_pool(pool)
        rules = make_rules(pool, _key_source, client_id=client_id, token_use=token_use, **options)
        self._adopt(rules, f"{pool.id!r}, token_use={token_use!r}")

    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["access"],
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[AsyncAccessOptions],
    ) -> AsyncCognitoVerifier[AccessToken]: ...
    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["id"],
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[AsyncOptions],
    ) -> AsyncCognitoVerifier[IdToken]: ...
    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["access", "id"] | None,
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[AsyncAccessOptions],
    ) -> AsyncCognitoVerifier[AccessToken | IdToken]: ...
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Any = UNSET,
        client_id: Any = UNSET,
        **options: Any,
    ) -> AsyncCognitoVerifier[Any]:
        """Same as CognitoVerifier.from_env; nothing to await.

        Raises:
            ConfigurationError: A variable or an option is missing or wrong.
        """
        client_id = client_from(environ) if client_id is UNSET else client_id
        make: Any = cls
        verifier: AsyncCognitoVerifier[Any] = make(
            UserPool.from_env(environ), client_id=client_id, token_use=token_use, **options
        )
        return verifier

    @overload
    @staticmethod
    def any_of(
        first: AsyncCognitoVerifier[First], second: AsyncCognitoVerifier[Second], /
    ) -> AsyncCognitoVerifier[First | Second]: ...
    @overload
    @staticmethod
    def any_of(
        first: AsyncCognitoVerifier[First],
        second: AsyncCognitoVerifier[Second],
        third: AsyncCognitoVerifier[Third],
        /,
    ) -> AsyncCognitoVerifier[First | Second | Third]: ...
    @overload
    @staticmethod
    def any_of(*verifiers: AsyncCognitoVerifier[First]) -> AsyncCognitoVerifier[First]: ...
    @staticmethod
    def any_of(*verifiers: AsyncCognitoVerifier[Any]) -> AsyncCognitoVerifier[Any]:
        """Same as CognitoVerifier.any_of; nothing to await.

        Raises:
            ConfigurationError: There is none, or something that is no AsyncCognitoVerifier, or one
                that overrides verify.
        """
        combined: AsyncCognitoVerifier[Any] = object.__new__(AsyncCognitoVerifier)  # pyright: ignore[reportUnknownVariableType]
        combined._combine(verifiers, AsyncCognitoVerifier)
        return combined

    async def prefetch(self) -> None:
        """Same as CognitoVerifier.prefetch, awaited.

        Raises:
            KeysUnavailable: There are none, and none could be fetched. Of several pools' the others were.
        """
        failure: KeysUnavailable | None = None
        for source in self._sources():
            try:
                await source.obtain(None)
            except KeysUnavailable as error:
                failure = failure or error.with_traceback(None)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # or the error and this frame would keep each other alive

    async def verify(
        self,
        raw: str,
        *,
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        nonce: str = UNSET,
    ) -> Token_co:
        """Same as CognitoVerifier.verify, awaited.

        Raises:
            TokenError: The token is refused; reason says which check did.
            InsufficientPermission: The token is good, but a scope or group is missing.
            KeysUnavailable: The pool's keys could not be fetched.
            ConfigurationError: An argument other than the token is wrong.
        """
        try:
            extra = None
            if not (scopes is any_scope is groups is any_group is NONE and nonce is UNSET):
                extra = Extra(scopes, any_scope, groups, any_group, nonce)
            token = self._quick(raw, extra)
            if token is not None and self._check is None:
                return token
        except CognitoKitError as error:
            refusal = error
            del raw
        else:
            examination = examine(self._rules, raw, extra) if token is None else None
            # What a check raises passes through this frame.
            del raw
            outcome: Token_co | CognitoKitError
            outcome = await (
                self._settle(token) if examination is None else self._advance(examination)
            )
            if not isinstance(outcome, CognitoKitError):
                return outcome
            refusal = outcome
            del outcome  # or the error and this frame would keep each other alive
        # Without the frames below, whose locals hold the token's parts.
        try:
            raise refusal.with_traceback(None)
        finally:
            del refusal

    async def _settle(self, token: Any) -> Any:
        if self._check is None or await _answer(self._check, token) is True:
            return token
        return InvalidClaim("check")

    async def _advance(self, examination: Examination) -> Any:
        need = advance(examination, None)
        while True:
            if isinstance(need, NeedKeys):
                need = advance(examination, await need.source.answer(need.kid))
            elif isinstance(need, (VerifiedToken, CognitoKitError)):
                return need
            else:
                need = advance(examination, await _answer(need.check, need.token))


def _key_source(store: KeyStore, **origin: Any) -> KeySource:
    from cognitokit.verifier.keysource import AsyncKeySource  # noqa: PLC0415 - not needed with keys given

    return AsyncKeySource(store, **origin)


async def _answer(check: Callable[[Any], object], token: VerifiedToken) -> object:
    answer = check(token)
    return await answer if is_awaitable(answer) else answer
