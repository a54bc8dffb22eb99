"""The codes of an authenticator app (RFC 6238), so that tests can answer SOFTWARE_TOKEN_MFA."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cognitokit.errors import ConfigurationError


def totp_code(secret: str, at: float) -> str:
    """Return the six-digit code of a moment, as authenticator apps show it (RFC 6238: SHA-1, 30 s steps).

    Args:
        secret: What AssociateSoftwareToken returned: base32.
        at: The moment, epoch seconds: usually time.time(). Cognito takes a code once, so for a
            second sign-in within half a minute ask for the code of 30 s later.

    Raises:
        ConfigurationError: The secret is not base32.
    """
    try:
        key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    except binascii.Error:
        key = b""
    if not key:
        raise ConfigurationError("The secret of an authenticator app is base32 text.")
    digest = hmac.digest(key, int(at // 30).to_bytes(8, "big"), hashlib.sha1)
    # RFC 4226 5.3, dynamic truncation.
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
