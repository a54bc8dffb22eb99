"""The very second, and the one before it: wall and monotonic clocks that stand still at each boundary."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.errors import CognitoKitError, ConfigurationError, KeysUnavailable, UnknownKey
from cognitokit.verifier import CognitoVerifier, keystore
from tests.verifier import forge
from tests.verifier.forge import (
    NOW,
    access_token,
    attacker_key,
    header,
    id_token,
    jwks,
    pool_key,
    sign,
)
from tests.verifier.shells import EACH_SHELL, SYNC, Clocks, Shell, Shelled

HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY
ACCEPTED = "accepted"


def verdict(raw: str, now: float = NOW, **options: Any) -> str:
    """Return "accepted", or the reason of the refusal with its claim."""
    verifier = CognitoVerifier(
        forge.POOL_ID,
        client_id=forge.CLIENT_ID,
        token_use=None,
        jwks=jwks(),
        clock=lambda: now,
        monotonic=lambda: 0.0,
        **options,
    )
    try:
        verifier.verify(raw)
    except CognitoKitError as error:
        return f"{getattr(error, 'reason', '')}:{getattr(error, 'claim', '')}"
    return ACCEPTED


EXPIRED, TOO_EARLY = "expired:exp", "not_yet_valid:{}"


@pytest.mark.parametrize("leeway", [0, 0.5, 1, 60, 599, 600])
def test_exp(leeway: float) -> None:
    """A token is good until the second before exp and leeway, and refused on that second (RFC 7519 4.1.4)."""
    raw = access_token(exp=NOW)
    ends = NOW + leeway

    verdicts = {
        seconds: verdict(raw, ends + seconds, leeway=leeway)
        for seconds in (-1, -0.001, 0, 0.001, 1)
    }

    assert {-1: ACCEPTED, -0.001: ACCEPTED, 0: EXPIRED, 0.001: EXPIRED, 1: EXPIRED} == verdicts


@pytest.mark.parametrize("exp", [NOW + 0.5, float(NOW)])
def test_fractional_exp(exp: float) -> None:
    """A fraction of a second counts."""
    raw = access_token(exp=exp)

    assert ACCEPTED == verdict(raw, exp - 0.25)
    assert EXPIRED == verdict(raw, exp)


@pytest.mark.parametrize("leeway", [0, 0.5, 60, 600])
def test_nbf(leeway: float) -> None:
    """A token is good from nbf on, less the leeway (RFC 7519 4.1.5)."""
    raw = access_token(nbf=NOW, iat=0, auth_time=0)
    begins = NOW - leeway
    early = TOO_EARLY.format("nbf")

    verdicts = {s: verdict(raw, begins + s, leeway=leeway) for s in (-300, -1, -0.001, 0, 1)}

    assert {-300: early, -1: early, -0.001: early, 0: ACCEPTED, 1: ACCEPTED} == verdicts


@pytest.mark.parametrize("claim", ["iat", "auth_time"])
@pytest.mark.parametrize("leeway", [0, 600])
def test_iat_and_auth_time(claim: str, leeway: float) -> None:
    """iat and auth_time may lie 300 seconds ahead, whatever the leeway."""
    early = TOO_EARLY.format(claim)

    verdicts = {
        ahead: verdict(access_token(**{claim: NOW + ahead}), leeway=leeway)
        for ahead in (0, 299, 300, 300.001, 301, 86_400)
    }

    assert {
        0: ACCEPTED,
        299: ACCEPTED,
        300: ACCEPTED,
        300.001: early,
        301: early,
        86_400: early,
    } == verdicts


@pytest.mark.parametrize("claim", ["nbf", "iat", "auth_time"])
def test_the_oldest_beginnings(claim: str) -> None:
    """Zero is a time, if an old one; less than zero is none."""
    assert ACCEPTED == verdict(access_token(**{claim: 0}))
    assert ACCEPTED == verdict(access_token(**{claim: -0.0}))
    assert f"claim:{claim}" == verdict(access_token(**{claim: -1}))
    assert f"claim:{claim}" == verdict(access_token(**{claim: -1e-9}))


def test_the_last_second() -> None:
    """The year 9999 is the last; a token that expires in it is good, and one beyond has no sane exp."""
    assert ACCEPTED == verdict(access_token(exp=253_402_300_799))
    assert ACCEPTED == verdict(access_token(exp=253_402_300_799.0))
    assert "claim:exp" == verdict(access_token(exp=253_402_300_800))
    assert "claim:exp" == verdict(access_token(exp=253_402_300_799.5))
    assert "claim:exp" == verdict(access_token(exp=10**30))


@pytest.mark.parametrize("max_age", [1, 300, DAY, 300.5])
def test_max_age(max_age: float) -> None:
    """The user must have signed in max_age seconds ago at most; to the second is still good."""
    expected = {-300: ACCEPTED, 0: ACCEPTED, max_age - 1: ACCEPTED, max_age: ACCEPTED}
    refused = {max_age + 0.001: "claim:auth_time", max_age + 1: "claim:auth_time"}

    verdicts = {
        age: verdict(access_token(auth_time=NOW - age), max_age=max_age)
        for age in expected | refused
    }

    assert expected | refused == verdicts


def test_max_age_goes_on_while_a_token_is_remembered() -> None:
    """A remembered token is refused when its sign-in grows too old."""
    clocks = Clocks()
    verifier = SYNC.verifier(
        jwks=None, fetcher=lambda url: jwks(), max_age=300, remember=8, clocks=clocks
    )
    raw = access_token(auth_time=NOW)
    for _ in range(3):
        assert raw == verifier.verify(raw).raw
    clocks.pass_(300)
    assert raw == verifier.verify(raw).raw
    clocks.pass_(0.5)

    assert "auth_time" == getattr(verifier.refusal(raw), "claim", None)


@pytest.mark.parametrize("leeway", [0, 60])
def test_a_remembered_token_expires_on_the_second(leeway: int) -> None:
    """A remembered token is good until the very second at which any other is."""
    clocks = Clocks()
    verifier = SYNC.verifier(fetcher=lambda url: jwks(), remember=8, clocks=clocks, leeway=leeway)
    raw = access_token(exp=NOW + 10)
    for _ in range(3):
        assert raw == verifier.verify(raw).raw
    clocks.pass_(9.999 + leeway)
    assert raw == verifier.verify(raw).raw
    clocks.pass_(0.001)

    for _ in range(2):
        assert "expired" == getattr(verifier.refusal(raw), "reason", None)


@pytest.mark.parametrize("claim", ["nbf", "iat", "auth_time"])
def test_a_remembered_token_is_refused_when_the_clock_goes_back(claim: str) -> None:
    """A clock that is set back makes a remembered token not yet valid, like any other."""
    clocks = Clocks()
    verifier = SYNC.verifier(fetcher=lambda url: jwks(), remember=8, clocks=clocks)
    raw = access_token(**{claim: NOW})
    for _ in range(2):
        assert raw == verifier.verify(raw).raw
    clocks.wall -= 301

    assert ("not_yet_valid", claim) == (
        getattr(verifier.refusal(raw), "reason", None),
        getattr(verifier.refusal(raw), "claim", None),
    )


@pytest.mark.parametrize("leeway", [-1, 600.5, 601, math.nan, math.inf, True, "60", None])
def test_leeway_has_bounds(leeway: Any) -> None:
    """leeway is a number from 0 to 600; anything else is told when the verifier is built."""
    with pytest.raises(ConfigurationError):
        verdict(access_token(), leeway=leeway)
    assert ACCEPTED == verdict(access_token(), leeway=600)


@pytest.mark.parametrize("max_age", [0, -1, math.nan, math.inf, True, "60"])
def test_max_age_has_bounds(max_age: Any) -> None:
    """max_age is a positive number of seconds; anything else is told when the verifier is built."""
    with pytest.raises(ConfigurationError):
        verdict(access_token(), max_age=max_age)
    assert ACCEPTED == verdict(access_token(auth_time=NOW), max_age=1)


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
def test_a_clock_that_is_no_clock_accepts_nothing(now: float) -> None:
    """A broken clock refuses every token rather than accept one that has expired."""
    assert ACCEPTED != verdict(access_token(), now)
    assert ACCEPTED == verdict(access_token(), NOW)


def lasting(**claims: object) -> str:
    """Return an access token that is good for a month."""
    return access_token(exp=NOW + 30 * DAY, **claims)


class Endpoint:
    """A fetcher that counts, and brings keys or fails as it is told."""

    def __init__(self, *keys: Any) -> None:
        self.keys = jwks(*keys)
        self.fetches = 0
        self.down = False
        self.on_fetch: Callable[[], None] = lambda: None

    def __call__(self, url: str) -> dict[str, Any]:
        """Do what any fetcher does."""
        self.fetches += 1
        self.on_fetch()
        if self.down:
            raise OSError("down")
        return self.keys


def shelled(shell: Shell, endpoint: Endpoint, **options: Any) -> Shelled:
    """Return a verifier that fetches from the endpoint, with its keys at hand."""
    verifier = shell.verifier(fetcher=endpoint, **options)
    verifier.prefetch()
    assert 1 == endpoint.fetches
    return verifier


def let_mono_pass(clocks: Clocks, seconds: float) -> None:
    """An administrator, or NTP, holds the wall clock back while time passes."""
    clocks.mono += seconds


def let_wall_pass(clocks: Clocks, seconds: float) -> None:
    """A suspended machine: the monotonic clock stood still."""
    clocks.wall += seconds


EACH_CLOCK = pytest.mark.parametrize(
    "pass_", [Clocks.pass_, let_mono_pass, let_wall_pass], ids=["both", "monotonic", "wall"]
)


@EACH_SHELL
@EACH_CLOCK
@pytest.mark.parametrize("remember", [0, 8])
def test_soft_age(shell: Shell, pass_: Callable[[Clocks, float], None], remember: int) -> None:
    """Keys are used for an hour without a question, and refreshed by the next caller then."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint, remember=remember)
    raw = lasting()
    assert raw == verifier.verify(raw).raw
    pass_(verifier.clocks, HOUR - 0.5)
    assert (raw, 1) == (verifier.verify(raw).raw, endpoint.fetches)
    pass_(verifier.clocks, 0.5)

    assert (raw, 2) == (verifier.verify(raw).raw, endpoint.fetches)
    assert (raw, 2) == (verifier.verify(raw).raw, endpoint.fetches)
    pass_(verifier.clocks, HOUR - 0.5)
    assert (raw, 2) == (verifier.verify(raw).raw, endpoint.fetches)


