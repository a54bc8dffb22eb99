"""What holds for any input: hypothesis looks for the one for which it does not."""

from __future__ import annotations

import copy
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ExpiredToken,
    InsufficientPermission,
    KeysUnavailable,
    MalformedToken,
    NotYetValidToken,
    TokenError,
    UntrustedKey,
)
from cognitokit.pool import UserPool
from cognitokit.tokens import AccessToken, IdToken, VerifiedToken
from cognitokit.verifier import CognitoVerifier, jws
from cognitokit.verifier.keys import InvalidKeySet, KeySet, parse_jwks
from tests.verifier import corpus, forge, strategies
from tests.verifier.forge import NOW, access_token

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def offline(now: float = NOW, **options: Any) -> CognitoVerifier:
    """Return a verifier of either kind of token, with keys given and a clock that stands."""
    chosen = {"client_id": forge.CLIENT_ID, "token_use": None, "jwks": forge.jwks(), **options}
    return CognitoVerifier(forge.POOL_ID, clock=lambda: now, monotonic=lambda: 0.0, **chosen)


VERIFIER = offline()
REMEMBERING = offline(remember=64)
GOOD = access_token()


def verdict(raw: object, verifier: CognitoVerifier = VERIFIER) -> VerifiedToken | CognitoKitError:
    """Return the token or the refusal; anything else escapes."""
    try:
        return verifier.verify(raw)  # type: ignore[arg-type]
    except (TokenError, InsufficientPermission) as refusal:
        return refusal


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
    assert isinstance(verdict(raw), TokenError)


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
    assert isinstance(verdict(raw), MalformedToken)


@settings(max_examples=400)
@given(strategies.SIGNED)
@example(GOOD)
def test_anything_signed_is_a_token_or_one_of_our_errors(raw: str) -> None:
    """Whatever the pool itself signs is a sound token or one of our errors, twice the same."""
    first, second = verdict(raw), verdict(raw)

    if isinstance(first, VerifiedToken):
        check_accepted(raw, first)
        assert first == second
    else:
        assert type(first) is type(second)


@given(strategies.SIGNED, st.integers(0, 2))
@example(GOOD, 1)
def test_a_remembering_verifier_agrees(raw: str, warm: int) -> None:
    """With and without a memory the verdict is the same, however often it is asked for."""
    expected = verdict(raw)
    for _ in range(warm + 1):
        remembered = verdict(raw, REMEMBERING)

        if isinstance(expected, VerifiedToken):
            assert isinstance(remembered, VerifiedToken)
            assert (expected.to_dict(), expected.raw) == (remembered.to_dict(), remembered.raw)
        else:
            assert type(expected) is type(remembered)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda name: name not in forge.access_claims() and name not in {"nbf", "aud"}), strategies.JSON, max_size=4))
def test_unknown_claims_are_kept_as_they_are(extra: dict[str, Any]) -> None:
    """A sound token is accepted with whatever further claims, and they come out as they went in."""
    raw = access_token(**extra)

    token = VERIFIER.verify(raw)

    check_accepted(raw, token)
    assert forge.access_claims(**extra) == token.to_dict()


def one_character_changes() -> Iterator[str]:
    """Yield the good token with one character replaced, removed or added: every place, many characters."""
    for place, old in enumerate(GOOD):
        for new in {ALPHABET[ALPHABET.index(old) ^ bit] for bit in (1, 2, 4, 32)} if old != "." else "A-":
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
    assert all(isinstance(verdict(raw), TokenError) for raw in changed)


@given(st.integers(0, len(GOOD)), st.integers(0, 3), st.text(min_size=0, max_size=3))
def test_every_other_change_is_refused(place: int, cut: int, new: str) -> None:
    """Nor can a few characters be exchanged for any others of Unicode."""
    raw = GOOD[:place] + new + GOOD[place + cut :]

    refused = isinstance(verdict(raw), TokenError)

    assert refused == (raw != GOOD)


@given(st.data())
def test_every_change_of_a_signed_byte_is_refused(data: st.DataObject) -> None:
    """A changed byte of header, payload or signature, spelled canonically, is refused."""
    parts = [bytearray(forge.unb64(part)) for part in GOOD.split(".")]
    part = data.draw(st.sampled_from(parts))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    raw = ".".join(forge.b64(bytes(part)) for part in parts)

    assert isinstance(verdict(raw), TokenError)


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
    named = [entry for entry in source["keys"] if isinstance(entry, dict) and entry.get("kid") == kid]
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


