"""Remembered tokens: few, used only while all that they rest on holds, and by whoever verified them."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit import CognitoVerifier
from cognitokit.errors import (
    CognitoKitError,
    ExpiredToken,
    InvalidClaim,
    InvalidSignature,
    MalformedToken,
    MissingGroup,
    NotYetValidToken,
    UnknownKey,
)
from tests.verifier import forge
from tests.verifier.forge import (
    NOW,
    SUB,
    access_token,
    jwks,
    second_key,
)
from tests.verifier.shells import EACH_SHELL, Shell
from tests.verifier.subjects import Source, refusal, sync_verifier


def hits(
    subject: CognitoVerifier[Any], raws: list[str], monkeypatch: pytest.MonkeyPatch
) -> list[bool]:
    """Whether each token was remembered, that is, verified without a look at its signature."""
    found = []
    key = subject._rules.source.keys.find(forge.POOL_KID)  # type: ignore[union-attr]
    accepts = type(key).accepts
    with monkeypatch.context() as patch:
        looked: list[bool] = []

        def watched(self: Any, signature: bytes, signed: bytes) -> bool:
            looked.append(True)
            return bool(accepts(self, signature, signed))

        patch.setattr(type(key), "accepts", watched)
        for raw in raws:
            looked.clear()
            assert raw == subject.verify(raw).raw
            found.append(not looked)
    return found


def held(subject: CognitoVerifier[Any]) -> int:
    """How many tokens are remembered."""
    memory = subject._memory
    assert memory is not None
    return len(memory._young) + len(memory._old)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_remembered_tokens(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is verified once and remembered after that, as long as it is among the last few used."""
    raws = [access_token(jti=str(index)) for index in range(size)]
    subject = sync_verifier(remember=size)

    assert [False, True, True] == hits(subject, [raws[0]] * 3, monkeypatch)
    assert [False] * (size - 1) == hits(subject, raws[1:], monkeypatch)
    for _ in range(3):
        assert [True] * size == hits(subject, raws, monkeypatch)
    assert [True] * size == hits(subject, raws[::-1], monkeypatch)
    assert size <= held(subject) <= 2 * size


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many tokens in turn twice as many as asked for are held at most, and the oldest are forgotten."""
    raws = [access_token(jti=str(index)) for index in range(12)]
    subject = sync_verifier(remember=4)
    for index, raw in enumerate(raws):
        assert [False] == hits(subject, [raw], monkeypatch)
        assert held(subject) <= 8
        assert [True] * min(4, index + 1) == hits(
            subject, raws[max(0, index - 3) : index + 1], monkeypatch
        )
    assert [False] == hits(subject, raws[:1], monkeypatch)


def test_used_tokens_outlive_unused_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for now and then stays, however many others come."""
    raws = [access_token(jti=str(index)) for index in range(9)]
    subject = sync_verifier(remember=6)
    mixed = [raw for other in raws[1:] for raw in (other, raws[0])]

    assert [False, *[False, True] * 8] == hits(subject, [raws[0], *mixed], monkeypatch)


