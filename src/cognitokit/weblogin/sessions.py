"""The sessions of signed-in users: begun, found again, ended.

A session lies in cookies, sealed; or in a server-side store, sealed as well, and then the cookie
has nothing but its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.bearer import Refusal
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.oauth.held_tokens import sub_of
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.record import SessionRecord, kept

if TYPE_CHECKING:
    from cognitokit.tokens import Tokens
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.provider import Provider
    from cognitokit.weblogin.renewal import Renewal
    from cognitokit.weblogin.seals import Seals
    from cognitokit.weblogin.stored import StoredSessions
    from cognitokit.weblogin.visit import Visit

ENDED_FOR = 600
"""Seconds for which a browser is told that its session has ended: earlier requests are answered by then."""


class Sessions:
    """Keeps sessions. It decides; what waits or is random is done by what it is given.

    Args:
        provider: Revokes tokens.
        seals: Seals cookies.
        stored: The sessions in a server-side store; None to keep them in cookies.
        renewal: Keeps their tokens fresh.
        lifetime: Seconds from a login to the next at the latest.
        keep_id_token: Keep the id token too.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        seals: Seals,
        stored: StoredSessions | None,
        renewal: Renewal,
        lifetime: int,
        keep_id_token: bool,
    ) -> None:
        self._provider = provider
        self._seals = seals
        self._stored = stored
        self._renewal = renewal
        self._lifetime = lifetime
        self._keep_id_token = keep_id_token

    def begin(self, visit: Visit, tokens: Tokens) -> Flow[None]:
        """Begin a session: always a new one, with a new id; the one that the browser had ends.

        Raises:
            ConfigurationError: It does not fit into cookies; its tokens are revoked then.
        """
        before = yield from self.found(visit)
        now = int(self._seals.clock())
        record = SessionRecord(
            id=self._seals.token_bytes(32).hex(),
            sub=sub_of(tokens) or "",
            tokens=kept(tokens, keep_id_token=self._keep_id_token),
            signed_in_at=now,
            ends_at=now + self._lifetime,
        )
        if self._stored is None:
            try:
                self._write(visit, record)
            except ConfigurationError:
                yield from self._revoked(visit, tokens)
                raise
        else:
            yield from self._stored.put(record, expected=None)
            name = visit.rules.session
            self._seals.write(visit, {"id": record.id}, "session id", name, record.ends_at)
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

    def found(self, visit: Visit) -> Flow[SessionRecord | None]:
        """Return the visit's session as it is kept, its tokens fresh or not."""
        name = visit.rules.session
        content = self._seals.read(visit, "session" if self._stored is None else "session id", name)
        if content is None:
            return None
        if self._stored is None:
            return (yield from self._unless_ended(visit, SessionRecord.from_dict(content)))
        raw, record = yield from self._stored.get(content["id"])
        if raw is None:
            visit.delete(name)
        return record

    def end(self, visit: Visit) -> Flow[None]:
        """End the visit's session here, because its tokens are good for nothing."""
        record = yield from self.found(visit)
        self._forget(visit)
        if record is not None and self._stored is not None:
            yield from self._stored.delete(record.id)

    def log_out(self, visit: Visit) -> Flow[None]:
        """End the visit's session here and at Cognito, because its user wants it to end."""
        record = yield from self.found(visit)
        # Also where it does not open: another process may have its key.
        self._forget(visit)
        if record is not None:
            yield from self._closed(visit, record)

    def _current(self, visit: Visit) -> Flow[SessionRecord | Refusal | None]:
        record = yield from self.found(visit)
        if record is None:
            return None
        fresh = yield from self._renewal.fresh(visit, record)
        if fresh is None:
            visit.delete(visit.rules.session)
        elif self._stored is None and fresh != record and not isinstance(fresh, Refusal):
            return (yield from self._rewritten(visit, record, fresh))
        return fresh

    def _rewritten(
        self, visit: Visit, record: SessionRecord, fresh: SessionRecord
    ) -> Flow[SessionRecord | None]:
        """Keep refreshed tokens. Where they have outgrown cookies the session lasts as long as the old ones."""
        try:
            self._write(visit, fresh)
        except ConfigurationError as error:
            visit.notes.append(str(error))
        else:
            return fresh
        if record.tokens.expires_at > self._seals.clock():
            return record
        visit.notes.append("A session ended: its tokens cannot be kept.")
        visit.delete(visit.rules.session)
        yield from self._revoked(visit, fresh.tokens)
        return None

    def _unless_ended(self, visit: Visit, record: SessionRecord) -> Flow[SessionRecord | None]:
        """Drop a session that a late response brought back after its end."""
        ended = self._seals.read(visit, "ended session", visit.rules.ended)
        if ended is None or ended["id"] != record.id:
            return record
        visit.delete(visit.rules.session)
        # They may have come after those that were revoked.
        yield from self._revoked(visit, record.tokens)
        return None

    def _closed(self, visit: Visit, record: SessionRecord) -> Flow[None]:
        """End a session in the store, in responses that are still under way, and at Cognito."""
        tokens = record.tokens
        if self._stored is None:
            expires_at = min(int(self._seals.clock()) + ENDED_FOR, record.ends_at)
            name = visit.rules.ended
            self._seals.write(visit, {"id": record.id}, "ended session", name, expires_at)
        else:
            # Taken out at once: who stores refreshed tokens at this moment finds the session gone.
            last = yield from self._stored.pop(record.id)
            tokens = tokens if last is None else last.tokens
        yield from self._revoked(visit, tokens)

    def _revoked(self, visit: Visit, tokens: Tokens) -> Flow[None]:
        """Revoke the tokens, if Cognito can be asked; a session ends in any case."""
        if tokens.refresh_token is None:
            return
        try:
            yield Step(self._provider.revoke, tokens)
        except CognitoKitError as error:
            visit.notes.append(f"The tokens were not revoked: {type(error).__name__}.")

    def _write(self, visit: Visit, record: SessionRecord) -> None:
        name = visit.rules.session
        self._seals.write(visit, record.to_dict(), "session", name, record.ends_at)

    def _forget(self, visit: Visit) -> None:
        visit.delete(visit.rules.session)
        visit.looked_up, visit.is_looked_up = None, True
