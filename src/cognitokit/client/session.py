"""A signed-in user's tokens, kept fresh by many threads, tasks and processes at once.

What is to be done is a generator that yields one step after the other: read the store, refresh,
save. The two classes at the end take the steps, one of them with await.
"""

from __future__ import annotations

import copy
import inspect
import logging
import threading
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from cognitokit.client.numbers import is_number
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

PATIENCE = 10.0
"""Seconds after a refused refresh in which another process may still store what it got."""

_FLIGHT = 60.0  # longer than any refresh may take
_PAUSE = 5.0  # between attempts while the access token still lives
_JUST_MADE = 10.0  # tokens that young are not replaced because somebody refuses them
_ROUNDS = 3  # how often another process may overtake one renewal
_TEMPORARY = (TransportError, ServiceFault, LimitError)

_NOT_AWAITED = (
    "is a coroutine function or returns an awaitable, which a synchronous client does not await: "
    "give an ordinary function, or use the async client."
)
_ASKED_FROM_WITHIN = (
    "on_refresh and reload must not ask the session for tokens, which waits for them: use the "
    "tokens that on_refresh is given."
)

_log = logging.getLogger("cognitokit.client")


class _Refusal(NamedTuple):
    """Cognito has refused the refresh token of the session's tokens; no second try will help."""

    error: NotAuthorized
    at: float