def test_nothing_is_remembered_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless asked for, each call checks the signature."""
    assert [False, False] == hits(sync_verifier(), [access_token()] * 2, monkeypatch)


@EACH_SHELL
def test_remembered_tokens_obey_the_clock(shell: Shell) -> None:
    """A remembered token expires to the second, and is early again when the clock is set back."""
    verifier = shell.verifier(jwks=jwks(), remember=4)
    raw = access_token(nbf=NOW, exp=NOW + 10)
    for _ in range(2):
        assert SUB == verifier.verify(raw).sub
    verifier.clocks.pass_(9.5)
    assert SUB == verifier.verify(raw).sub
    verifier.clocks.pass_(0.5)
    assert isinstance(verifier.refusal(raw), ExpiredToken)
    verifier.clocks.wall = NOW - 1
    assert isinstance(verifier.refusal(raw), NotYetValidToken)
    verifier.clocks.wall = NOW
    assert SUB == verifier.verify(raw).sub


@EACH_SHELL
def test_remembered_tokens_obey_calls(shell: Shell) -> None:
    """What a call demands is checked for remembered tokens too."""
    verifier = shell.verifier(jwks=jwks(), remember=4)
    raw = access_token()
    for _ in range(2):
        assert SUB == verifier.verify(raw, groups=["admin"]).sub

    assert isinstance(verifier.refusal(raw, groups=["x"]), MissingGroup)
    assert isinstance(verifier.refusal(raw, nonce="n"), InvalidClaim)


def test_another_text_is_never_taken_for_a_remembered_one() -> None:
    """Neither a token with the same end, nor an object that claims to equal a token, is let in."""
    subject = sync_verifier(remember=4)
    raw = access_token()
    for _ in range(2):
        assert SUB == subject.verify(raw).sub

    class Liar(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash(raw[-43:])

    payload = forge.b64(forge.dump(forge.access_claims(sub="admin")))
    head, _, signature = raw.split(".")
    assert isinstance(
        refusal(lambda: subject.verify(f"{head}.{payload}.{signature}")), InvalidSignature
    )
    assert isinstance(refusal(lambda: subject.verify(Liar("x"))), MalformedToken)
    assert isinstance(refusal(lambda: subject.verify(Liar(raw))), MalformedToken)
    assert isinstance(refusal(lambda: subject.verify(raw[1:])), CognitoKitError)


def test_verifiers_do_not_share_what_they_remember() -> None:
    """Another verifier's rules hold for another verifier's tokens."""
    first, second = sync_verifier(remember=4), sync_verifier(remember=4, client_id="x")
    for _ in range(2):
        assert SUB == first.verify(access_token()).sub

    assert isinstance(refusal(lambda: second.verify(access_token())), InvalidClaim)


@EACH_SHELL
def test_combined_verifiers_share_no_memory(shell: Shell) -> None:
    """A token that one verifier remembers is not let in past the others when they are combined."""

    class Revoked(Exception):
        pass

    def veto(token: object) -> bool:
        raise Revoked

    strict = shell.verifier(jwks=jwks(), check=veto)
    one = shell.verifier(jwks=jwks(second_key().jwk(), forge.pool_key().jwk()), remember=4)
    kind = type(one.verifier)
    both = type(one)(shell, kind.any_of(strict.verifier, one.verifier), one.clocks)
    raw = access_token()
    for _ in range(2):
        assert SUB == one.verify(raw).sub
        with pytest.raises(Revoked):
            both.verify(raw)
    again = type(one)(shell, kind.any_of(one.verifier), one.clocks)
    assert SUB == again.verify(raw).sub
    assert again.verifier._rules.members[0].memory is not one.verifier._memory


@EACH_SHELL
def test_combined_verifiers_remember_too(shell: Shell) -> None:
    """Tokens that come through several verifiers are kept, and found again, by the one that took them."""
    other = shell.verifier(jwks=jwks(), client_id="x")
    checked = shell.verifier(jwks=jwks(), remember=4, client_id="y", check=lambda _: True)
    one = shell.verifier(jwks=jwks(), remember=4, max_age=600)
    kind = type(one.verifier)
    both = type(one)(shell, kind.any_of(other.verifier, checked.verifier, one.verifier), one.clocks)
    raw = access_token()
    for _ in range(2):
        assert SUB == both.verify(raw).sub

    memory = both.verifier._rules.members[2].memory
    assert [raw] == [entry[0] for entry in memory._young.values()]
    kept = memory._young[raw[-43:]][1]
    assert kept is both.verify(raw, groups=["admin"])
    assert isinstance(both.refusal(raw, groups=["x"]), MissingGroup)
    no_text: Any = 1
    assert isinstance(both.refusal(no_text), MalformedToken)
    assert SUB == both.verify(access_token(client_id="y")).sub
    one.clocks.pass_(600)
    assert "auth_time" == getattr(both.refusal(raw), "claim", None)


@EACH_SHELL
def test_combined_verifiers_ask_a_check_each_time(shell: Shell) -> None:
    """A token that a check has refused, or refuses by now, is not let in because it is remembered."""
    allowed = [False, True, True, False]
    asked: list[bool] = []

    def check(_: object) -> bool:
        asked.append(allowed[len(asked)])
        return asked[-1]

    one = shell.verifier(jwks=jwks(), remember=4, check=check)
    both = type(one)(shell, type(one.verifier).any_of(one.verifier), one.clocks)
    raw = access_token()

    for is_allowed in allowed:
        if is_allowed:
            assert SUB == both.verify(raw).sub
        else:
            assert "check" == getattr(both.refusal(raw), "claim", None)
    assert allowed == asked
    memory = both.verifier._rules.members[0].memory
    assert [raw] == [entry[0] for entry in memory._young.values()]


@EACH_SHELL
def test_combined_verifiers_forget_with_the_keys(shell: Shell) -> None:
    """What was remembered beside keys that are stale takes a closer look."""
    source = Source()
    one = shell.verifier(fetcher=source, remember=4)
    both = type(one)(shell, type(one.verifier).any_of(one.verifier), one.clocks)
    raw = access_token(exp=NOW + 9999)
    for _ in range(2):
        assert SUB == both.verify(raw).sub
    source.answer = jwks(second_key().jwk())
    one.clocks.pass_(3600)

    assert isinstance(both.refusal(raw), UnknownKey)