@given(strategies.scratched(strategies.PAYLOADS) | st.binary(max_size=80) | strategies.JSON.map(lambda v: json.dumps(v).encode()))
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
        assert _has_a_fault(data)
        return

    assert not _has_a_fault(data)
    assert json.dumps(json.loads(data)) == json.dumps(strict)


def _has_a_fault(data: bytes) -> bool:
    """Whether a JSON text breaks one of the rules, as told by the standard library's slow road."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a name occurs twice")
        return dict(pairs)

    def depth(value: Any) -> int:
        if isinstance(value, dict):
            return 1 + max(map(depth, value.values()), default=0)
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique)
        json.dumps(value, allow_nan=False)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return True
    return not isinstance(value, dict) or depth(value) > jws.MAX_DEPTH


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


SECRET_CLAIMS = {
    "sub": "s3cr3t-subject",
    "username": "s3cr3t-user",
    "jti": "s3cr3t-jti",
    "email": "s3cr3t@example.com",
    "custom:note": "s3cr3t-note",
    "cognito:groups": ["s3cr3t-group"],
    "scope": "s3cr3t-scope",
}


def leaks(text: str, raw: object) -> list[str]:
    """Return what of the token a text shows: its segments, its claims or parts of either."""
    shown = [fragment for fragment in ("s3cr3t",) if fragment in text]
    if isinstance(raw, str):
        shown += [part[:24] for part in raw.split(".") if len(part) >= 24 and part[:24] in text]
        shown += [part[-24:] for part in raw.split(".") if len(part) >= 24 and part[-24:] in text]
    return shown


def below_the_public_method(error: BaseException) -> str:
    """Return the traceback with the locals of every frame below verify(), whose argument is the token."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain: list[str] = []
    current: traceback.TracebackException | None = told
    while current is not None:
        names = [frame.name for frame in current.stack]
        own = names.index("verify") if "verify" in names else -1
        for frame in list(current.stack)[own + 1 :]:
            chain.append(f"{frame.name} {frame.line} {frame.locals}")
        chain += list(current.format_exception_only())
        current = current.__cause__ or current.__context__
    return "\n".join(chain)


def secret_attacks() -> list[tuple[str, object, CognitoVerifier]]:
    """Return refusals of every kind, of tokens with secrets in their claims."""
    found: list[tuple[str, object, CognitoVerifier]] = []
    sound = forge.access_claims(**SECRET_CLAIMS)

    def add(name: str, raw: object, verifier: CognitoVerifier = VERIFIER) -> None:
        found.append((name, raw, verifier))

    add("malformed", forge.sign(sound) + "=")
    add("malformed-payload", forge.sign(forge.dump(sound)[:-1]))
    add("malformed-duplicate", forge.sign(forge.dump(sound)[:-1] + b',"exp":1}'))
    add("malformed-surrogate", forge.sign(forge.dump(sound)[:-1] + b',"x":"s3cr3t\\ud800"}'))
    add("malformed-bytes", forge.sign(sound).encode())
    add("malformed-utf-8", forge.sign(forge.dump(sound)[:-1] + b',"x":"s3cr3t\xff"}'))
    add("malformed-header", forge.sign(sound, forge.header(crit=["s3cr3t"])))
    add("algorithm", forge.sign(sound, forge.header(alg="s3cr3t")))
    add("key_not_found", forge.sign(sound, forge.header(kid="s3cr3t-kid")))
    weak = forge.jwks(forge.pool_key().jwk(), forge.second_key().jwk(use="enc"))
    add("key_invalid", forge.sign(sound, forge.header(kid=forge.SECOND_KID)), offline(jwks=weak))
    add("signature", forge.resigned(forge.sign(sound), bytes(256)))
    add("expired", forge.sign({**sound, "exp": NOW - 1}))
    add("not_yet_valid", forge.sign({**sound, "nbf": NOW + 10}))
    for name in ("iss", "token_use", "client_id", "exp", "nbf", "aud"):
        add(name, forge.sign({**sound, name: "s3cr3t-value"}))
    add("scope", forge.sign(sound), offline(scopes=["tasks/read"]))
    add("groups", forge.sign(sound), offline(groups=["admin"]))
    add("check", forge.sign(sound), offline(check=lambda token: False))
    return found


