"""The verifiers as users hold them: options, calls, several at once, and what is done behind them."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import json
import logging
import traceback
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from cognitokit import AsyncCognitoVerifier, CognitoVerifier, UserPool
from cognitokit import verifier as package
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ExpiredToken,
    InvalidClaim,
    InvalidSignature,
    KeysUnavailable,
    MalformedToken,
    MissingGroup,
    MissingScope,
    UnknownKey,
)
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier import configure, options
from cognitokit.verifier.examine import Rules
from cognitokit.verifier.keys import GivenKeys
from tests.verifier.forge import (
    CLIENT_ID,
    ISSUER,
    NOW,
    OTHER_POOL_ID,
    POOL_ID,
    SUB,
    access_token,
    attacker_key,
    id_token,
    jwks,
    pool_key,
)
from tests.verifier.shells import ASYNCIO, EACH_SHELL, Clocks, Shell
from tests.verifier.subjects import BY_ATTACKER, Source, refusal, sync_verifier, unsuspicious

NO_JWKS: list[Any] = [{}, "", b"{}", {"keys": []}, 1, [], {"keys": [pool_key().jwk(use="enc")]}]


@pytest.mark.parametrize("kind", [CognitoVerifier, AsyncCognitoVerifier])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"client_id": ...}, "client_id must be given"),
        ({"token_use": ...}, "token_use must be given"),
        *[({"token_use": use}, 'token_use must be "access"') for use in ("refresh", "Access", "", 1, ["access"])],
        *[({"client_id": client}, "client_id") for client in ("", [], ["a", ""], "a b", 1, [None], b"a")],
        *[({"leeway": leeway}, "leeway must be a number of seconds from 0 to 600") for leeway in (-1, 601, float("nan"), float("inf"), "1", None, True)],
        *[({"max_age": age}, "max_age must be a number of seconds") for age in (0, -1, float("nan"), "1", True)],
        *[({name: value}, name) for name in ("scopes", "any_scope", "groups", "any_group") for value in ("a", [], [1], None)],
        ({"scopes": ["a b"]}, "white space"),
        *[({"audience": audience}, "audience") for audience in ("", [], [1], 1)],
        ({"token_use": "id", "audience": "a"}, "An id token has no scopes"),
        ({"token_use": "id", "scopes": ["a"]}, "An id token has no scopes"),
        ({"token_use": "id", "any_scope": ["a"]}, "An id token has no scopes"),
        *[({name: value}, f"{name} must be a function") for name in ("check", "fetcher", "clock", "monotonic") for value in (1, "", 0)],
        *[({name: None}, f"{name} must be a function") for name in ("clock", "monotonic")],
        *[({"remember": remember}, "remember must be a number of tokens") for remember in (-1, 1.5, True, None, "1")],
        *[({"refresh_keys": refresh}, "refresh_keys must be True or False") for refresh in (1, None, "yes")],
        ({"refresh_keys": True}, "refresh_keys is for keys that are given"),
        ({"jwks": jwks(), "fetcher": Source()}, "With jwks the fetcher is never called"),
        *[({"jwks": given}, "jwks is of no use") for given in NO_JWKS],
        ({"jwks": Path("/nonexistent/jwks.json")}, "The file that jwks names"),
        ({"jwks": Path("no\0file")}, "The file that jwks names"),
        ({"leway": 5}, "Unknown option leway. The options are any_group, any_scope, "),
        ({"issuer": ISSUER, "algorithms": ["RS256"]}, "Unknown option algorithms, issuer."),
    ],
)  # fmt: skip
def test_wrong_options_fail_at_construction(kind: Any, given: dict[str, object], said: str) -> None:
    """A wrong option is refused when the verifier is made, in a sentence that names it."""
    chosen = {"client_id": CLIENT_ID, "token_use": "access", **given}
    with pytest.raises(ConfigurationError) as caught:
        kind(POOL_ID, **{name: value for name, value in chosen.items() if value is not ...})

    assert said in str(caught.value)
    assert kind(POOL_ID, client_id=CLIENT_ID, token_use="access")


@pytest.mark.parametrize("pool", ["", "eu-west-1", "nonsense", None, 1, POOL_ID + "\n"])
def test_wrong_pool_fails_at_construction(pool: Any) -> None:
    """So is what is no user pool."""
    with pytest.raises(ConfigurationError, match="user pool id"):
        CognitoVerifier(pool, client_id=CLIENT_ID, token_use="access")


async def _async_function(_: object) -> bool:
    return True


class _AsyncObject:
    async def __call__(self, _: object) -> bool:
        return True


@pytest.mark.parametrize(
    "function",
    [_async_function, _AsyncObject(), functools.partial(_async_function), _AsyncObject().__call__],
)
@pytest.mark.parametrize("option", ["check", "fetcher"])
def test_sync_verifier_refuses_what_is_async(option: str, function: object) -> None:
    """An async check or fetcher could only be ignored by a sync verifier; the async one takes it."""
    chosen: dict[str, Any] = {"client_id": CLIENT_ID, "token_use": "access", option: function}
    with pytest.raises(ConfigurationError, match=f"An async {option} needs an Async"):
        CognitoVerifier(POOL_ID, **chosen)

    assert isinstance(AsyncCognitoVerifier(POOL_ID, **chosen), AsyncCognitoVerifier)


def test_options_are_the_same_everywhere() -> None:
    """What the type checkers know, what the message lists and what is read are the same options."""
    parameters = inspect.signature(configure.make_rules).parameters.values()
    read = {one.name for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}
    sync, asynchronous = (
        get_type_hints(options.SyncAccessOptions),
        get_type_hints(options.AsyncAccessOptions),
    )

    assert sorted(read) == list(configure._OPTIONS)
    assert read - {"client_id", "token_use"} == sync.keys() == asynchronous.keys()
    for typed in (options.SyncOptions, options.AsyncOptions):
        assert {"audience", "scopes", "any_scope"} == sync.keys() - get_type_hints(typed).keys()


@EACH_SHELL
def test_a_verified_token_is_typed(shell: Shell) -> None:
    """Verification gives the token as the kind that it is."""
    access = shell.verifier(jwks=jwks()).verify(access_token())
    both = shell.verifier(jwks=jwks(), token_use=None)

    assert isinstance(access, AccessToken)
    assert (SUB, "jane", ("admin", "staff")) == (access.sub, access.username, access.groups)
    assert isinstance(both.verify(access_token()), AccessToken)
    assert isinstance(both.verify(id_token()), IdToken)
    assert isinstance(shell.verifier(jwks=jwks(), token_use="id").verify(id_token()), IdToken)


def test_repr_tells_the_verifiers_apart() -> None:
    """A verifier's repr names its pool and kind, and that of several names each."""
    one = sync_verifier()
    other = sync_verifier(pool=OTHER_POOL_ID, token_use=None)

    assert f"CognitoVerifier('{POOL_ID}', token_use='access')" == repr(one)
    assert f"CognitoVerifier({one!r} or {other!r})" == repr(CognitoVerifier.any_of(one, other))


