"""Refreshes, none of whose answers is lost: one that cannot be verified yet is kept for the next try."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError, ExpiredToken, KeysUnavailable
from cognitokit.oauth import callback as callbacks
from cognitokit.oauth.exchange import Prefetch
from cognitokit.oauth.held_tokens import refresh_token_of
from cognitokit.oauth.token_endpoint import read_tokens

if TYPE_CHECKING:
    from cognitokit.oauth.callback import LoginRules, VerifiedTokens
    from cognitokit.oauth.exchange import Flow
    from cognitokit.tokens import Tokens

_MOST = 1000  # users whose tokens come due while the keys are out of reach


class Renewals:
    """Refreshes tokens, and keeps back those that nobody can verify for the moment.

    They are signed with a key that is new, and the pool's keys cannot be fetched. With rotation
    they hold the only refresh token that still works.
    """

    def __init__(self, rules: LoginRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Tokens] = OrderedDict()

    def renewed(self, refresh_token: str, *, sub: str | None) -> Flow[VerifiedTokens]:
        """Refresh, unless that was done before, and verify whose the new tokens are."""
        name = _digest(refresh_token)
        kept = self._kept.get(name)
        if kept is not None:
            try:
                return (yield from self._verified(name, kept, sub))
            except ExpiredToken:
                # They have waited for too long; their refresh token is the one to use.
                refresh_token = refresh_token_of(kept)
        # Not asked for while there are no keys at all.
        yield Prefetch()
        reply = yield self._rules.client.refresh(refresh_token)
        tokens = read_tokens(reply, refresh_token=refresh_token)
        self._keep(name, tokens)
        return (yield from self._verified(name, tokens, sub))

    def kept(self, refresh_token: str) -> Tokens | None:
        """Return the tokens that this refresh token has given and nobody has verified yet."""
        return self._kept.get(_digest(refresh_token))

    def forget(self, refresh_token: str) -> None:
        """Drop what is kept for it."""
        self._drop(_digest(refresh_token))

    def _verified(self, name: bytes, tokens: Tokens, sub: str | None) -> Flow[VerifiedTokens]:
        try:
            verified = yield from callbacks.verify_refreshed(self._rules, tokens, sub=sub)
        except (KeysUnavailable, ExpiredToken):
            raise
        except CognitoKitError:
            self._drop(name)
            raise
        self._drop(name)
        return verified

    def _keep(self, name: bytes, tokens: Tokens) -> None:
        with self._lock:
            self._kept[name] = tokens
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def _drop(self, name: bytes) -> None:
        with self._lock:
            self._kept.pop(name, None)


def _digest(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).digest()
