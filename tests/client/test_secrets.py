"""Passwords, codes, sessions, secrets and tokens stay out of reprs, messages, logs and tracebacks."""

import asyncio
import copy
import inspect
import logging
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from operator import methodcaller
from typing import Any

import anyio
import pytest
import trio

from cognitokit import (
    AsyncCognitoClient,
    Challenge,
    CognitoClient,
    NewPasswordRequired,
    Retry,
    SelectChallenge,
    Tokens,
    TotpSetup,
    UserContext,
    errors,
)
from cognitokit.client.calls import Call
from cognitokit.client.failures import service_error
from tests.client.examples import ACCESS, ID, REFRESH, SECRET, SESSION, TOKENS, Row
from tests.client.scripted import CLIENT, NOW, POOL, SHELLS, Shell
from tests.client.test_methods import ROWS

CLIENT_SECRET = "the0client0secret0of0this0test"
SECRETS = (
    "pass word",
    "N3w passw0rd",
    "0ld passw0rd",
    "Temp0rary!",
    "864209",
    "fingerprint",
    ACCESS,
    REFRESH,
    ID,
    SESSION,
    SECRET,
    CLIENT_SECRET,
)

WHO: dict[str, Any] = {"username": "jane", "client_id": CLIENT, "session": SESSION}


def leak(call: Call) -> Mapping[str, Any]:
    """Fail with all of the request in a local variable, as a transport may."""
    params = dict(call.params)
    quoted = " ".join(map(str, params.values()))
    assert params is not None
    raise service_error(call, code="NotAuthorizedException", message=f"bad {quoted}")


class LeakyTransport:
    """Fails in a frame that holds the request."""

    def send(self, call: Call) -> Mapping[str, Any]:
        """See Transport.send."""
        return leak(call)


class AsyncLeakyTransport:
    """The same, awaited."""

    async def send(self, call: Call) -> Mapping[str, Any]:
        """See AsyncTransport.send."""
        return leak(call)


def failure_of(kind: str, use: Callable[[Any], Any]) -> errors.CognitoKitError:
    """What a use of the client raises."""
    settings: dict[str, Any] = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}

    async def run() -> None:
        client = AsyncCognitoClient(POOL, transport=AsyncLeakyTransport(), **settings)
        result = use(client)
        if inspect.isawaitable(result):
            await result
        else:
            await anext(result)

    def run_in_thread() -> None:
        result = use(CognitoClient(POOL, transport=LeakyTransport(), **settings))
        if isinstance(result, Iterator):
            next(result)

    with pytest.raises(errors.CognitoKitError) as raised:
        anyio.run(run, backend=kind) if kind != "threads" else run_in_thread()
    return raised.value


def frames_below(error: BaseException, method: str) -> str:
    """The traceback's frames below the public method, or below the caller of an iterator, with their locals."""
    described = traceback.TracebackException.from_exception(error, capture_locals=True)
    start = max(
        number
        for number, frame in enumerate(described.stack)
        if (
            frame.filename == __file__
            and frame.name in {"failure_of", "run", "run_in_thread", "use", "<lambda>"}
        )
        or (frame.name == method and "/cognitokit/" in frame.filename)
    )
    described.stack = traceback.StackSummary.from_list(described.stack[start + 1 :])
    return "".join(described.format())


def with_secret(row: Row) -> Callable[[Any], Any]:
    """A row's use, on a client that has a secret."""

    def use(client: Any) -> Any:
        if row.name.endswith("refresh_legacy"):
            part = client.admin if row.name.startswith("admin") else client
            return part.refresh_legacy(REFRESH, username="jane")
        return row.use(client)

    return use


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "call"], ids=repr)
def test_tracebacks(kind: str, row: Row) -> None:
    """No local of a frame below the public method shows a secret of the request, nor does the error."""
    error = failure_of(kind, with_secret(row))

    below = frames_below(error, row.name.rpartition(".")[2])
    assert not [secret for secret in SECRETS if secret in below]
    assert not [secret for secret in SECRETS if secret in f"{error} {error!r} {vars(error)}"]
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("kind", SHELLS)
def test_mistakes_of_the_caller(kind: str) -> None:
    """A mistake that is a TypeError and the like leaks nothing either, and says where it came up."""
    shell = Shell.of(kind)

    class Broken(dict[str, str]):
        def items(self) -> Any:
            raise AttributeError("items")

    metadata = Broken(a="b")
    with pytest.raises(AttributeError, match="items") as raised:
        shell.run(lambda client: client.sign_in("jane", "pass word", client_metadata=metadata))

    assert "pass word" not in frames_below(raised.value, "sign_in")
    assert [__file__ in note for note in raised.value.__notes__] == [True]
    assert [frame.name for frame in raised.traceback].count("sign_in") == 1