@EACH_SHELL
def test_calls_add_demands(shell: Shell) -> None:
    """What a call demands comes on top of what the verifier demands, and never in its place."""
    verifier = shell.verifier(jwks=jwks(), groups=["admin"], scopes=["openid"])
    raw = access_token()

    more = {"any_group": ["x", "staff"], "any_scope": ["x", "openid"]}
    assert SUB == verifier.verify(raw, groups=["staff"], scopes=["tasks/read"], **more).sub
    for demand, error in (
        ({"groups": ["x"]}, MissingGroup),
        ({"any_group": ["x", "y"]}, MissingGroup),
        ({"scopes": ["x"]}, MissingScope),
        ({"any_scope": ["x"]}, MissingScope),
        ({"nonce": "n"}, InvalidClaim),
        ({"groups": "admin"}, ConfigurationError),
        ({"groups": []}, ConfigurationError),
        ({"groups": None}, ConfigurationError),
        ({"nonce": None}, ConfigurationError),
        ({"nonce": ""}, ConfigurationError),
    ):
        assert error is type(verifier.refusal(raw, **demand))
    plain = access_token(**{"cognito:groups": ["staff"]})
    assert isinstance(verifier.refusal(plain, groups=["staff"]), MissingGroup)


@EACH_SHELL
def test_nonce(shell: Shell) -> None:
    """An id token answers the login whose nonce it carries."""
    verifier = shell.verifier(jwks=jwks(), token_use="id")

    assert SUB == verifier.verify(id_token(nonce="n"), nonce="n").sub
    assert "nonce" == getattr(verifier.refusal(id_token(nonce="m"), nonce="n"), "claim", None)
    assert "nonce" == getattr(verifier.refusal(id_token(nonce=...), nonce="n"), "claim", None)


