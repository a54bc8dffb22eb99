"""Several verifiers as one: which of them a token is shown to, and whose error wins."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit import AsyncCognitoVerifier, CognitoVerifier
from cognitokit.errors import (
    ConfigurationError,
    ExpiredToken,
    InvalidClaim,
    KeysUnavailable,
    MalformedToken,
    UnknownKey,
)
from cognitokit.tokens import AccessToken, IdToken
from tests.verifier import forge
from tests.verifier.forge import (
    CLIENT_ID,
    ISSUER,
    NOW,
    OTHER_CLIENT_ID,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    POOL_ID,
    SUB,
    access_token,
    header,
    id_token,
    jwks,
    second_key,
    sign,
)
from tests.verifier.shells import EACH_SHELL, Clocks, Shell
from tests.verifier.subjects import Source, sync_verifier


def several(shell: Shell, *options: dict[str, Any]) -> Any:
    """Verifiers with these options, combined, in their shell."""
    made = [shell.verifier(**{"jwks": jwks(), **chosen}) for chosen in options]
    combined = type(made[0].verifier).any_of(*(one.verifier for one in made))
    return type(made[0])(shell, combined, made[0].clocks)


@EACH_SHELL
def test_any_of_one_pool(shell: Shell) -> None:
    """Of several verifiers of a pool the first that takes the token gives it; the last error wins."""
    both = several(shell, {"client_id": OTHER_CLIENT_ID}, {}, {"token_use": "id"})

    assert isinstance(both.verify(access_token()), AccessToken)
    assert isinstance(both.verify(access_token(client_id=OTHER_CLIENT_ID)), AccessToken)
    assert isinstance(both.verify(id_token()), IdToken)
    assert "token_use" == both.refusal(access_token(client_id="x")).claim
    assert "aud" == both.refusal(id_token(aud="x")).claim
    assert isinstance(both.refusal(access_token(), groups=["x"]), InvalidClaim)
    assert isinstance(both.refusal("x"), MalformedToken)


@EACH_SHELL
def test_any_of_two_pools(shell: Shell) -> None:
    """A token's issuer selects among the configured pools, each with its own keys, and nothing else."""
    ours, theirs = Source(), Source(jwks(second_key().jwk()))
    one = shell.verifier(fetcher=ours)
    kind = type(one.verifier)
    other = kind(
        OTHER_POOL_ID,
        client_id=None,
        token_use=None,
        fetcher=theirs,
        clock=one.clocks.clock,
        monotonic=one.clocks.monotonic,
    )
    both = type(one)(shell, kind.any_of(one.verifier, other), one.clocks)
    foreign = sign(
        forge.access_claims(iss=OTHER_ISSUER), header(kid=forge.SECOND_KID), key=second_key()
    )

    assert SUB == both.verify(access_token()).sub
    assert (1, 0) == (len(ours.urls), len(theirs.urls))
    assert OTHER_ISSUER == both.verify(foreign).issuer
    assert (1, 1) == (len(ours.urls), len(theirs.urls))
    strangers: list[Any] = ["https://evil.example", None, [ISSUER], {}]
    for iss in strangers:
        error: Any = both.refusal(access_token(iss=iss))
        assert ("iss", 4) == (error.claim, len(error.expected))
    with_our_key = sign(forge.access_claims(iss=OTHER_ISSUER))
    assert isinstance(both.refusal(with_our_key), UnknownKey)
    both.prefetch()
    assert 3 == len(ours.urls) + len(theirs.urls)


