"""Nothing that a verifier says, logs or raises shows any part of a token, except the token itself."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from cognitokit.errors import (
    CognitoKitError,
    InsufficientPermission,
    KeysUnavailable,
    TokenError,
    UntrustedKey,
)
from cognitokit.pool import UserPool
from cognitokit.verifier import CognitoVerifier
from tests.verifier import corpus, forge, strategies
from tests.verifier.forge import NOW
from tests.verifier.shells import EACH_SHELL, Shell, offline, verdict

VERIFIER = offline()


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
        below = list(current.stack)[own + 1 :]
        chain += [f"{frame.name} {frame.line} {frame.locals}" for frame in below]
        chain += list(current.format_exception_only())
        current = current.__cause__ or current.__context__
    return "\n".join(chain)


def secret_attacks() -> list[tuple[str, object, CognitoVerifier[Any]]]:
    """Return refusals of every kind, of tokens with secrets in their claims."""
    found: list[tuple[str, object, CognitoVerifier[Any]]] = []
    sound = forge.access_claims(**SECRET_CLAIMS)

    def add(name: str, raw: object, verifier: CognitoVerifier[Any] = VERIFIER) -> None:
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
    raw: str, verifier: CognitoVerifier[Any], caplog: pytest.LogCaptureFixture
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


@EACH_SHELL
@pytest.mark.parametrize("way", ["short", "long"])
def test_what_a_check_raises_shows_nothing_of_the_token(shell: Shell, way: str) -> None:
    """The caller's own exception passes no frame of ours that has the token's text at that time."""
    raw = forge.access_token()

    def check(token: object) -> bool:
        if refusing:
            raise LookupError("of the caller")
        return True

    refusing = way == "long"
    verifier = shell.verifier(jwks=forge.jwks(), check=check)
    if way == "short":
        assert raw == verifier.verify(raw).raw
        refusing = True
    with pytest.raises(LookupError) as caught:
        verifier.verify(raw)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    ours = [frame for frame in frames if "cognitokit/verifier" in Path(frame.filename).as_posix()]

    assert ours
    assert [] == leaks("\n".join(str(frame.locals) for frame in ours), raw)


@given(strategies.SIGNED | strategies.UNSIGNED)
def test_no_frame_below_the_public_method_holds_a_token(raw: str) -> None:
    """Whatever is refused, what travels with the error holds neither the token nor a segment of it."""
    found = verdict(raw, VERIFIER)

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
    for held in (token, copy.copy(token), copy.deepcopy(token)):
        with pytest.raises(TypeError) as refused:
            pickle.dumps(held)
        assert [] == leaks(str(refused.value), raw)


def test_a_failed_fetch_shows_nothing_of_the_token_or_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
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

    def reason(raw: object, verifier: CognitoVerifier[Any]) -> str:
        found = verdict(raw, verifier)
        assert isinstance(found, TokenError | InsufficientPermission)
        return found.reason

    assert {case.reason for case in corpus.cases()} == {
        reason(*a[1:]) for a in ATTACKS_WITH_SECRETS
    }
    assert UntrustedKey.reason in {reason(*a[1:]) for a in ATTACKS_WITH_SECRETS}