class BrokenOffTransport:
    """Is broken off in a frame that holds the request, and notes what by."""

    def __init__(self, end: BaseException) -> None:
        self.end = end

    def send(self, call: Call) -> Mapping[str, Any]:
        """See Transport.send."""
        params = dict(call.params)
        assert params
        raise self.end


class HangingTransport:
    """Waits for ever in a frame that holds the request, or fails, and notes what ended the wait."""

    def __init__(self, *failures: errors.CognitoKitError) -> None:
        self.failures = list(failures)
        self.ends: list[BaseException] = []

    async def send(self, call: Call) -> Mapping[str, Any]:
        """See AsyncTransport.send."""
        params = dict(call.params)
        assert params
        if self.failures:
            raise self.failures.pop()
        await self.wait(params)
        return {}

    async def wait(self, what: object) -> None:
        """Wait for ever."""
        assert what
        try:
            await anyio.sleep_forever()
        except BaseException as end:
            self.ends.append(end)
            raise


USES_WITH_SECRETS = [
    ("sign_in", lambda client: client.sign_in("jane", "pass word")),
    ("refresh", lambda client: client.refresh(REFRESH)),
    ("respond", lambda client: client.respond(NewPasswordRequired(**WHO).answer("N3w passw0rd"))),
]


@pytest.mark.parametrize(("method", "use"), USES_WITH_SECRETS)
@pytest.mark.parametrize(
    "end", [SystemExit(3), KeyboardInterrupt(), RuntimeError("a bug")], ids=repr
)
@pytest.mark.parametrize("kind", SHELLS)
def test_whatever_breaks_a_call_off(
    kind: str, end: BaseException, method: str, use: Callable[[Any], Any]
) -> None:
    """What a signal handler or a transport's bug raises comes out as itself, and leaks nothing."""
    transport: Any = BrokenOffTransport(end)

    async def send(call: Call) -> Mapping[str, Any]:
        return BrokenOffTransport(end).send(call)

    async def run() -> None:
        transport.send = send
        with pytest.raises(type(end)) as raised:
            await use(AsyncCognitoClient(POOL, client_id=CLIENT, transport=transport))
        seen.append(raised.value)

    def run_in_thread() -> None:
        with pytest.raises(type(end)) as raised:
            use(CognitoClient(POOL, client_id=CLIENT, transport=transport))
        seen.append(raised.value)

    seen: list[BaseException] = []
    run_in_thread() if kind == "threads" else anyio.run(run, backend=kind)

    below = frames_below(end, method)
    assert [end] == seen
    assert "drive.py" in below
    assert not [secret for secret in SECRETS if secret in below]
    assert "Raised at " in end.__notes__[0]
    assert __file__ in end.__notes__[0]
    assert [None, None] == [end.__cause__, end.__context__]


@pytest.mark.parametrize(("method", "use"), USES_WITH_SECRETS)
@pytest.mark.parametrize("kind", ["asyncio", "trio"])
def test_a_cancelled_call(kind: str, method: str, use: Callable[[Any], Any]) -> None:
    """A cancellation reaches the scope that asked for it, the same object, and leaks nothing."""
    transport, seen = HangingTransport(), []

    async def run() -> bool:
        client = AsyncCognitoClient(POOL, client_id=CLIENT, transport=transport)
        with anyio.move_on_after(0) as scope:
            try:
                await use(client)
            except anyio.get_cancelled_exc_class() as error:
                seen.append(error)
                raise
        return scope.cancelled_caught

    assert anyio.run(run, backend=kind)
    below = frames_below(seen[0], method)
    assert seen == transport.ends
    assert "drive.py" in below
    assert not [secret for secret in SECRETS if secret in below]
    assert seen[0].__context__ is None


