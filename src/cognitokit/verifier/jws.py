"""The strict compact form: a string becomes a header, a payload and a signature, or MalformedToken.

Stricter than RFC 7515 where leniency gives one token several spellings, or two readers two
meanings: canonical base64url only, duplicate names refused, every size and depth bounded.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import cast

from cognitokit.errors import MalformedToken, UnknownKey, UnsupportedAlgorithm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Never

MAX_TOKEN = 16_384
"""Characters in a token; Cognito's own stay below 8,192."""

MAX_HEADER = 4_096
"""Characters in the header segment; Cognito's has about 100, a load balancer's about 600."""

MAX_KID = 256
"""Characters in a key id."""

MAX_DEPTH = 32
"""Levels of arrays and objects."""

_REFUSED_PARAMETERS = (
    frozenset(
        {
            "apu",
            "apv",
            "b64",
            "crit",
            "cty",
            "enc",
            "epk",
            "iv",
            "jku",
            "jwk",
            "p2c",
            "p2s",
            "tag",
            "zip",
        }
    )
    # RFC 7515 4.1.5 to 4.1.8
    | {"x5c", "x5t", "x5t#S256", "x5u"}
)
"""Header parameters that would change how the token is read, or bring a key along."""

_JSON_SPACE = " \t\r\n"
# Possessive, and an open string ends with the text: no input makes the search start over and over.
_STRING_OR_BRACKET = r'(?s:"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}])'


def _translation() -> bytes:
    table = bytearray(256)  # everything foreign becomes NUL, which no base64 decoder takes
    for byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789":
        table[byte] = byte
    table[ord("-")] = ord("+")
    table[ord("_")] = ord("/")
    return bytes(table)


