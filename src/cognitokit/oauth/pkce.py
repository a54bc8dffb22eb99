"""Proof Key for Code Exchange, and the other random values of a login (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import re

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)

CODE_VERIFIER_BYTES = 64
"""Random bytes behind a code verifier: 86 characters, where RFC 7636 4.1 wants 43 to 128."""

STATE_BYTES = 32
"""Random bytes behind a state and a nonce (RFC 6749 10.10 wants at least 128 bits)."""


def random_text(random: bytes) -> str:
    """Return random bytes as unpadded base64url, which needs no escaping in a URL."""
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")


def is_code_verifier(text: str) -> bool:
    """Whether the text has the form of a code verifier (RFC 7636 4.1)."""
    return _VERIFIER.fullmatch(text) is not None


def code_challenge(code_verifier: str) -> str:
    """Return the S256 challenge of a code verifier; there is no option for "plain" (RFC 7636 4.2)."""
    return random_text(hashlib.sha256(code_verifier.encode("ascii")).digest())


def at_hash(access_token: str) -> str:
    """Return what at_hash must be in an id token signed with RS256 (OpenID Connect Core 3.1.3.6)."""
    return random_text(hashlib.sha256(access_token.encode("ascii")).digest()[:16])
