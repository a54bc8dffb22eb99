"""Attacks through the form: segments, base64url, JSON, sizes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

from tests.verifier import forge
from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import (
    CLIENT_ID,
    NOW,
    access_claims,
    access_token,
    b64,
    dump,
    header,
    sign,
    sign_text,
)

MAX_LENGTH = 16_384
"""Characters that a token may have."""


@row
def refresh_or_jwe() -> Iterator[Case]:
    """Five segments: an encrypted token, such as Cognito's refresh tokens."""
    head = b64(dump({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}))
    parts = [b64(bytes([i]) * size) for i, size in enumerate((256, 12, 900, 16))]
    yield case("refresh-or-jwe/jwe", ".".join([head, *parts]), "malformed")
    yield case(
        "refresh-or-jwe/dir", ".".join([b64(dump({"alg": "dir"})), "", *parts[1:]]), "malformed"
    )
    yield case("refresh-or-jwe/signed-first", access_token() + ".AAAA.AAAA", "malformed")


@row
def json_serialization() -> Iterator[Case]:
    """The JSON forms of a JWS, and a text that is JSON and compact at once (CVE-2022-39227)."""
    good = access_token()
    head, payload, signature = good.split(".")
    flat = {"payload": payload, "protected": head, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
    yield case("json-serialization/flat", json.dumps(flat), "malformed", good)
    yield case("json-serialization/general", json.dumps(general), "malformed", good)
    forged = b64(dump(access_claims(username="root")))
    polyglot = f'{{"  {head}.{forged}.":"","protected":"{head}","payload":"{payload}","signature":"{signature}"}}'
    yield case("json-serialization/polyglot", polyglot, "malformed", good)
    yield case("json-serialization/quoted", json.dumps(good), "malformed", good)
    yield case("json-serialization/prefixed", f"Bearer {good}", "malformed", good)


@row
def segments() -> Iterator[Case]:
    """Not three segments, or empty ones, in any number (CVE-2025-30204)."""
    good = access_token()
    head, payload, signature = good.split(".")
    for variant, attack in {
        "nothing": "",
        "one-dot": ".",
        "two-dots": "..",
        "three-dots": "...",
        "one": head,
        "two": f"{head}.{payload}",
        "four": f"{good}.{signature}",
        "five": f"{good}.{signature}.{signature}",
        "leading-dot": f".{good}",
        "trailing-dot": f"{good}.",
        "middle-dot": f"{head}..{payload}.{signature}",
        "no-header": f".{payload}.{signature}",
        "longest-of-dots": "." * MAX_LENGTH,
        "megabyte-of-dots": "." * 1_000_000,
        "newlines": good.replace(".", "\n"),
        "commas": good.replace(".", ","),
    }.items():
        yield case(f"segments/{variant}", attack, "malformed", good)
    # Of the three segments only the last may be empty.
    yield case("segments/no-payload", f"{head}..{signature}", "malformed", good)
    yield case("segments/no-payload-signed", sign_text(f"{head}."), "malformed", good)


def _open_ended(make: Callable[[str], str]) -> str:
    """Return the first text of a growing family whose base64url has unused bits."""
    return next(text for size in range(3) if len(text := make("x" * size)) % 4 in {2, 3})


@row
def b64_noncanonical() -> Iterator[Case]:
    """Other spellings of the same bytes: unused bits that are set (RFC 4648 3.5)."""
    payload = _open_ended(lambda pad: b64(dump(access_claims(pad=pad))))
    head = _open_ended(lambda pad: b64(dump(header(pad=pad))))
    good = sign_text(f"{head}.{payload}")
    signature = good.rpartition(".")[2]
    for variant, attack in {
        "header": sign_text(f"{forge.tailed(head)}.{payload}"),
        "payload": sign_text(f"{head}.{forge.tailed(payload)}"),
        "signature": f"{head}.{payload}.{forge.tailed(signature)}",
        "header-unsigned": f"{forge.tailed(head)}.{payload}.{signature}",
        "payload-unsigned": f"{head}.{forge.tailed(payload)}.{signature}",
    }.items():
        yield case(f"b64-noncanonical/{variant}", attack, "malformed", good)
    full = next(
        t for size in range(4) if len(t := b64(dump(access_claims(pad="x" * size)))) % 4 == 0
    )
    for variant, attack in {
        "header-lone-character": sign_text(f"{b64(dump(header(pad='')))}A.{payload}"),
        "payload-lone-character": sign_text(f"{head}.{full}A"),
        "payload-one-character": sign_text(f"{head}.A"),
    }.items():
        yield case(f"b64-noncanonical/{variant}", attack, "malformed", sign_text(f"{head}.{full}"))
    stretched = signature + "AAA"  # 256 bytes make 342 characters: two and a lone one more
    yield case(
        "b64-noncanonical/signature-lone-character",
        f"{head}.{payload}.{stretched}",
        "malformed",
        good,
    )


@row
def b64_alphabet() -> Iterator[Case]:
    """Characters that base64url does not have (RFC 7515 2)."""
    claims = access_claims(username="~~~???>>>", pad="")
    head, payload = b64(dump(header(pad="~~~???>>>"))), b64(dump(claims))
    while not {"-", "_"} <= set(payload):
        claims["pad"] += "~?"
        payload = b64(dump(claims))
    extra = ""
    while not {"-", "_"} <= set(head):
        extra += "~?"
        head = b64(dump(header(pad=extra)))
    good = sign_text(f"{head}.{payload}")
    signature = good.rpartition(".")[2]
    for place, (variant, change) in itertools.product(
        ("header", "payload", "signature"), CHANGES.items()
    ):
        if place == "signature":
            attack = f"{head}.{payload}.{change(signature)}"
        else:
            parts = (change(head), payload) if place == "header" else (head, change(payload))
            attack = sign_text(".".join(parts))
        if attack == good:  # this run's signature happens to lack the character
            continue
        yield case(f"b64-alphabet/{place}-{variant}", attack, "malformed", good)
    for variant, dot in {"fullwidth": "．", "one-dot-leader": "\u2024", "nul": "\0"}.items():
        yield case(f"b64-alphabet/{variant}-dot", good.replace(".", dot), "malformed", good)
    yield case("b64-alphabet/fullwidth-letter", good.replace("e", "ｅ", 1), "malformed", good)
    yield case("b64-alphabet/surrogate", good[:-1] + "\ud800", "malformed", good)


CHANGES: dict[str, Callable[[str], str]] = {
    "padding": lambda text: text + "=",
    "two-paddings": lambda text: text + "==",
    "right-padding": lambda text: text + "=" * (-len(text) % 4) if len(text) % 4 else text + "=",
    "plus": lambda text: text.replace("-", "+"),
    "slash": lambda text: text.replace("_", "/"),
    "space-before": lambda text: " " + text,
    "space-after": lambda text: text + " ",
    "space-within": lambda text: text[:8] + " " + text[8:],
    "tab": lambda text: text[:8] + "\t" + text[8:],
    "newline": lambda text: text + "\n",
    "newline-within": lambda text: text[:8] + "\n" + text[8:],
    "carriage-return": lambda text: text + "\r\n",
    "junk": lambda text: text[:8] + "!" + text[8:],
    "trailing-junk": lambda text: text + "!!!!",
    "nul": lambda text: text + "\0",
    "latin-1": lambda text: text[:8] + "é" + text[8:],
    "four-spaces": lambda text: text + "    ",
    "no-break-space": lambda text: text + "\u00a0",
    "arabic-digit": lambda text: text[:8] + "\u0661" + text[8:],
}
"""Ways to spoil the text of a segment."""


@row
def json_dup_keys() -> Iterator[Case]:
    """Names that occur twice, which readers take in different ways (RFC 7519 4)."""
    claims = dump(access_claims(nested={"a": 1}))
    twin = sign(claims)
    twice = {
        "client-id": claims[:-1] + b',"client_id":"' + CLIENT_ID.encode() + b'"}',
        "other-client-first": b'{"client_id":"other",' + claims[1:],
        "exp": claims[:-1] + b',"exp":' + str(NOW + 9999).encode() + b"}",
        "escaped-name": claims[:-1] + b',"\\u0065xp":' + str(NOW + 9999).encode() + b"}",
        "nested": claims.replace(b'{"a":1}', b'{"a":1,"a":2}'),
        "equal-values": claims.replace(b'{"a":1}', b'{"a":1,"a":1}'),
        "empty-name": claims.replace(b'{"a":1}', b'{"":1,"":1}'),
    }
    for variant, payload in twice.items():
        yield case(f"json-dup-keys/payload-{variant}", sign(payload), "malformed", twin)
    head = dump(header())
    for variant, text in {
        "alg": head[:-1] + b',"alg":"RS256"}',
        "alg-none-first": b'{"alg":"none",' + head[1:],
        "kid": b'{"kid":"other",' + head[1:],
        "nested": head[:-1] + b',"x":{"a":1,"a":2}}',
    }.items():
        yield case(f"json-dup-keys/header-{variant}", sign(claims, text), "malformed", twin)


@row
def json_encoding() -> Iterator[Case]:
    """Not UTF-8, or half of a surrogate pair (RFC 8259 8)."""
    claims, head = dump(access_claims(name="x")), dump(header(name="x"))
    twin = sign(claims, head)
    spoils: dict[str, Callable[[bytes], bytes]] = {
        "utf-16": lambda text: text.decode().encode("utf-16"),
        "utf-16-le": lambda text: text.decode().encode("utf-16-le"),
        "utf-16-be": lambda text: text.decode().encode("utf-16-be"),
        "utf-32": lambda text: text.decode().encode("utf-32"),
        "utf-32-be": lambda text: text.decode().encode("utf-32-be"),
        "bom": lambda text: b"\xef\xbb\xbf" + text,
        "trailing-bom": lambda text: text + b"\xef\xbb\xbf",
        "latin-1": lambda text: text.replace(b'"x"', b'"\xe9"'),
        "invalid-byte": lambda text: text.replace(b'"x"', b'"\xff"'),
        "truncated": lambda text: text.replace(b'"x"', b'"\xe2\x82"'),
        "overlong": lambda text: text.replace(b'"x"', b'"\xc0\xaf"'),
        "overlong-nul": lambda text: text.replace(b'"x"', b'"\xc0\x80"'),
        "encoded-surrogate": lambda text: text.replace(b'"x"', b'"\xed\xa0\xb4"'),
        "beyond-unicode": lambda text: text.replace(b'"x"', b'"\xf4\x90\x80\x80"'),
        "lone-high-surrogate": lambda text: text.replace(b'"x"', b'"\\ud834"'),
        "lone-low-surrogate": lambda text: text.replace(b'"x"', b'"\\udd1e"'),
        "surrogates-reversed": lambda text: text.replace(b'"x"', b'"\\udd1e\\ud834"'),
        "surrogate-after-backslash": lambda text: text.replace(b'"x"', b'"\\\\\\ud834"'),
        "surrogate-in-list": lambda text: text.replace(b'"x"', b'[["\\ud834"]]'),
        "surrogate-key": lambda text: text.replace(b'"x"', b'{"\\uD834":1}'),
        "control-character": lambda text: text.replace(b'"x"', b'"\x01"'),
        "newline-in-string": lambda text: text.replace(b'"x"', b'"\n"'),
        "bad-escape": lambda text: text.replace(b'"x"', b'"\\x41"'),
        "short-escape": lambda text: text.replace(b'"x"', b'"\\u12"'),
    }
    for variant, spoil in spoils.items():
        yield case(f"json-encoding/payload-{variant}", sign(spoil(claims), head), "malformed", twin)
        yield case(f"json-encoding/header-{variant}", sign(claims, spoil(head)), "malformed", twin)
    paired = sign(claims.replace(b'"x"', b'"\\ud834\\udd1e \\\\ud834"'), head)
    lone = sign(claims.replace(b'"x"', b'"\\ud834 \\\\udd1e"'), head)
    yield case("json-encoding/pair-split", lone, "malformed", paired)


@row
def json_shape() -> Iterator[Case]:
    """Not a JSON object, or not quite JSON (RFC 7519 7.2)."""
    claims, head = dump(access_claims()), dump(header())
    for variant, text in {
        "empty": b"",
        "space": b" ",
        "list": b"[" + claims + b"]",
        "text": json.dumps(claims.decode()).encode(),
        "null": b"null",
        "true": b"true",
        "number": b"1",
        "list-of-pairs": dump([[k, v] for k, v in access_claims().items()]),
    }.items():
        yield case(f"json-shape/payload-{variant}", sign(text), "malformed")
        yield case(f"json-shape/header-{variant}", sign(claims, text), "malformed")
    spoils: dict[str, Callable[[bytes], bytes]] = {
        "trailing-data": lambda text: text + b"{}",
        "trailing-comma": lambda text: text[:-1] + b",}",
        "trailing-nul": lambda text: text + b"\0",
        "leading-nul": lambda text: b"\0" + text,
        "comment": lambda text: b"/* */" + text,
        "line-comment": lambda text: text + b"// x",
        "single-quotes": lambda text: text.replace(b'"', b"'"),
        "unclosed": lambda text: text[:-1],
        "unquoted": lambda text: text[:-1] + b",x:1}",
        "plus": lambda text: text[:-1] + b',"x":+1}',
        "leading-zero": lambda text: text[:-1] + b',"x":01}',
        "hex": lambda text: text[:-1] + b',"x":0x1}',
        "bare-fraction": lambda text: text[:-1] + b',"x":.5}',
        "vertical-tab": lambda text: b"\x0b" + text,
        "no-break-space": lambda text: "\u00a0".encode() + text,
        "numeric-name": lambda text: text[:-1] + b",1:1}",
        "missing-value": lambda text: text[:-1] + b',"x":}',
        "undefined": lambda text: text[:-1] + b',"x":undefined}',
    }
    for variant, spoil in spoils.items():
        yield case(f"json-shape/payload-{variant}", sign(spoil(claims)), "malformed")
        yield case(f"json-shape/header-{variant}", sign(claims, spoil(head)), "malformed")
    spaced = sign(b" \t\r\n" + claims + b" \t\r\n", b" \t\r\n" + head + b" \t\r\n")
    yield case("json-shape/white-space-is-json", sign(b"\x0c" + claims), "malformed", spaced)


@row
def dos_nesting() -> Iterator[Case]:
    """Nesting that would exhaust the stack (GHSA-8wjv-2p76-3863)."""
    nested = {"a": [{"b": [1]}]}
    twin = sign(access_claims(nested=nested), header(nested=nested))
    for depth in (1_000, 4_000, 100_000):
        for variant, (start, end) in {
            "arrays": (b"[", b"]"),
            "objects": (b'{"a":', b"}"),
            "unclosed-arrays": (b"[", b""),
            "unclosed-objects": (b'{"a":', b""),
        }.items():
            deep = start * depth + b"1" + end * depth
            payload = dump(access_claims())[:-1] + b',"deep":' + deep + b"}"
            head = dump(header())[:-1] + b',"deep":' + deep + b"}"
            yield case(f"dos-nesting/payload-{variant}-{depth}", sign(payload), "malformed", twin)
            yield case(
                f"dos-nesting/header-{variant}-{depth}",
                sign(access_claims(), head),
                "malformed",
                twin,
            )
            yield case(f"dos-nesting/bare-{variant}-{depth}", sign(deep), "malformed", twin)


@row
def dos_searching() -> Iterator[Case]:
    """Texts that make a careless search start over at every character."""
    twin = sign(access_claims(text='"[]{}\\"' * 50))
    for variant, text in {
        "open-string-of-escapes": b"[]" * 40 + b'"' + b'\\"' * 5_000,
        "quotes": b"[]" * 40 + b'"' * 10_000,
        "backslashes": b"[]" * 40 + b'"' + b"\\" * 10_000,
        "brackets": b"[]" * 5_000,
        "commas": b"[" + b"," * 10_000,
        "digits": b"[" + b"1" * 10_000,
        "minus-signs": b"-" * 10_000,
        "spaces": b" " * 10_000 + b"x",
        "names": b"{" + b",".join(b'"%d":1' % number for number in range(1_000)),
    }.items():
        yield case(f"dos-searching/payload-{variant}", sign(text), "malformed", twin)
        long_header = sign(access_claims(), text[:3_000])
        yield case(f"dos-searching/header-{variant}", long_header, "malformed", twin)


def of_length(length: int) -> str:
    """Return a sound access token of exactly so many characters."""
    for size, extra in itertools.product(range(length * 3 // 4 - 1000, length), range(4)):
        head = b64(dump(header(x="x" * extra)))
        payload_size = len(dump(access_claims(pad=""))) + size
        if len(head) + 1 + (payload_size * 4 + 2) // 3 + 1 + 342 == length:
            return sign(access_claims(pad="x" * size), header(x="x" * extra))
    raise ValueError(length)


@row
def dos_size() -> Iterator[Case]:
    """Tokens that are too long, or no text at all (CVE-2025-61920)."""
    longest = of_length(MAX_LENGTH)
    yield case("dos-size/one-more", of_length(MAX_LENGTH + 1), "malformed", longest)
    yield case("dos-size/long-claim", access_token(pad="x" * 100_000), "malformed", longest)
    yield case(
        "dos-size/long-header", sign(access_claims(), header(x="x" * 100_000)), "malformed", longest
    )
    yield case("dos-size/megabyte", "a" * 1_000_000, "malformed", longest)
    yield case("dos-size/long-signature", access_token() + "A" * MAX_LENGTH, "malformed", longest)
    good = access_token()
    for variant, value in {
        "none": None,
        "number": 1,
        "true": True,
        "bytes": good.encode(),
        "bytearray": bytearray(good.encode()),
        "memoryview": memoryview(good.encode()),
        "list": [good],
        "tuple": tuple(good.split(".")),
        "dict": {"token": good},
        "object": object(),
    }.items():
        yield case(f"dos-size/{variant}", value, "malformed", good)
