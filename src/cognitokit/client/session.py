"""A signed-in user's tokens, kept fresh by many threads, tasks and processes at once.

What is to be done is a generator that yields one step after the other: read the store, refresh,
save. The two classes at the end take the steps, one of them with await.
"""

from __future__ import annotations

import copy
import inspect
import logging
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    LimitError,
    NotAuthorized,
    RefreshTokenReuse,
    ServiceFault,
    TransportError,
)
from cognitokit.single_flight import SingleFlight
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    import asyncio

Step: TypeAlias = Callable[[], Any]
"""One thing to do; its result, awaited where it is awaitable, is sent back into the generator."""

Renewal: TypeAlias = Generator[Step, Any, Tokens]

_PATIENCE = 60.0  # longer than any refresh may take
_PAUSE = 5.0  # between attempts while the access token still lives
_JUST_MADE = 10.0  # tokens that young are not replaced because somebody refuses them
_ROUNDS = 3  # how often another process may overtake one renewal
_TEMPORARY = (TransportError, ServiceFault, LimitError)

_log = logging.getLogger("cognitokit.client")


class SessionState:
    """What a session knows, and what it does next. Told the time; does no I/O."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        refresh: Callable[[Tokens], Any],
        save: Callable[[Tokens], Any] | None,
        load: Callable[[], Any] | None,
        refresh_before: float,
        clock: Callable[[], float],
    ) -> None:
        if type(tokens) is not Tokens or not tokens.refresh_token:
            raise ConfigurationError("A session needs Tokens with a refresh token.")
        if refresh_before < 0:
            raise ConfigurationError("refresh_before must not be negative.")
        self.tokens: Tokens = tokens
        self._refresh = refresh
        self._save = save
        self._load = load
        self._refresh_before = refresh_before
        self._clock = clock
        self._unsaved: Tokens | None = None
        self._quiet_until = 0.0
        self._ended: NotAuthorized | None = None

    @property
    def ended(self) -> bool:
        """Whether the session is over."""
        return self._ended is not None

    def current(self, access_token: str | None) -> Tokens | None:
        """Return the session's tokens if that is their access token.

        What an API has refused travels as Tokens from here on: a traceback would show a str.
        """
        return self.tokens if self.tokens.access_token == access_token else None

    def ready(self, rejected: Tokens | None = None) -> Tokens | None:
        """Return the tokens if they may be used as they are; None where they are due.

        Args:
            rejected: Tokens of this session whose access token an API has refused.

        Raises:
            NotAuthorized: The session is over.
        """
        if self._ended is not None:
            raise copy.copy(self._ended)
        now = self._clock()
        if self._refused(rejected, now):
            return None
        if self._unsaved is None and (
            self._fresh(self.tokens, now) or (now < self._quiet_until and _alive(self.tokens, now))
        ):
            return self.tokens
        return None

    def renewal(self) -> Renewal:
        """Get tokens that may be used: from the store, by a refresh, or those that still live.

        Raises:
            NotAuthorized: The session is over.
            CognitoKitError: The refresh failed, and the access token has expired.
        """
        if self._unsaved is not None:
            return (yield from self._handed_over(self._unsaved))
        overtaken = False
        for _ in range(_ROUNDS):
            now = self._clock()
            overtaken = (yield from self._adopted(_made_at(self.tokens) + 1)) or overtaken
            if overtaken and self._fresh(self.tokens, now):
                return self.tokens
            used = self.tokens
            try:
                renewed: Tokens = yield partial(self._refresh, used)
            except NotAuthorized as error:
                overtaken = yield from self._adopted(_made_at(used))
                if overtaken:
                    continue
                if isinstance(error, RefreshTokenReuse) and _alive(used, now):
                    return self._keep(used, now, error)
                self._ended = copy.copy(error)  # without the frames that it has passed
                raise
            except _TEMPORARY as error:
                if not _alive(used, now):
                    raise
                return self._keep(used, now, error)
            return (yield from self._handed_over(renewed))
        raise TransportError("The session's tokens change faster than they can be refreshed.")

    def _adopted(self, since: int) -> Generator[Step, Any, bool]:
        """Take over what another process has stored since then; False where it has stored nothing.

        A store may lag behind: a refresh token that is older than ours is one that is used up.
        """
        if self._load is None:
            return False
        stored: Tokens | None = yield self._load
        if stored is None:
            return False
        if type(stored) is not Tokens or not stored.refresh_token:
            raise ConfigurationError("reload must return Tokens with a refresh token, or None.")
        if stored == self.tokens or _made_at(stored) < since:
            return False
        self.tokens = stored
        return True

    def _handed_over(self, renewed: Tokens) -> Renewal:
        # If saving fails the tokens are kept back and saved first the next time: with rotation the
        # store would else hold a refresh token that is used up.
        self._unsaved = renewed
        if self._save is not None:
            yield partial(self._save, renewed)
        self.tokens, self._unsaved, self._quiet_until = renewed, None, 0.0
        return renewed

    def _keep(self, tokens: Tokens, now: float, error: CognitoKitError) -> Tokens:
        _log.warning(
            "The tokens could not be refreshed (%s); the access token lives %d s more.",
            type(error).__name__,
            tokens.expires_at - now,
        )
        self._quiet_until = now + _PAUSE
        return tokens

    def _refused(self, rejected: Tokens | None, now: float) -> bool:
        # An API that refuses every token must not cause a refresh for each request.
        spared_until = max(_made_at(self.tokens) + _JUST_MADE, self._quiet_until)
        return self.tokens is rejected and now >= spared_until

    def _fresh(self, tokens: Tokens, now: float) -> bool:
        # Tokens that live shorter than the margin are used for at least half of their life.
        return tokens.expires_at - min(self._refresh_before, tokens.expires_in / 2) > now


class TokenSession:
    """A signed-in user's tokens, refreshed when they are due. Made by CognitoClient.session().

    Safe to share between threads: they cause one refresh, and the others wait for it.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._single_flight = SingleFlight()

    @property
    def ended(self) -> bool:
        """Whether the session is over: the user has to sign in again."""
        return self._state.ended

    def access_token(self, *, rejected: str | None = None) -> str:
        """Return an access token that is good for now; see tokens()."""
        return self._usable(self._state.current(rejected)).access_token

    def tokens(self, *, rejected: str | None = None) -> Tokens:
        """Return tokens that are good for now, refreshed if they are about to expire.

        New tokens have been given to on_refresh before anybody gets them here. Where a refresh
        fails for the moment, the old access token is used for as long as it lives.

        Args:
            rejected: An access token from here that an API answered with 401: the tokens are
                refreshed although they have not expired, unless they are only seconds old.

        Raises:
            RefreshTokenReuse: Another process has used the refresh token up, the store holds no
                newer one, and the access token has expired. The session is over.
            NotAuthorized: The refresh token is revoked or expired. The session is over.
            ServiceError: Cognito refused for another reason, and the access token has expired.
            TransportError: No usable answer came back, and the access token has expired.
        """
        return self._usable(self._state.current(rejected))

    def _usable(self, rejected: Tokens | None) -> Tokens:
        return self._single_flight.run(
            lambda: self._state.ready(rejected), self._renew, patience=_PATIENCE
        )

    def _renew(self) -> Tokens:
        renewal = self._state.renewal()
        try:
            step = next(renewal)
            while True:
                try:
                    result = step()
                except Exception as error:  # noqa: BLE001 - the renewal decides
                    step = renewal.throw(error)
                else:
                    step = renewal.send(result)
        except StopIteration as end:
            return cast("Tokens", end.value)
        finally:
            renewal.close()

    def __repr__(self) -> str:
        return f"TokenSession({self._state.tokens!r}, ended={self.ended})"


