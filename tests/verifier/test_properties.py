"""What holds for any input: hypothesis looks for the one for which it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cognitokit.errors import (
    ConfigurationError,
    ExpiredToken,
    MalformedToken,
    NotYetValidToken,
    TokenError,
)
from cognitokit.tokens import AccessToken, IdToken, VerifiedToken
from cognitokit.verifier import jws
from cognitokit.verifier.keys import InvalidKeySet, KeySet, parse_jwks
from tests.verifier import forge, plain_json, strategies
from tests.verifier.forge import NOW, access_token
from tests.verifier.shells import offline, verdict

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


VERIFIER = offline()
REMEMBERING = offline(remember=64)
GOOD = access_token()


def canonical(raw: str) -> str:
    """Return a token taken apart and put together again by the standard library."""
    return ".".join(forge.b64(forge.unb64(part)) for part in raw.split("."))


def check_accepted(raw: object, token: VerifiedToken) -> None:
    """Assert what holds for everything that was accepted."""
    assert type(raw) is str
    header, payload, _ = raw.split(".")
    claims = json.loads(forge.unb64(payload))

    assert raw == token.raw == canonical(raw)
    assert claims == token.to_dict()
    assert "RS256" == json.loads(forge.unb64(header))["alg"]
    assert claims["iss"] in {forge.ISSUER, forge.UPDATED_ISSUER}
    assert NOW < claims["exp"]
    assert {"access": AccessToken, "id": IdToken}[claims["token_use"]] is type(token)
    assert forge.CLIENT_ID == claims["client_id" if claims["token_use"] == "access" else "aud"]


@given(st.text() | strategies.UNSIGNED | st.text(ALPHABET + ".", max_size=300))
def test_any_text_is_refused_by_one_of_our_errors(raw: str) -> None:
    """Text that nobody signed is never a token, and never anybody else's exception."""
    assert isinstance(verdict(raw, VERIFIER), TokenError)


@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary()
    | st.lists(st.text(), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)
    | st.just(GOOD.encode())
    | st.just([GOOD])
    | st.builds(object)
)
def test_what_is_no_text_is_malformed(raw: object) -> None:
    """Bytes, None and other objects are refused as malformed."""
    assert isinstance(verdict(raw, VERIFIER), MalformedToken)


@settings(max_examples=400)
@given(strategies.SIGNED)
@example(GOOD)
def test_anything_signed_is_a_token_or_one_of_our_errors(raw: str) -> None:
    """Whatever the pool itself signs is a sound token or one of our errors, twice the same."""
    first, second = verdict(raw, VERIFIER), verdict(raw, VERIFIER)

    if isinstance(first, VerifiedToken):
        check_accepted(raw, first)
        assert first == second
    else:
        assert type(first) is type(second)


@given(strategies.SIGNED, st.integers(0, 2))
@example(GOOD, 1)
def test_a_remembering_verifier_agrees(raw: str, warm: int) -> None:
    """With and without a memory the verdict is the same, however often it is asked for."""
    expected = verdict(raw, VERIFIER)
    for _ in range(warm + 1):
        remembered = verdict(raw, REMEMBERING)

        if isinstance(expected, VerifiedToken):
            assert isinstance(remembered, VerifiedToken)
            assert (expected.to_dict(), expected.raw) == (remembered.to_dict(), remembered.raw)
        else:
            assert type(expected) is type(remembered)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=8).filter(
            lambda name: name not in forge.access_claims() and name not in {"nbf", "aud"}
        ),
        strategies.JSON,
        max_size=4,
    )
)
def test_unknown_claims_are_kept_as_they_are(extra: dict[str, Any]) -> None:
    """A sound token is accepted with whatever further claims, and they come out as they went in."""
    raw = access_token(**extra)

    token = VERIFIER.verify(raw)

    check_accepted(raw, token)
    assert forge.access_claims(**extra) == token.to_dict()


def one_character_changes() -> Iterator[str]:
    """Yield the good token with one character replaced, removed or added: every place, many characters."""
    for place, old in enumerate(GOOD):
        for new in (
            {ALPHABET[ALPHABET.index(old) ^ bit] for bit in (1, 2, 4, 32)} if old != "." else "A-"
        ):
            yield GOOD[:place] + new + GOOD[place + 1 :]
        for new in ".= \n+":
            if new != old:
                yield GOOD[:place] + new + GOOD[place + 1 :]
        yield GOOD[:place] + GOOD[place + 1 :]
        yield GOOD[:place] + "A" + GOOD[place:]
        yield GOOD[:place] + old + GOOD[place:]
    ends = [GOOD.index("."), GOOD.rindex("."), len(GOOD)]
    for end in ends:  # the last character of a segment has unused bits
        for new in ALPHABET:
            if new != GOOD[end - 1]:
                yield GOOD[: end - 1] + new + GOOD[end:]


def test_every_change_of_one_character_is_refused() -> None:
    """No character of a sound token can be replaced, removed or added."""
    changed = set(one_character_changes())

    assert GOOD == VERIFIER.verify(GOOD).raw
    assert GOOD not in changed
    assert len(changed) > 8_000
    assert all(isinstance(verdict(raw, VERIFIER), TokenError) for raw in changed)


@given(st.integers(0, len(GOOD)), st.integers(0, 3), st.text(min_size=0, max_size=3))
def test_every_other_change_is_refused(place: int, cut: int, new: str) -> None:
    """Nor can a few characters be exchanged for any others of Unicode."""
    raw = GOOD[:place] + new + GOOD[place + cut :]

    refused = isinstance(verdict(raw, VERIFIER), TokenError)

    assert refused == (raw != GOOD)


