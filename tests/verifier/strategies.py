"""Where hypothesis draws tokens, claims and key sets from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.verifier import forge

JSON_NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
JSON_SCALARS = (
    st.none() | st.booleans() | JSON_NUMBERS | st.text(st.characters(codec="utf-8"), max_size=20)
)
JSON = st.recursive(
    JSON_SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Any JSON value that json.dumps writes and a strict reader takes."""

NAMES_OF_CLAIMS = st.sampled_from(
    [
        *forge.access_claims(),
        *forge.id_claims(),
        "nbf",
        "device_key",
        "identities",
        "cognito:roles",
        "custom:tenant",
        "at_hash",
    ]
)
NAMES_IN_HEADERS = st.sampled_from(
    [
        "alg",
        "kid",
        "typ",
        "crit",
        "b64",
        "zip",
        "enc",
        "cty",
        "jwk",
        "jku",
        "x5u",
        "x5c",
        "x5t",
        "x",
    ]
)
TIMES = st.integers(-10, 10).map(lambda offset: forge.NOW + offset) | st.sampled_from(
    [0, -1, forge.NOW - 300, forge.NOW + 300, forge.NOW + 301, 253_402_300_799, 253_402_300_800]
)
VALUES = (
    JSON
    | TIMES
    | st.sampled_from(
        [
            forge.ISSUER,
            forge.CLIENT_ID,
            forge.POOL_KID,
            "access",
            "id",
            "RS256",
            "JWT",
            [forge.CLIENT_ID],
            ["admin"],
        ]
    )
)


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@st.composite
def changed(draw: st.DrawFn, base: Mapping[str, Any], names: st.SearchStrategy[str]) -> bytes:
    """Draw the JSON of a sound object in which some members are other values, gone or new."""
    changes = draw(
        st.dictionaries(
            names | st.text(st.characters(codec="utf-8"), max_size=6),
            VALUES | st.just(...),
            max_size=3,
        )
    )
    return _dump(forge.replaced(base, changes))


HEADERS = changed(forge.header(), NAMES_IN_HEADERS)
PAYLOADS = changed(forge.access_claims(), NAMES_OF_CLAIMS) | changed(
    forge.id_claims(), NAMES_OF_CLAIMS
)


@st.composite
def scratched(draw: st.DrawFn, texts: st.SearchStrategy[bytes]) -> bytes:
    """Draw bytes with a few spots cut, doubled or overwritten."""
    data = draw(texts)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        data = data[:start] + draw(st.binary(max_size=4) | st.sampled_from(TRICKS)) + data[end:]
    return data


TRICKS = [
    b'"exp":NaN,',
    b'"a":1,"a":1,',
    b"1e400",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"-0",
    b"1E1000",
    b"9" * 300,
    b"[" * 200,
    b"{}",
    b"\\u0000",
    b'"crit":[],',
    b"null",
    b"-Infinity",
]
"""Fragments that have broken parsers."""

SIGNED = st.builds(
    forge.sign,
    scratched(PAYLOADS) | st.binary(max_size=60),
    scratched(HEADERS) | st.just(_dump(forge.header())),
)
"""Tokens really signed by the pool over anything, from sound to noise."""

SEGMENTS = st.text("ABab01-_=+/. ", max_size=24) | st.builds(
    forge.b64, HEADERS | PAYLOADS | st.binary(max_size=40)
)
UNSIGNED = st.lists(SEGMENTS, max_size=5).map(".".join)
"""Texts of the form of a token, signed by nobody."""

JWK_VALUES = JSON | st.sampled_from(
    [
        "RSA",
        "EC",
        "oct",
        "sig",
        "enc",
        "RS256",
        "ES256",
        "AQAB",
        "AQ",
        "Aw",
        forge.POOL_KID,
        ["verify"],
        ["sign"],
    ]
)
JWK_NAMES = st.sampled_from(["kty", "kid", "use", "alg", "n", "e", "key_ops", "x5c", "d", "crv"])
JWKS_ENTRIES = (
    JSON
    | st.dictionaries(JWK_NAMES, JWK_VALUES, max_size=6)
    | st.dictionaries(JWK_NAMES, JWK_VALUES | st.just(...), max_size=3).map(
        lambda changes: forge.replaced(forge.pool_key().jwk(), changes)
    )
)
KEY_SETS = JSON | st.fixed_dictionaries({"keys": JSON | st.lists(JWKS_ENTRIES, max_size=5)})
"""Anything that may be offered as a JWK set, from noise to nearly sound."""
