"""Refreshes: one for all who hold the same refresh token, and none whose answer is lost."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from cognitokit.errors import CognitoKitError, InvalidClaim, KeysUnavailable
from cognitokit.oauth import callback as callbacks
from cognitokit.oauth.exchange import Prefetch
from cognitokit.oauth.held_tokens import refresh_token_of
from cognitokit.oauth.token_endpoint import read_tokens
from cognitokit.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.oauth.callback import LoginRules, VerifiedTokens
    from cognitokit.oauth.exchange import Flow
    from cognitokit.tokens import Tokens

T = TypeVar("T")

_MOST = 1000  # users: whose tokens come due while the keys are out of reach, or at the same time

LATE = 10.0
"""Seconds in which a refresh token that has just been used up still gives what it gave.

A page's requests come in together, each with its own copy of the session. One that finds the
refresh made already must not end the session.
"""


class Renewal:
    """One caller's refresh. Whoever comes with the same refresh token meanwhile shares its result."""

    __slots__ = ("_before", "_name", "_refresh_token", "_renewals", "_sub", "_turn")

    def __init__(self, renewals: Renewals, refresh_token: str, sub: str | None) -> None:
        self._renewals = renewals
        self._refresh_token = refresh_token
        self._sub = sub
        self._name = _digest(refresh_token)
        self._turn = renewals.turn(self._name)
        # What is there from before this call is no answer to it.
        self._before = self._turn.renewed

    @property
    def flight(self) -> SingleFlight:
        """Who of the callers refreshes."""
        return self._turn.flight

    def ready(self) -> VerifiedTokens | None:
        """Return what another caller got, if one did."""
        renewed = self._turn.renewed
        return renewed if renewed is not self._before else self._renewals.recent(self._name)

    def flow(self) -> Flow[VerifiedTokens]:
        """Refresh, and leave the result for the others."""
        renewed = yield from self._renewals.renewed(self._refresh_token)
        self._turn.renewed = renewed
        return renewed

    def checked(self, renewed: VerifiedTokens) -> VerifiedTokens:
        """Return the result if it is of the user that this caller expects (OpenID Connect Core 12.2).

        Raises:
            InvalidClaim: claim "sub": it is another user's.
        """
        if self._sub is not None and renewed.access_token.sub != self._sub:
            raise InvalidClaim("sub")
        return renewed


class Renewals:
    """Refreshes tokens, and keeps those that nobody has accepted yet.

    Nobody can for the moment, because they are signed with a key that is new and the pool's keys
    cannot be fetched; or the application's own verifier asks for more, for instance for a group
    that the user has left. With rotation they hold the only refresh token that still works.
    """

    def __init__(self, rules: LoginRules, *, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock
        self._lock = threading.Lock()
        self._turns: WeakValueDictionary[bytes, _Turn] = WeakValueDictionary()
        self._kept: OrderedDict[bytes, Tokens] = OrderedDict()
        self._recent: OrderedDict[bytes, tuple[float, VerifiedTokens]] = OrderedDict()

    def turn(self, name: bytes) -> _Turn:
        """Return what the callers with a refresh token have in common, for as long as there is one."""
        with self._lock:
            turn = self._turns.get(name)
            if turn is None:
                turn = self._turns[name] = _Turn()
            return turn

    def recent(self, name: bytes) -> VerifiedTokens | None:
        """Return what a refresh token gave that was used up a moment ago."""
        at, renewed = self._recent.get(name, (0.0, None))
        return renewed if abs(self._clock() - at) < LATE else None

    def renewed(self, refresh_token: str) -> Flow[VerifiedTokens]:
        """Refresh, unless that was done before, and verify the new tokens."""
        name, sent = _digest(refresh_token), refresh_token
        kept = self._kept.get(name)
        if kept is not None:
            try:
                return (yield from self._accepted(name, refresh_token, kept))
            except KeysUnavailable:
                raise
            except CognitoKitError:
                # They have waited for too long, or are still refused; their refresh token is the
                # one to use, and may give better ones.
                sent = refresh_token_of(kept)
        # Not asked for while there are no keys at all.
        yield Prefetch()
        tokens = read_tokens((yield self._rules.client.refresh(sent)), refresh_token=sent)
        with self._lock:
            _put(self._kept, name, tokens)
        return (yield from self._accepted(name, refresh_token, tokens))

    def kept(self, refresh_token: str) -> Tokens | None:
        """Return the tokens that this refresh token has given and nobody has accepted yet."""
        return self._kept.get(_digest(refresh_token))

    def newer(self, refresh_token: str) -> Tokens | None:
        """Return the tokens that this refresh token has given a moment ago, or that are kept."""
        recent = self.recent(_digest(refresh_token))
        return self.kept(refresh_token) if recent is None else recent.tokens

    def forget(self, refresh_token: str) -> None:
        """Drop what it has given, and from where it came."""
        name = _digest(refresh_token)
        with self._lock:
            self._kept.pop(name, None)
            self._recent = OrderedDict(
                (key, (at, renewed))
                for key, (at, renewed) in self._recent.items()
                if key != name and renewed.tokens.refresh_token != refresh_token
            )

    def _accepted(self, name: bytes, refresh_token: str, tokens: Tokens) -> Flow[VerifiedTokens]:
        verified = yield from callbacks.verify_refreshed(self._rules, tokens)
        with self._lock:
            self._kept.pop(name, None)
            if tokens.refresh_token != refresh_token:
                self._remember(name, refresh_token, verified)
        return verified

    def _remember(self, name: bytes, refresh_token: str, verified: VerifiedTokens) -> None:
        now = self._clock()
        recent = [entry for entry in self._recent.items() if abs(now - entry[1][0]) < LATE]
        # Who comes late with the token before this one gets the newest too: what they store must
        # not be a token that is used up.
        self._recent = OrderedDict(
            (key, (at, verified if renewed.tokens.refresh_token == refresh_token else renewed))
            for key, (at, renewed) in recent
        )
        _put(self._recent, name, (now, verified))


class _Turn:
    """What callers with the same refresh token have in common."""

    __slots__ = ("__weakref__", "flight", "renewed")

    def __init__(self) -> None:
        self.flight: SingleFlight = SingleFlight()
        self.renewed: VerifiedTokens | None = None


def _put(entries: OrderedDict[bytes, T], name: bytes, value: T) -> None:
    entries[name] = value
    entries.move_to_end(name)
    if len(entries) > _MOST:
        entries.popitem(last=False)


def _digest(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).digest()
