"""Sealing: small JSON objects that only their maker can read, change or make (AES-256-GCM).

Each seal has a key of its own, derived from the application's and 16 random bytes (HKDF, RFC
5869), so that any number of them may be made with one key: random nonces of 12 bytes alone would
run out after some billions. What a seal is for, its name and the app client are authenticated
with it, so that none can be put in another's place; when it expires stands inside.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

RANDOM_BYTES = 28
"""How much randomness a seal takes: 16 bytes for its key, 12 for its nonce."""

_SALT = 16
_TAG = 16
_MIN_KEY = 32
_MAX_TEXT = 32_768
# With another number what was sealed before is no longer opened: for when its form changes.
_INFO = b"cognitokit sealed cookie 1"


class Opened(NamedTuple):
    """What was in a seal."""

    content: dict[str, Any]
    expires_at: int
    """Epoch seconds."""

    def __repr__(self) -> str:
        return f"Opened(expires_at={self.expires_at})"


class Sealer:
    """Seals and opens with the application's keys.

    Args:
        keys: Texts or bytes with at least 32 bytes each, for instance of
            secrets.token_urlsafe(32). The first seals, every one opens: to rotate, add a new
            one, put it in front when every process has it, and drop the old one when what it
            sealed has expired.
        client_id: The app client.

    Raises:
        ConfigurationError: There is no key, or one is too short.
    """

    def __init__(self, keys: Iterable[str | bytes], *, client_id: str) -> None:
        given: list[Any] = [] if isinstance(keys, (str, bytes)) else list(keys)
        self._keys = [key.encode() if isinstance(key, str) else key for key in given]
        if not self._keys or not all(
            isinstance(key, bytes) and len(key) >= _MIN_KEY for key in self._keys
        ):
            raise ConfigurationError(
                "cookie_keys must be a list of keys of at least 32 bytes each: make one with "
                "python -c 'import secrets; print(secrets.token_urlsafe(32))'."
            )
        self._client_id = client_id

    def seal(
        self,
        content: dict[str, Any],
        *,
        purpose: str,
        name: str,
        expires_at: int,
        random: bytes,
    ) -> str:
        """Return the content as a text of letters, digits, hyphens and underscores.

        Args:
            content: What json.dumps takes.
            purpose: What it is for.
            name: Where it will lie: the cookie's name, or the key in a store.
            expires_at: From when on open() refuses it, epoch seconds.
            random: RANDOM_BYTES fresh random bytes.
        """
        plain = json.dumps([expires_at, content], separators=(",", ":")).encode()
        salt, nonce = random[:_SALT], random[_SALT:RANDOM_BYTES]
        sealed = _cipher(self._keys[0], salt).encrypt(nonce, plain, self._bound_to(purpose, name))
        return base64.urlsafe_b64encode(salt + nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, text: str, *, purpose: str, name: str, now: float) -> Opened | None:
        """Return what is in a seal; None unless it is whole, was made for this, and has not expired."""
        raw = _decoded(text)
        if raw is None or len(raw) < RANDOM_BYTES + _TAG:
            return None
        salt, nonce, sealed = raw[:_SALT], raw[_SALT:RANDOM_BYTES], raw[RANDOM_BYTES:]
        bound_to = self._bound_to(purpose, name)
        for key in self._keys:
            try:
                plain = _cipher(key, salt).decrypt(nonce, sealed, bound_to)
            except InvalidTag:
                continue
            expires_at, content = cast("tuple[int, dict[str, Any]]", json.loads(plain))
            return Opened(content, expires_at) if now < expires_at else None
        return None

    def _bound_to(self, purpose: str, name: str) -> bytes:
        return json.dumps([purpose, name, self._client_id]).encode()

    def __repr__(self) -> str:
        return f"Sealer({len(self._keys)} keys, client_id={self._client_id!r})"


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=_INFO).derive(key))


def _decoded(text: str) -> bytes | None:
    if len(text) > _MAX_TEXT or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # Several texts decode to the same bytes; only one of them is ours.
    same = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == text
    return raw if same else None
