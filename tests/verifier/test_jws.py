"""The compact form: what is split, decoded and parsed, and what is not."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
from typing import Any

import pytest

from cognitokit import Tokens
from cognitokit.errors import MalformedToken, TokenError, UnknownKey, UnsupportedAlgorithm
from cognitokit.verifier import jws
from tests.verifier.forge import b64, header

NO_KID: list[Any] = [1, 0, True, [], {}, ["k"], "k" * 257]


def test_split_takes_a_token_apart() -> None:
    """The header stays encoded, payload and signature are decoded, the signing input is as it came."""
    head, payload, signature = b64(b'{"alg":"RS256"}'), b64(b'{"sub":"s"}'), b64(b"\x00\xff")

    assert (
        head.encode(),
        f"{head}.{payload}".encode(),
        b'{"sub":"s"}',
        b"\x00\xff",
    ) == jws.split(f"{head}.{payload}.{signature}")


def test_split_leaves_an_empty_signature_to_the_key() -> None:
    """A token whose signature is cut off is well-formed: its signature is wrong."""
    assert b"" == jws.split(f"{b64(b'{}')}.{b64(b'{}')}.")[3]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1,
        b"e30.e30.",
        bytearray(b"e30.e30."),
        ["e30.e30."],
        type("Text", (str,), {})("e30.e30."),
        "",
        ".",
        "..",
        "...",
        "e30",
        "e30.e30",
        "e30.e30.e30.e30",
        ".e30.e30",
        "e30..e30",
        "e30.e30.e30=",
        "e30.e30.e3\n",
        "e30.e30.\ud800",
        "e30.e30.\uff0e",
        "e30\u3002e30.e30",
        "." * 16_000,
        "e" * (jws.MAX_HEADER + 1) + ".e30.",
        "e30.e30." + "A" * jws.MAX_TOKEN,
    ],
)
def test_split_refuses_what_is_no_token(raw: object) -> None:
    """Whatever is not a str of three strict segments of sane sizes is malformed."""
    with pytest.raises(MalformedToken):
        jws.split(raw)

    assert jws.split("e30.e30.")


def test_sizes_are_inclusive() -> None:
    """A token may have 16,384 characters, and its header segment 4,096."""
    assert jws.split("e30.e30." + "A" * (jws.MAX_TOKEN - 8))
    assert jws.split("A" * jws.MAX_HEADER + ".e30.")


@pytest.mark.parametrize("length", range(1, 9))
def test_decode_takes_one_spelling_only(length: int) -> None:
    """Of all texts that a lax decoder reads as the same bytes, the canonical one alone is taken."""
    data = bytes(range(0xF0, 0xF0 + length))
    segment = b64(data).encode()
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [
        segment[:-1] + bytes([last])
        for last in alphabet
        if base64.urlsafe_b64decode(segment[:-1] + bytes([last]) + b"==") == data
    ]
    accepted = []
    for spelling in same:
        try:
            jws.decode(spelling)
        except MalformedToken:
            continue
        accepted.append(spelling)

    assert data == jws.decode(segment)
    assert [segment] == accepted


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            Tokens(access_token="a.b.c", expires_in=1, expires_at=1),
            "These are Tokens: give one of them, tokens.access_token or tokens.id_token.",
        ),
        (
            "Bearer AAAA.AAAA.AAAA",
            "The token is not well-formed: leave out the 'Bearer ' before it.",
        ),
        (
            "bearer AAAA.AAAA.AAAA",
            "The token is not well-formed: leave out the 'Bearer ' before it.",
        ),
        ("Bearer  ", "The token is not well-formed: leave out the 'Bearer ' before it."),
        ("Basic AAAA.AAAA.AAAA", "The token is not a well-formed JSON Web Token."),
        ("AAAA.AAAA.AAAA ", "The token is not a well-formed JSON Web Token."),
        (b"AAAA.AAAA.AAAA", "The token is not a well-formed JSON Web Token."),
        (None, "The token is not a well-formed JSON Web Token."),
    ],
    ids=str,
)
def test_what_is_more_than_a_token_is_told(raw: Any, told: str) -> None:
    """Whoever gives all tokens, or a header's value, reads what to give; nothing of it is repeated."""
    with pytest.raises(MalformedToken) as refused:
        jws.split(raw)

    assert told == str(refused.value)
    assert b"AAAA" == jws.split("AAAA.AAAA.AAAA")[0]


