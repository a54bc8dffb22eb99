"""Attacks through what a token says of time, all of them really signed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import NOW, access_claims, access_token, dump, id_token, sign

MAX_TIME = 253_402_300_799
"""9999-12-31T23:59:59Z, epoch seconds."""


@row
def exp_absent() -> Iterator[Case]:
    """A token without an end."""
    for variant, exp in (("missing", ...), ("null", None)):
        yield case(f"exp-absent/{variant}", access_token(exp=exp), "claim:exp")
        yield case(
            f"exp-absent/{variant}-id",
            id_token(exp=exp),
            "claim:exp",
            id_token(),
            options={"token_use": "id"},
        )


@row
def exp_type() -> Iterator[Case]:
    """An end that is no number (RFC 7519 2)."""
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
    """Numbers that JSON does not have, or that no float holds: NaN is before nothing and after nothing."""
    for name, text in itertools.product(
        ("exp", "nbf", "iat", "auth_time", "other"),
        ("NaN", "Infinity", "-Infinity", "1e400", "-1e400"),
    ):
        attack = _with_number(access_claims(), name, text)
        twin = _with_number(access_claims(), name, str(NOW + 60 if name == "exp" else NOW - 60))
        yield case(f"exp-nonfinite/{name}-{text}", attack, "malformed", twin)


@row
def exp_range() -> Iterator[Case]:
    """Numbers that are no time: negative, in milliseconds, of thousands of digits."""
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
    for digits, kind in (
        (16, "claim:exp"),
        (400, "claim:exp"),
        (4_000, "claim:exp"),
        (5_000, "malformed"),
    ):
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
    """Expired on the second, and by fractions of it, with and without leeway (RFC 7519 4.1.4)."""
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
                f"exp-boundary/{leeway}-{variant}",
                access_token(exp=exp),
                "expired:exp",
                twin,
                options=options,
            )


@row
def not_yet_valid() -> Iterator[Case]:
    """Times that lie ahead, or are no times (RFC 7519 4.1.5 and 4.1.6)."""
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
