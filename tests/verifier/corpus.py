"""The attacks on a verifier, each beside the twin that differs from it in the defect alone.

A row is one attack's name; its cases are the forms that the attack takes. Nothing here knows
cognitokit, so that the same cases can be shown to other verifiers as well.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.verifier import forge
from tests.verifier.forge import (
    ATTACKER_KID,
    CLIENT_ID,
    ISSUER,
    NOW,
    OTHER_CLIENT_ID,
    OTHER_ISSUER,
    POOL_KID,
    REGION,
    SECOND_KID,
    UPDATED_ISSUER,
    access_claims,
    access_token,
    attacker_key,
    b64,
    dump,
    header,
    id_claims,
    id_token,
    jwks,
    pool_key,
    resigned,
    second_key,
    sign,
    sign_text,
    unb64,
)

REPLICA_ISSUER = f"https://cognito-idp.us-west-2.amazonaws.com/{forge.POOL_ID}"
MAX_LENGTH = 16_384
MAX_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z


class Case(NamedTuple):
    """One attack, the refusal that it must get, and the twin that must be accepted.

    Attributes:
        id: The row and the variant.
        attack: What is offered to verify(), not always a str.
        reason: The error's reason.
        claim: The error's claim, where the fault is in one.
        twin: The same token without the defect.
        keys: The JWK set of the attack.
        twin_keys: The JWK set of the twin, where the defect is in the set.
        options: The verifier's options besides user pool, client and clock.
        twin_options: The same for the twin, where the defect is in what the verifier expects.
        pool: The user pool's options.
        call: What verify() is given besides the token.
    """

    id: str
    attack: object
    reason: str
    claim: str | None
    twin: str
    keys: Mapping[str, Any]
    twin_keys: Mapping[str, Any]
    options: Mapping[str, Any]
    twin_options: Mapping[str, Any]
    pool: Mapping[str, Any]
    call: Mapping[str, Any]

    @property
    def row(self) -> str:
        """The attack's name."""
        return self.id.partition("/")[0]


def case(
    id: str,  # noqa: A002 - what the field is called
    attack: object,
    kind: str,
    twin: str | None = None,
    *,
    keys: Mapping[str, Any] | None = None,
    twin_keys: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    twin_options: Mapping[str, Any] | None = None,
    pool: Mapping[str, Any] | None = None,
    call: Mapping[str, Any] | None = None,
) -> Case:
    """Return a case; kind is a reason, or "claim:" and the claim's name."""
    reason, _, claim = kind.partition(":")
    found = keys if keys is not None else jwks()
    chosen = {"token_use": "access", **(options or {})}
    return Case(
        id,
        attack,
        reason,
        f"{claim}" if claim else None,
        access_token() if twin is None else twin,
        found,
        found if twin_keys is None else twin_keys,
        chosen,
        chosen if twin_options is None else {"token_use": "access", **twin_options},
        pool or {},
        call or {},
    )


ROWS: dict[str, Callable[[], Iterator[Case]]] = {}
"""Row -> what makes its cases."""