class AsyncTokenSession:
    """Same as TokenSession, awaited. Made by AsyncCognitoClient.session().

    Safe to share between the tasks of one event loop. A task that is cancelled does not take a
    refresh with it that is under way: its answer may hold the only refresh token that still works.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._single_flight = SingleFlight()
        self._task: asyncio.Task[Tokens] | None = None

    @property
    def ended(self) -> bool:
        """Whether the session is over: the user has to sign in again."""
        return self._state.ended

    async def access_token(self, *, rejected: str | None = None) -> str:
        """Same as TokenSession.access_token, awaited."""
        return (await self._usable(self._state.current(rejected))).access_token

    async def tokens(self, *, rejected: str | None = None) -> Tokens:
        """Same as TokenSession.tokens, awaited. on_refresh and reload may be coroutine functions."""
        return await self._usable(self._state.current(rejected))

    async def _usable(self, rejected: Tokens | None) -> Tokens:
        return await self._single_flight.run_async(
            lambda: self._state.ready(rejected), self._to_the_end, patience=_PATIENCE
        )

    async def _to_the_end(self) -> Tokens:
        import asyncio  # noqa: PLC0415 - threads need none

        if not _in_asyncio():
            from anyio import CancelScope  # noqa: PLC0415 - httpx brings it, and threads need none

            with CancelScope(shield=True):
                return await self._renew()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew())
            self._task.add_done_callback(_noticed)
        return await asyncio.shield(self._task)

    async def _renew(self) -> Tokens:
        renewal = self._state.renewal()
        try:
            step = next(renewal)
            while True:
                try:
                    result = step()
                    if inspect.isawaitable(result):
                        result = await result
                except Exception as error:  # noqa: BLE001 - the renewal decides
                    step = renewal.throw(error)
                else:
                    step = renewal.send(result)
        except StopIteration as end:
            return cast("Tokens", end.value)
        finally:
            renewal.close()

    def __repr__(self) -> str:
        return f"AsyncTokenSession({self._state.tokens!r}, ended={self.ended})"


def _noticed(task: asyncio.Task[Tokens]) -> None:
    # Everybody who waited may have been cancelled; asyncio would then complain of an error unseen.
    if not task.cancelled():
        task.exception()


def _made_at(tokens: Tokens) -> int:
    return tokens.expires_at - tokens.expires_in


def _alive(tokens: Tokens, now: float) -> bool:
    return tokens.expires_at > now


def _in_asyncio() -> bool:
    import asyncio  # noqa: PLC0415 - threads need none

    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
