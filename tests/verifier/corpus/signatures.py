"""Attacks on the signature: tampering, forged padding, wrong lengths."""

from __future__ import annotations

from collections.abc import Iterator

from tests.verifier import forge
from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import (
    access_claims,
    access_token,
    b64,
    dump,
    header,
    pool_key,
    resigned,
    unb64,
)


@row
def sig_tampered() -> Iterator[Case]:
    """Something was changed after it was signed."""
    good = access_token()
    head, payload, signature = good.split(".")
    raw = unb64(signature)
    yield case(
        "sig-tampered/claim",
        f"{head}.{b64(dump(access_claims(username='joan')))}.{signature}",
        "signature",
        good,
    )
    changed = unb64(payload).replace(b'"admin"', b'"Admin"')
    yield case("sig-tampered/payload-bit", f"{head}.{b64(changed)}.{signature}", "signature", good)
    respelled = dump(header()).replace(b",", b", ")
    yield case(
        "sig-tampered/header-space", f"{b64(respelled)}.{payload}.{signature}", "signature", good
    )
    for position in (0, 128, 255):
        flipped = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        yield case(f"sig-tampered/bit-{position}", resigned(good, flipped), "signature", good)
    yield case("sig-tampered/empty", f"{head}.{payload}.", "signature", good)
    other = access_token(username="joe")
    yield case(
        "sig-tampered/swapped-signature",
        f"{head}.{payload}.{other.split('.')[2]}",
        "signature",
        good,
    )
    yield case(
        "sig-tampered/swapped-payload",
        f"{head}.{other.split('.')[1]}.{signature}",
        "signature",
        good,
    )
    yield case("sig-tampered/reversed", resigned(good, raw[::-1]), "signature", good)


@row
def sig_pkcs1_padding() -> Iterator[Case]:
    """Forged paddings, as Bleichenbacher's of 2006, made with the private key (CVE-2006-4339, CVE-2016-1494)."""
    good = access_token()
    signing_input = good.rpartition(".")[0].encode()
    em = forge.encoded_message(signing_input, 256)
    info, digest = em[-51:-32], em[-32:]
    sha512 = bytes.fromhex("3051300d060960864801650304020305000440")

    def padded(tail: bytes, kind: int = 1, fill: bytes = b"\xff") -> bytes:
        return bytes([0, kind]) + fill * (256 - len(tail) - 3) + b"\x00" + tail

    forms = {
        "missing-null": padded(
            bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest
        ),
        "long-length": padded(b"\x30\x81\x31" + info[2:] + digest),
        "indefinite-length": padded(b"\x30\x80" + info[2:] + digest + b"\x00\x00"),
        "trailing-garbage": em[:11] + b"\x00" + info + digest + b"\xa5" * (256 - 11 - 1 - 51),
        "garbage-in-params": padded(
            b"\x30\x33" + info[2:15] + b"\x05\x02\xab\xcd" + info[17:] + digest
        ),
        "no-digest-info": padded(digest),
        "type-2": padded(info + digest, kind=2),
        "type-0": padded(info + digest, kind=0, fill=b"\x00"),
        "zero-fill": padded(info + digest, fill=b"\x00"),
        "one-byte-off": em[:2] + b"\xfe" + em[3:],
        "no-separator": em[:204] + b"\xff" + em[205:],
        "other-hash-name": padded(sha512[:-1] + b"\x20" + digest),
        "digest-truncated": padded(info + digest[:-1]),
        "first-byte": b"\x01" + em[1:],
    }
    private = pool_key().key.private_numbers()
    n, d = private.public_numbers.n, private.d
    for variant, message in forms.items():
        value = pow(int.from_bytes(message, "big") % n, d, n)
        forged = resigned(good, value.to_bytes(256, "big"))
        yield case(f"sig-pkcs1-padding/{variant}", forged, "signature", good)


@row
def sig_length() -> Iterator[Case]:
    """Signatures of a wrong length or beyond the modulus (RFC 8017 8.2.2)."""
    good = access_token()
    raw = unb64(good.rpartition(".")[2])
    n = pool_key().public.public_numbers().n
    s = int.from_bytes(raw, "big")
    for variant, signature in {
        "truncated": raw[:-1],
        "without-first": raw[1:],
        "leading-zero": b"\x00" + raw,
        "trailing-zero": raw + b"\x00",
        "twice": raw + raw,
        "s-plus-n": (s + n).to_bytes(257, "big").lstrip(b"\x00"),
        "n-minus-s": (n - s).to_bytes(256, "big"),
        "zero": bytes(256),
        "one": (1).to_bytes(256, "big"),
        "n-minus-1": (n - 1).to_bytes(256, "big"),
        "n": n.to_bytes(256, "big"),
        "all-ones": b"\xff" * 256,
        "one-byte": b"\x01",
        "nothing": b"",
        "long": raw * 40,
    }.items():
        yield case(f"sig-length/{variant}", resigned(good, signature), "signature", good)
