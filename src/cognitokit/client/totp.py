"""Setting up an authenticator app: the shared secret, its otpauth URI, its QR code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from urllib.parse import quote, urlencode

from cognitokit.client.challenges import Challenge, MfaSetup
from cognitokit.client.members import Members
from cognitokit.client.numbers import is_number
from cognitokit.errors import ConfigurationError, InvalidData, MissingDependency
from cognitokit.frames import without_inner_frames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Never

S_co = TypeVar("S_co", bound=MfaSetup | None, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpSetup(Generic[S_co]):
    """An authenticator app that is being set up (RFC 6238: SHA-1, six digits, 30 seconds).

    Show the user qr_svg(), or otpauth_uri() as a link on a phone, or secret to type in; then send
    the code that the app shows with client.mfa.verify(). Its repr hides everything secret.
    """

    secret: str = field(repr=False)
    """The shared secret, base32."""

    username: str = ""
    """Whose it is, as the app shall show it; empty where it is not known."""

    access_token: str | None = field(default=None, repr=False)
    """Who sets it up, where the user is signed in."""

    challenge: S_co = cast("S_co", None)  # noqa: RUF009 - a typed None
    """The challenge that demands it, where the user is not signed in yet."""

    def otpauth_uri(self, *, issuer: str, account: str | None = None) -> str:
        """Return the URI that authenticator apps read (Key URI Format).

        Args:
            issuer: Your application's name, as the app shows it.
            account: The user's name, as the app shows it. Default: username.

        Raises:
            ConfigurationError: issuer or account is no text.
        """
        if not _is_text(issuer) or not (account is None or _is_text(account)):
            raise ConfigurationError(
                "issuer must be your application's name, and account the user's, each a str."
            )
        name = account or self.username
        label = quote(issuer, safe="") + (f":{quote(name, safe='@')}" if name else "")
        return f"otpauth://totp/{label}?{urlencode({'secret': self.secret, 'issuer': issuer}, quote_via=quote)}"

    def qr_svg(self, *, issuer: str, account: str | None = None, scale: float = 4) -> str:
        """Return the URI's QR code as an SVG element, to put into a page.

        Args:
            issuer: Your application's name, as the app shows it.
            account: The user's name, as the app shows it. Default: username.
            scale: Pixels a module.

        Raises:
            MissingDependency: segno is not installed.
            ConfigurationError: issuer or account is no text or too long, or scale is not above 0.
        """
        if not is_number(scale) or scale <= 0:
            raise ConfigurationError("scale must be a number above 0: pixels a module.")
        return without_inner_frames(
            lambda: cast(
                "str", _qr(self.otpauth_uri(issuer=issuer, account=account)).svg_inline(scale=scale)
            )
        )

    def qr_text(self, *, issuer: str, account: str | None = None) -> str:
        """Return the URI's QR code as text, for a terminal with light letters on dark ground.

        Args:
            issuer: Your application's name, as the app shows it.
            account: The user's name, as the app shows it. Default: username.

        Raises:
            MissingDependency: segno is not installed.
            ConfigurationError: issuer or account is no text or too long.
        """
        code = without_inner_frames(lambda: _qr(self.otpauth_uri(issuer=issuer, account=account)))
        rows = [list(row) for row in code.matrix_iter(border=2)]
        rows.append([0] * len(rows[0]))  # a QR code has an odd number of rows, a line shows two
        return "\n".join(
            "".join(
                _BLOCKS[bool(upper), bool(lower)] for upper, lower in zip(top, bottom, strict=True)
            )
            for top, bottom in zip(rows[::2], rows[1::2], strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with every secret in it, for a store that keeps secrets."""
        return {
            "secret": self.secret,
            "username": self.username,
            "access_token": self.access_token,
            "challenge": None if self.challenge is None else self.challenge.to_dict(),
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> TotpSetup[Any]:
        """Return what to_dict() wrote.

        Raises:
            InvalidData: The data is not of that form; the message names the member, not its value.
        """
        try:
            return _read(Members.of_data(data))
        except InvalidData as error:
            failure = error.with_traceback(None)  # its frames hold what was stored
        raise failure

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("TotpSetup holds a secret and is not pickled; keep setup.to_dict().")


def _read(data: Members) -> TotpSetup[Any]:
    challenge = Challenge.from_dict(data.document("challenge")) if "challenge" in data else None
    if challenge is not None and not isinstance(challenge, MfaSetup):
        raise InvalidData("challenge is not an MFA_SETUP challenge.")
    return TotpSetup(
        secret=data.text("secret"),
        username=data.text("username"),
        access_token=data.optional_text("access_token"),
        challenge=challenge,
    )


# A dark module is a gap, a light one a block: terminals draw light on dark.
_BLOCKS = {(False, False): "█", (True, False): "▄", (False, True): "▀", (True, True): " "}


def _qr(uri: str) -> Any:
    try:
        import segno  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingDependency("segno", "qr") from None
    try:
        return segno.make(uri, micro=False)
    except segno.DataOverflowError:
        raise ConfigurationError(
            "A QR code has no room for so much text: give a shorter issuer or account."
        ) from None


def _is_text(value: object) -> bool:
    """Whether it is a str that a URI can carry: one without half a surrogate pair."""
    return isinstance(value, str) and value == value.encode("utf-8", "ignore").decode()