def test_a_timeout_of_asyncio() -> None:
    """A caller's asyncio.timeout gives a TimeoutError whose context, the cancellation, leaks nothing."""
    transport = HangingTransport()

    async def run() -> None:
        client = AsyncCognitoClient(POOL, client_id=CLIENT, transport=transport)
        async with asyncio.timeout(0):
            await client.sign_in("jane", "pass word")

    with pytest.raises(TimeoutError) as raised:
        asyncio.run(run())

    # Its cause as well from Python 3.11.4 on.
    cancelled = raised.value.__context__
    assert [cancelled] == transport.ends
    assert isinstance(cancelled, asyncio.CancelledError)
    assert "pass word" not in frames_below(cancelled, "sign_in")


def test_a_deadline_of_trio() -> None:
    """A caller's trio.fail_after ends a call, and what comes after it runs."""
    transport = HangingTransport()

    async def run() -> str:
        client = AsyncCognitoClient(POOL, client_id=CLIENT, transport=transport)
        with pytest.raises(trio.TooSlowError), trio.fail_after(0):
            await client.sign_in("jane", "pass word")
        await trio.lowlevel.checkpoint()
        return "done"

    assert trio.run(run) == "done"
    assert [trio.Cancelled] == [type(end) for end in transport.ends]


def test_a_cancellation_that_a_transport_replaces() -> None:
    """anyio still finds its own cancellation behind one that a transport raised in its place."""

    class Replacing(HangingTransport):
        async def wait(self, what: object) -> None:
            try:
                await super().wait(what)
            except asyncio.CancelledError:
                raise asyncio.CancelledError  # noqa: B904 - without a cause, as it happens

    async def run() -> bool:
        client = AsyncCognitoClient(POOL, client_id=CLIENT, transport=Replacing())
        with anyio.move_on_after(0) as scope:
            await client.sign_in("jane", "pass word")
        return scope.cancelled_caught

    assert anyio.run(run)


@pytest.mark.parametrize("kind", ["asyncio", "trio"])
def test_cancelled_between_two_attempts(kind: str) -> None:
    """The wait before a repetition is cancelled like a call, and leaks no more."""
    transport, seen = HangingTransport(errors.TooManyRequests()), []

    async def run() -> None:
        client = AsyncCognitoClient(
            POOL, client_id=CLIENT, transport=transport, sleep=transport.wait
        )
        with anyio.move_on_after(0):
            try:
                await client.sign_in("jane", "pass word")
            except anyio.get_cancelled_exc_class() as error:
                seen.append(error)
                raise

    anyio.run(run, backend=kind)

    assert seen == transport.ends
    assert "pass word" not in frames_below(seen[0], "sign_in")
    assert seen[0].__context__ is None


def test_a_call_that_is_dropped() -> None:
    """A coroutine that is closed half-way ends there."""
    transport: Any = HangingTransport()
    transport.wait = lambda _: asyncio.sleep(0)
    client = AsyncCognitoClient(POOL, client_id=CLIENT, transport=transport)
    call = client.sign_in("jane", "pass word")

    call.send(None)
    call.close()

    with pytest.raises(RuntimeError, match="already awaited"):
        call.send(None)


def test_that_leak_is_real() -> None:
    """The same transport, cancelled without a client around it, does leak."""
    transport = HangingTransport()

    async def run() -> None:
        async with asyncio.timeout(0):
            await transport.send(Call("SignUp", {"Password": "pass word"}))

    with pytest.raises(TimeoutError):
        asyncio.run(run())

    described = traceback.TracebackException.from_exception(transport.ends[0], capture_locals=True)
    assert "pass word" in "".join(described.format())