class SessionState:
    """What a session knows, and what it does next. Told the time; does no I/O.

    Args:
        tokens: Those to begin with.
        refresh: Gets new tokens for old ones.
        save: Stores new tokens.
        load: Reads what the store holds.
        refresh_before: As in CognitoClient.session().
        patience: As in CognitoClient.session().
        clock: What gives the time, epoch seconds.
        reuse: What refresh raises where the token may have been used up by another process.
    """

    def __init__(
        self,
        tokens: Tokens,
        *,
        refresh: Callable[[Tokens], Any],
        save: Callable[[Tokens], Any] | None,
        load: Callable[[], Any] | None,
        refresh_before: float,
        clock: Callable[[], float],
        patience: float = PATIENCE,
        reuse: type[NotAuthorized] = RefreshTokenReuse,
    ) -> None:
        if type(tokens) is not Tokens or not tokens.refresh_token:
            raise ConfigurationError("A session needs Tokens with a refresh token.")
        for name, seconds in (("refresh_before", refresh_before), ("patience", patience)):
            if not is_number(seconds) or seconds < 0:
                raise ConfigurationError(f"{name} must be a number of seconds, 0 or more.")
        for name, callback in (("on_refresh", save), ("reload", load)):
            if not (callback is None or callable(callback)):
                raise ConfigurationError(f"{name} must be a function.")
        self.tokens: Tokens = tokens
        self._refresh = refresh
        self._save = save
        self._load = load
        self._refresh_before = refresh_before
        self._patience = patience
        self._clock = clock
        self._reuse = reuse
        self._unsaved: Tokens | None = None
        self._quiet_until = 0.0
        self._refusal: _Refusal | None = None
        self.ended: bool = False
        """Whether the session is over."""

    def refuse_coroutine_functions(self) -> None:
        """Refuse callbacks that somebody would have to await.

        Raises:
            ConfigurationError: on_refresh or reload is a coroutine function.
        """
        for name, callback in (("on_refresh", self._save), ("reload", self._load)):
            if _is_coroutine_function(callback):
                raise ConfigurationError(f"{name} {_NOT_AWAITED}")

    def current(self, access_token: str | None) -> Tokens | None:
        """Return the session's tokens if that is their access token.

        What an API has refused travels as Tokens from here on: a traceback would show a str.
        """
        return self.tokens if self.tokens.access_token == access_token else None

    def ready(self, rejected: Tokens | None = None) -> Tokens | None:
        """Return the tokens if they may be used as they are; None where renewal() has to be asked.

        Args:
            rejected: Tokens of this session whose access token an API has refused.
        """
        now = self._clock()
        if self.ended or self._refused(rejected, now):
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
            yield from self._handed_over(self._unsaved)
            if self._fresh(self.tokens, self._clock()):
                return self.tokens
        overtaken = False
        for _ in range(_ROUNDS):
            now = self._clock()
            overtaken = (yield from self._adopted()) or overtaken
            if overtaken and self._fresh(self.tokens, now):
                return self.tokens
            if self._refusal is not None:
                return self._settled(self._refusal)
            outcome = yield from self._refreshed(self.tokens, now)
            if isinstance(outcome, Tokens):
                return outcome
            self._refusal = outcome
            overtaken = yield from self._adopted()
            if not overtaken:
                return self._settled(outcome)
        raise TransportError("The session's tokens change faster than they can be refreshed.")

    def _refreshed(self, used: Tokens, now: float) -> Generator[Step, Any, Tokens | _Refusal]:
        try:
            renewed: Tokens = yield partial(self._refresh, used)
        except NotAuthorized as error:
            # Copied without the frames that it has passed.
            return _Refusal(copy.copy(error), self._clock())
        except _TEMPORARY as error:
            if not _alive(used, now):
                raise
            return self._keep(used, now, error)
        return (yield from self._handed_over(renewed))

    def _adopted(self) -> Generator[Step, Any, bool]:
        """Take over what another process has stored; False where it has stored nothing.

        A store may lag behind: a refresh token that is older than ours is one that is used up.
        """
        if self._load is None:
            return False
        stored: Tokens | None = yield self._load
        if stored is None:
            return False
        if type(stored) is not Tokens or not stored.refresh_token:
            raise ConfigurationError("reload must return Tokens with a refresh token, or None.")
        since = _made_at(self.tokens) + (self._refusal is None)
        if stored.access_token == self.tokens.access_token or _made_at(stored) < since:
            return False
        self.tokens, self._refusal, self.ended = stored, None, False
        return True

    def _settled(self, refusal: _Refusal) -> Tokens:
        """Return what lives on after a refusal, while that may be a race lost; else end the session.

        Whoever won the race is perhaps still storing what it got.
        """
        now, error = self._clock(), refusal.error
        waiting = (
            self._load is not None
            and isinstance(error, self._reuse)
            and abs(now - refusal.at) < self._patience
        )
        if not self.ended:
            if _alive(self.tokens, now) and (waiting or isinstance(error, RefreshTokenReuse)):
                return self._keep(self.tokens, now, error)
            if waiting:
                raise TransportError(
                    "Another process seems to have refreshed the session's tokens and not to have "
                    "stored them yet; try again in a moment.",
                    operation=error.operation,
                )
        self.ended = True
        raise copy.copy(error)

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

    Safe to share between threads: they cause one refresh, and the others wait for it. on_refresh
    and reload must not ask the session for tokens: they are what it waits for.

    Raises:
        ConfigurationError: on_refresh or reload is a coroutine function.
    """

    def __init__(self, state: SessionState) -> None:
        state.refuse_coroutine_functions()
        self._state = state
        self._single_flight = SingleFlight()
        self._within = threading.local()

    @property
    def ended(self) -> bool:
        """Whether the session is over: the user has to sign in again.

        With reload it may go on: when the store has newer tokens.
        """
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
            RefreshTokenReuse: The refresh token was used up elsewhere, the access token has
                expired, and nobody has stored newer ones in time. The session is over.
            NotAuthorized: The refresh token is revoked or expired. The session is over.
            ServiceError: Cognito refused for another reason, and the access token has expired.
            TransportError: No usable answer came back, and the access token has expired; or
                another process has just used the refresh token and not stored what it got yet:
                the next call reads the store again.
            ConfigurationError: It is on_refresh or reload that asks, or one of them returned an
                awaitable.
        """
        return self._usable(self._state.current(rejected))

    def _usable(self, rejected: Tokens | None) -> Tokens:
        def ready() -> Tokens | None:
            tokens = self._state.ready(rejected)
            if tokens is None and getattr(self._within, "renewal", False):
                raise ConfigurationError(_ASKED_FROM_WITHIN)
            return tokens

        return self._single_flight.run(ready, self._renew, patience=_FLIGHT)

    def _renew(self) -> Tokens:
        self._within.renewal = True
        try:
            return self._stepped()
        finally:
            self._within.renewal = False

    def _stepped(self) -> Tokens:
        renewal = self._state.renewal()
        try:
            step = next(renewal)
            while True:
                result, failure = None, None
                try:
                    result = _immediate(step())
                except Exception as error:  # noqa: BLE001 - the renewal decides
                    failure = error
                # Outside except, so that what the renewal raises instead has no context.
                step = renewal.send(result) if failure is None else renewal.throw(failure)
        except StopIteration as end:
            return cast("Tokens", end.value)
        finally:
            failure = None  # or the error and this frame would keep each other alive
            renewal.close()

    def __repr__(self) -> str:
        return f"TokenSession({self._state.tokens!r}, ended={self.ended})"


