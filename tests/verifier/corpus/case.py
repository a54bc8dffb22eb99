"""One attack and its twin, and the rows that make them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.verifier.forge import access_token, jwks


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
    attack: Any
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


ROWS: dict[str, Callable[[], tuple[Case, ...]]] = {}
"""Row -> what returns its cases, which are signed once."""


def row(function: Callable[[], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    """Enter a generator of cases under its own name: alg_none makes the row alg-none."""
    ROWS[function.__name__.replace("_", "-")] = functools.cache(lambda: tuple(function()))
    return function


def cases() -> list[Case]:
    """Return the cases of all rows."""
    return [case for cases_of_row in ROWS.values() for case in cases_of_row()]
