"""Tokens that a sound application refuses, each a good one with a single thing wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.testing.forged_claims import (
    of_another_client,
    of_another_issuer,
    of_another_kind,
    of_time,
)
from cognitokit.testing.forged_signatures import of_another_algorithm, of_another_key, tampered
from cognitokit.testing.good_token import GoodToken, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognitokit.testing.good_token import Forged
    from cognitokit.testing.mint import TokenMint, TokenUse


@dataclass(frozen=True, slots=True)
class BadToken:
    """A token that must be refused."""

    name: str
    """A stable word, for instance "expired"."""
    flaw: str
    """What is wrong with it, as the end of a sentence."""
    token: str = field(repr=False)


def bad_tokens(
    mint: TokenMint,
    good: str,
    *,
    token_use: TokenUse = "access",
) -> list[BadToken]:
    """Return tokens that must be refused although the good one is accepted.

    Each differs from the good one in one respect, so that it is refused for that, if at all.

    Args:
        mint: What made the good token.
        good: A token that the application accepts.
        token_use: What kind of token it is.
    """
    source = GoodToken(mint, good, token_use)
    return [
        BadToken(*forged)
        for forge in (
            of_time,
            of_another_issuer,
            of_another_client,
            of_another_kind,
            of_another_key,
            of_another_algorithm,
            tampered,
            _malformed,
        )
        for forged in forge(source)
    ]


def _malformed(good: GoodToken) -> Iterator[Forged]:
    head, body, signature = good.token.split(".")
    key = good.mint.key(good.token_use)
    twice = to_json(good.claims)[:-1] + b',"exp":99999999999}'
    yield "garbage", "it is no token at all", "not-a-token"
    yield "two-segments", "its signature and the dot before it are missing", f"{head}.{body}"
    yield "four-segments", "it has a segment too many", f"{good.token}.{signature}"
    yield (
        "refresh-token",
        "it is a refresh token",
        good.mint.tokens(good.username).refresh_token or "",
    )
    yield "padded", "it is padded with =", f"{head}.{body}.{signature}=="
    yield (
        "claims-list",
        "its payload is no object",
        good.mint.sign_bytes(to_json(good.header), b"[]", key=key),
    )
    yield (
        "claim-twice",
        "a claim occurs twice in it",
        good.mint.sign_bytes(to_json(good.header), twice, key=key),
    )
    yield (
        "crit",
        "its crit names an extension that nobody knows",
        good.mint.sign(
            good.claims, token_use=good.token_use, headers={"crit": ["urn:x"], "urn:x": True}
        ),
    )