@EACH_SHELL
@pytest.mark.parametrize("remember", [0, 4])
def test_max_age(shell: Shell, remember: int) -> None:
    """How long ago the user signed in is looked at each time, for remembered tokens too."""
    verifier = shell.verifier(jwks=jwks(), max_age=600, remember=remember)
    raw = access_token(auth_time=NOW - 500)
    for _ in range(3):
        assert SUB == verifier.verify(raw).sub
    verifier.clocks.pass_(101)

    assert "auth_time" == getattr(verifier.refusal(raw), "claim", None)
    assert "auth_time" == getattr(verifier.refusal(access_token(auth_time=...)), "claim", None)


@EACH_SHELL
@pytest.mark.parametrize("remember", [0, 4])
@pytest.mark.parametrize("answer", [False, None, 1, "yes", object(), [True]])
def test_check_passes_only_on_true(shell: Shell, remember: int, answer: object) -> None:
    """Whatever the caller's check returns but True refuses the token, each time."""
    answers: list[object] = [True, answer, True, answer]
    seen: list[Any] = []

    def check(token: Any) -> Any:
        seen.append(token)
        return answers.pop(0)

    verifier = shell.verifier(jwks=jwks(), check=check, remember=remember)
    raw = access_token()

    assert SUB == verifier.verify(raw).sub
    assert "check" == getattr(verifier.refusal(raw), "claim", None)
    assert SUB == verifier.verify(raw).sub
    assert "check" == getattr(verifier.refusal(raw), "claim", None)
    assert [raw] * 4 == [token.raw for token in seen]


@EACH_SHELL
def test_check_comes_last(shell: Shell) -> None:
    """A token that is refused for anything else is never shown to the caller's check."""

    def check(_: object) -> bool:
        raise AssertionError("shown")

    verifier = shell.verifier(jwks=jwks(), check=check, max_age=600)

    for raw in (
        access_token(client_id="x"),
        access_token(exp=NOW),
        access_token(auth_time=1),
        BY_ATTACKER,
        "x",
    ):
        assert isinstance(verifier.refusal(raw), CognitoKitError)
    assert isinstance(verifier.refusal(access_token(), groups=["x"]), MissingGroup)
    with pytest.raises(AssertionError, match="shown"):
        verifier.verify(access_token())


@EACH_SHELL
@pytest.mark.parametrize(
    "error", [ZeroDivisionError("mine"), ExpiredToken("mine"), ConfigurationError("mine")]
)
def test_what_a_check_raises_propagates(shell: Shell, error: Exception) -> None:
    """The caller's own exception comes out as it went in, with the line that raised it."""

    def check(_: object) -> bool:
        raise error

    single = shell.verifier(jwks=jwks(), check=check)
    make = type(single.verifier).any_of
    for subject in (
        single,
        type(single)(shell, make(single.verifier, single.verifier), single.clocks),
    ):
        for _ in range(2):
            with pytest.raises(type(error), match="mine") as caught:
                subject.verify(access_token())

            assert caught.value is error
            assert "check" == traceback.extract_tb(caught.value.__traceback__)[-1].name


def test_async_check_is_awaited() -> None:
    """The async verifier awaits an async check; what it returns counts like a sync one's."""

    async def passes(_: object) -> bool:
        await asyncio.sleep(0)
        return True

    async def fails(_: object) -> bool:
        await asyncio.sleep(0)
        return False

    for _ in range(2):
        assert SUB == ASYNCIO.verifier(jwks=jwks(), check=passes).verify(access_token()).sub
        assert isinstance(
            ASYNCIO.verifier(jwks=jwks(), check=fails).refusal(access_token()), InvalidClaim
        )


