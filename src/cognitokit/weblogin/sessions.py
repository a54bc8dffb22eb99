"""The sessions of signed-in users: begun, found again, kept fresh, ended.

A session lies in cookies, sealed; or in a server-side store, sealed as well, and then the cookie
has nothing but its id.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cognitokit.bearer import Refusal
from cognitokit.errors import (
    CognitoKitError,
    NotAuthorized,
    TokenError,
)
from cognitokit.oauth.held_tokens import sub_of
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.record import SessionRecord, is_due, kept
from cognitokit.weblogin.sealing import RANDOM_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.tokens import Tokens
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.provider import Provider
    from cognitokit.weblogin.sealing import Opened, Sealer
    from cognitokit.weblogin.visit import Visit

CANNOT_RENEW = Refusal(
    503, None, "The session cannot be renewed at the moment.", "session_unavailable", retry_after=5
)
"""The access token has expired, and Cognito gives no new one just now."""

PATIENCE = 10
"""Seconds after a refused refresh in which another process may still store what it got."""

ENDED_FOR = 600
"""Seconds for which a browser is told that its session has ended: earlier requests are answered by then."""

_ROUNDS = 5  # how often other requests may overtake one that stores
_ENDED = "ended"  # opens no session: in its place for a moment, so that it ends unchanged or not


class SessionGone(CognitoKitError):
    """The user has signed out while the tokens were being refreshed."""


class Sessions:
    """Keeps sessions. It decides; what waits or is random is done by what it is given.

    Args:
        provider: Refreshes and revokes tokens.
        sealer: Seals cookies and what goes into the store.
        store: A server-side store; None to keep sessions in cookies.
        lifetime: Seconds from a login to the next at the latest.
        refresh_before: Seconds before an access token expires that it is refreshed.
        keep_id_token: Keep the id token too.
        clock: What gives the time, epoch seconds.
        token_bytes: What gives random bytes.
        play: Runs a flow: drive.run or drive.run_async.
        share: Gives requests with the same tokens the same object.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        sealer: Sealer,
        store: Any,
        lifetime: int,
        refresh_before: float,
        keep_id_token: bool,
        clock: Callable[[], float],
        token_bytes: Callable[[int], bytes],
        play: Callable[[Flow[Any]], Any],
        share: Callable[[str, Callable[[], Any]], Any],
    ) -> None:
        self.provider = provider
        self.sealer = sealer
        self.store = store
        self._lifetime = lifetime
        self._refresh_before = refresh_before
        self._keep_id_token = keep_id_token
        self.clock = clock
        self._token_bytes = token_bytes
        self._play = play
        self._share = share

    def begin(self, visit: Visit, tokens: Tokens) -> Flow[None]:
        """Begin a session: always a new one, with a new id; the one that the browser had ends."""
        before = yield from self._found(visit)
        now = int(self.clock())
        record = SessionRecord(
            id=self._token_bytes(32).hex(),
            sub=sub_of(tokens) or "",
            tokens=kept(tokens, keep_id_token=self._keep_id_token),
            signed_in_at=now,
            ends_at=now + self._lifetime,
        )
        if self.store is None:
            self._write(visit, record)
        else:
            yield self._put(record, expected=None)
            name = visit.rules.session
            sealed = self.seal({"id": record.id}, "session id", name, record.ends_at)
            visit.write(name, sealed, self._lifetime)
        visit.is_looked_up = False
        if before is not None:
            yield from self._closed(visit, before)

    def current(self, visit: Visit) -> Flow[SessionRecord | Refusal | None]:
        """Return the visit's session with tokens that may be used now, looked up once.

        None where there is none, or it is over; the refusal where it cannot be renewed just now.
        """
        if not visit.is_looked_up:
            visit.looked_up = yield from self._current(visit)
            visit.is_looked_up = True
        return visit.looked_up

    def end(self, visit: Visit) -> Flow[None]:
        """End the visit's session here, because its tokens are good for nothing."""
        record = yield from self._found(visit)
        self._forget(visit)
        if record is not None and self.store is not None:
            yield Step(self.store.delete, store_key("session", record.id))

    def log_out(self, visit: Visit) -> Flow[None]:
        """End the visit's session here and at Cognito, because its user wants it to end."""
        record = yield from self._found(visit)
        # Also where it does not open: another process may have its key.
        self._forget(visit)
        if record is not None:
            yield from self._closed(visit, record)

    def found(self, visit: Visit) -> Flow[SessionRecord | None]:
        """Return the visit's session as it is kept, its tokens fresh or not."""
        return self._found(visit)

    def seal(self, content: dict[str, Any], purpose: str, name: str, expires_at: int) -> str:
        """Seal with fresh randomness."""
        random = self._token_bytes(RANDOM_BYTES)
        return self.sealer.seal(
            content, purpose=purpose, name=name, expires_at=expires_at, random=random
        )

    def opened(self, visit: Visit, purpose: str, name: str) -> Opened | None:
        """Return what is in a cookie, be it over or not; None where it is not there, or not ours.

        Not ours is what another application on this host has set, or a process with other keys.
        """
        text = visit.read(name)
        return None if text is None else self.sealer.open(text, purpose=purpose, name=name, now=0)

    def read(self, visit: Visit, purpose: str, name: str) -> dict[str, Any] | None:
        """Return what is in a cookie. One that is over is deleted, one that is not ours left alone."""
        opened = self.opened(visit, purpose, name)
        if opened is None:
            return None
        if opened.expires_at <= self.clock():
            visit.delete(name)
            return None
        return opened.content

    def unseal(self, text: str, purpose: str, name: str) -> dict[str, Any] | None:
        """Return what is in a seal; None unless it is whole, was made for this, and has not expired."""
        opened = self.sealer.open(text, purpose=purpose, name=name, now=self.clock())
        return None if opened is None else opened.content

    def _found(self, visit: Visit) -> Flow[SessionRecord | None]:
        name = visit.rules.session
        content = self.read(visit, "session" if self.store is None else "session id", name)
        if content is None:
            return None
        if self.store is None:
            return (yield from self._unless_ended(visit, SessionRecord.from_dict(content)))
        session_id: str = content["id"]
        raw = yield Step(self.store.get, store_key("session", session_id))
        if raw is None:
            visit.delete(name)
        return self._opened(session_id, raw)

    def _unless_ended(self, visit: Visit, record: SessionRecord) -> Flow[SessionRecord | None]:
        """Drop a session that a late response brought back after its end."""
        ended = self.read(visit, "ended session", visit.rules.ended)
        if ended is None or ended["id"] != record.id:
            return record
        visit.delete(visit.rules.session)
        # They may have come after those that were revoked.
        yield from self._revoked(visit, record.tokens)
        return None

    def _closed(self, visit: Visit, record: SessionRecord) -> Flow[None]:
        """End a session in the store, in responses that are still under way, and at Cognito."""
        tokens = record.tokens
        if self.store is None:
            name = visit.rules.ended
            lifetime = min(ENDED_FOR, record.ends_at - int(self.clock()))
            expires_at = int(self.clock()) + lifetime
            visit.write(
                name, self.seal({"id": record.id}, "ended session", name, expires_at), lifetime
            )
        else:
            # Taken out at once: who stores refreshed tokens at this moment finds the session gone.
            raw = yield Step(self.store.pop, store_key("session", record.id))
            last = self._opened(record.id, raw)
            tokens = tokens if last is None else last.tokens
        yield from self._revoked(visit, tokens)

    def _revoked(self, visit: Visit, tokens: Tokens) -> Flow[None]:
        """Revoke the tokens, if Cognito can be asked; a session ends in any case."""
        if tokens.refresh_token is None:
            return
        try:
            yield Step(self.provider.revoke, tokens)
        except CognitoKitError as error:
            visit.notes.append(f"The tokens were not revoked: {type(error).__name__}.")

    def _current(self, visit: Visit) -> Flow[SessionRecord | Refusal | None]:
        record = yield from self._found(visit)
        if record is None:
            return None
        if not is_due(record.tokens, self.clock(), self._refresh_before):
            return record
        if record.tokens.refresh_token is None:
            if record.tokens.expires_at > self.clock():
                return record
            yield from self.end(visit)
            return None
        if _is_awaited(record, self.clock()):
            return self._as_it_is(record)
        return (yield from self._renewed(visit, record))

    def _renewed(self, visit: Visit, record: SessionRecord) -> Flow[SessionRecord | Refusal | None]:
        # By tokens and not by session: an object that another process has overtaken is not reused.
        name = store_key(record.id, record.tokens.access_token)
        session = self._share(name, lambda: self._token_session(record))
        try:
            tokens: Tokens = yield Step(session.tokens)
        except (NotAuthorized, TokenError) as error:
            # Revoked, expired, used up, or another user's.
            if self.store is not None:
                return (yield from self._refused(visit, record, error))
            visit.notes.append(f"A session ended: {type(error).__name__}.")
            visit.delete(visit.rules.session)
            return None
        except SessionGone:
            visit.delete(visit.rules.session)
            return None
        except CognitoKitError as error:
            visit.notes.append(f"A session could not be renewed: {type(error).__name__}.")
            return CANNOT_RENEW
        if sub_of(tokens) != record.sub:
            yield from self.end(visit)
            return None
        renewed = record.renewed(tokens, keep_id_token=self._keep_id_token)
        if self.store is None and renewed != record:
            self._write(visit, renewed)
        return renewed

    def _refused(
        self, visit: Visit, record: SessionRecord, error: CognitoKitError
    ) -> Flow[SessionRecord | Refusal | None]:
        """Go on with what another process has stored; else wait for it, and then end the session.

        Managed login does not say whether a refresh token was used up or revoked. So the refusal
        is written down first; who used the token at the same moment writes the new one over it.
        """
        key = store_key("session", record.id)
        for _ in range(_ROUNDS):
            raw = yield Step(self.store.get, key)
            stored = self._opened(record.id, raw)
            if stored is None:
                visit.delete(visit.rules.session)
                return None
            now = self.clock()
            if stored.tokens != record.tokens or _is_awaited(stored, now):
                return self._as_it_is(stored)
            if stored.refused_at is None:
                if (yield self._put(replace(stored, refused_at=int(now)), expected=raw)):
                    visit.notes.append(f"A refresh was refused: {type(error).__name__}.")
                    return self._as_it_is(stored)
            elif (yield self._put_text(key, _ENDED, expected=raw, lifetime=PATIENCE)):
                yield Step(self.store.delete, key)
                visit.notes.append(f"A session ended: {type(error).__name__}.")
                visit.delete(visit.rules.session)
                return None
        return self._as_it_is(record)

    def _as_it_is(self, record: SessionRecord) -> SessionRecord | Refusal:
        return record if record.tokens.expires_at > self.clock() else CANNOT_RENEW

    def _token_session(self, record: SessionRecord) -> Any:
        def save(tokens: Tokens) -> Any:
            return self._play(self._stored(record.id, tokens))

        def reload() -> Any:
            return self._play(self._reloaded(record.id))

        margin = self._refresh_before
        if self.store is None:
            return self.provider.session(record.tokens, refresh_before=margin)
        # The patience is the store's, see _refused: every process has to know of a refusal.
        return self.provider.session(
            record.tokens, save, reload=reload, refresh_before=margin, patience=0
        )

    def _stored(self, session_id: str, tokens: Tokens) -> Flow[None]:
        """Store refreshed tokens, unless the session is gone or somebody stored newer ones."""
        key = store_key("session", session_id)
        for _ in range(_ROUNDS):
            raw = yield Step(self.store.get, key)
            before = self._opened(session_id, raw)
            if before is None:
                # Not left behind: these tokens came after those that the logout revoked.
                yield from self._revoked_quietly(tokens)
                raise SessionGone("The session has ended.")
            if before.tokens.expires_at > tokens.expires_at:
                return
            renewed = before.renewed(tokens, keep_id_token=self._keep_id_token)
            if (yield self._put(renewed, expected=raw)):
                return

    def _reloaded(self, session_id: str) -> Flow[Tokens | None]:
        raw = yield Step(self.store.get, store_key("session", session_id))
        record = self._opened(session_id, raw)
        return None if record is None else record.tokens

    def _revoked_quietly(self, tokens: Tokens) -> Flow[None]:
        try:
            yield Step(self.provider.revoke, tokens)
        except CognitoKitError:
            return

    def _put(self, record: SessionRecord, *, expected: str | None) -> Step:
        key = store_key("session", record.id)
        value = self.seal(record.to_dict(), "stored session", key, record.ends_at)
        lifetime = max(record.ends_at - int(self.clock()), 1)
        return self._put_text(key, value, expected=expected, lifetime=lifetime)

    def _put_text(self, key: str, value: str, *, expected: str | None, lifetime: int) -> Step:
        return Step(partial(self.store.put, key, value, expected=expected, lifetime=lifetime))

    def _opened(self, session_id: str, raw: str | None) -> SessionRecord | None:
        if raw is None:
            return None
        content = self.unseal(raw, "stored session", store_key("session", session_id))
        return None if content is None else SessionRecord.from_dict(content)

    def _write(self, visit: Visit, record: SessionRecord) -> None:
        name = visit.rules.session
        sealed = self.seal(record.to_dict(), "session", name, record.ends_at)
        visit.write(name, sealed, max(record.ends_at - int(self.clock()), 1))

    def _forget(self, visit: Visit) -> None:
        visit.delete(visit.rules.session)
        visit.looked_up, visit.is_looked_up = None, True


def _is_awaited(record: SessionRecord, now: float) -> bool:
    """Whether its refresh was refused so lately that another process may still store what it got."""
    return record.refused_at is not None and now < record.refused_at + PATIENCE


def store_key(kind: str, secret: str) -> str:
    """Return the store's key of what a secret id stands for: who reads the store learns no id."""
    return f"{kind}:{hashlib.sha256(secret.encode()).hexdigest()}"
