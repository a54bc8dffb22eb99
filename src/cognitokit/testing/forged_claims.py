"""Tokens with a genuine signature and a claim that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.testing.good_token import OTHER_CLIENT
from cognitokit.testing.mint import TokenMint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.testing.good_token import Forged, GoodToken


def of_time(good: GoodToken) -> Iterator[Forged]:
    """Those that are over, not yet begun, or without an end."""
    day = 86_400
    yield (
        "expired",
        "its time is over",
        good.with_claims(exp=good.now - 3600, iat=good.now - 7200, auth_time=good.now - 7200),
    )
    yield "no-exp", "it never expires", good.with_claims(exp=None)
    yield "exp-text", "its exp is a string", good.with_claims(exp=str(good.claims["exp"]))
    yield "not-yet-valid", "its nbf is tomorrow", good.with_claims(nbf=good.now + day)
    yield (
        "issued-tomorrow",
        "its iat is tomorrow",
        good.with_claims(iat=good.now + day, exp=good.now + 2 * day),
    )


def of_another_issuer(good: GoodToken) -> Iterator[Forged]:
    """Those whose iss is not the pool's, however like it."""
    pool, issuer = good.mint.pool, good.claims["iss"]
    stranger = TokenMint(
        f"{pool.region}_Stranger1", client_id=good.mint.client_id, clock=good.mint.clock
    )
    theirs = {**good.claims, "iss": stranger.issuer}
    yield (
        "other-pool",
        "another user pool issued it",
        stranger.sign(theirs, token_use=good.token_use),
    )
    scheme, _, rest = issuer.partition("://")
    for name, flaw, iss in (
        ("other-issuer", "its iss is another pool's", stranger.issuer),
        ("issuer-extended", "its iss only begins like the pool's", f"{issuer}.example.com"),
        (
            "issuer-other-host",
            "its iss only ends with the pool's id",
            f"https://attacker.example/{pool.id}",
        ),
        ("issuer-case", "its iss is the pool's in capital letters", issuer.upper()),
        (
            "issuer-scheme",
            "its iss is the pool's with another scheme",
            f"{'http' if scheme == 'https' else 'https'}://{rest}",
        ),
        ("no-issuer", "it has no iss", None),
    ):
        yield name, flaw, good.with_claims(iss=iss)


def of_another_client(good: GoodToken) -> Iterator[Forged]:
    """Those of another app client, or of none, or for another audience."""
    claim, own = good.client_claim, good.mint.client_id
    for name, flaw, value in (
        ("other-client", "it was issued to another app client", OTHER_CLIENT),
        ("client-prefix", f"its {claim} is the beginning of the app client's id", own[:-1]),
        ("client-extended", f"its {claim} only begins like the app client's id", f"{own}0"),
        ("no-client", f"it has no {claim}", None),
        ("client-list", f"its {claim} is a list", [own, OTHER_CLIENT]),
    ):
        yield name, flaw, good.with_claims(**{claim: value})
    if good.token_use == "access":
        yield (
            "foreign-audience",
            "its aud is another application",
            good.with_claims(aud="https://other.example"),
        )


def of_another_kind(good: GoodToken) -> Iterator[Forged]:
    """Those of the other kind, or of none."""
    groups = good.claims.get("cognito:groups", ())
    yield (
        f"{good.other_use}-token",
        f"it is an {good.other_use} token",
        good.mint.id_token(good.username, groups=groups)
        if good.other_use == "id"
        else good.mint.access_token(good.username, groups=groups),
    )
    either = {"client_id": good.mint.client_id, "aud": good.mint.client_id}
    yield (
        f"{good.other_use}-token-dressed-up",
        f"it is an {good.other_use} token with every claim of an {good.token_use} token",
        good.mint.sign(
            {**good.claims, **either, "token_use": good.other_use}, token_use=good.other_use
        ),
    )
    yield "no-token-use", "it has no token_use", good.with_claims(token_use=None)
    yield "other-token-use", 'its token_use is "refresh"', good.with_claims(token_use="refresh")