@EACH_SHELL
@EACH_CLOCK
@pytest.mark.parametrize("remember", [0, 8])
def test_hard_age(shell: Shell, pass_: Callable[[Clocks, float], None], remember: int) -> None:
    """Through an outage keys are used for a day less a moment, and not for the whole day."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint, remember=remember)
    raw = lasting()
    endpoint.down = True
    for _ in range(3):
        assert raw == verifier.verify(raw).raw
    pass_(verifier.clocks, DAY - 0.5)
    assert raw == verifier.verify(raw).raw
    assert raw == verifier.verify(raw).raw
    pass_(verifier.clocks, 0.5)

    for _ in range(2):
        assert isinstance(verifier.refusal(raw), KeysUnavailable)
    endpoint.down = False
    verifier.clocks.pass_(keystore.MAX_BACK_OFF)

    assert raw == verifier.verify(raw).raw


@EACH_SHELL
def test_hard_age_within_a_back_off(shell: Shell) -> None:
    """A pause between fetches that spans the hard age does not stretch it."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    raw = lasting()
    endpoint.down = True
    verifier.clocks.pass_(DAY - 0.25)
    assert raw == verifier.verify(raw).raw
    fetches = endpoint.fetches
    verifier.clocks.pass_(0.25)

    assert isinstance(verifier.refusal(raw), KeysUnavailable)
    assert fetches == endpoint.fetches