class _Awaitable:
    def __await__(self) -> Generator[None, None, bool]:
        yield
        return True


@pytest.mark.parametrize("check", [unsuspicious(_async_function), lambda _: _Awaitable()])
def test_check_that_turns_out_to_be_async_refuses(check: Any) -> None:
    """What is to be awaited is not True: it refuses, and a coroutine is closed without a warning."""
    subject = sync_verifier(check=check)

    for _ in range(2):
        assert "check" == getattr(refusal(lambda: subject.verify(access_token())), "claim", None)
    gc.collect()


@pytest.mark.parametrize("form", [dict, json.dumps, lambda keys: json.dumps(keys).encode()])
def test_given_keys(form: Callable[[dict[str, Any]], Any]) -> None:
    """Keys may be given as a mapping or as text."""
    assert SUB == sync_verifier(jwks=form(jwks())).verify(access_token()).sub


def test_given_keys_in_a_file(tmp_path: Path) -> None:
    """Keys may be given as the path of a file, which is read once."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(jwks()), encoding="utf-8")
    subject = sync_verifier(jwks=file)
    file.unlink()

    assert SUB == subject.verify(access_token()).sub

    file.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="The file that jwks names"):
        sync_verifier(jwks=file)


@EACH_SHELL
def test_given_keys_never_ask(shell: Shell) -> None:
    """With keys given there is no request: unknown kids are unknown at once, for ever."""
    verifier = shell.verifier(jwks=jwks(), jwks_uri="https://127.0.0.1:1/")
    verifier.prefetch()
    raw = access_token(exp=NOW + 10**9)

    assert SUB == verifier.verify(raw).sub
    assert isinstance(verifier.refusal(BY_ATTACKER), UnknownKey)
    verifier.clocks.pass_(10**8)
    assert SUB == verifier.verify(raw).sub
    assert isinstance(verifier.refusal(BY_ATTACKER), ExpiredToken)


@EACH_SHELL
def test_given_keys_that_are_refreshed(shell: Shell) -> None:
    """With refresh_keys the given keys serve at once; an unknown kid, or their age, has them fetched."""
    source = Source(jwks(attacker_key().jwk(), pool_key().jwk()))
    verifier = shell.verifier(jwks=jwks(), refresh_keys=True, fetcher=source)

    assert SUB == verifier.verify(access_token()).sub
    assert [] == source.urls
    assert SUB == verifier.verify(BY_ATTACKER).sub
    assert [UserPool(POOL_ID).jwks_uri] == source.urls
    verifier.clocks.pass_(3600)
    assert SUB == verifier.verify(access_token(exp=NOW + 9999)).sub
    assert 2 == len(source.urls)


@EACH_SHELL
@pytest.mark.parametrize("form", [dict, json.dumps, lambda keys: json.dumps(keys).encode()])
def test_a_user_s_own_fetcher(shell: Shell, form: Callable[[dict[str, Any]], Any]) -> None:
    """A fetcher is called with the URL of the keys and returns them as text or as a mapping."""
    source = Source(form(jwks()))
    verifier = shell.verifier(fetcher=source)

    assert SUB == verifier.verify(access_token()).sub
    assert SUB == verifier.verify(access_token()).sub
    assert [UserPool(POOL_ID).jwks_uri] == source.urls


@EACH_SHELL
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (RuntimeError("the password is hunter2"), "The fetcher raised RuntimeError."),
        (ExpiredToken("hunter2"), "The fetcher raised ExpiredToken."),
        (TimeoutError("hunter2"), "There was no answer in time."),
        ("hunter2", 'This is not a JWK set: a JSON object with an array "keys".'),
        ({"keys": []}, "No key of the set is an RSA key"),
        (b" " * 300_000, "The key set is larger than 256 kB."),
    ],
)
def test_failing_fetcher(
    shell: Shell, answer: object, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong is KeysUnavailable and a line in the log, in words that quote nothing."""
    with caplog.at_level(logging.WARNING, "cognitokit"):
        error = shell.verifier(fetcher=Source(answer)).refusal(access_token())

    assert isinstance(error, KeysUnavailable)
    assert str(error).startswith(f"The user pool's keys could not be fetched. {sentence}")
    assert error.__cause__ is error.__context__ is None
    assert [f"{error}"] == [record.getMessage() for record in caplog.records]
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_fetcher_that_turns_out_to_be_async() -> None:
    """A sync verifier cannot await: it says where such a fetcher belongs."""
    error = refusal(
        lambda: sync_verifier(fetcher=unsuspicious(_async_function)).verify(access_token())
    )

    assert "give it to an AsyncCognitoVerifier" in str(error)
    gc.collect()