ATTACKS_WITH_SECRETS = secret_attacks()


@pytest.mark.parametrize(
    "raw, verifier", [a[1:] for a in ATTACKS_WITH_SECRETS], ids=[a[0] for a in ATTACKS_WITH_SECRETS]
)
def test_no_refusal_shows_any_of_the_token(
    raw: str, verifier: CognitoVerifier, caplog: pytest.LogCaptureFixture
) -> None:
    """Message, repr, attributes, copies, log and the traceback's locals of a refusal hold nothing of the token."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CognitoKitError) as caught:
        verifier.verify(raw)
    error = caught.value
    told = "\n".join(
        [
            str(error),
            repr(error),
            repr(vars(error)),
            repr(error.args),
            repr(copy.copy(error)),
            below_the_public_method(error),
            *(record.getMessage() + repr(vars(record)) for record in caplog.records),
        ]
    )

    assert [] == leaks(told, raw)
    assert error.__cause__ is None
    assert error.__context__ is None


@given(strategies.SIGNED | strategies.UNSIGNED)
def test_no_frame_below_the_public_method_holds_a_token(raw: str) -> None:
    """Whatever is refused, what travels with the error holds neither the token nor a segment of it."""
    found = verdict(raw)

    if isinstance(found, CognitoKitError):
        shown = below_the_public_method(found) + repr(found) + repr(vars(found))
        assert [] == [leak for leak in leaks(shown, raw) if leak not in {"", "."}]


@pytest.mark.parametrize("make", [forge.access_token, forge.id_token], ids=["access", "id"])
def test_no_form_of_an_accepted_token_shows_it(make: Callable[..., str]) -> None:
    """repr, str, format and the verifier's own repr show no secret; a token is not pickled."""
    raw = make(jti="s3cr3t-jti", email="s3cr3t@example.com")
    remembering = offline(remember=4)
    token = remembering.verify(raw)
    forms = f"{token!r} {token!s} {token} {[token]} {remembering!r} {remembering!s}"

    assert [] == leaks(forms, raw)
    for act in (lambda: token.__reduce_ex__(4), lambda: copy.copy(token).__reduce_ex__(2)):
        with pytest.raises(TypeError) as refused:
            act()
        assert [] == leaks(str(refused.value), raw)


def test_a_failed_fetch_shows_nothing_of_the_token_or_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    """An outage's error and log record quote neither the token nor what the fetcher raised or brought."""
    raw = forge.sign(forge.access_claims(**SECRET_CLAIMS))

    def raising(url: str) -> bytes:
        raise RuntimeError("s3cr3t from the network")

    def bringing(url: str) -> bytes:
        return b'{"keys":"s3cr3t"}'

    for fetcher in (raising, bringing):
        caplog.clear()
        verifier = CognitoVerifier(
            UserPool(forge.POOL_ID),
            client_id=None,
            token_use="access",
            fetcher=fetcher,
            clock=lambda: NOW,
            monotonic=lambda: 0.0,
        )
        with pytest.raises(KeysUnavailable) as caught:
            verifier.verify(raw)
        logged = "\n".join(record.getMessage() + repr(vars(record)) for record in caplog.records)

        assert [] == leaks(f"{caught.value} {caught.value!r} {vars(caught.value)} {logged}", raw)
        assert [] == leaks(below_the_public_method(caught.value), raw)
        assert 1 == len(caplog.records)


def test_every_kind_of_refusal_was_looked_at_for_secrets() -> None:
    """The refusals above are of every reason that a token can be refused for."""

    def reason(raw: object, verifier: CognitoVerifier) -> str:
        found = verdict(raw, verifier)
        assert isinstance(found, TokenError | InsufficientPermission)
        return found.reason

    assert {case.reason for case in corpus.cases()} == {reason(*a[1:]) for a in ATTACKS_WITH_SECRETS}
    assert UntrustedKey.reason in {reason(*a[1:]) for a in ATTACKS_WITH_SECRETS}
