"""Attacks through the header: the algorithm, the key, and what else it may ask for."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator

from tests.verifier import forge
from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import (
    ATTACKER_KID,
    POOL_KID,
    SECOND_KID,
    access_claims,
    access_token,
    attacker_key,
    b64,
    dump,
    header,
    jwks,
    pool_key,
    second_key,
    sign,
    sign_text,
    unb64,
)


@row
def alg_none() -> Iterator[Case]:
    """No signature, by a header that says so, or one that is there and is to be ignored (RFC 8725 3.1, CVE-2026-28802)."""
    for alg in ("none", "None", "NONE", "nOnE", ""):
        head = header(alg=alg)
        yield case(
            f"alg-none/{alg or 'empty'}", forge.compact(head, access_claims(), b""), "algorithm"
        )
        yield case(f"alg-none/{alg or 'empty'}-signed", sign(access_claims(), head), "algorithm")
    head_segment = b64(dump(header(alg="none")))
    _, payload, signature = access_token().split(".")
    yield case("alg-none/genuine-signature", f"{head_segment}.{payload}.{signature}", "algorithm")


@row
def alg_hs256_pubkey() -> Iterator[Case]:
    """A MAC whose secret is the public key in any spelling (CVE-2022-29217, CVE-2024-33663, CVE-2026-34950)."""
    key = pool_key()
    modulus = unb64(key.jwk()["n"])
    secrets = {
        "pem": key.pem(),
        "pem-stripped": key.pem().strip(),
        "pem-spaced": b" " + key.pem() + b"\n",
        "der": key.der(),
        "modulus": modulus,
        "modulus-text": key.jwk()["n"].encode(),
        "jwk": dump(key.jwk()),
        "empty": b"",
    }
    for variant, secret in secrets.items():
        yield case(
            f"alg-hs256-pubkey/{variant}", forge.hmac_token(secret, access_claims()), "algorithm"
        )


@row
def alg_other_asymmetric() -> Iterator[Case]:
    """Other algorithms, honestly signed or with the zeros of CVE-2022-21449 (CVE-2026-48523)."""
    for alg in ("RS384", "RS512", "PS256"):
        attack = sign(access_claims(), header(alg=alg), algorithm=alg)
        yield case(f"alg-other-asymmetric/{alg}", attack, "algorithm")
    for size in (64, 8):
        psychic = forge.compact(header(alg="ES256"), access_claims(), bytes(size))
        yield case(f"alg-other-asymmetric/ES256-psychic-{size}", psychic, "algorithm")
    elliptic = forge.load_balancer().sign(access_claims(), header(alg="ES256"), padded=False)
    yield case("alg-other-asymmetric/ES256", elliptic, "algorithm")
    for alg in ("RS384", "PS256"):  # the signature is of that kind, and the header denies it
        yield case(
            f"alg-other-asymmetric/{alg}-as-RS256",
            sign(access_claims(), algorithm=alg),
            "signature",
        )


@row
def alg_shape() -> Iterator[Case]:
    """An alg that is not the str RS256: names are case-sensitive (RFC 7515 4.1.1)."""
    shapes: dict[str, object] = {
        "missing": ...,
        "null": None,
        "list": ["RS256"],
        "object": {"RS256": "RS256"},
        "number": 256,
        "true": True,
        "lower": "rs256",
        "space": "RS256 ",
        "nul": "RS256\0",
        "newline": "RS256\n",
        "fullwidth": "ＲＳ256",
    }
    for variant, alg in shapes.items():
        yield case(f"alg-shape/{variant}", sign(access_claims(), header(alg=alg)), "algorithm")


@row
def hdr_embedded_jwk() -> Iterator[Case]:
    """The token brings its own key along (CVE-2018-0114, CVE-2026-27962)."""
    attacker = attacker_key()
    for kid in (POOL_KID, ATTACKER_KID):
        head = header(kid=kid, jwk=attacker.jwk(kid=kid))
        yield case(
            f"hdr-embedded-jwk/{kid}", sign(access_claims(), head, key=attacker), "malformed"
        )
    own = header(jwk=pool_key().jwk())
    yield case("hdr-embedded-jwk/own", sign(access_claims(), own), "malformed")
    yield case("hdr-embedded-jwk/null", sign(access_claims(), header(jwk=None)), "malformed")


@row
def hdr_jku_x5u_x5c() -> Iterator[Case]:
    """The token says where its key is to be had (RFC 8725 3.10)."""
    url = "http://127.0.0.1:9/jwks.json"
    members: dict[str, object] = {
        "jku": url,
        "x5u": url,
        "x5c": ["MIIB"],
        "x5t": b64(bytes(20)),
        "x5t#S256": b64(bytes(32)),
    }
    for name, value in members.items():
        head = header(**{name: value})
        by_attacker = sign(access_claims(), head, key=attacker_key())
        yield case(f"hdr-jku-x5u-x5c/{name}", by_attacker, "malformed")
        yield case(f"hdr-jku-x5u-x5c/{name}-signed", sign(access_claims(), head), "malformed")


@row
def kid_other_key() -> Iterator[Case]:
    """The signature is of another key than the one named: keys are not tried in turn."""
    for kid, key, twin_key in (
        (SECOND_KID, pool_key(), second_key()),
        (POOL_KID, second_key(), pool_key()),
        (POOL_KID, attacker_key(), pool_key()),
    ):
        attack = sign(access_claims(), header(kid=kid), key=key)
        twin = sign(access_claims(), header(kid=kid), key=twin_key)
        yield case(f"kid-other-key/{key.kid}-as-{kid}", attack, "signature", twin)


@row
def kid_absent() -> Iterator[Case]:
    """No key is named, even where the set has one key only, or one without a name."""
    shown = {
        "two-keys": jwks(),
        "one-key": jwks(pool_key().jwk()),
        "nameless-key": jwks(pool_key().jwk(), second_key().jwk(kid=...)),
        "null-key": jwks(pool_key().jwk(), second_key().jwk(kid=None)),
        "empty-key": jwks(pool_key().jwk(), second_key().jwk(kid="")),
    }
    absent: dict[str, object] = {"missing": ..., "empty": "", "null": None}
    for (variant, kid), (name, keys) in itertools.product(absent.items(), shown.items()):
        key = second_key() if name.endswith("-key") and name != "one-key" else pool_key()
        attack = sign(access_claims(), header(kid=kid), key=key)
        yield case(f"kid-absent/{variant}-{name}", attack, "key_not_found", keys=keys)


@row
def kid_type() -> Iterator[Case]:
    """A kid that is no str (RFC 7515 4.1.4)."""
    for variant, kid in {
        "number": 1,
        "list": [POOL_KID],
        "empty-list": [],
        "object": {"kid": POOL_KID},
        "empty-object": {},
        "true": True,
        "false": False,
        "zero": 0,
    }.items():
        yield case(f"kid-type/{variant}", sign(access_claims(), header(kid=kid)), "malformed")


@row
def kid_injection() -> Iterator[Case]:
    """A kid that would do harm in a path, a query, a log or a shell, or is too long (RFC 8725 3.10)."""
    for variant, kid in {
        "path": "../../../../dev/null",
        "url": "https://evil.example/jwks.json",
        "sql": "' UNION SELECT 'key' --",
        "shell": "$(touch /tmp/x)",
        "format": "%s%n{0.__class__}",
        "nul": POOL_KID + "\0",
        "upper": POOL_KID.upper(),
        "space": POOL_KID + " ",
        "newline": POOL_KID + "\r\nX: y",
        "prefix": POOL_KID[:-1],
        "longest": "x" * 256,
    }.items():
        yield case(
            f"kid-injection/{variant}", sign(access_claims(), header(kid=kid)), "key_not_found"
        )
    for length in (257, 8_000, 100_000):
        attack = sign(access_claims(), header(kid="x" * length))
        yield case(f"kid-injection/{length}", attack, "malformed")


@row
def crit() -> Iterator[Case]:
    """Extensions that must be understood, and are not (RFC 7515 4.1.11, RFC 7797, CVE-2026-32597)."""
    values: dict[str, dict[str, object]] = {
        "unknown": {
            "crit": ["http://example.invalid/UNDEFINED"],
            "http://example.invalid/UNDEFINED": True,
        },
        "empty": {"crit": []},
        "null": {"crit": None},
        "text": {"crit": "exp"},
        "alg": {"crit": ["alg"]},
        "number": {"crit": [1]},
        "b64-false": {"crit": ["b64"], "b64": False},
        "b64-true": {"crit": ["b64"], "b64": True},
        "b64-alone": {"b64": False},
        "b64-alone-true": {"b64": True},
    }
    for variant, members in values.items():
        yield case(f"crit/{variant}", sign(access_claims(), header(**members)), "malformed")
    detached = b64(dump(header(crit=["b64"], b64=False))) + "." + dump(access_claims()).decode()
    yield case("crit/unencoded-payload", sign_text(detached), "malformed")


@row
def hdr_foreign_params() -> Iterator[Case]:
    """Parameters of encrypted, compressed or other kinds of tokens (RFC 8725 3.11 and 3.12)."""
    values: dict[str, dict[str, object]] = {
        "zip": {"zip": "DEF"},
        "enc": {"enc": "A128GCM"},
        "cty": {"cty": "JWT"},
        "cty-null": {"cty": None},
        "typ-access": {"typ": "at+jwt"},
        "typ-logout": {"typ": "logout+jwt"},
        "typ-json": {"typ": "JOSE+JSON"},
        "typ-number": {"typ": 1},
        "typ-list": {"typ": ["JWT"]},
        "typ-empty": {"typ": ""},
    }
    twin = sign(access_claims(), header(typ="JWT"))
    for variant, members in values.items():
        yield case(
            f"hdr-foreign-params/{variant}",
            sign(access_claims(), header(**members)),
            "malformed",
            twin,
        )
    squeezer = zlib.compressobj(wbits=-15)
    squeezed = squeezer.compress(dump(access_claims())) + squeezer.flush()
    yield case("hdr-foreign-params/zip-deflated", sign(squeezed, header(zip="DEF")), "malformed")
    yield case("hdr-foreign-params/deflated", sign(squeezed), "malformed")
    unknown = sign(access_claims(), header(**{"https://example.com/x": "future"}))
    attack = sign(
        access_claims(),
        header(**{"https://example.com/x": "future"}, crit=["https://example.com/x"]),
    )
    yield case("hdr-foreign-params/unknown-is-ignored", attack, "malformed", unknown)
