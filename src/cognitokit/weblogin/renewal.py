"""Sessions whose access token is due: refreshed once, by whoever comes first, in this process or another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cognitokit.bearer import Refusal
from cognitokit.errors import CognitoKitError, NotAuthorized, TokenError
from cognitokit.oauth.held_tokens import sub_of
from cognitokit.weblogin.exchange import Step
from cognitokit.weblogin.record import is_due
from cognitokit.weblogin.stored import store_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.tokens import Tokens
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.provider import Provider
    from cognitokit.weblogin.record import SessionRecord
    from cognitokit.weblogin.stored import StoredSessions
    from cognitokit.weblogin.visit import Visit

CANNOT_RENEW = Refusal(
    503, None, "The session cannot be renewed at the moment.", "session_unavailable", retry_after=5
)
"""The access token has expired, and Cognito gives no new one just now."""

PATIENCE = 10
"""Seconds after a refused refresh in which another process may still store what it got."""

_ROUNDS = 5  # how often other requests may overtake one that stores


class SessionGone(CognitoKitError):
    """The user has signed out while the tokens were being refreshed."""


class Renewal:
    """Keeps the tokens of sessions fresh.

    Args:
        provider: Refreshes and revokes tokens.
        stored: The sessions in a server-side store; None where they are kept in cookies.
        refresh_before: Seconds before an access token expires that it is refreshed.
        keep_id_token: Keep the id token too.
        clock: What gives the time, epoch seconds.
        play: Runs a flow: drive.run or drive.run_async.
        share: Gives requests with the same tokens the same object.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        stored: StoredSessions | None,
        refresh_before: float,
        keep_id_token: bool,
        clock: Callable[[], float],
        play: Callable[[Flow[Any]], Any],
        share: Callable[[str, Callable[[], Any]], Any],
    ) -> None:
        self._provider = provider
        self._stored = stored
        self._refresh_before = refresh_before
        self._keep_id_token = keep_id_token
        self._clock = clock
        self._play = play
        self._share = share

    def fresh(self, visit: Visit, record: SessionRecord) -> Flow[SessionRecord | Refusal | None]:
        """Return a session with tokens that may be used now.

        In a store it is renewed as well; where sessions are kept in cookies that is left to do.

        Returns:
            The session, the same where nothing had to be done; None where it is over; the refusal
            where it cannot be renewed just now.
        """
        if not is_due(record.tokens, self._clock(), self._refresh_before):
            return record
        if record.tokens.refresh_token is None:
            if record.tokens.expires_at > self._clock():
                return record
            yield from self._forgotten(record)
            return None
        if _is_awaited(record, self._clock()):
            return self._as_it_is(record)
        # By tokens and not by session: an object that another process has overtaken is not reused.
        name = store_key(record.id, record.tokens.access_token)
        session = self._share(name, lambda: self._token_session(record))
        try:
            tokens: Tokens = yield Step(session.tokens)
        except (NotAuthorized, TokenError) as error:
            # Revoked, expired, used up, or another user's.
            if self._stored is not None:
                return (yield from self._refused(visit, self._stored, record, error))
            visit.notes.append(f"A session ended: {type(error).__name__}.")
            return None
        except SessionGone:
            return None
        except CognitoKitError as error:
            visit.notes.append(f"A session could not be renewed: {type(error).__name__}.")
            return CANNOT_RENEW
        if sub_of(tokens) != record.sub:
            yield from self._forgotten(record)
            return None
        return record.renewed(tokens, keep_id_token=self._keep_id_token)

    def _refused(
        self, visit: Visit, stored: StoredSessions, record: SessionRecord, error: CognitoKitError
    ) -> Flow[SessionRecord | Refusal | None]:
        """Go on with what another process has stored; else wait for it, and then end the session.

        Managed login does not say whether a refresh token was used up or revoked. So the refusal
        is written down first; who used the token at the same moment writes the new one over it.
        """
        for _ in range(_ROUNDS):
            raw, last = yield from stored.get(record.id)
            if last is None:
                return None
            now = self._clock()
            if last.tokens != record.tokens or _is_awaited(last, now):
                return self._as_it_is(last)
            if last.refused_at is None:
                refused = replace(last, refused_at=int(now))
                if (yield from stored.put(refused, expected=raw)):
                    visit.notes.append(f"A refresh was refused: {type(error).__name__}.")
                    return self._as_it_is(last)
            elif (yield from stored.delete_unchanged(record.id, raw)):
                visit.notes.append(f"A session ended: {type(error).__name__}.")
                return None
        return self._as_it_is(record)

    def _as_it_is(self, record: SessionRecord) -> SessionRecord | Refusal:
        return record if record.tokens.expires_at > self._clock() else CANNOT_RENEW

    def _token_session(self, record: SessionRecord) -> Any:
        stored, margin = self._stored, self._refresh_before
        if stored is None:
            return self._provider.session(record.tokens, refresh_before=margin)

        def save(tokens: Tokens) -> Any:
            return self._play(self._saved(stored, record.id, tokens))

        def reload() -> Any:
            return self._play(_reloaded(stored, record.id))

        # The patience is the store's, see _refused: every process has to know of a refusal.
        return self._provider.session(
            record.tokens, save, reload=reload, refresh_before=margin, patience=0
        )

    def _saved(self, stored: StoredSessions, session_id: str, tokens: Tokens) -> Flow[None]:
        """Store refreshed tokens, unless the session is gone or somebody stored newer ones."""
        for _ in range(_ROUNDS):
            raw, before = yield from stored.get(session_id)
            if before is None:
                # Not left behind: these tokens came after those that the logout revoked.
                yield from self._revoked(tokens)
                raise SessionGone("The session has ended.")
            if before.tokens.expires_at > tokens.expires_at:
                return
            renewed = before.renewed(tokens, keep_id_token=self._keep_id_token)
            if (yield from stored.put(renewed, expected=raw)):
                return

    def _forgotten(self, record: SessionRecord) -> Flow[None]:
        if self._stored is not None:
            yield from self._stored.delete(record.id)

    def _revoked(self, tokens: Tokens) -> Flow[None]:
        try:
            yield Step(self._provider.revoke, tokens)
        except CognitoKitError:
            return


def _reloaded(stored: StoredSessions, session_id: str) -> Flow[Tokens | None]:
    _, record = yield from stored.get(session_id)
    return None if record is None else record.tokens


def _is_awaited(record: SessionRecord, now: float) -> bool:
    """Whether its refresh was refused so lately that another process may still store what it got."""
    return record.refused_at is not None and now < record.refused_at + PATIENCE
