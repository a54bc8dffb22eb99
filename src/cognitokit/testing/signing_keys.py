"""The RSA keys of user pools that exist only in tests, and their published form.

Making a 2048-bit key takes some 50 ms, so one process makes each key once: a mint of the same pool
id gets the same keys, as two views of one pool would, and another pool id gets others. Rotating
gives keys of the next generation, which are made once in a process as well.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.utils import to_base64url_uint

if TYPE_CHECKING:
    from typing import Literal

_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key and the kid it is published under. The private part is in no repr."""

    kid: str
    private: rsa.RSAPrivateKey

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"

    @property
    def public(self) -> rsa.RSAPublicKey:
        """The public part."""
        return self.private.public_key()

    def to_jwk(self) -> dict[str, str]:
        """Return the public key as Cognito publishes it (RFC 7517)."""
        numbers = self.public.public_numbers()
        return {
            "alg": "RS256",
            "e": to_base64url_uint(numbers.e).decode(),
            "kid": self.kid,
            "kty": "RSA",
            "n": to_base64url_uint(numbers.n).decode(),
            "use": "sig",
        }


def make_key(bits: int = 2048) -> SigningKey:
    """Make a new key, whose kid is the standard base64 of 32 bytes, as Cognito's kids are."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    numbers = private.public_key().public_numbers()
    members = {
        "e": to_base64url_uint(numbers.e).decode(),
        "kty": "RSA",
        "n": to_base64url_uint(numbers.n).decode(),
    }
    # RFC 7638: the thumbprint names the key itself, so no two keys share a kid.
    thumbprint = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return SigningKey(kid=base64.b64encode(thumbprint).decode(), private=private)


def pool_key(pool_id: str, use: Literal["access", "id"], generation: int) -> SigningKey:
    """Return the key with which this pool signs that kind of token, the same for the whole process."""
    with _making:
        return _pool_key(pool_id, use, generation)


@functools.cache
def _pool_key(pool_id: str, use: str, generation: int) -> SigningKey:  # noqa: ARG001 - the cache's key
    return make_key()