def test_async_fetchers() -> None:
    """An async fetcher is awaited, whether or not it can be told beforehand that it is one."""

    async def fetcher(_: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return jwks()

    for given in (fetcher, functools.partial(fetcher), unsuspicious(fetcher)):
        assert SUB == ASYNCIO.verifier(fetcher=given).verify(access_token()).sub


def test_sync_fetcher_does_not_block_the_event_loop() -> None:
    """In an async verifier a fetcher that blocks gets a thread, and other tasks go on."""
    steps: list[str] = []

    async def main() -> None:
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        answered = asyncio.Event()

        def fetcher(_: str) -> dict[str, Any]:
            loop.call_soon_threadsafe(asked.set)
            asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(10)
            return jwks()

        subject = AsyncCognitoVerifier(
            POOL_ID, client_id=CLIENT_ID, token_use="access", fetcher=fetcher, clock=lambda: NOW
        )
        task = asyncio.ensure_future(subject.verify(access_token()))
        await asked.wait()
        steps.append("meanwhile")
        answered.set()
        steps.append((await task).sub)

    asyncio.run(main())

    assert ["meanwhile", SUB] == steps


def environment(**changes: str | None) -> dict[str, str]:
    """Variables that name the suite's pool and client, with changes."""
    base = {"COGNITO_USER_POOL_ID": POOL_ID, "COGNITO_CLIENT_ID": CLIENT_ID}
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


@pytest.mark.parametrize("kind", [CognitoVerifier, AsyncCognitoVerifier])
def test_from_env(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool and the client come from variables, everything else from arguments."""
    made = kind.from_env(environment(), token_use="access", jwks=jwks(), clock=lambda: NOW)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    both = [made, kind.from_env(token_use="access", jwks=jwks(), clock=lambda: NOW)]

    for subject in both:
        verified = subject.verify(access_token())
        token = verified if kind is CognitoVerifier else asyncio.run(verified)
        assert SUB == token.sub
    others = kind.from_env(environment(COGNITO_CLIENT_ID=None), client_id=None, token_use="id")
    assert repr(others) == f"{kind.__name__}('{POOL_ID}', token_use='id')"


@pytest.mark.parametrize("kind", [CognitoVerifier, AsyncCognitoVerifier])
@pytest.mark.parametrize(
    ("variables", "arguments", "said"),
    [
        ({"COGNITO_USER_POOL_ID": None}, {"token_use": "id"}, "COGNITO_USER_POOL_ID is not set"),
        ({"COGNITO_CLIENT_ID": None}, {"token_use": "id"}, "COGNITO_CLIENT_ID is not set"),
        ({}, {}, "token_use must be given"),
        ({}, {"token_use": "id", "leway": 1}, "Unknown option leway"),
    ],
)
def test_from_env_refuses(
    kind: Any, variables: dict[str, str | None], arguments: dict[str, Any], said: str
) -> None:
    """What is missing is named."""
    with pytest.raises(ConfigurationError, match=said):
        kind.from_env(environment(**variables), **arguments)


@EACH_SHELL
def test_prefetch(shell: Shell) -> None:
    """Prefetching fetches once, again when the keys are stale, and says when it cannot."""
    source = Source()
    verifier = shell.verifier(fetcher=source)
    verifier.prefetch()
    verifier.prefetch()
    assert SUB == verifier.verify(access_token()).sub
    assert 1 == len(source.urls)
    verifier.clocks.pass_(3600)
    verifier.prefetch()
    assert 2 == len(source.urls)

    with pytest.raises(KeysUnavailable):
        shell.verifier(fetcher=Source(RuntimeError())).prefetch()


def test_try_verify_never_waits() -> None:
    """try_verify verifies with what is at hand, and answers None where it would have to wait."""
    source = Source()
    subject = sync_verifier(fetcher=source, monotonic=lambda: 0.0)
    raw = access_token()

    assert subject.try_verify(raw) is None
    assert [] == source.urls
    subject.prefetch()
    for _ in range(2):
        assert SUB == (subject.try_verify(raw) or pytest.fail("it had to wait")).sub
    assert subject.try_verify(BY_ATTACKER) is None
    for wrong, error in (
        (access_token(exp=NOW), ExpiredToken),
        (raw[:-8] + "AAAAAAAA", InvalidSignature),
        ("x", MalformedToken),
    ):
        assert error is type(refusal(lambda wrong=wrong: subject.try_verify(wrong)))  # type: ignore[misc]
    assert isinstance(refusal(lambda: subject.try_verify(raw, groups=["x"])), MissingGroup)
    assert 1 == len(source.urls)


def test_try_verify_refuses_at_the_first_token() -> None:
    """A refusal needs no waiting either, though no header is remembered yet."""
    subject = sync_verifier()

    assert isinstance(
        refusal(lambda: subject.try_verify(access_token(client_id="x"))), InvalidClaim
    )


def test_try_verify_leaves_checks_to_a_thread() -> None:
    """A check may block, so a verifier that has one always answers None."""
    assert sync_verifier(check=lambda _: True).try_verify(access_token()) is None
    assert (
        CognitoVerifier.any_of(sync_verifier(check=lambda _: True)).try_verify(access_token())
        is None
    )
    assert CognitoVerifier.any_of(sync_verifier(), sync_verifier()).try_verify(access_token())


def test_try_verify_of_stale_keys() -> None:
    """Keys that are to be refreshed make it wait, or rather not."""
    clocks = Clocks()
    subject = sync_verifier(fetcher=Source(), clock=clocks.clock, monotonic=clocks.monotonic)
    subject.prefetch()
    clocks.pass_(3600)

    assert subject.try_verify(access_token(exp=NOW + 9999)) is None


@EACH_SHELL
@pytest.mark.parametrize("known", [False, True])
def test_errors_hold_nothing(shell: Shell, *, known: bool) -> None:
    """A refusal has no frame below verify, no cause, and no token in the frame that it has."""
    verifier = shell.verifier(jwks=jwks())
    if known:
        assert SUB == verifier.verify(access_token()).sub
    for raw in (
        access_token(client_id="x"),
        access_token()[:-8] + "AAAAAAAA",
        BY_ATTACKER,
        "a.b.c",
    ):
        error = verifier.refusal(raw)
        frames = list(traceback.walk_tb(error.__traceback__))
        inside = [frame for frame, _ in frames if "/cognitokit/" in frame.f_code.co_filename]

        assert error.__cause__ is error.__context__ is None
        assert ["verify"] == [frame.f_code.co_name for frame in inside]
        assert raw not in inside[0].f_locals.values()


def test_refused_tokens_are_let_go_at_once() -> None:
    """No cycle keeps an error, and with it what its frames hold, until the garbage collector comes."""
    subject = sync_verifier()
    held: list[weakref.ref[Exception]] = []
    gc.disable()
    try:
        for raw in (access_token(client_id="x"), BY_ATTACKER, "x"):
            for _ in range(2):
                try:
                    subject.verify(raw)
                except CognitoKitError as error:
                    held.append(weakref.ref(error))
        alive = [ref for ref in held if ref() is not None]
    finally:
        gc.enable()

    assert 6 == len(held)
    assert [] == alive


def test_given_keys_are_their_own_source() -> None:
    """A verifier with keys given has no cache, no clock for it and no lock."""
    rules = sync_verifier()._rules

    assert isinstance(rules, Rules)
    assert isinstance(rules.source, GivenKeys)


def test_names_of_the_package() -> None:
    """The package lists the names that it has, and no others."""
    assert package.__all__ == dir(package)
    assert sorted(package.__all__) == [name for name in package.__all__ if hasattr(package, name)]
    with pytest.raises(AttributeError, match="'Verifyer'"):
        _ = package.Verifyer
