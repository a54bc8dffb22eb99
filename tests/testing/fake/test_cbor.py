"""CBOR, as far as WebAuthn needs it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognitokit.testing.fake import cbor

SCALARS = st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=40)
MAPS = st.dictionaries(st.integers(-9, 9), SCALARS, max_size=4)
VALUES = SCALARS | st.dictionaries(st.text(max_size=4), SCALARS | MAPS, max_size=4)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    """Every value comes back whole, up to its last byte."""
    data = cbor.encode(value)

    assert cbor.decode(data) == (value, len(data))


@pytest.mark.parametrize(
    "value,data",
    [
        (23, "17"),
        (24, "1818"),
        (1000000, "1a000f4240"),
        (-7, "26"),
        (-1000, "3903e7"),
        (b"\x01\x02\x03\x04", "4401020304"),
        ("\u00fc", "62c3bc"),
        ({1: 2, 3: 4}, "a201020304"),
    ],
)
def test_bytes_are_those_of_the_standard(value: Any, data: str) -> None:
    """The examples of RFC 8949, Appendix A."""
    assert cbor.encode(value).hex() == data


def test_arrays_are_read() -> None:
    """An array, which only comes from others, is a list."""
    assert cbor.decode(bytes.fromhex("83010203")) == ([1, 2, 3], 4)


@pytest.mark.parametrize(
    "data",
    ["", "18", "5f", "44010203", "62ff", "f5", "c0", "ff", "81" * 5000, "a1a001"],
    ids=["empty", "cut", "indefinite", "short", "utf-8", "true", "tag", "break", "deep", "key"],
)
def test_other_bytes_are_refused(data: str) -> None:
    """Cut, indefinite, tagged and endless data raise one error."""
    with pytest.raises(cbor.NotCbor):
        cbor.decode(bytes.fromhex(data))


@given(st.binary())
def test_nothing_else_escapes(data: bytes) -> None:
    """Any bytes at all are a value or that error."""
    try:
        _, end = cbor.decode(data)
    except cbor.NotCbor:
        return

    assert 0 < end <= len(data)
