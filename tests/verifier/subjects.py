"""Verifiers to test, fetchers for them, and a token by a key that they do not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cognitokit import CognitoVerifier
from cognitokit.errors import CognitoKitError
from tests.verifier import forge
from tests.verifier.forge import CLIENT_ID, NOW, POOL_ID, attacker_key, header, jwks, sign

BY_ATTACKER = sign(forge.access_claims(), header(kid=forge.ATTACKER_KID), key=attacker_key())


class Source:
    """A fetcher that counts its calls and answers with keys, or raises."""

    def __init__(self, answer: object = None) -> None:
        self.answer = jwks() if answer is None else answer
        self.urls: list[str] = []

    def __call__(self, url: str) -> Any:
        """Answer a fetch."""
        self.urls.append(url)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def sync_verifier(**options: Any) -> CognitoVerifier[Any]:
    """A sync verifier of the suite's pool with the keys given, its clock at NOW."""
    defaults = {"client_id": CLIENT_ID, "token_use": "access", "clock": lambda: NOW}
    if "fetcher" not in options:
        defaults["jwks"] = jwks()
    pool = options.pop("pool", POOL_ID)
    return CognitoVerifier(pool, **{**defaults, **options})


def refusal(call: Callable[[], object]) -> CognitoKitError:
    """The error that a call raises."""
    with pytest.raises(CognitoKitError) as caught:
        call()
    return caught.value


def unsuspicious(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function in a guise that does not show that it is async."""

    def call(argument: object) -> Any:
        return function(argument)

    return call