_TO_STANDARD = _translation()
_PADDING = (b"", b"", b"==", b"=")
_CANONICAL_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""By the length modulo 4: the last characters whose unused bits are zero (RFC 4648 3.5)."""


def decode(segment: bytes) -> bytes:
    """Decode unpadded base64url in its only canonical form (RFC 7515 2, RFC 4648 3.5 and 5).

    Raises:
        MalformedToken: Padding, a foreign character, or unused bits that are not zero.
    """
    rest = len(segment) & 3
    if rest and segment[-1] not in _CANONICAL_LAST[rest]:
        raise MalformedToken
    try:
        return a2b_base64(segment.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except Base64Error:
        pass
    raise MalformedToken


def split(
    raw: object, decode: Callable[[bytes], bytes] = decode
) -> tuple[bytes, bytes, bytes, bytes]:
    """Take a compact JWS apart (RFC 7515 7.1).

    Args:
        raw: Whatever was presented as a token.
        decode: Turns a segment into bytes.

    Returns:
        The header segment, still encoded; the signing input; the payload and the signature, decoded.

    Raises:
        MalformedToken: It is no str of three strict base64url segments, or too long.
    """
    if type(raw) is not str or len(raw) > MAX_TOKEN or " " in raw:
        raise MalformedToken(_cure_of(raw))
    # What is not ASCII becomes bytes that the base64 alphabet lacks.
    signed, _, signature = raw.encode("utf-8", "replace").rpartition(b".")
    header, _, payload = signed.partition(b".")
    # Of two segments the payload is empty; of four it holds a dot, which the alphabet lacks too.
    if not payload or not header or len(header) > MAX_HEADER:
        raise MalformedToken
    return header, signed, decode(payload), decode(signature)


def _cure_of(raw: object) -> str | None:
    """Return what to tell whoever gave more than the token; None where nothing is known."""
    from cognitokit.tokens import Tokens  # noqa: PLC0415 - a token needs no cure

    if isinstance(raw, Tokens):
        return "These are Tokens: give one of them, tokens.access_token or tokens.id_token."
    if isinstance(raw, str) and raw[:7].lower() == "bearer ":
        return "The token is not well-formed: leave out the 'Bearer ' before it."
    return None


def decode_padded(segment: bytes) -> bytes:
    """Decode base64url that is padded as RFC 4648 3.2 has it: a load balancer's tokens are.

    Raises:
        MalformedToken: As decode, or padding that is missing or too long.
    """
    bare = segment.rstrip(b"=")
    if len(segment) != len(bare) + -len(bare) % 4:
        raise MalformedToken
    return decode(bare)


def parse_object(data: bytes) -> dict[str, Any]:
    """Parse one JSON object (RFC 8259) of which every strict reader has the same idea.

    Raises:
        MalformedToken: Not UTF-8, not JSON, not an object, a name that occurs twice, NaN or
            Infinity or a number beyond a float, too deep, or half of a surrogate pair.
    """
    value: Any
    try:
        text = data.decode()
        # Nothing nests deeper than two where there is one object and at most one array.
        if text.find("{", 1) >= 0 or text.find("[") != text.rfind("["):
            _check_depth(text)
        value, end = _scan(text, 0) if text[0] == "{" else (None, 0)
        if end != len(text):
            value = _parse_padded(text)
        if "\\" in text:
            _check_surrogates(value)
    except (IndexError, ValueError, StopIteration):
        value = None
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    raise MalformedToken


def key_id(header: dict[str, Any], algorithm: str = "RS256") -> str:
    """Check a parsed header, and return the kid that it names.

    Args:
        header: What parse_object() made of the header segment.
        algorithm: The only alg to accept (RFC 8725 3.1).

    Raises:
        UnsupportedAlgorithm: alg is anything else, or missing.
        MalformedToken: A typ other than JWT, a parameter that changes how the token is to be read
            or that brings a key along, or a kid that is no kid.
        UnknownKey: No kid. Cognito names the key in every token; the keys are never tried in turn.
    """
    alg = header.get("alg")
    if type(alg) is not str or alg != algorithm:
        raise UnsupportedAlgorithm(expected=algorithm)
    if header.get("typ", "JWT") != "JWT" or not _REFUSED_PARAMETERS.isdisjoint(header):
        raise MalformedToken
    kid = header.get("kid")
    if kid is None or kid == "":
        raise UnknownKey
    if type(kid) is not str or len(kid) > MAX_KID:
        raise MalformedToken
    return kid


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _finite(number: str) -> float:
    value = float(number)
    if value - value != 0:  # only for an infinity
        raise ValueError
    return value


def _refuse(_constant: str) -> Never:
    raise ValueError


class _Reading:
    """How JSON is read, under the names of json.JSONDecoder."""

    object_hook = None
    object_pairs_hook = staticmethod(_unique)
    parse_constant = staticmethod(_refuse)
    parse_float = staticmethod(_finite)
    parse_int = int
    strict = True


def _make_scan() -> Callable[[str, int], tuple[Any, int]]:
    """Return what JSONDecoder.decode() calls, without its search for white space."""
    reading: Any = _Reading()
    try:
        # Where the scanner is written in C, the rest of json can stay unloaded: with the regular
        # expressions that it compiles it would be a tenth of the cold start.
        from _json import make_scanner  # noqa: PLC0415
    except ImportError:
        from json import JSONDecoder  # noqa: PLC0415

        decoder: Any = JSONDecoder(
            object_pairs_hook=reading.object_pairs_hook,
            parse_constant=reading.parse_constant,
            parse_float=reading.parse_float,
        )
        scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once
        return scan
    return make_scanner(reading)


_scan = _make_scan()


def _parse_padded(text: str) -> Any:
    text = text.strip(_JSON_SPACE)
    value, end = _scan(text, 0)
    if end != len(text):
        raise ValueError
    return value


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    import re  # noqa: PLC0415 - few tokens have so many brackets

    depth = 0
    for match in re.finditer(_STRING_OR_BRACKET, text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError
        elif token in "]}":
            depth -= 1


def _check_surrogates(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # a UnicodeEncodeError is a ValueError
    elif isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            name.encode()
            _check_surrogates(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            _check_surrogates(item)