@pytest.mark.parametrize(
    "segment", ["A", "AAAAA", "AA==", "A+==", "AA/A", "AAA ", "AA\n", "AA\x00A", "AAÄ"]
)
def test_decode_refuses_foreign_characters(segment: str) -> None:
    """Padding, the other base64 alphabet, white space and everything else is refused."""
    with pytest.raises(MalformedToken):
        jws.decode(segment.encode())

    assert b"\x00\x00\x00" == jws.decode(b"AAAA")


@pytest.mark.parametrize("length", range(7))
def test_padded_form(length: int) -> None:
    """A load balancer's segments are padded, no more and no less than to a multiple of four."""
    data = bytes(range(length))
    padded = base64.urlsafe_b64encode(data)

    assert data == jws.decode_padded(padded)
    for wrong in {padded.rstrip(b"=") or b"=", padded + b"=", padded + b"====", b"=" + padded}:
        if wrong != padded:
            with pytest.raises(MalformedToken):
                jws.decode_padded(wrong)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' \t\r\n{"a": 1}\n', {"a": 1}),
        (
            '{"a":{"a":[{"a":[[1,2.5,-0.0,1e3,true,null]]}]}}',
            {"a": {"a": [{"a": [[1, 2.5, -0.0, 1e3, True, None]]}]}},
        ),
        ('{"a":"\\ud83d\\ude00 \\u00e9 \\n"}', {"a": "😀 é \n"}),
        ('{"a":"' + "[{" * 200 + '"}', {"a": "[{" * 200}),
        ('{"a":"\\"' + "[" * 200 + '"}', {"a": '"' + "[" * 200}),
        ('{"a":' + "[" * 31 + "]" * 31 + "}", None),
        ('{"a":[' + ",".join(["[]"] * 100) + "]}", {"a": [[]] * 100}),
        ('{"a":' + "9" * 300 + "}", {"a": int("9" * 300)}),
    ],
)
def test_parse_object_reads_what_json_reads(text: str, value: object) -> None:
    """Of strict JSON every value is read as json.loads reads it."""
    assert json.loads(text) == jws.parse_object(text.encode())
    assert value in (None, json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "[]",
        '"a"',
        "null",
        "1",
        "nan",
        "{",
        "}",
        "{} {}",
        "{},",
        "{}x",
        "x{}",
        "\ufeff{}",
        "\xa0{}",
        "{'a':1}",
        '{"a":1,}',
        '{"a":1 /* */}',
        '{"a":01}',
        '{"a":+1}',
        '{"a":.5}',
        '{"a":"\t"}',
        '{"a":"\\x"}',
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"a":{"b":1,"b":2}}',
        '{"a":[{"b":1,"b":2}]}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":-Infinity}',
        '{"a":1e400}',
        '{"a":-1e400}',
        '{"a":"\\ud834"}',
        '{"a":["\\udd1e\\ud834"]}',
        '{"a":{"\\ud834":1}}',
        '{"\\ud834":1}',
        '{"a":' + "[" * 32 + "]" * 32 + "}",
        '{"a":' * 33 + "1" + "}" * 33,
        '{"a":' + "[" * 2000,
        # Nested too deeply beside, and behind, what was closed again.
        '{"a":[' + "[]," * 32 + "[" * 31 + "]" * 31 + "]}",
        '{"a":[' + "[" * 20 + "]" * 10 + "," + "[" * 21 + "]" * 31 + "]}",
        '{"a":' + "9" * 5000 + "}",
    ],
)
def test_parse_object_refuses_what_two_readers_might_read_differently(text: str) -> None:
    """What is not one strict JSON object of bounded depth and numbers is malformed."""
    with pytest.raises(MalformedToken):
        jws.parse_object(text.encode())