@EACH_SHELL
@pytest.mark.parametrize("remember", [0, 8])
def test_a_process_frozen_for_a_week(shell: Shell, remember: int) -> None:
    """After a week of standing still, by the wall clock alone, the first call fetches before it accepts."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint, remember=remember)
    raw = lasting()
    for _ in range(3):
        assert raw == verifier.verify(raw).raw
    endpoint.keys = jwks(attacker_key().jwk())
    verifier.clocks.wall += WEEK

    assert isinstance(verifier.refusal(raw), UnknownKey)
    assert 2 == endpoint.fetches
    by_new_key = sign(
        forge.access_claims(exp=NOW + 30 * DAY), header(kid=forge.ATTACKER_KID), key=attacker_key()
    )
    assert by_new_key == verifier.verify(by_new_key).raw


@EACH_SHELL
def test_a_process_frozen_in_mid_fetch(shell: Shell) -> None:
    """An answer that waited in a frozen process for a week is a week old, and not fresh."""
    endpoint = Endpoint()
    verifier = shell.verifier(fetcher=endpoint)
    raw = lasting()

    def freeze() -> None:
        if endpoint.fetches == 1:
            verifier.clocks.wall += WEEK
        else:
            endpoint.keys = jwks(attacker_key().jwk())

    endpoint.on_fetch = freeze

    assert isinstance(verifier.refusal(raw), UnknownKey)
    assert 2 == endpoint.fetches
    verifier.clocks.pass_(1)
    assert isinstance(verifier.refusal(raw), UnknownKey)


@EACH_SHELL
@pytest.mark.parametrize("frozen", [60, 1_800, 80_000])
def test_a_process_frozen_while_unknown_kids_cooled_down(shell: Shell, frozen: int) -> None:
    """After two fetches, and standing still for longer than the pause, a rotated key is looked for at once."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    unknown = sign(forge.access_claims(exp=NOW + DAY), header(kid="unknown"), key=attacker_key())
    assert isinstance(verifier.refusal(unknown), UnknownKey)
    endpoint.keys = jwks(attacker_key().jwk())
    verifier.clocks.wall += frozen
    verifier.clocks.mono += 0.1
    rotated = sign(
        forge.access_claims(exp=NOW + 30 * DAY), header(kid=forge.ATTACKER_KID), key=attacker_key()
    )

    assert rotated == verifier.verify(rotated).raw