def test_the_leak_is_real() -> None:
    """The same transport, used without a client, does leak: the test above would see it."""
    with pytest.raises(errors.NotAuthorized) as raised:
        leak(Call("SignUp", {"Password": "pass word"}))

    described = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert "pass word" in "".join(described.format())


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "call"], ids=repr)
def test_reprs_of_results(row: Row) -> None:
    """No result shows a secret in its repr, but for the raw members that call() returns."""
    result = Shell.of("threads", *row.answers).run(row.use)

    shown = repr(result)
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("kind", SHELLS)
def test_logs(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of requests and answers is logged at any level, repetitions and failures included."""
    caplog.set_level(logging.DEBUG, logger="cognitokit.client")
    for row in ROWS:
        shell = Shell.of(kind, errors.TooManyRequests(), *row.answers, retry=Retry(first_delay=0))
        try:
            shell.run(row.use)
        except errors.TooManyRequests:
            continue

    ours = [line.getMessage() for line in caplog.records if line.name.startswith("cognitokit")]
    assert ours
    assert not [line for line in ours if any(secret in line for secret in SECRETS)]


def test_clients_and_their_settings() -> None:
    """Neither client nor its parts nor its settings show the client's secret."""
    for cls in (CognitoClient, AsyncCognitoClient):
        client: Any = cls(POOL, client_id=CLIENT, client_secret=CLIENT_SECRET)
        for thing in (client, client._app, client.admin, client.mfa, client._driver):
            assert CLIENT_SECRET not in repr(thing)
        assert CLIENT in repr(client)
        assert POOL in repr(client.admin)


def test_sessions() -> None:
    """A session's repr shows no token."""
    client = CognitoClient(POOL, client_id=CLIENT)

    shown = repr(client.session(TOKENS)) + repr(
        AsyncCognitoClient(POOL, client_id=CLIENT).session(TOKENS)
    )
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("kind", ["threads", "asyncio", "trio"])
@pytest.mark.parametrize("method", ["access_token", "tokens"])
def test_tracebacks_of_sessions(kind: str, method: str) -> None:
    """A session that ends, or has ended, shows no token in any frame below its own method."""
    expired = Tokens(access_token=ACCESS, refresh_token=REFRESH, expires_in=60, expires_at=60)
    sessions: list[Any] = []

    def use(client: Any) -> Any:
        sessions.append(sessions[0] if sessions else client.session(expired))
        return getattr(sessions[0], method)(rejected=ACCESS)

    for _ in range(2):
        below = frames_below(failure_of(kind, use), method)

        assert "ready" in below or "_renew" in below
        assert not [secret for secret in SECRETS if secret in below]


@pytest.mark.parametrize("make", [CognitoClient, AsyncCognitoClient])
@pytest.mark.parametrize(
    "change", [{"client_id": "bad id"}, {"client_secret": f"{CLIENT_SECRET} "}]
)
def test_tracebacks_of_refused_clients(make: Any, change: dict[str, Any]) -> None:
    """A client that is refused shows its secret in no frame below its constructor, and has a repr."""
    settings = {"pool": POOL, "client_id": CLIENT, "client_secret": CLIENT_SECRET}
    assert make(**settings)

    def use() -> None:
        make(**{**settings, **change})

    with pytest.raises(errors.ConfigurationError) as raised:
        use()

    below = frames_below(raised.value, "__init__")
    assert "raise failure" in below
    assert CLIENT_SECRET not in below
    assert raised.value.__context__ is None


@pytest.mark.parametrize("make", [CognitoClient, AsyncCognitoClient])
def test_tracebacks_of_refused_sessions(make: Any) -> None:
    """A token given for Tokens is shown in no frame below session()."""
    with pytest.raises(errors.ConfigurationError, match="needs Tokens") as raised:
        make(POOL, client_id=CLIENT).session(REFRESH)

    below = frames_below(raised.value, "session")
    assert "raise failure" in below
    assert REFRESH not in below


@pytest.mark.parametrize("draw", ["qr_svg", "qr_text"])
@pytest.mark.parametrize(
    ("issuer", "without", "error"),
    [("x" * 5000, False, "no room"), ("Acme", True, "pip install"), (5, False, "issuer must be")],
)
def test_tracebacks_of_qr_codes(
    draw: str, issuer: Any, without: bool, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A QR code that cannot be drawn shows the shared secret in no frame below its method."""
    setup: TotpSetup[None] = TotpSetup(secret=SECRET, username="jane")
    assert getattr(setup, draw)(issuer="Acme")
    if without:
        monkeypatch.setitem(sys.modules, "segno", None)

    with pytest.raises(errors.CognitoKitError, match=error) as raised:
        getattr(setup, draw)(issuer=issuer)

    assert SECRET not in frames_below(raised.value, draw)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    "answer",
    [
        lambda: NewPasswordRequired(**WHO).answer("N3w passw0rd", attributes={"age": 5}),  # type: ignore[dict-item]
        lambda: SelectChallenge(**WHO).answer("WEB_AUTHN", credential="fingerprint"),
        lambda: SelectChallenge(**WHO).answer("PASSWORD", password=b"pass word"),  # type: ignore[arg-type]
    ],
)
def test_tracebacks_of_answers(answer: Callable[[], Any]) -> None:
    """An answer that is refused shows nothing of itself below answer()."""
    with pytest.raises(errors.InvalidData) as raised:
        answer()

    below = frames_below(raised.value, "answer")
    assert "raise InvalidData" in below
    assert not [secret for secret in SECRETS if secret in below]


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (Challenge.from_dict, {**WHO, "name": "SMS_MFA", "session": [SESSION]}),
        (Challenge.from_dict, {**WHO, "name": "X", "parameters": {"a": SESSION, "b": 5}}),
        (Challenge.from_dict, [SESSION]),
        (Tokens.from_dict, {**TOKENS.to_dict(), "expires_in": "3600"}),
        (Tokens.from_dict, {**TOKENS.to_dict(), "access_token": [ACCESS]}),
        (Tokens.from_dict, {**TOKENS.to_dict(), "new_device": {"key": [ACCESS]}}),
        (Tokens.from_dict, [ACCESS]),
        (TotpSetup.from_dict, {"secret": [SECRET], "username": "jane"}),
        (TotpSetup.from_dict, {"secret": SECRET, "username": "jane", "challenge": [SESSION]}),
    ],
)
def test_tracebacks_of_stored_data(read: Callable[[Any], Any], data: Any) -> None:
    """What is stored and malformed is shown in no frame below from_dict()."""
    with pytest.raises(errors.InvalidData) as raised:
        read(data)

    assert not [secret for secret in SECRETS if secret in frames_below(raised.value, "from_dict")]
    assert raised.value.__context__ is None


def test_tracebacks_of_user_contexts() -> None:
    """A context that is refused shows the user's cookies in no frame below its constructor."""
    headers: Any = {"Cookie": "id=5a7b", "X-Count": 5}

    with pytest.raises(errors.ConfigurationError, match="http_headers must be") as raised:
        UserContext(http_headers=headers)

    below = frames_below(raised.value, "__post_init__")
    assert "raise ConfigurationError" in below
    assert "id=5a7b" not in below


def test_user_context() -> None:
    """What is known of a user's device is personal: it is not shown."""
    assert (
        repr(UserContext(ip_address="192.0.2.1", encoded_data="fingerprint")) == "UserContext(...)"
    )


def test_personal_data_is_not_shown() -> None:
    """A user's attributes are in no repr; they can be copied, hashed and pickled."""
    user = Shell.of(
        "threads", {"Username": "jane", "UserAttributes": [{"Name": "email", "Value": "j@x.io"}]}
    ).run(lambda client: client.get_user(ACCESS))

    assert "j@x.io" not in repr(user) + repr(user.attributes)
    assert user == copy.deepcopy(user) == pickle.loads(pickle.dumps(user))  # noqa: S301 - its own
    assert hash(user) == hash(copy.deepcopy(user))


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("error", "hidden"),
    [
        (
            errors.NotAuthorized(
                "Incorrect username or password.", operation="InitiateAuth", request_id="r-1"
            ),
            True,
        ),
        (errors.NotAuthorized("User is disabled."), True),
        (errors.UserNotFound("User does not exist."), True),
        (errors.WrongClientSecret("Unable to verify secret hash for client x"), False),
        (errors.UserNotConfirmed("User is not confirmed."), False),
    ],
)
def test_one_public_error(kind: str, error: errors.ServiceError, hidden: bool) -> None:
    """Where asked for, an unknown user, a wrong password and a disabled user look the same."""
    shells = [
        Shell.of(kind, copy.copy(error), prevent_user_existence_errors=prevent)
        for prevent in (True, False)
    ]
    seen = []
    for shell in shells:
        with pytest.raises(errors.ServiceError) as raised:
            shell.run(lambda client: client.sign_in("jane", "pass word"))
        seen.append(raised.value)
    public, usual = seen

    assert (type(error), error.message) == (type(usual), usual.message)
    if hidden:
        assert type(public) is errors.NotAuthorized
        assert public.message == "Incorrect username or password."
        assert error.request_id == public.request_id
        assert public.operation == "InitiateAuth"
        assert public.detail is not None
        assert (type(error), error.message) == (type(public.detail), public.detail.message)
        assert (
            error.message == "Incorrect username or password."
            or error.message not in f"{public}{public!r}"
        )
        assert public.__cause__ is None
        assert public.__context__ is None
        assert public.detail.__traceback__ is None
    else:
        assert (type(error), error.message) == (type(public), public.message)


WRONG_SESSION = errors.NotAuthorized("Invalid session for the user, session is expired.")


@pytest.mark.parametrize(
    ("answer", "error", "hidden"),
    [
        ("PASSWORD", WRONG_SESSION, True),
        ("SELECT_CHALLENGE", errors.UserNotFound("who"), True),
        ("SMS_MFA", WRONG_SESSION, False),
        ("SMS_MFA", errors.UserNotFound("who"), True),
        ("EMAIL_OTP", errors.NotAuthorized("User is disabled."), True),
        ("SMS_OTP", errors.NotAuthorized("User is disabled."), True),
        ("EMAIL_OTP", WRONG_SESSION, False),
    ],
)
def test_one_public_error_after_a_challenge(
    answer: str, error: errors.ServiceError, hidden: bool
) -> None:
    """A password that answers a challenge is treated the same, and so is what any other answer tells of the user.

    A session that is over is not: there the sign-in starts anew.
    """
    data = {"name": answer, "username": "jane", "client_id": CLIENT, "admin": False}
    challenge: Any = Challenge.from_dict(data)
    reply = (
        challenge.answer("PASSWORD", password="x")
        if answer == "SELECT_CHALLENGE"
        else challenge.answer("x")
    )
    for prevent in (True, False):
        shell = Shell.of("threads", copy.copy(error), prevent_user_existence_errors=prevent)
        with pytest.raises(errors.ServiceError) as raised:
            shell.run(lambda client: client.respond(reply))
        public = "Incorrect username or password."
        assert raised.value.message == (public if hidden and prevent else error.message)


def test_a_refresh_keeps_its_own_error() -> None:
    """A refused refresh is no sign-in: its error says what it is."""
    for method in ("refresh", "refresh_legacy"):
        shell = Shell.of(
            "threads",
            errors.NotAuthorized("Refresh Token has been revoked"),
            prevent_user_existence_errors=True,
        )
        with pytest.raises(errors.NotAuthorized, match="revoked"):
            shell.run(methodcaller(method, REFRESH))


def test_the_clock_is_read_once() -> None:
    """Tokens expire by the client's own clock."""
    tokens = Shell.of(
        "threads", {"AuthenticationResult": {"AccessToken": "a", "ExpiresIn": 60}}
    ).run(lambda client: client.refresh(REFRESH))
    assert NOW + 60 == tokens.expires_at
