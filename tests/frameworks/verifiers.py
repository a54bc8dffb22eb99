"""Verifiers that count, fail, or take their time."""

from __future__ import annotations

import threading

from cognitokit import AccessToken
from cognitokit.errors import KeysUnavailable
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier


class CountingVerifier:
    """Counts what it is asked to verify, and notes in which threads."""

    def __init__(self, verifier: CognitoVerifier[AccessToken]) -> None:
        self._verifier = verifier
        self.calls = 0
        self.threads: set[int] = set()

    def verify(self, raw: str, /) -> AccessToken:
        """Verify, and count."""
        self.calls += 1
        self.threads.add(threading.get_ident())
        return self._verifier.verify(raw)


class AsyncCountingVerifier:
    """The same, asynchronous."""

    def __init__(self, verifier: AsyncCognitoVerifier[AccessToken]) -> None:
        self._verifier = verifier
        self.calls = 0
        self.threads: set[int] = set()

    async def verify(self, raw: str, /) -> AccessToken:
        """Verify, and count."""
        self.calls += 1
        self.threads.add(threading.get_ident())
        return await self._verifier.verify(raw)


class NoKeys:
    """A verifier whose keys cannot be fetched."""

    def verify(self, raw: str, /) -> AccessToken:
        """Refuse to tell."""
        raise KeysUnavailable(retry_after=7)

    def prefetch(self) -> None:
        """Refuse to fetch."""
        raise KeysUnavailable