@EACH_SHELL
def test_any_of_checks_a_signature_once(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifiers with the same keys share the check of the signature, and the fetch."""
    source = Source()
    clocks = Clocks()
    made = [
        shell.verifier(fetcher=source, clocks=clocks, client_id=client).verifier
        for client in ("x", "y", CLIENT_ID)
    ]
    both = type(shell.verifier(jwks=jwks()))(
        shell, type(made[0]).any_of(type(made[0]).any_of(*made[:2]), made[2]), clocks
    )
    both.prefetch()
    key = made[0]._rules.source.store.fresh[0].find(forge.POOL_KID)
    checked: list[bytes] = []
    accepts = type(key).accepts

    def counted(self: Any, signature: bytes, signed: bytes) -> bool:
        checked.append(signature)
        return bool(accepts(self, signature, signed))

    monkeypatch.setattr(type(key), "accepts", counted)

    assert SUB == both.verify(access_token()).sub
    assert 1 == len(checked)
    assert 1 == len(source.urls)


@EACH_SHELL
def test_any_of_goes_on_where_keys_fail(shell: Shell) -> None:
    """Where one verifier's keys are not to be had, or do not fit, the next one is asked."""
    both = several(
        shell,
        {"jwks": None, "fetcher": Source(RuntimeError())},
        {"jwks": jwks(second_key().jwk())},
        {},
    )

    assert SUB == both.verify(access_token()).sub
    first = several(shell, {}, {"jwks": None, "fetcher": Source(RuntimeError())})
    assert SUB == first.verify(access_token()).sub
    assert isinstance(first.refusal(access_token(client_id="x")), KeysUnavailable)
    with pytest.raises(KeysUnavailable):
        first.prefetch()


@EACH_SHELL
def test_any_of_tells_an_outage_before_a_refusal(shell: Shell) -> None:
    """Where one verifier lacks its keys and the others refuse, nobody can say that the token is bad."""
    down: dict[str, Any] = {"jwks": None, "fetcher": Source(RuntimeError())}
    other: dict[str, Any] = {"token_use": "id"}
    for options in ([down, other], [other, down], [other, down, other]):
        both = several(shell, *options)

        assert isinstance(both.refusal(access_token()), KeysUnavailable)
        assert isinstance(both.verify(id_token()), IdToken)
        assert isinstance(
            both.refusal(access_token(exp=NOW)), ExpiredToken | InvalidClaim | KeysUnavailable
        )
    up: dict[str, Any] = {"jwks": None, "fetcher": Source(), "client_id": "x"}

    assert "token_use" == getattr(several(shell, up, other).refusal(access_token()), "claim", None)


@EACH_SHELL
def test_any_of_takes_the_keys_that_are_there(shell: Shell) -> None:
    """Of verifiers that would fetch the same keys one that has them serves all, wherever it stands."""
    clocks, source = Clocks(), Source(RuntimeError())
    options: dict[str, Any] = {"fetcher": source, "clocks": clocks}
    without = shell.verifier(token_use="id", **options)
    given = shell.verifier(jwks=jwks(), refresh_keys=True, **options)
    fetched = shell.verifier(**options)
    source.answer = jwks()
    fetched.prefetch()
    source.answer = RuntimeError()
    source.urls.clear()
    kind: Any = type(given.verifier)
    for filled in (given, fetched):
        for members in ((without, filled), (filled, without), (without, filled, without)):
            both = type(given)(shell, kind.any_of(*(one.verifier for one in members)), clocks)

            assert isinstance(both.verify(access_token()), AccessToken)
            assert isinstance(both.verify(id_token()), IdToken)
    assert [] == source.urls
    assert isinstance(without.refusal(id_token()), KeysUnavailable)


@EACH_SHELL
def test_any_of_takes_the_youngest_keys(shell: Shell) -> None:
    """Of several that have keys the one that fetched last serves all."""
    clocks, source = Clocks(), Source(jwks(second_key().jwk()))
    old, young = (shell.verifier(fetcher=source, clocks=clocks) for _ in range(2))
    old.prefetch()
    clocks.pass_(60)
    source.answer = jwks()
    young.prefetch()
    kind: Any = type(old.verifier)
    for members in ((old, young), (young, old)):
        both = type(old)(shell, kind.any_of(*(one.verifier for one in members)), clocks)

        assert SUB == both.verify(access_token()).sub
    assert 2 == len(source.urls)


@EACH_SHELL
def test_prefetch_of_several_goes_on(shell: Shell) -> None:
    """A pool whose keys are not to be had does not keep those of the others from being fetched."""
    down, worse, up = Source(RuntimeError()), Source(ValueError()), Source()
    clocks = Clocks()

    def verifier(pool: str, fetcher: Source) -> Any:
        return shell.make(
            pool,
            client_id=None,
            token_use=None,
            fetcher=fetcher,
            clock=clocks.clock,
            monotonic=clocks.monotonic,
        )

    made = (
        verifier(OTHER_POOL_ID, down),
        verifier("eu-west-1_Third0000", worse),
        verifier(POOL_ID, up),
    )
    kind: Any = shell.make
    with pytest.raises(KeysUnavailable, match="RuntimeError"):
        shell.run(kind.any_of(*made).prefetch)
    assert [1, 1, 1] == [len(source.urls) for source in (down, worse, up)]
    shell.run(kind.any_of(made[2]).prefetch)
    assert 1 == len(up.urls)


@EACH_SHELL
def test_any_of_lets_checks_decide(shell: Shell) -> None:
    """A check that refuses hands the token on to the next verifier."""
    both = several(
        shell, {"check": lambda _: False}, {"check": lambda token: token.username == "jane"}
    )

    assert SUB == both.verify(access_token()).sub
    assert "check" == both.refusal(access_token(username="joe")).claim


@EACH_SHELL
def test_any_of_refuses_a_verify_of_its_own(shell: Shell) -> None:
    """A subclass that overrides verify would be bypassed, so it is not combined; any other subclass is."""
    kind = shell.make

    class Renamed(kind):  # type: ignore[misc, valid-type]
        def who(self) -> str:
            return "me"

    class Stricter(kind):  # type: ignore[misc, valid-type]
        def verify(self, raw: str, **demands: Any) -> Any:
            raise InvalidClaim("mine")

    options: dict[str, Any] = {"client_id": CLIENT_ID, "token_use": "access", "jwks": jwks()}
    clocks = Clocks()
    options |= {"clock": clocks.clock, "monotonic": clocks.monotonic}
    renamed, stricter = Renamed(POOL_ID, **options), Stricter(POOL_ID, **options)
    patched = Renamed(POOL_ID, **options)
    patched.verify = stricter.verify
    one = shell.verifier(jwks=jwks(), clocks=clocks)
    both = type(one)(shell, kind.any_of(one.verifier, renamed), clocks)  # type: ignore[attr-defined]

    assert SUB == both.verify(access_token()).sub
    for bypassed in (stricter, patched):
        with pytest.raises(ConfigurationError, match=r"overrides verify.*check="):
            kind.any_of(one.verifier, bypassed)  # type: ignore[attr-defined]


def test_try_verify_leaves_a_verify_of_its_own_to_a_thread() -> None:
    """What a subclass's verify refuses, an event loop that asks try_verify first does not let in."""

    class Stricter(CognitoVerifier[Any]):
        def verify(self, raw: str, **demands: Any) -> Any:
            raise InvalidClaim("mine")

    made: list[CognitoVerifier[Any]] = [
        kind(POOL_ID, client_id=CLIENT_ID, token_use="access", jwks=jwks(), clock=lambda: NOW)
        for kind in (CognitoVerifier, Stricter)
    ]

    assert [SUB, None] == [
        getattr(verifier.try_verify(access_token()), "sub", None) for verifier in made
    ]


@EACH_SHELL
def test_any_of_takes_the_widest_leeway_before_a_fetch(shell: Shell) -> None:
    """A token that one of the verifiers would still take is worth a fetch."""
    clocks, source = Clocks(), Source()
    made = [
        shell.verifier(fetcher=source, clocks=clocks, leeway=leeway).verifier for leeway in (0, 60)
    ]
    both = type(shell.verifier(jwks=jwks()))(shell, type(made[0]).any_of(*made), clocks)

    assert SUB == both.verify(access_token(exp=NOW - 59)).sub
    assert isinstance(both.refusal(access_token(exp=NOW - 60)), ExpiredToken)


@pytest.mark.parametrize(
    "wrong", [(), (None,), (AsyncCognitoVerifier(POOL_ID, client_id=None, token_use=None),)]
)
def test_any_of_refuses_what_is_no_verifier(wrong: tuple[Any, ...]) -> None:
    """There must be one, and all of one kind."""
    with pytest.raises(ConfigurationError, match="any_of takes one CognitoVerifier or more"):
        CognitoVerifier.any_of(*wrong)
    sync: Any = sync_verifier()
    with pytest.raises(ConfigurationError, match="any_of takes one AsyncCognitoVerifier or more"):
        AsyncCognitoVerifier.any_of(sync)