@EACH_SHELL
def test_a_process_frozen_in_a_back_off(shell: Shell) -> None:
    """After a failed fetch and a week of standing still the first call fetches."""
    endpoint = Endpoint()
    endpoint.down = True
    verifier = shell.verifier(fetcher=endpoint)
    raw = lasting()
    assert isinstance(verifier.refusal(raw), KeysUnavailable)
    endpoint.down = False
    verifier.clocks.pass_(0.05)
    assert isinstance(verifier.refusal(raw), KeysUnavailable)
    verifier.clocks.wall += WEEK

    assert raw == verifier.verify(raw).raw


@EACH_SHELL
@pytest.mark.parametrize("wall", [0, 3_700, 2 * DAY])
@pytest.mark.parametrize("back", [1, 900])
def test_a_monotonic_clock_that_went_back(shell: Shell, wall: float, back: float) -> None:
    """A clock that goes back costs one fetch at most, and a token its verification never."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    raw = lasting()
    verifier.clocks.mono -= back
    verifier.clocks.wall += wall

    assert raw == verifier.verify(raw).raw
    assert (1 if wall == 0 else 2) == endpoint.fetches


@EACH_SHELL
@pytest.mark.parametrize(("seconds", "accepted"), [(3_600, True), (DAY, False)])
def test_a_clock_that_leaps_with_every_fetch(
    shell: Shell, seconds: float, *, accepted: bool
) -> None:
    """However old keys are when they arrive, one verification fetches twice at most, then takes what there is."""
    endpoint = Endpoint()
    verifier = shell.verifier(fetcher=endpoint)

    def leap() -> None:
        verifier.clocks.pass_(seconds)

    endpoint.on_fetch = leap
    raw = lasting()
    if accepted:
        assert raw == verifier.verify(raw).raw
    else:
        assert isinstance(verifier.refusal(raw), KeysUnavailable)
    assert 2 == endpoint.fetches


@EACH_SHELL
def test_a_wall_clock_set_back_does_not_make_keys_young(shell: Shell) -> None:
    """Age is the larger of what the two clocks say: setting one back revives nothing."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    raw = access_token(exp=NOW + 30 * DAY, iat=0, auth_time=0)
    endpoint.down = True
    verifier.clocks.mono += DAY
    verifier.clocks.wall -= WEEK

    assert isinstance(verifier.refusal(raw), KeysUnavailable)