@pytest.mark.parametrize(
    "data",
    [
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-le"),
        '{"a":1}'.encode("utf-32"),
        b'{"a":"\xff"}',
        b'{"a":"\xc0\x80"}',
        b'{"a":"\xed\xa0\xb4"}',
        b'{"a":"\xf5\x80\x80\x80"}',
    ],
)
def test_parse_object_takes_utf8_only(data: bytes) -> None:
    """Other encodings, and bytes that are no UTF-8, are malformed."""
    with pytest.raises(MalformedToken):
        jws.parse_object(data)

    assert {"a": "é"} == jws.parse_object('{"a":"é"}'.encode())


def test_depth_is_counted_from_where_one_is() -> None:
    """What was closed again counts no more: many shallow values are no deep one."""
    text = '{"a":[' + "[]," * 40 + "[" * 30 + "]" * 30 + "]}"

    assert 41 == len(jws.parse_object(text.encode())["a"])


def test_a_foreign_algorithm_names_the_expected_one() -> None:
    """The refusal's expected is what the verifier takes, never what the token says."""
    with pytest.raises(UnsupportedAlgorithm) as caught:
        jws.key_id({"kid": "k", "alg": "none"})

    assert "RS256" == caught.value.expected


def test_key_id_of_a_sound_header() -> None:
    """kid is returned; typ may be JWT, and what is unknown and harmless is ignored."""
    assert "k" == jws.key_id({"kid": "k", "alg": "RS256"})
    assert "k" == jws.key_id({"kid": "k", "alg": "RS256", "typ": "JWT", "ver": 1})
    assert "k" * 256 == jws.key_id({"kid": "k" * 256, "alg": "RS256"})
    assert "k" == jws.key_id({"kid": "k", "alg": "ES256"}, "ES256")


@pytest.mark.parametrize(
    ("members", "error"),
    [
        *[({"alg": alg}, UnsupportedAlgorithm) for alg in (..., None, "", "none", "rs256", "RS256 ", "HS256", "ES256", ["RS256"], {"RS256": 1}, 1)],
        *[({"typ": typ}, MalformedToken) for typ in ("at+jwt", "jwt", "", None, 1, ["JWT"])],
        *[({name: None}, MalformedToken) for name in ("b64", "crit", "cty", "enc", "jku", "jwk", "p2c", "x5c", "x5t", "x5t#S256", "x5u", "zip")],
        *[({"kid": kid}, UnknownKey) for kid in (..., None, "")],
        *[({"kid": kid}, MalformedToken) for kid in NO_KID],
        ({"alg": "none", "crit": ["x"], "kid": 1}, UnsupportedAlgorithm),
        ({"crit": ["x"], "kid": ...}, MalformedToken),
    ],
)  # fmt: skip
def test_key_id_refuses(members: dict[str, object], error: type[TokenError]) -> None:
    """alg is looked at first, then what would change the reading, then kid."""
    with pytest.raises(TokenError) as caught:
        jws.key_id(header(**members))

    assert error is type(caught.value)
    assert jws.key_id(header())


def test_an_implementation_without_the_scanner_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where json has no accelerator, its own scanner reads the same, as strictly."""
    monkeypatch.setitem(sys.modules, "_json", None)
    spec: Any = importlib.util.spec_from_file_location("jws_without_c", jws.__file__)
    plain: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)

    assert {"a": [1, {"b": 2.5}]} == plain.parse_object(b'{"a":[1,{"b":2.5}]}')
    for text in (b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":1e400}', b"{}x", b"[]"):
        with pytest.raises(MalformedToken):
            plain.parse_object(text)