@given(st.data())
def test_every_change_of_a_signed_byte_is_refused(data: st.DataObject) -> None:
    """A changed byte of header, payload or signature, spelled canonically, is refused."""
    parts = [bytearray(forge.unb64(part)) for part in GOOD.split(".")]
    part = data.draw(st.sampled_from(parts))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    raw = ".".join(forge.b64(bytes(part)) for part in parts)

    assert isinstance(verdict(raw, VERIFIER), TokenError)


TIMES = st.integers(NOW - 4_000, NOW + 8_000) | st.floats(NOW - 4_000, NOW + 8_000)


@given(
    times=st.lists(TIMES, min_size=2, max_size=8).map(sorted),
    leeway=st.sampled_from([0, 1, 60, 600]),
    begin=st.none() | st.integers(NOW - 2_000, NOW + 3_000),
    issued=st.integers(NOW - 2_000, NOW + 3_000),
)
@example(times=[NOW + 3539, NOW + 3540], leeway=0, begin=None, issued=NOW)
def test_the_verdict_is_monotone_in_time(
    times: list[float], leeway: int, begin: int | None, issued: int
) -> None:
    """A token is first not yet valid, then valid, then expired, and never goes back."""
    nbf: Any = ... if begin is None else begin
    raw = access_token(nbf=nbf, iat=issued, auth_time=issued)

    def stage(now: float) -> int:
        found = verdict(raw, offline(now, leeway=leeway))
        if isinstance(found, VerifiedToken):
            return 1
        assert isinstance(found, NotYetValidToken | ExpiredToken)
        return 0 if isinstance(found, NotYetValidToken) else 2

    stages = [stage(now) for now in times]

    assert sorted(stages) == stages
    for now, reached in zip(times, stages, strict=True):
        assert (reached == 2) == (NOW + 3540 <= now - leeway)


@given(strategies.KEY_SETS)
@example(forge.jwks())
@example({"keys": [forge.pool_key().jwk(), forge.pool_key().jwk()]})
def test_any_json_is_a_key_set_or_one_of_our_errors(source: Any) -> None:
    """Any JSON offered as a JWK set gives keys, or InvalidKeySet from text and from objects alike."""

    def parsed(form: object) -> KeySet | None:
        try:
            return parse_jwks(form)
        except InvalidKeySet:
            return None

    of_text, of_bytes = parsed(json.dumps(source)), parsed(json.dumps(source).encode())
    of_object = parsed(source)

    assert (of_text is None) == (of_bytes is None) == (of_object is None)
    if of_object is not None and of_text is not None:
        assert of_object.same_as(of_text)
        assert 1 <= len(of_object)
        assert all(_sound(source, kid) for kid in _kids(source) if _found(of_object, kid))


def _kids(source: Any) -> list[str]:
    entries = [entry.get("kid") for entry in source["keys"] if isinstance(entry, dict)]
    return [kid for kid in entries if isinstance(kid, str)]


def _found(keys: KeySet, kid: str) -> bool:
    try:
        keys.find(kid)
    except TokenError:
        return False
    return True


def _sound(source: Any, kid: str) -> bool:
    """Whether exactly one entry has the kid, and its members are those of a sound key of this suite."""
    named = [
        entry for entry in source["keys"] if isinstance(entry, dict) and entry.get("kid") == kid
    ]
    moduli = {forge.pool_key().jwk()["n"], forge.second_key().jwk()["n"]}
    sound = {"kty": "RSA", "e": "AQAB", "alg": "RS256", "use": "sig", "key_ops": ["verify"]}
    return (
        len(named) == 1
        and named[0]["n"] in moduli
        and {"kty", "e", "kid"} <= set(named[0])
        and all(named[0].get(name, value) == value for name, value in sound.items())
    )


@given(st.binary() | st.text() | strategies.JSON)
def test_a_verifier_is_built_of_any_keys_or_says_configuration_error(source: object) -> None:
    """What is given as jwks= makes a verifier or a ConfigurationError, never another exception."""
    try:
        built: object = offline(jwks=source)
    except ConfigurationError:
        built = None

    assert built is None or source is None


@given(
    strategies.scratched(strategies.PAYLOADS)
    | st.binary(max_size=80)
    | strategies.JSON.map(lambda v: json.dumps(v).encode())
)
@example(b' {"a": 1} ')
@example(b'\t\r\n{"a"\n:\t[1 , 2]}\r')
@example(b'{"\\u0061":1,"a":1}')
@example(b'{"a":1e400}')
@example(b'{"a":"\\ud834\\udd1e"}')
def test_the_strict_parser_agrees_with_json_loads(data: bytes) -> None:
    """Where the strict parser takes a text, json.loads reads the same; what it refuses has one of its faults."""
    try:
        strict = jws.parse_object(data)
    except MalformedToken:
        assert plain_json.fault(data, jws.MAX_DEPTH) is not None
        return

    assert plain_json.fault(data, jws.MAX_DEPTH) is None
    assert json.dumps(json.loads(data)) == json.dumps(strict)


@given(st.integers(1, 40), st.sampled_from(["[", '{"a":']), st.text('[]{}"\\', max_size=6))
def test_depth_is_counted_outside_of_strings(depth: int, opening: str, text: str) -> None:
    """Thirty-two levels are taken, a thirty-third is not, and brackets within strings do not count."""
    closing = {"[": "]", '{"a":': "}"}[opening]
    data = f'{{"s":{json.dumps(text * 9)},"v":{opening * (depth - 1)}1{closing * (depth - 1)}}}'.encode()

    def taken() -> bool:
        try:
            jws.parse_object(data)
        except MalformedToken:
            return False
        return True

    assert (depth <= 32) == taken()