class AsyncTokenSession:
    """Same as TokenSession, awaited. Made by AsyncCognitoClient.session().

    Safe to share between the tasks of one event loop. on_refresh and reload may be coroutine
    functions, and must not ask the session for tokens: they are what it waits for. A task that is
    cancelled does not take a refresh with it that is under way: its answer may hold the only
    refresh token that still works.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._single_flight = SingleFlight()
        self._task: asyncio.Task[Tokens] | None = None
        self._renewing: set[int] = set()

    @property
    def ended(self) -> bool:
        """Whether the session is over: the user has to sign in again.

        With reload it may go on: when the store has newer tokens.
        """
        return self._state.ended

    async def access_token(self, *, rejected: str | None = None) -> str:
        """Same as TokenSession.access_token, awaited."""
        return (await self._usable(self._state.current(rejected))).access_token

    async def tokens(self, *, rejected: str | None = None) -> Tokens:
        """Same as TokenSession.tokens, awaited. on_refresh and reload may be coroutine functions."""
        return await self._usable(self._state.current(rejected))

    async def _usable(self, rejected: Tokens | None) -> Tokens:
        def ready() -> Tokens | None:
            tokens = self._state.ready(rejected)
            if tokens is None and self._renewing and _task_id() in self._renewing:
                raise ConfigurationError(_ASKED_FROM_WITHIN)
            return tokens

        return await self._single_flight.run_async(ready, self._to_the_end, patience=_FLIGHT)

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
        task = _task_id()  # in the end there may be no event loop any more to ask
        self._renewing.add(task)
        try:
            return await self._stepped()
        finally:
            self._renewing.discard(task)

    async def _stepped(self) -> Tokens:
        renewal = self._state.renewal()
        try:
            step = next(renewal)
            while True:
                result, failure = None, None
                try:
                    result = step()
                    if inspect.isawaitable(result):
                        result = await result
                except Exception as error:  # noqa: BLE001 - the renewal decides
                    failure = error
                step = renewal.send(result) if failure is None else renewal.throw(failure)
        except StopIteration as end:
            return cast("Tokens", end.value)
        finally:
            failure = None
            renewal.close()

    def __repr__(self) -> str:
        return f"AsyncTokenSession({self._state.tokens!r}, ended={self.ended})"


def _immediate(result: Any) -> Any:
    """Return a callback's result; refuse one that nobody would await."""
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that it was never awaited
    raise ConfigurationError(f"on_refresh or reload {_NOT_AWAITED}")


def _is_coroutine_function(callback: Any) -> bool:
    # An object with an async __call__ is one too.
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(
        type(callback).__call__
    )


def _task_id() -> int:
    from anyio import get_current_task  # noqa: PLC0415 - httpx brings it, and threads need none

    return get_current_task().id


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
