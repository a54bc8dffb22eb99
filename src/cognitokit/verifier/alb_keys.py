"""The public keys of a region's load balancers: one PEM file a key, fetched when a token names it."""

from __future__ import annotations

import os
from _thread import allocate_lock
from math import inf

from cryptography.exceptions import InvalidSignature as SignatureMismatch
from cryptography.exceptions import UnsupportedAlgorithm as UnsupportedKey
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cognitokit.errors import KeysUnavailable, UnknownKey
from cognitokit.verifier.alb_turns import Turns
from cognitokit.verifier.keys import InvalidKeySet, KeySet
from cognitokit.verifier.keystore import WINDOW, KeyStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognitokit.verifier.keysource import KeySource

_MAX_PEM = 4096
_HALF = 32  # bytes of r and of s in an ES256 signature (RFC 7518 3.4)

_PROVED = 8
"""Keys to keep with which a signature was verified; a region has one or two at a time."""

_TRIED = 4
"""Keys to keep that a token has only named so far."""

_NOTHING = KeySet({})


class EcKey:
    """An elliptic curve key for ES256, that is ECDSA on P-256 with SHA-256 (RFC 7518 3.4)."""

    __slots__ = ("_verify", "identity")

    def __init__(self, public_key: EllipticCurvePublicKey) -> None:
        numbers = public_key.public_numbers()
        self._verify = public_key.verify
        self.identity: object = (numbers.x, numbers.y)

    def accepts(self, signature: bytes, signed: bytes) -> bool:
        """Whether the signature over these bytes is this key's."""
        if len(signature) != 2 * _HALF:
            return False
        r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
        try:
            self._verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        except SignatureMismatch:
            return False
        return True


def parse_pem(kid: str, source: object) -> KeySet:
    """Make a set of one trusted key of a PEM file, or of none where there is no such file.

    Args:
        kid: The key's id.
        source: The file's text or bytes; None for no file.

    Raises:
        InvalidKeySet: It is not the PEM of a public key on P-256.
    """
    if source is None:
        return _NOTHING
    if isinstance(source, str):
        source = source.encode("utf-8", "replace")
    key: object = None
    if isinstance(source, bytes) and len(source) <= _MAX_PEM:
        try:
            key = load_pem_public_key(source)
        except (ValueError, UnsupportedKey):
            key = None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return KeySet({kid: EcKey(key)})
    raise InvalidKeySet("The answer is not the PEM of a public key on the curve P-256.")


class AlbKeys:
    """Where the keys of a region's load balancers come from, each by itself.

    Each key has its own cache with the rules of keystore. A token need not be sound to name a key, so
    keys that were only named are few, never take the place of those that have verified a signature,
    and wait for a turn to be fetched, of which there are BURST in WINDOW seconds: alb_turns says
    which key's turn it is. One that does not exist is not fetched again within WINDOW seconds; one
    whose fetch failed is, as keystore has it, while it is among the last few.

    Args:
        url: What a key's id is appended to.
        make_source: Makes a KeySource.
        fetcher: The user's own, None for ours.
        clock: Returns epoch seconds.
        monotonic: Returns seconds that never go back.
    """

    def __init__(
        self,
        url: str,
        make_source: Callable[..., KeySource],
        *,
        fetcher: Callable[[str], object] | None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._url = url
        self._make_source = make_source
        self._fetcher = fetcher
        self._clock = clock
        self._monotonic = monotonic
        self._proved: dict[str, KeySource] = {}
        self._tried: dict[str, KeySource] = {}
        self._absent: dict[str, float] = {}
        self._turns = Turns()
        self._passed = 0.0
        self._looked_at: tuple[float, float] = (monotonic(), clock())

    def source_of(self, kid: str) -> KeySource:
        """Return where to get a key.

        Raises:
            UnknownKey: There was none a moment ago.
            KeysUnavailable: Too many new keys were named of late, and it is not this one's turn.
        """
        source = self._proved.get(kid)
        if source is not None:
            return source
        clocks = self._monotonic(), self._clock()
        with _lock:
            now = self._seconds(*clocks)
            source = self._tried.get(kid)
            if source is not None:
                return source
            if now - self._absent.get(kid, -inf) < WINDOW:
                raise UnknownKey
            retry_after = self._turns.take(kid, now)
            if retry_after is None:
                source = self._tried[kid] = self._make(kid)
                _shorten(self._tried, _TRIED)
                return source
        raise KeysUnavailable(
            "Too many different keys were asked for; a new one is fetched a little later.",
            retry_after=retry_after,
        )

    def prove(self, kid: str, source: KeySource) -> None:
        """Keep a key with which a signature was verified."""
        if kid in self._proved:
            return
        with _lock:
            self._tried.pop(kid, None)
            self._proved[kid] = source
            _shorten(self._proved, _PROVED)

    def miss(self, kid: str) -> None:
        """Keep in mind that there is no such key, unless one has verified a signature before."""
        clocks = self._monotonic(), self._clock()
        with _lock:
            now = self._seconds(*clocks)
            if self._tried.pop(kid, None) is not None:
                # As few as there are turns, once what was long ago is left out.
                self._absent = {
                    name: since for name, since in self._absent.items() if now - since < WINDOW
                }
                self._absent[kid] = now

    def _seconds(self, mono: float, wall: float) -> float:
        """Return how much time has passed by the faster of both clocks, as keystore counts it."""
        before_mono, before_wall = self._looked_at
        self._passed += max(0.0, mono - before_mono, wall - before_wall)
        # Threads look one after the other, but may come here in any order: no second counts twice.
        self._looked_at = max(mono, before_mono), max(wall, before_wall)
        return self._passed

    def _make(self, kid: str) -> KeySource:
        def parse(source: object) -> KeySet:
            return parse_pem(kid, source)

        return self._make_source(
            KeyStore(),
            f"{self._url}/{kid}",
            fetcher=self._fetcher,
            parse=parse,
            clock=self._clock,
            monotonic=self._monotonic,
            owner="load balancer",
            absent=_NOTHING,
        )


def _shorten(entries: dict[str, Any], length: int) -> None:
    """Leave out the oldest entry where there is one too many."""
    if len(entries) > length:
        del entries[next(iter(entries))]


# Held for a few instructions; one for all, so that one function can replace it after a fork.
_lock = allocate_lock()


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may hold the old one for ever
    _lock = allocate_lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
