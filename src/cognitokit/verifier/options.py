"""The types of the verifiers' options, for type checkers: nothing here is needed at run time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from os import PathLike
from typing import Any, Protocol, TypedDict

JwkSet = Mapping[str, Any] | str | bytes | PathLike[str]
"""A JWK set (RFC 7517 5): a mapping, its JSON text, or the path of a file that holds it."""


class Fetcher(Protocol):
    """A user's own way of getting the keys, for instance from a file or through a gateway.

    It is called with the URL of the JWK set and must return on its own within a few seconds: a sync
    call cannot be cut short. As a rule one thread at a time is in it; but one that takes more than
    six seconds, or whose task was cancelled, is waited for no longer, and the next call may come
    before it returns. Whatever it raises counts as a failed fetch.
    """

    def __call__(self, url: str, /) -> bytes | str | Mapping[str, Any]:
        """Return the JWK set as JSON text or as a mapping."""
        ...


class AsyncFetcher(Protocol):
    """The same for an async verifier. It is cancelled after 5 seconds."""

    def __call__(
        self, url: str, /
    ) -> Awaitable[bytes | str | Mapping[str, Any]] | bytes | str | Mapping[str, Any]:
        """Return the JWK set as JSON text or as a mapping; a function that is not async gets a thread."""
        ...


class Options(TypedDict, total=False):
    """Options that every verifier has."""

    groups: Iterable[str]
    any_group: Iterable[str]
    leeway: float
    max_age: float | None
    jwks: JwkSet | None
    refresh_keys: bool
    clock: Callable[[], float]
    monotonic: Callable[[], float]
    remember: int


class SyncOptions(Options, total=False):
    """Options of a CognitoVerifier."""

    check: Callable[[Any], bool] | None
    fetcher: Fetcher | None


class SyncAccessOptions(SyncOptions, total=False):
    """Options of a CognitoVerifier that takes access tokens."""

    scopes: Iterable[str]
    any_scope: Iterable[str]
    audience: str | Iterable[str] | None


class AsyncOptions(Options, total=False):
    """Options of an AsyncCognitoVerifier."""

    check: Callable[[Any], bool | Awaitable[bool]] | None
    fetcher: AsyncFetcher | None


class AsyncAccessOptions(AsyncOptions, total=False):
    """Options of an AsyncCognitoVerifier that takes access tokens."""

    scopes: Iterable[str]
    any_scope: Iterable[str]
    audience: str | Iterable[str] | None
