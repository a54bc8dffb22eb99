"""The authenticator app's codes, against the RFC's own."""

from __future__ import annotations

import base64

import pytest

from cognitokit import ConfigurationError
from cognitokit.testing import totp_code

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    "at, code",
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    """The codes of RFC 6238 appendix B, SHA-1, cut to six digits."""
    assert code == totp_code(SECRET, at)


def test_secret_may_lack_padding_and_be_lower_case() -> None:
    """Secrets are taken as apps show them."""
    assert totp_code("AAAAAAAA", 59) == totp_code("aaaaaaaa", 59)
    assert totp_code("AAAAAAAAAA======", 59) == totp_code("AAAAAAAAAA", 59)


@pytest.mark.parametrize("secret", ["", "not base32!", "A"])
def test_other_text_is_no_secret(secret: str) -> None:
    """What is not base32 is refused, and not repeated in the message."""
    with pytest.raises(ConfigurationError, match="base32") as caught:
        totp_code(secret, 59)

    assert not secret or secret not in str(caught.value).split()
