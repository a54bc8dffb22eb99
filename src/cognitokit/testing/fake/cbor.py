"""As much CBOR as a WebAuthn credential has: integers, strings, arrays and maps (RFC 8949 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_UINT, _NINT, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}


class NotCbor(ValueError):
    """The bytes are not CBOR, or not of the part of it that is read here."""


def encode(value: int | bytes | str | dict[Any, Any]) -> bytes:
    """Return the value as CBOR. Maps keep their order, which for COSE keys is the canonical one."""
    if isinstance(value, int):
        return _head(_UINT, value) if value >= 0 else _head(_NINT, -1 - value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    items = b"".join(encode(name) + encode(item) for name, item in value.items())
    return _head(_MAP, len(value)) + items


def decode(data: bytes) -> tuple[Any, int]:
    """Return the first value of the data, and where it ends.

    Raises:
        NotCbor: There is none, or one of a kind that is not read here.
    """
    try:
        return _decode(data, 0)
    except (IndexError, UnicodeDecodeError, RecursionError, TypeError):
        failure = NotCbor("not CBOR")
    raise failure


def _head(major: int, argument: int) -> bytes:
    if argument < min(_SIZES):
        return bytes([major << 5 | argument])
    marker, size = next(each for each in _SIZES.items() if argument < 1 << 8 * each[1])
    return bytes([major << 5 | marker]) + argument.to_bytes(size, "big")


def _decode(data: bytes, at: int) -> tuple[Any, int]:
    major, argument = data[at] >> 5, data[at] & 31
    at += 1
    if argument in _SIZES:
        size = _SIZES[argument]
        argument = int.from_bytes(_slice(data, at, size), "big")
        at += size
    elif argument >= min(_SIZES):
        raise NotCbor("indefinite lengths and reserved values are not read")
    if major == _UINT:
        return argument, at
    if major == _NINT:
        return -1 - argument, at
    if major in {_BYTES, _TEXT}:
        content = _slice(data, at, argument)
        return content if major == _BYTES else content.decode(), at + argument
    if major in {_ARRAY, _MAP}:
        items: list[Any] = []
        for _ in range(argument * (2 if major == _MAP else 1)):
            item, at = _decode(data, at)
            items.append(item)
        return items if major == _ARRAY else dict(zip(items[::2], items[1::2], strict=True)), at
    raise NotCbor("tags, floats and simple values are not read")


def _slice(data: bytes, at: int, size: int) -> bytes:
    content = data[at : at + size]
    if len(content) != size:
        raise IndexError
    return content
