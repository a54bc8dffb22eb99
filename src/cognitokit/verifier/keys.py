"""A JWK set becomes trusted public keys, each entry judged by itself (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from cognitokit.errors import MalformedToken, UnknownKey, UntrustedKey
from cognitokit.verifier import jws

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    class Key(Protocol):
        """A public key, fit to verify signatures."""

        def accepts(self, signature: bytes, signed: bytes) -> bool:
            """Whether the signature over these bytes is this key's."""
            ...

        @property
        def identity(self) -> object:
            """What makes two keys the same key."""
            ...


MAX_JWKS = 256 * 1024
"""Bytes in a JWK set; Cognito's has about 900."""

MIN_BITS = 2048  # NIST SP 800-131A
MAX_BITS = 8192  # the cost of a verification grows with the square
MIN_EXPONENT = 65_537  # FIPS 186-5 5.1: above 2**16
MAX_EXPONENT = 2**32

_MAX_HEADERS = 32

_NEVER = float("inf")  # importing math would cost more than this module
_OPERATIONS = ("verify",)

_PADDING = PKCS1v15()
_HASH = SHA256()


class InvalidKeySet(Exception):
    """Not a JWK set, or one without a single usable key. The message is a fixed sentence."""


class RsaKey:
    """An RSA key for RS256, that is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3)."""

    __slots__ = ("_verify", "identity")

    def __init__(self, public_key: RSAPublicKey, identity: object) -> None:
        self._verify = public_key.verify
        self.identity: object = identity

    def accepts(self, signature: bytes, signed: bytes) -> bool:
        """Whether the signature over these bytes is this key's (RFC 8017 8.2.2)."""
        try:
            self._verify(signature, signed, _PADDING, _HASH)
        except _mismatch():  # asked only when something was raised
            return False
        return True


class KeySet:
    """The keys that a pool publishes: an immutable snapshot, swapped as a whole.

    Args:
        keys: The usable keys by kid.
        refused: The kids of entries that must not be used.
    """

    __slots__ = ("_headers", "_keys", "_refused")

    def __init__(self, keys: Mapping[str, Key], refused: frozenset[str] = frozenset()) -> None:
        self._keys = dict(keys)
        self._refused = refused
        self._headers: dict[bytes, Key] = {}

    def __contains__(self, kid: object) -> bool:
        """Whether there is an entry of that kid, usable or not."""
        return kid in self._keys or kid in self._refused

    def __len__(self) -> int:
        """The number of usable keys."""
        return len(self._keys)

    def find(self, kid: str) -> Key:
        """Return the key of that kid.

        Raises:
            UntrustedKey: The entry is weak, for another purpose, or its kid occurs twice.
            UnknownKey: There is no such entry.
        """
        key = self._keys.get(kid)
        if key is not None:
            return key
        if kid in self._refused:
            raise UntrustedKey
        raise UnknownKey

    def of_header(self, segment: bytes) -> Key | None:
        """Return the key of a header that was remembered, None for any other."""
        return self._headers.get(segment)

    def remember_header(self, segment: bytes, key: Key) -> None:
        """Spare the next token with the same header its parsing.

        Only for a header whose token's signature verified, so that nobody but the pool adds any.
        """
        if len(self._headers) >= _MAX_HEADERS:
            self._headers.clear()
        self._headers[segment] = key

    def same_as(self, other: KeySet) -> bool:
        """Whether both hold the same keys under the same kids."""
        return self._refused == other._refused and {
            kid: key.identity for kid, key in self._keys.items()
        } == {kid: key.identity for kid, key in other._keys.items()}


class GivenKeys:
    """Keys that are all there will ever be: they do not age, and nothing is fetched."""

    __slots__ = ("fresh", "keys")

    def __init__(self, keys: KeySet) -> None:
        self.keys: KeySet = keys
        self.fresh: tuple[KeySet, float, float] = (keys, _NEVER, _NEVER)
        """The keys, and until when they may be used: as a KeyStore has it."""

    def serves_like(self, other: object) -> bool:
        """Whether the other source has the same keys, so that one of them will do."""
        return isinstance(other, GivenKeys) and self.keys.same_as(other.keys)

    def age(self) -> float:
        """Return 0: as a KeySource has it."""
        return 0.0


def parse_jwks(source: object) -> KeySet:
    """Make trusted keys of a JWK set (RFC 7517 5).

    A bad entry costs only itself. Where a kid occurs twice, neither entry is used.

    Args:
        source: The set as bytes or str of JSON, or as a mapping.

    Raises:
        InvalidKeySet: It is no JWK set, or no entry of it is usable.
    """
    entries = _entries(source)
    keys: dict[str, Key] = {}
    refused: set[str] = set()
    for entry in entries:
        kid = entry.get("kid")
        if type(kid) is not str or not 0 < len(kid) <= jws.MAX_KID:
            continue  # no token can name it
        key = None if kid in keys or kid in refused else _rsa_key(entry)
        if key is None:
            keys.pop(kid, None)
            refused.add(kid)
        else:
            keys[kid] = key
    if not keys:
        raise InvalidKeySet(
            "No key of the set is an RSA key of 2048 to 8192 bits for RS256 signatures."
        )
    return KeySet(keys, frozenset(refused))


def _entries(source: object) -> list[Mapping[str, object]]:
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    if isinstance(source, bytes):
        if len(source) > MAX_JWKS:
            raise InvalidKeySet("The key set is larger than 256 kB.")
        try:
            source = jws.parse_object(source)
        except MalformedToken:
            source = None
    entries = _as_mapping(source).get("keys")
    if not isinstance(entries, (list, tuple)):
        raise InvalidKeySet('This is not a JWK set: a JSON object with an array "keys".')
    return [_as_mapping(entry) for entry in cast("list[object]", entries)]


def _as_mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _rsa_key(jwk: Mapping[str, object]) -> Key | None:
    if (
        jwk.get("kty") != "RSA"
        or jwk.get("alg", "RS256") != "RS256"
        or jwk.get("use", "sig") != "sig"
    ):
        return None
    if jwk.get("key_ops", _OPERATIONS) not in (_OPERATIONS, list(_OPERATIONS)):
        return None
    if "d" in jwk:
        return None  # whoever publishes a private key has lost it
    modulus, exponent = _number(jwk.get("n")), _number(jwk.get("e"))
    if modulus is None or not MIN_BITS <= modulus.bit_length() <= MAX_BITS or not modulus & 1:
        return None
    if exponent is None or not MIN_EXPONENT <= exponent <= MAX_EXPONENT or not exponent & 1:
        return None
    return RsaKey(RSAPublicNumbers(exponent, modulus).public_key(), (modulus, exponent))


def _number(value: object) -> int | None:
    """Return the integer that a Base64urlUInt stands for (RFC 7518 2); None for what is none."""
    if type(value) is not str or len(value) > MAX_BITS:
        return None
    try:
        data = jws.decode(value.encode())
    except (MalformedToken, UnicodeEncodeError):
        return None
    # The shortest form only, so no leading zero octet.
    return int.from_bytes(data, "big") if data and data[0] else None


def _mismatch() -> type[Exception]:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - good tokens never need it

    return InvalidSignature
