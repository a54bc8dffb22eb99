"""Setting up an authenticator app: the URI, the QR code, and what is kept between two requests."""

import base64
import builtins
import json
import pickle
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from cognitokit import MfaSetup, SmsMfa, TotpSetup
from cognitokit.errors import ConfigurationError, InvalidData, MissingDependency
from tests.client.scripted import CLIENT

SECRET = base64.b32encode(b"a secret of some length").decode().rstrip("=")
CHALLENGE = MfaSetup(username="jane", client_id=CLIENT, session="a-session-of-twenty-characters")


def setup(**changes: Any) -> TotpSetup[Any]:
    """A set-up in the middle of a sign-in."""
    return TotpSetup(**{"secret": SECRET, "username": "jane", "challenge": CHALLENGE, **changes})


@pytest.mark.parametrize(
    ("issuer", "account", "label"),
    [
        ("Acme", None, "Acme:jane"),
        ("Acme & Söhne: Ltd", "jane@example.com", "Acme & Söhne: Ltd:jane@example.com"),
    ],
)
def test_uri(issuer: str, account: str | None, label: str) -> None:
    """The URI has the form that authenticator apps read, and says the secret, the issuer and the account."""
    uri = setup().otpauth_uri(issuer=issuer, account=account)

    parts = urlsplit(uri)
    assert ("otpauth", "totp") == (parts.scheme, parts.netloc)
    assert label == unquote(parts.path[1:])
    assert {"secret": [SECRET], "issuer": [issuer]} == parse_qs(parts.query)
    assert "+" not in uri


def test_uri_as_others_read_it() -> None:
    """An independent library reads the URI and makes codes of its secret."""
    totp = pyotp.parse_uri(setup().otpauth_uri(issuer="Acme"))

    assert isinstance(totp, pyotp.TOTP)
    assert ("Acme", "jane") == (totp.issuer, totp.name)
    assert pyotp.TOTP(SECRET).at(0) == totp.at(0)


def test_uri_without_an_account() -> None:
    """Where nobody's name is known, the label is the issuer alone."""
    uri = setup(username="").otpauth_uri(issuer="Acme")

    assert uri.startswith("otpauth://totp/Acme?")


def test_qr_svg() -> None:
    """The QR code is an SVG element, which grows with the scale."""
    small, large = (setup().qr_svg(issuer="Acme", scale=scale) for scale in (2, 8))

    assert small.startswith("<svg")
    assert small != large


def test_qr_text_is_the_code() -> None:
    """The text's blocks are the QR code's light modules, two rows to a line."""
    import segno

    uri = setup().otpauth_uri(issuer="Acme")
    dark = [list(row) for row in segno.make(uri, micro=False).matrix_iter(border=2)]
    lines = setup().qr_text(issuer="Acme").split("\n")
    drawn = []
    for line in lines:
        drawn.append([character in " ▄" for character in line])
        drawn.append([character in " ▀" for character in line])

    assert [[bool(module) for module in row] for row in dark] == drawn[: len(dark)]


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"issuer": 5}, "issuer must be your application's name"),
        ({"issuer": None}, "issuer must be"),
        ({"issuer": "half a pair: \ud83d"}, "issuer must be"),
        ({"account": b"jane"}, "account the user's, each a str"),
        ({"account": "\ude00"}, "account the user's"),
    ],
)
@pytest.mark.parametrize("make", ["otpauth_uri", "qr_svg", "qr_text"])
def test_what_is_no_text(make: str, change: dict[str, Any], cure: str) -> None:
    """An issuer or an account that no URI can carry is refused; letters of any script are not."""
    assert getattr(setup(), make)(issuer="Acme 😀", account="Zoë")
    with pytest.raises(ConfigurationError, match=cure):
        getattr(setup(), make)(**{"issuer": "Acme", **change})


@pytest.mark.parametrize("scale", [0, -1, "2", True, float("nan"), float("inf"), None])
def test_odd_scales(scale: Any) -> None:
    """A scale that is no number above 0 is refused; half a pixel is one."""
    assert setup().qr_svg(issuer="Acme", scale=0.5)
    with pytest.raises(ConfigurationError, match="scale must be a number above 0"):
        setup().qr_svg(issuer="Acme", scale=scale)


@pytest.mark.parametrize("draw", ["qr_svg", "qr_text"])
def test_too_much_for_a_qr_code(draw: str) -> None:
    """More text than a QR code holds is refused with what to shorten; the URI itself may be long."""
    assert setup().otpauth_uri(issuer="x" * 5000)
    with pytest.raises(ConfigurationError, match="shorter issuer or account"):
        getattr(setup(), draw)(issuer="x" * 5000)


@pytest.mark.parametrize("draw", ["qr_svg", "qr_text"])
def test_without_segno(draw: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without segno the error is the pip command."""
    found = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name == "segno":
            raise ImportError(name)
        return found(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(MissingDependency, match=r'pip install "cognitokit\[qr\]"'):
        getattr(setup(), draw)(issuer="Acme")


@pytest.mark.parametrize(
    "kept", [setup(), setup(challenge=None, access_token="access.token"), TotpSetup(secret=SECRET)]
)
def test_kept_between_two_requests(kept: TotpSetup[Any]) -> None:
    """What to_dict() writes survives JSON, and from_dict() gives the same set-up."""
    assert kept == TotpSetup.from_dict(json.loads(json.dumps(kept.to_dict())))


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"secret": None}, "secret"),
        ({"username": 5}, "username"),
        ({"access_token": 5}, "access_token"),
        ({"challenge": {"name": "MFA_SETUP"}}, "username"),
        ({"challenge": SmsMfa(username="jane", client_id=CLIENT).to_dict()}, "MFA_SETUP"),
    ],
)
def test_foreign_data(change: dict[str, Any], member: str) -> None:
    """Data that to_dict() did not write is refused by the member's name."""
    with pytest.raises(InvalidData, match=member):
        TotpSetup.from_dict({**setup().to_dict(), **change})


def test_guarded() -> None:
    """Neither repr nor pickle gives the secret away."""
    with pytest.raises(TypeError, match="to_dict"):
        pickle.dumps(setup())
    assert SECRET not in repr(setup())
    assert "access" not in repr(setup(access_token="access.token", challenge=None))