@EACH_SHELL
def test_cooldown_of_unknown_kids(shell: Shell) -> None:
    """After two fetches within ten seconds the third waits for the tenth second."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    unknown = sign(forge.access_claims(exp=NOW + DAY), header(kid="unknown"), key=attacker_key())
    verifier.clocks.pass_(60)

    def fetches_after(seconds: float) -> int:
        verifier.clocks.pass_(seconds)
        assert isinstance(verifier.refusal(unknown), UnknownKey)
        return endpoint.fetches - 1

    assert [1, 2, 2, 2, 3] == [fetches_after(seconds) for seconds in (0, 1, 1, 7.5, 0.5)]


@EACH_SHELL
def test_an_unknown_kid_is_unknown_only_beside_a_fresh_set(shell: Shell) -> None:
    """While fetches fail nobody can say that a key does not exist: KeysUnavailable, and known kids pass."""
    endpoint = Endpoint()
    verifier = shelled(shell, endpoint)
    unknown = sign(forge.access_claims(exp=NOW + DAY), header(kid="unknown"), key=attacker_key())
    raw = lasting()
    assert isinstance(verifier.refusal(unknown), UnknownKey)
    verifier.clocks.pass_(60)
    endpoint.down = True

    for _ in range(20):
        assert isinstance(verifier.refusal(unknown), KeysUnavailable)
        assert raw == verifier.verify(raw).raw
        verifier.clocks.pass_(0.5)
    endpoint.down = False
    verifier.clocks.pass_(keystore.MAX_BACK_OFF)

    assert isinstance(verifier.refusal(unknown), UnknownKey)


@EACH_SHELL
def test_given_keys_without_refresh_never_age(shell: Shell) -> None:
    """Keys that were given, for a closed network, serve for ever and cost no fetch."""
    verifier = shell.verifier(jwks=jwks())
    raw = access_token(exp=NOW + 300 * DAY)
    for _ in range(3):
        verifier.clocks.pass_(50 * DAY)
        assert raw == verifier.verify(raw).raw
    unknown = sign(
        forge.access_claims(exp=NOW + 300 * DAY), header(kid="unknown"), key=attacker_key()
    )

    assert isinstance(verifier.refusal(unknown), UnknownKey)


@EACH_SHELL
def test_given_keys_with_refresh_age_like_others(shell: Shell) -> None:
    """With refresh_keys the given set is where the story begins: an hour, a day, and new kids at once."""
    endpoint = Endpoint(pool_key().jwk(), attacker_key().jwk())
    verifier = shell.verifier(jwks=jwks(pool_key().jwk()), refresh_keys=True, fetcher=endpoint)
    raw = lasting()
    by_new_key = sign(
        forge.access_claims(exp=NOW + DAY), header(kid=forge.ATTACKER_KID), key=attacker_key()
    )
    assert (raw, 0) == (verifier.verify(raw).raw, endpoint.fetches)

    assert (by_new_key, 1) == (verifier.verify(by_new_key).raw, endpoint.fetches)

    endpoint.down = True
    verifier.clocks.pass_(DAY)

    assert isinstance(verifier.refusal(raw), KeysUnavailable)


def test_id_tokens_keep_the_same_time() -> None:
    """Id tokens expire by the same rule as access tokens."""
    assert ACCEPTED == verdict(id_token(exp=NOW + 1))
    assert EXPIRED == verdict(id_token(exp=NOW))