def row(function: Callable[[], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    """Enter a generator of cases under its own name: alg_none makes the row alg-none."""
    ROWS[function.__name__.replace("_", "-")] = function
    return function


def cases() -> list[Case]:
    """Return the cases of all rows."""
    return [case for make in ROWS.values() for case in make()]


def twins(good: str, *attacks: tuple[str, object], row: str, kind: str, **more: Any) -> Iterator[Case]:
    """Yield a case for each (variant, attack), all of one kind and with one twin."""
    for variant, attack in attacks:
        yield case(f"{row}/{variant}", attack, kind, good, **more)


@row
def alg_none() -> Iterator[Case]:
    for alg in ("none", "None", "NONE", "nOnE", ""):
        head = header(alg=alg)
        yield case(f"alg-none/{alg or 'empty'}", forge.compact(head, access_claims(), b""), "algorithm")
        yield case(f"alg-none/{alg or 'empty'}-signed", sign(access_claims(), head), "algorithm")
    head_segment = b64(dump(header(alg="none")))
    _, payload, signature = access_token().split(".")
    yield case("alg-none/genuine-signature", f"{head_segment}.{payload}.{signature}", "algorithm")


@row
def alg_hs256_pubkey() -> Iterator[Case]:
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
        yield case(f"alg-hs256-pubkey/{variant}", forge.hmac_token(secret, access_claims()), "algorithm")


@row
def alg_other_asymmetric() -> Iterator[Case]:
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
            f"alg-other-asymmetric/{alg}-as-RS256", sign(access_claims(), algorithm=alg), "signature"
        )


@row
def alg_shape() -> Iterator[Case]:
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
    attacker = attacker_key()
    for kid in (POOL_KID, ATTACKER_KID):
        head = header(kid=kid, jwk=attacker.jwk(kid=kid))
        yield case(f"hdr-embedded-jwk/{kid}", sign(access_claims(), head, key=attacker), "malformed")
    own = header(jwk=pool_key().jwk())
    yield case("hdr-embedded-jwk/own", sign(access_claims(), own), "malformed")
    yield case("hdr-embedded-jwk/null", sign(access_claims(), header(jwk=None)), "malformed")


@row
def hdr_jku_x5u_x5c() -> Iterator[Case]:
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
        yield case(f"kid-injection/{variant}", sign(access_claims(), header(kid=kid)), "key_not_found")
    for length in (257, 8_000, 100_000):
        attack = sign(access_claims(), header(kid="x" * length))
        yield case(f"kid-injection/{length}", attack, "malformed")


@row
def sig_tampered() -> Iterator[Case]:
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
    yield case("sig-tampered/header-space", f"{b64(respelled)}.{payload}.{signature}", "signature", good)
    for position in (0, 128, 255):
        flipped = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        yield case(f"sig-tampered/bit-{position}", resigned(good, flipped), "signature", good)
    yield case("sig-tampered/empty", f"{head}.{payload}.", "signature", good)
    other = access_token(username="joe")
    yield case(
        "sig-tampered/swapped-signature", f"{head}.{payload}.{other.split('.')[2]}", "signature", good
    )
    yield case(
        "sig-tampered/swapped-payload", f"{head}.{other.split('.')[1]}.{signature}", "signature", good
    )
    yield case("sig-tampered/reversed", resigned(good, raw[::-1]), "signature", good)


@row
def sig_pkcs1_padding() -> Iterator[Case]:
    good = access_token()
    signing_input = good.rpartition(".")[0].encode()
    em = forge.encoded_message(signing_input, 256)
    info, digest = em[-51:-32], em[-32:]
    sha512 = bytes.fromhex("3051300d060960864801650304020305000440")

    def padded(tail: bytes, kind: int = 1, fill: bytes = b"\xff") -> bytes:
        return bytes([0, kind]) + fill * (256 - len(tail) - 3) + b"\x00" + tail

    forms = {
        "missing-null": padded(bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest),
        "long-length": padded(b"\x30\x81\x31" + info[2:] + digest),
        "indefinite-length": padded(b"\x30\x80" + info[2:] + digest + b"\x00\x00"),
        "trailing-garbage": em[:11] + b"\x00" + info + digest + b"\xa5" * (256 - 11 - 1 - 51),
        "garbage-in-params": padded(b"\x30\x33" + info[2:15] + b"\x05\x02\xab\xcd" + info[17:] + digest),
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


@row
def iss_lookalike() -> Iterator[Case]:
    host = f"cognito-idp.{REGION}.amazonaws.com"
    for variant, iss in {
        "slash": ISSUER + "/",
        "suffix": ISSUER.replace(host, host + ".evil.com"),
        "prefix": ISSUER.replace(host, "evil-" + host),
        "truncated": ISSUER[:-1],
        "extended": ISSUER + "X",
        "upper": ISSUER.upper(),
        "lower": ISSUER.lower(),
        "http": ISSUER.replace("https:", "http:"),
        "no-scheme": ISSUER.removeprefix("https://"),
        "userinfo": ISSUER.replace("https://", "https://user@evil.com@"),
        "userinfo-host": f"https://{host}@evil.com/{forge.POOL_ID}",
        "port": ISSUER.replace(host, host + ":443"),
        "query": ISSUER + "?",
        "fragment": ISSUER + "#",
        "nul": ISSUER + "\0",
        "newline": ISSUER + "\n",
        "space": " " + ISSUER,
        "cyrillic": ISSUER.replace("a", "\u0430", 1),
        "fullwidth": ISSUER.replace("eu-west-1_", "eu-west-1\uff3f"),
        "empty": "",
        "pool-id": forge.POOL_ID,
    }.items():
        yield case(f"iss-lookalike/{variant}", access_token(iss=iss), "claim:iss")


@row
def iss_type() -> Iterator[Case]:
    for variant, iss in {
        "missing": ...,
        "null": None,
        "list": [ISSUER],
        "two": [ISSUER, OTHER_ISSUER],
        "object": {ISSUER: 1},
        "number": 1,
        "true": True,
    }.items():
        yield case(f"iss-type/{variant}", access_token(iss=iss), "claim:iss")


@row
def iss_other_pool() -> Iterator[Case]:
    stranger = attacker_key()
    claims = access_claims(iss=OTHER_ISSUER)
    yield case("iss-other-pool/same-key", sign(claims), "claim:iss")
    yield case(
        "iss-other-pool/unknown-kid", sign(claims, header(kid=ATTACKER_KID), key=stranger), "claim:iss"
    )
    # Its own kid happens to be ours: the signature is checked before any claim is believed.
    yield case("iss-other-pool/kid-collision", sign(claims, key=stranger), "signature")
    shared = jwks(pool_key().jwk(), stranger.jwk())
    yield case(
        "iss-other-pool/key-in-set",
        sign(claims, header(kid=ATTACKER_KID), key=stranger),
        "claim:iss",
        sign(access_claims(), header(kid=ATTACKER_KID), key=stranger),
        keys=shared,
    )


@row
def iss_updated_and_replica() -> Iterator[Case]:
    row_ = "iss-updated-and-replica"
    original = {"issuers": [ISSUER]}
    updated = {"issuers": [UPDATED_ISSUER]}
    yield case(f"{row_}/updated", access_token(iss=UPDATED_ISSUER), "claim:iss", pool=original)
    yield case(
        f"{row_}/original", access_token(), "claim:iss", access_token(iss=UPDATED_ISSUER), pool=updated
    )
    both = access_token(iss=UPDATED_ISSUER)
    for variant, twin in (("replica-original", access_token()), ("replica-updated", both)):
        yield case(f"{row_}/{variant}", access_token(iss=REPLICA_ISSUER), "claim:iss", twin)
    yield case(
        f"{row_}/replica-region-is-no-issuer",
        access_token(iss=REPLICA_ISSUER),
        "claim:iss",
        pool={"region": "us-west-2"},
    )
    yield case(
        f"{row_}/replica-allowed",
        access_token(iss=UPDATED_ISSUER),
        "claim:iss",
        access_token(iss=REPLICA_ISSUER),
        pool={"issuers": [ISSUER, REPLICA_ISSUER]},
    )
    for variant, iss in {
        "dot": f"https://issuer.cognito-idp.{REGION}.amazonaws.com/{forge.POOL_ID}",
        "other-region": f"https://issuer-cognito-idp.us-west-2.amazonaws.com/{forge.POOL_ID}",
        "other-partition": f"https://cognito-idp.{REGION}.amazonaws.com.cn/{forge.POOL_ID}",
        "other-pool": f"https://issuer-cognito-idp.{REGION}.amazonaws.com/{forge.OTHER_POOL_ID}",
    }.items():
        yield case(f"{row_}/{variant}", access_token(iss=iss), "claim:iss", both)


WRONG_CLIENTS: dict[str, object] = {
    "other": OTHER_CLIENT_ID,
    "missing": ...,
    "null": None,
    "list": [CLIENT_ID],
    "two": [CLIENT_ID, OTHER_CLIENT_ID],
    "object": {CLIENT_ID: CLIENT_ID},
    "prefix": CLIENT_ID[:-1],
    "extended": CLIENT_ID + "0",
    "upper": CLIENT_ID.upper(),
    "space": CLIENT_ID + " ",
    "empty": "",
    "number": 1,
}


@row
def client_other() -> Iterator[Case]:
    for variant, client in WRONG_CLIENTS.items():
        attack = access_token(client_id=client)
        yield case(f"client-other/{variant}", attack, "claim:client_id")
        several = {"client_id": {CLIENT_ID, "2example23456789"}}
        yield case(f"client-other/{variant}-of-several", attack, "claim:client_id", options=several)
    listed = {"client_id": [CLIENT_ID, OTHER_CLIENT_ID]}
    third = access_token(client_id="3example23456789")
    yield case(
        "client-other/third", third, "claim:client_id", access_token(client_id=OTHER_CLIENT_ID), options=listed
    )
    for variant, client in (("missing", ...), ("null", None), ("list", [CLIENT_ID]), ("number", 1)):
        yield case(
            f"client-other/any-client-{variant}",
            access_token(client_id=client),
            "claim:client_id",
            access_token(client_id=OTHER_CLIENT_ID),
            options={"client_id": None},
        )


@row
def aud_other() -> Iterator[Case]:
    for variant, aud in WRONG_CLIENTS.items():
        yield case(
            f"aud-other/id-{variant}", id_token(aud=aud), "claim:aud", id_token(), options={"token_use": "id"}
        )
    for variant, aud in (("missing", ...), ("null", None), ("list", [CLIENT_ID])):
        yield case(
            f"aud-other/any-client-id-{variant}",
            id_token(aud=aud),
            "claim:aud",
            id_token(aud=OTHER_CLIENT_ID),
            options={"token_use": "id", "client_id": None},
        )
    resource = "https://api.example.com"
    bound = access_token(aud=resource)
    for variant, aud in {
        "other": "https://evil.example.com",
        "list": [resource],
        "slash": resource + "/",
        "prefix": resource[:-1],
        "null": None,
        "number": 1,
        "empty": "",
    }.items():
        yield case(
            f"aud-other/access-{variant}",
            access_token(aud=aud),
            "claim:aud",
            bound,
            options={"audience": resource},
        )
    yield case("aud-other/access-missing", access_token(), "claim:aud", bound, options={"audience": resource})
    for variant, aud in (("other", resource), ("list", [CLIENT_ID]), ("null", None)):
        yield case(
            f"aud-other/access-unconfigured-{variant}",
            access_token(aud=aud),
            "claim:aud",
            access_token(aud=CLIENT_ID),
        )


@row
def use_swapped() -> Iterator[Case]:
    as_id = {"token_use": "id"}
    yield case("use-swapped/id-as-access", id_token(), "claim:token_use")
    yield case("use-swapped/id-with-client", id_token(client_id=CLIENT_ID), "claim:token_use")
    yield case(
        "use-swapped/id-with-all",
        id_token(client_id=CLIENT_ID, scope="openid", username="jane"),
        "claim:token_use",
    )
    yield case("use-swapped/access-as-id", access_token(), "claim:token_use", id_token(), options=as_id)
    yield case(
        "use-swapped/access-with-aud",
        access_token(aud=CLIENT_ID),
        "claim:token_use",
        id_token(),
        options=as_id,
    )


@row
def use_shape() -> Iterator[Case]:
    for variant, use in {
        "missing": ...,
        "null": None,
        "refresh": "refresh",
        "capital": "Access",
        "list": ["access"],
        "both": ["access", "id"],
        "object": {"access": 1},
        "space": "access ",
        "empty": "",
        "true": True,
    }.items():
        yield case(f"use-shape/{variant}", access_token(token_use=use), "claim:token_use")
        yield case(
            f"use-shape/{variant}-either",
            access_token(token_use=use),
            "claim:token_use",
            options={"token_use": None},
        )
        yield case(
            f"use-shape/{variant}-id",
            id_token(token_use=use),
            "claim:token_use",
            id_token(),
            options={"token_use": "id"},
        )


@row
def exp_absent() -> Iterator[Case]:
    for variant, exp in (("missing", ...), ("null", None)):
        yield case(f"exp-absent/{variant}", access_token(exp=exp), "claim:exp")
        yield case(
            f"exp-absent/{variant}-id", id_token(exp=exp), "claim:exp", id_token(), options={"token_use": "id"}
        )


@row
def exp_type() -> Iterator[Case]:
    for variant, exp in {
        "text": "1900000000",
        "true": True,
        "false": False,
        "list": [NOW + 60],
        "object": {},
        "empty": "",
        "date": "2027-01-15T08:00:00Z",
    }.items():
        yield case(f"exp-type/{variant}", access_token(exp=exp), "claim:exp")


def _with_number(claims: dict[str, Any], name: str, text: str) -> str:
    marker = 1_234_567_890_123
    return sign(dump({**claims, name: marker}).replace(str(marker).encode(), text.encode()))


@row
def exp_nonfinite() -> Iterator[Case]:
    for name, text in itertools.product(
        ("exp", "nbf", "iat", "auth_time", "other"), ("NaN", "Infinity", "-Infinity", "1e400", "-1e400")
    ):
        attack = _with_number(access_claims(), name, text)
        twin = _with_number(access_claims(), name, str(NOW + 60 if name == "exp" else NOW - 60))
        yield case(f"exp-nonfinite/{name}-{text}", attack, "malformed", twin)


@row
def exp_range() -> Iterator[Case]:
    for variant, text in {
        "minus-one": "-1",
        "minus-half": "-0.5",
        "very-negative": "-1e20",
        "milliseconds": str((NOW + 60) * 1000),
        "past-9999": str(MAX_TIME + 1),
        "float-past-9999": f"{MAX_TIME + 1}.0",
        "huge-float": "1e300",
    }.items():
        yield case(f"exp-range/{variant}", _with_number(access_claims(), "exp", text), "claim:exp")
    yield case("exp-range/zero", _with_number(access_claims(), "exp", "0"), "expired:exp")
    for digits, kind in ((16, "claim:exp"), (400, "claim:exp"), (4_000, "claim:exp"), (5_000, "malformed")):
        attack = _with_number(access_claims(), "exp", "9" * digits)
        yield case(f"exp-range/{digits}-digits", attack, kind)
    last = _with_number(access_claims(), "exp", str(MAX_TIME))
    yield case(
        "exp-range/last-second",
        _with_number(access_claims(), "exp", str(MAX_TIME + 1)),
        "claim:exp",
        last,
    )


@row
def exp_boundary() -> Iterator[Case]:
    for leeway in (0, 1, 60, 600):
        options = {"leeway": leeway}
        twin = access_token(exp=NOW - leeway + 1)
        for variant, exp in {
            "now": NOW - leeway,
            "before": NOW - leeway - 1,
            "now-float": float(NOW - leeway),
            "just-before": NOW - leeway - 0.5,
        }.items():
            yield case(
                f"exp-boundary/{leeway}-{variant}", access_token(exp=exp), "expired:exp", twin, options=options
            )


def _weak_case(variant: str, weak: Mapping[str, Any], token: str) -> Case:
    strong = second_key()
    twin = sign(access_claims(), header(kid=SECOND_KID), key=strong)
    entry = {**weak, "kid": SECOND_KID}
    return case(
        variant,
        token,
        "key_invalid",
        twin,
        keys=jwks(pool_key().jwk(), entry),
        twin_keys=jwks(pool_key().jwk(), strong.jwk()),
    )


@row
def jwk_weak() -> Iterator[Case]:
    claims, head = access_claims(), header(kid=SECOND_KID)
    signed = sign(claims, head, key=second_key())
    for bits in (1024, 1536, 2040):
        small = forge.signer(f"{bits} bits", bits)
        yield _weak_case(f"jwk-weak/{bits}", small.jwk(), sign(claims, head, key=small))
    signing_input = signed.rpartition(".")[0]
    forged = resigned(signed, forge.encoded_message(signing_input.encode(), 256))
    good = second_key().jwk()
    n = second_key().public.public_numbers().n
    yield _weak_case("jwk-weak/e-1", {**good, "e": "AQ"}, forged)
    zero = resigned(signed, bytes(255) + b"\x01")
    yield _weak_case("jwk-weak/e-0", {**good, "e": "AA"}, zero)
    wrong: dict[str, dict[str, object]] = {
        "e-2": {"e": "Ag"},
        "e-even": {"e": forge.number(65536)},
        "e-huge": {"e": forge.number((1 << 2000) + 1)},
        "e-is-n": {"e": forge.number(n)},
        "e-over-64-bits": {"e": forge.number((1 << 64) + 1)},
        "e-int": {"e": 65537},
        "e-missing": {"e": ...},
        "e-null": {"e": None},
        "e-empty": {"e": ""},
        "e-padded": {"e": "AQAB="},
        "e-text": {"e": "not base64 url"},
        "n-even": {"n": forge.number(n - 1)},
        "n-int": {"n": n},
        "n-missing": {"n": ...},
        "n-null": {"n": None},
        "n-empty": {"n": ""},
        "n-zero": {"n": "AA"},
        "n-list": {"n": [good["n"]]},
        "n-padded": {"n": good["n"] + "=="},
        "n-spaced": {"n": good["n"] + "\n"},
        "n-nul": {"n": good["n"] + "\0"},
        "n-non-ascii": {"n": good["n"][:-1] + "é"},
        "n-16384": {"n": forge.number((1 << 16383) + 12345)},
        "n-8200": {"n": forge.number((1 << 8199) + 12345)},
    }
    for variant, members in wrong.items():
        yield _weak_case(f"jwk-weak/{variant}", second_key().jwk(**members), signed)


@row
def jwk_purpose() -> Iterator[Case]:
    signed = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
    elliptic = forge.load_balancer().key.public_key().public_numbers()
    wrong: dict[str, dict[str, object]] = {
        "use-enc": {"use": "enc"},
        "use-list": {"use": ["sig"]},
        "use-capital": {"use": "SIG"},
        "use-number": {"use": 1},
        "key-ops-encrypt": {"key_ops": ["encrypt"]},
        "key-ops-sign": {"key_ops": ["sign"]},
        "key-ops-text": {"key_ops": "verify"},
        "key-ops-object": {"key_ops": {"verify": 1}},
        "alg-RS384": {"alg": "RS384"},
        "alg-RS512": {"alg": "RS512"},
        "alg-PS256": {"alg": "PS256"},
        "alg-RSA-OAEP": {"alg": "RSA-OAEP"},
        "alg-lower": {"alg": "rs256"},
        "alg-list": {"alg": ["RS256"]},
        "kty-EC": {"kty": "EC"},
        "kty-lower": {"kty": "rsa"},
        "kty-missing": {"kty": ...},
        "kty-list": {"kty": ["RSA"]},
        "kty-oct": {"kty": "oct", "k": b64(b"secret" * 6), "alg": "HS256"},
        "EC": {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "x": forge.number(elliptic.x),
            "y": forge.number(elliptic.y),
            "n": ...,
            "e": ...,
        },
    }
    for variant, members in wrong.items():
        yield _weak_case(f"jwk-purpose/{variant}", second_key().jwk(**members), signed)


@row
def not_yet_valid() -> Iterator[Case]:
    for variant, claims in {
        "nbf": {"nbf": NOW + 3600},
        "nbf-1": {"nbf": NOW + 1},
        "iat": {"iat": NOW + 86_400},
        "iat-301": {"iat": NOW + 301},
        "auth-time": {"auth_time": NOW + 86_400},
        "auth-time-301": {"auth_time": NOW + 301},
    }.items():
        yield case(
            f"not-yet-valid/{variant}",
            access_token(**claims),
            f"not_yet_valid:{next(iter(claims))}",
            access_token(**dict.fromkeys(claims, NOW)),
        )
    yield case(
        "not-yet-valid/nbf-beyond-leeway",
        access_token(nbf=NOW + 61),
        "not_yet_valid:nbf",
        access_token(nbf=NOW + 60),
        options={"leeway": 60},
    )
    for name, (variant, value) in itertools.product(
        ("nbf", "iat", "auth_time"),
        {
            "text": str(NOW),
            "true": True,
            "list": [NOW],
            "null": None,
            "negative": -1,
            "milliseconds": NOW * 1000,
        }.items(),
    ):
        yield case(
            f"not-yet-valid/{name}-{variant}",
            access_token(**{name: value}),
            f"claim:{name}",
            access_token(**{name: NOW}),
        )


@row
def crit() -> Iterator[Case]:
    for variant, members in {
        "unknown": {"crit": ["http://example.invalid/UNDEFINED"], "http://example.invalid/UNDEFINED": True},
        "empty": {"crit": []},
        "null": {"crit": None},
        "text": {"crit": "exp"},
        "alg": {"crit": ["alg"]},
        "number": {"crit": [1]},
        "b64-false": {"crit": ["b64"], "b64": False},
        "b64-true": {"crit": ["b64"], "b64": True},
        "b64-alone": {"b64": False},
        "b64-alone-true": {"b64": True},
    }.items():
        yield case(f"crit/{variant}", sign(access_claims(), header(**members)), "malformed")
    detached = b64(dump(header(crit=["b64"], b64=False))) + "." + dump(access_claims()).decode()
    yield case("crit/unencoded-payload", sign_text(detached), "malformed")


@row
def hdr_foreign_params() -> Iterator[Case]:
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
        yield case(f"hdr-foreign-params/{variant}", sign(access_claims(), header(**members)), "malformed", twin)
    squeezer = zlib.compressobj(wbits=-15)
    squeezed = squeezer.compress(dump(access_claims())) + squeezer.flush()
    yield case("hdr-foreign-params/zip-deflated", sign(squeezed, header(zip="DEF")), "malformed")
    yield case("hdr-foreign-params/deflated", sign(squeezed), "malformed")
    unknown = sign(access_claims(), header(**{"https://example.com/x": "future"}))
    attack = sign(access_claims(), header(**{"https://example.com/x": "future"}, crit=["https://example.com/x"]))
    yield case("hdr-foreign-params/unknown-is-ignored", attack, "malformed", unknown)


@row
def refresh_or_jwe() -> Iterator[Case]:
    head = b64(dump({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}))
    parts = [b64(bytes([i]) * size) for i, size in enumerate((256, 12, 900, 16))]
    yield case("refresh-or-jwe/jwe", ".".join([head, *parts]), "malformed")
    yield case("refresh-or-jwe/dir", ".".join([b64(dump({"alg": "dir"})), "", *parts[1:]]), "malformed")
    yield case("refresh-or-jwe/signed-first", access_token() + ".AAAA.AAAA", "malformed")


@row
def json_serialization() -> Iterator[Case]:
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
    full = next(t for size in range(4) if len(t := b64(dump(access_claims(pad="x" * size)))) % 4 == 0)
    for variant, attack in {
        "header-lone-character": sign_text(f"{b64(dump(header(pad='')))}A.{payload}"),
        "payload-lone-character": sign_text(f"{head}.{full}A"),
        "payload-one-character": sign_text(f"{head}.A"),
    }.items():
        yield case(f"b64-noncanonical/{variant}", attack, "malformed", sign_text(f"{head}.{full}"))
    stretched = signature + "AAA"  # 256 bytes make 342 characters: two and a lone one more
    yield case("b64-noncanonical/signature-lone-character", f"{head}.{payload}.{stretched}", "malformed", good)


@row
def b64_alphabet() -> Iterator[Case]:
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
    for place, (variant, change) in itertools.product(("header", "payload", "signature"), CHANGES.items()):
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
    claims, head = dump(access_claims(name="x")), dump(header(name="x"))
    twin = sign(claims, head)
    for variant, spoil in {
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
    }.items():
        yield case(f"json-encoding/payload-{variant}", sign(spoil(claims), head), "malformed", twin)
        yield case(f"json-encoding/header-{variant}", sign(claims, spoil(head)), "malformed", twin)
    paired = sign(claims.replace(b'"x"', b'"\\ud834\\udd1e \\\\ud834"'), head)
    lone = sign(claims.replace(b'"x"', b'"\\ud834 \\\\udd1e"'), head)
    yield case("json-encoding/pair-split", lone, "malformed", paired)


@row
def json_shape() -> Iterator[Case]:
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
            yield case(f"dos-nesting/header-{variant}-{depth}", sign(access_claims(), head), "malformed", twin)
            yield case(f"dos-nesting/bare-{variant}-{depth}", sign(deep), "malformed", twin)


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
    longest = of_length(MAX_LENGTH)
    yield case("dos-size/one-more", of_length(MAX_LENGTH + 1), "malformed", longest)
    yield case("dos-size/long-claim", access_token(pad="x" * 100_000), "malformed", longest)
    yield case("dos-size/long-header", sign(access_claims(), header(x="x" * 100_000)), "malformed", longest)
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


@row
def jwks_dup_kid() -> Iterator[Case]:
    twin = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
    alias = attacker_key().jwk(kid=SECOND_KID)
    mine, pool = second_key().jwk(), pool_key().jwk()
    for variant, keys in {
        "good-first": (pool, mine, alias),
        "good-last": (pool, alias, mine),
        "apart": (mine, pool, alias),
        "three": (pool, mine, alias, alias),
        "weak-other": (pool, mine, {**alias, "e": "AQ"}),
        "weak-other-first": (pool, {**alias, "e": "AQ"}, mine),
        "foreign-other": (pool, {"kty": "EC", "kid": SECOND_KID}, mine),
        "same-key": (pool, mine, mine),
    }.items():
        yield case(
            f"jwks-dup-kid/{variant}", twin, "key_invalid", twin, keys=jwks(*keys), twin_keys=jwks(pool, mine)
        )
    by_alias = sign(access_claims(), header(kid=SECOND_KID), key=attacker_key())
    yield case(
        "jwks-dup-kid/by-the-other", by_alias, "key_invalid", twin, keys=jwks(pool, mine, alias), twin_keys=jwks()
    )


@row
def jwks_poison() -> Iterator[Case]:
    """A bad entry costs itself alone: the twin is a token of the good key in the same set."""
    mine = second_key().jwk()
    twin = access_token()
    for variant, entry in {
        "weak": {**mine, "e": "AQ"},
        "enc": {**mine, "use": "enc"},
        "EC": {"kty": "EC", "kid": SECOND_KID, "crv": "P-256", "x": "AA", "y": "AA"},
        "bare": {"kid": SECOND_KID},
        "oct": {"kty": "oct", "kid": SECOND_KID, "k": "AA"},
    }.items():
        attack = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
        yield case(
            f"jwks-poison/{variant}", attack, "key_invalid", twin, keys=jwks(entry, pool_key().jwk())
        )
    for variant, thing in {
        "null": None,
        "number": 1,
        "text": SECOND_KID,
        "list": [mine],
        "empty": {},
        "nameless": {**mine, "kid": None},
        "kid-list": {**mine, "kid": [SECOND_KID]},
        "kid-object": {**mine, "kid": {"a": 1}},
    }.items():
        attack = sign(access_claims(), header(kid=SECOND_KID), key=second_key())
        keys = {"keys": [thing, pool_key().jwk(), thing]}
        yield case(f"jwks-poison/{variant}", attack, "key_not_found", twin, keys=keys)


@row
def groups_scope_type() -> Iterator[Case]:
    row_ = "groups-scope-type"
    admin: dict[str, Any] = {"groups": ["admin"]}
    for variant, groups in {
        "text": "superadmins",
        "exact-text": "admin",
        "numbers": [1],
        "mixed": ["admin", 1],
        "object": {"admin": True},
        "null": None,
        "true": True,
        "nested": [["admin"]],
    }.items():
        attack = access_token(**{"cognito:groups": groups})
        yield case(f"{row_}/groups-{variant}", attack, "forbidden:cognito:groups", options=admin)
        yield case(f"{row_}/groups-{variant}-call", attack, "forbidden:cognito:groups", call=admin)
    for variant, groups in {
        "missing": ...,
        "empty": [],
        "longer": ["superadmins", "administrators"],
        "capital": ["Admin"],
        "space": ["admin "],
    }.items():
        attack = access_token(**{"cognito:groups": groups})
        yield case(f"{row_}/groups-{variant}", attack, "forbidden:cognito:groups", options=admin)
        yield case(f"{row_}/any-group-{variant}", attack, "forbidden:cognito:groups", options={"any_group": ["admin"]})
        yield case(f"{row_}/groups-{variant}-call", attack, "forbidden:cognito:groups", call=admin)
        yield case(
            f"{row_}/any-group-{variant}-call", attack, "forbidden:cognito:groups", call={"any_group": ["admin"]}
        )
    one_of_two = access_token(**{"cognito:groups": ["admin"]})
    yield case(f"{row_}/groups-all", one_of_two, "forbidden:cognito:groups", options={"groups": ["admin", "staff"]})
    scoped: dict[str, Any] = {"scopes": ["tasks/read"]}
    for variant, scope in {
        "list": ["tasks/read"],
        "number": 1,
        "object": {"tasks/read": 1},
        "null": None,
        "true": True,
    }.items():
        attack = access_token(scope=scope)
        yield case(f"{row_}/scope-{variant}", attack, "forbidden:scope", options=scoped)
        yield case(f"{row_}/scope-{variant}-call", attack, "forbidden:scope", call=scoped)
    for variant, scope in {
        "missing": ...,
        "empty": "",
        "longer": "tasks/read.all tasks/readonly",
        "shorter": "tasks",
        "capital": "Tasks/Read",
        "comma": "tasks/read,tasks/write",
        "tab": "openid\ttasks/read",
        "newline": "openid\ntasks/read",
    }.items():
        attack = access_token(scope=scope)
        yield case(f"{row_}/scope-{variant}", attack, "forbidden:scope", options=scoped)
        yield case(f"{row_}/any-scope-{variant}", attack, "forbidden:scope", options={"any_scope": ["tasks/read"]})
        yield case(f"{row_}/scope-{variant}-call", attack, "forbidden:scope", call=scoped)
        yield case(f"{row_}/any-scope-{variant}-call", attack, "forbidden:scope", call={"any_scope": ["tasks/read"]})
    yield case(
        f"{row_}/scopes-all",
        access_token(scope="tasks/read"),
        "forbidden:scope",
        options={"scopes": ["tasks/read", "tasks/write"]},
    )
    # What an id token says of groups grants nothing where access tokens are asked for.
    yield case(f"{row_}/id-token", id_token(), "claim:token_use", options=admin)
    unforgiving = sign(access_claims(**{"cognito:groups": ["staff"]}))
    yield case(
        f"{row_}/call-only-adds", unforgiving, "forbidden:cognito:groups", options=admin, call={"groups": ["staff"]}
    )


@row
def login_nonce() -> Iterator[Case]:
    """What verify(nonce=...) adds; the login's own rules are the managed login's."""
    nonce = "n-0S6_WzA2Mj"
    for variant, value in {
        "missing": ...,
        "null": None,
        "other": "n-0S6_WzA2Mk",
        "prefix": nonce[:-1],
        "extended": nonce + "x",
        "upper": nonce.upper(),
        "list": [nonce],
        "empty": "",
        "number": 1,
        "non-ascii": "ñ-0S6_WzA2Mj",
    }.items():
        yield case(
            f"login-nonce/{variant}",
            id_token(nonce=value),
            "claim:nonce",
            id_token(),
            options={"token_use": "id"},
            call={"nonce": nonce},
        )


@row
def max_age() -> Iterator[Case]:
    """max_age counts from auth_time, which is then required (OpenID Connect Core 3.1.2.1)."""
    recent = access_token(auth_time=NOW - 300)
    for variant, value in {
        "older": NOW - 301,
        "much-older": NOW - 86_400,
        "zero": 0,
        "missing": ...,
        "null": None,
        "text": str(NOW),
        "true": True,
    }.items():
        yield case(
            f"max-age/{variant}",
            access_token(auth_time=value),
            "claim:auth_time",
            recent,
            options={"max_age": 300},
        )


@row
def own_check() -> Iterator[Case]:
    """The caller's check passes a token with the value True and with nothing else."""
    for variant, verdict in {
        "false": False,
        "none": None,
        "one": 1,
        "text": "True",
        "list": [True],
        "zero": 0,
    }.items():
        yield case(
            f"own-check/{variant}",
            access_token(),
            "claim:check",
            options={"check": lambda _, verdict=verdict: verdict},
            twin_options={"check": lambda _: True},
        )
