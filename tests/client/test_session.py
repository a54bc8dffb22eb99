"""Keeping a user's tokens fresh: when, by whom, and what happens when it fails."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from weakref import ref

import anyio
import pytest

from cognitokit import AsyncCognitoClient, CognitoClient, Tokens
from cognitokit.client.calls import Call
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    NotAuthorized,
    RefreshTokenReuse,
    RequestTimeout,
    TooManyRequests,
    TransportError,
    UserNotFound,
)
from tests.client.scripted import CLIENT, NOW, POOL, SHELLS

Answer = Mapping[str, Any] | Exception


def tokens(number: int = 0, *, lives: float = 3600, expires_in: int = 3600) -> Tokens:
    """Tokens that expire so many seconds from now."""
    return Tokens(
        access_token=f"access-{number}",
        refresh_token=f"refresh-{number}",
        expires_in=expires_in,
        expires_at=int(NOW + lives),
    )


def refreshed(number: int, *, expires_in: int = 3600) -> Mapping[str, Any]:
    """What Cognito answers to a refresh with rotation."""
    return {
        "AuthenticationResult": {
            "AccessToken": f"access-{number}",
            "RefreshToken": f"refresh-{number}",
            "ExpiresIn": expires_in,
        }
    }


class Stage:
    """A session of either client, its store, its clock, and the refreshes that were sent."""

    def __init__(self, kind: str, *answers: Answer) -> None:
        self.kind = kind
        self.answers = list(answers)
        self.used: list[str] = []
        self.saved: list[Tokens] = []
        self.stored: list[Tokens | None] = []
        self.save_errors: list[Exception] = []
        self.now = float(NOW)
        self.session: Any = None

    def answer(self, call: Call) -> Mapping[str, Any]:
        """Note the refresh token and give the next answer."""
        assert call.operation == "GetTokensFromRefreshToken"
        self.used.append(call.params["RefreshToken"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def save(self, new: Tokens) -> None:
        """What on_refresh does."""
        if self.save_errors:
            raise self.save_errors.pop(0)
        self.saved.append(new)

    def load(self) -> Tokens | None:
        """What reload does."""
        return self.stored.pop(0) if len(self.stored) > 1 else self.stored[0]

    def begin(self, first: Tokens, *, reload: Any = False, **options: Any) -> "Stage":
        """Start the session; reload is what load() does, or what is given instead."""
        stage = self

        class Sync:
            def send(self, call: Call) -> Mapping[str, Any]:
                return stage.answer(call)

        class Async:
            async def send(self, call: Call) -> Mapping[str, Any]:
                await anyio.lowlevel.checkpoint()
                return stage.answer(call)

        async def save(new: Tokens) -> None:
            await anyio.lowlevel.checkpoint()
            stage.save(new)

        async def load() -> Tokens | None:
            await anyio.lowlevel.checkpoint()
            return stage.load()

        settings: dict[str, Any] = {"client_id": CLIENT, "clock": lambda: self.now}
        if self.kind == "threads":
            client: Any = CognitoClient(POOL, transport=Sync(), **settings)
            options = {
                "on_refresh": self.save,
                **({"reload": self.load if reload is True else reload} if reload else {}),
                **options,
            }
        else:
            client = AsyncCognitoClient(POOL, transport=Async(), **settings)
            options = {
                "on_refresh": save,
                **({"reload": load if reload is True else reload} if reload else {}),
                **options,
            }
        self.session = client.session(first, **options)
        return self

    def access_token(self) -> str:
        """Ask the session for its access token."""
        if self.kind == "threads":
            return str(self.session.access_token())
        return str(anyio.run(self.session.access_token, backend=self.kind))


@pytest.fixture(params=SHELLS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of client and event loop."""
    return str(request.param)


def test_fresh_tokens_are_used_as_they_are(kind: str) -> None:
    """Long before they expire, tokens cause no call."""
    stage = Stage(kind).begin(tokens(lives=61))

    assert stage.access_token() == "access-0"
    assert [] == stage.used


def test_refreshed_shortly_before_expiry(kind: str) -> None:
    """A minute before they expire they are refreshed, stored, and used until the next time."""
    stage = Stage(kind, refreshed(1), refreshed(2)).begin(tokens(lives=60))

    assert stage.access_token() == "access-1"
    assert ["refresh-0"] == stage.used
    assert [tokens(1)] == stage.saved
    assert stage.access_token() == "access-1"
    got = (
        stage.session.tokens()
        if kind == "threads"
        else anyio.run(stage.session.tokens, backend=kind)
    )
    assert tokens(1) == got
    stage.now += 3540
    assert stage.access_token() == "access-2"
    assert ["refresh-0", "refresh-1"] == stage.used


def test_short_lived_tokens(kind: str) -> None:
    """Tokens that live shorter than the margin are used for half of their life."""
    stage = Stage(kind, refreshed(1, expires_in=40)).begin(tokens(lives=40, expires_in=40))

    assert stage.access_token() == "access-0"
    stage.now += 20
    assert stage.access_token() == "access-1"


def test_the_margin_is_the_caller_s(kind: str) -> None:
    """refresh_before moves the moment."""
    stage = Stage(kind, refreshed(1)).begin(tokens(lives=600), refresh_before=601)

    assert stage.access_token() == "access-1"


def test_a_device_is_named(kind: str) -> None:
    """With a device key, refreshes carry it."""
    stage = Stage(kind, refreshed(1))
    seen: list[Any] = []
    answer = stage.answer

    def noting(call: Call) -> Mapping[str, Any]:
        seen.append(call.params.get("DeviceKey"))
        return answer(call)

    stage.answer = noting  # type: ignore[method-assign]

    stage.begin(tokens(lives=0), device_key="device-1").access_token()

    assert ["device-1"] == seen


def test_stored_before_used(kind: str) -> None:
    """If storing fails, nobody gets the new tokens; the next caller's first deed is to store them."""
    stage = Stage(kind, refreshed(1)).begin(tokens(lives=0))
    stage.save_errors = [OSError("disk full")]

    with pytest.raises(OSError, match="disk full"):
        stage.access_token()
    assert stage.access_token() == "access-1"
    assert [tokens(1)] == stage.saved
    assert ["refresh-0"] == stage.used


def test_a_store_that_was_down_for_long(kind: str) -> None:
    """Tokens that waited for the store longer than they live are stored, and refreshed before they are used."""
    stage = Stage(kind, refreshed(1), refreshed(2)).begin(tokens(lives=0))
    stage.save_errors = [OSError("disk full")]
    with pytest.raises(OSError, match="disk full"):
        stage.access_token()
    stage.now += 7200

    assert stage.access_token() == "access-2"
    assert ["access-1", "access-2"] == [saved.access_token for saved in stage.saved]
    assert ["refresh-0", "refresh-1"] == stage.used


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_functions_that_are_not_awaited(backend: str) -> None:
    """An async session takes ordinary functions as well."""
    stage = Stage(backend, refreshed(1))
    stage.stored = [None]
    stage.begin(tokens(lives=0), on_refresh=stage.save).session._state._load = stage.load

    assert stage.access_token() == "access-1"
    assert [tokens(1)] == stage.saved


def test_without_a_store(kind: str) -> None:
    """on_refresh may be left out."""
    stage = Stage(kind, refreshed(1)).begin(tokens(lives=0), on_refresh=None)

    assert stage.access_token() == "access-1"


@pytest.mark.parametrize("error", [RequestTimeout(), TooManyRequests()])
def test_a_passing_failure_while_the_token_lives(kind: str, error: CognitoKitError) -> None:
    """While the access token lives, a passing failure is waited out; each attempt waits for a pause."""
    stage = Stage(kind, error, refreshed(1)).begin(tokens(lives=30))

    assert stage.access_token() == "access-0"
    assert stage.access_token() == "access-0"
    assert ["refresh-0"] == stage.used
    stage.now += 5
    assert stage.access_token() == "access-1"


def test_a_passing_failure_after_expiry(kind: str) -> None:
    """Once the access token has expired, the caller gets the failure, and the next one tries again."""
    stage = Stage(kind, RequestTimeout(), refreshed(1)).begin(tokens(lives=0))

    with pytest.raises(RequestTimeout):
        stage.access_token()
    assert stage.session.ended is False
    assert stage.access_token() == "access-1"


def test_an_error_that_is_neither(kind: str) -> None:
    """An error that is neither passing nor a refusal of the token is the caller's, and ends nothing."""
    stage = Stage(kind, UserNotFound(), refreshed(1)).begin(tokens(lives=30))

    with pytest.raises(UserNotFound):
        stage.access_token()
    assert stage.session.ended is False


def test_a_refused_refresh_token_ends_the_session(kind: str) -> None:
    """A revoked refresh token ends the session for good, though the access token lives."""
    stage = Stage(kind, NotAuthorized("Refresh Token has been revoked")).begin(tokens(lives=30))

    for _ in range(2):
        with pytest.raises(NotAuthorized, match="revoked"):
            stage.access_token()
    assert stage.session.ended is True
    assert ["refresh-0"] == stage.used


def test_a_session_that_ends_with_a_fresh_token(kind: str) -> None:
    """Where an API refuses a token long before its expiry, and Cognito the refresh, it is given to nobody any more."""
    stage = Stage(kind, NotAuthorized("Refresh Token has been revoked")).begin(tokens())
    stage.now += 10
    ask = partial(stage.session.access_token, rejected="access-0")
    with pytest.raises(NotAuthorized, match="revoked"):
        ask() if kind == "threads" else anyio.run(ask, backend=kind)

    with pytest.raises(NotAuthorized, match="revoked"):
        stage.access_token()
    assert stage.session.ended is True


def test_an_error_leaves_with_its_frames() -> None:
    """An error of the store is freed with the frames that it passed, without the garbage collector."""
    stage = Stage("threads", refreshed(1)).begin(tokens(lives=0))

    class StoreError(Exception):
        """What a store of the application's raises."""

    stage.save_errors = [StoreError()]
    kept = ref(stage.save_errors[0])
    gc.disable()
    try:
        with contextlib.suppress(StoreError):
            stage.access_token()
        freed = kept() is None
    finally:
        gc.enable()

    assert freed


def test_another_process_was_first(kind: str) -> None:
    """Where the store holds tokens that another process has refreshed, they are used without a call."""
    stage = Stage(kind).begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(7)]

    assert stage.access_token() == "access-7"
    assert [] == stage.used


def test_the_store_s_refresh_token_is_used(kind: str) -> None:
    """Where the store's tokens are newer but due as well, its refresh token is the one to use."""
    stage = Stage(kind, refreshed(8)).begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(7, lives=10)]

    assert stage.access_token() == "access-8"
    assert ["refresh-7"] == stage.used


def test_a_store_that_lags_behind(kind: str) -> None:
    """A store that still holds older tokens does not bring a used refresh token back."""
    stage = Stage(kind, refreshed(6)).begin(tokens(5, lives=0), reload=True)
    stage.stored = [tokens(4, lives=-60)]

    assert stage.access_token() == "access-6"
    assert ["refresh-5"] == stage.used


def test_a_store_with_tokens_of_the_same_second(kind: str) -> None:
    """Tokens that were made in the same second may be the older ones: ours are used before those."""
    stage = Stage(kind, refreshed(6)).begin(tokens(5, lives=0), reload=True)
    stage.stored = [tokens(4, lives=0)]

    assert stage.access_token() == "access-6"
    assert ["refresh-5"] == stage.used


def test_tokens_of_the_same_second_after_a_lost_race(kind: str) -> None:
    """When ours are refused they are tried."""
    stage = Stage(kind, RefreshTokenReuse(), refreshed(6))
    stage.begin(tokens(5, lives=0), reload=True)
    stage.stored = [tokens(4, lives=0)]

    assert stage.access_token() == "access-6"
    assert ["refresh-5", "refresh-4"] == stage.used


def test_a_store_that_lags_behind_after_a_lost_race(kind: str) -> None:
    """Nor does it when the refresh was refused: the winner's tokens are waited for, older ones never used."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(5, lives=0), reload=True)
    stage.stored = [tokens(4, lives=-60)]

    for _ in range(2):
        with pytest.raises(TransportError, match="Another process"):
            stage.access_token()
    assert ["refresh-5"] == stage.used
    stage.stored = [tokens(6)]
    assert stage.access_token() == "access-6"


@pytest.mark.parametrize("error", [RefreshTokenReuse(), NotAuthorized()])
def test_losing_a_race(kind: str, error: NotAuthorized) -> None:
    """The loser of a race re-reads the store and goes on with what the winner put there."""
    stage = Stage(kind, error).begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(lives=0), tokens(9)]

    assert stage.access_token() == "access-9"
    assert ["refresh-0"] == stage.used
    assert stage.session.ended is False


def test_losing_a_race_while_the_winner_stores(kind: str) -> None:
    """A loser that comes before the winner has stored is asked to come again, and then has its tokens."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(lives=0)]

    with pytest.raises(TransportError, match="Another process") as caught:
        stage.access_token()
    error = caught.value
    assert (error.http_status, error.retryable, error.sent) == (503, True, True)
    assert error.operation == "GetTokensFromRefreshToken"
    assert error.__context__ is None
    assert stage.session.ended is False
    stage.stored = [tokens(9)]
    assert stage.access_token() == "access-9"
    assert ["refresh-0"] == stage.used


def test_a_race_lost_again(kind: str) -> None:
    """Each refusal is waited out by itself: one that was forgotten leaves nothing behind."""
    stage = Stage(kind, RefreshTokenReuse(), RefreshTokenReuse())
    stage.begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(lives=0)]
    with pytest.raises(TransportError):
        stage.access_token()
    stage.stored = [tokens(9)]
    stage.access_token()
    stage.now += 3600

    with pytest.raises(TransportError, match="Another process"):
        stage.access_token()
    assert ["refresh-0", "refresh-9"] == stage.used


@pytest.mark.parametrize(("options", "patience"), [({}, 10), ({"patience": 30}, 30)])
def test_a_winner_that_never_stores(kind: str, options: dict[str, Any], patience: float) -> None:
    """When the patience is over and the store has nothing newer, the session ends, not a moment earlier."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=-1), reload=True, **options)
    stage.stored = [None]

    for moment in (0, patience - 0.1, -0.1):
        stage.now = NOW + moment
        with pytest.raises(TransportError):
            stage.access_token()
    assert stage.session.ended is False
    stage.now = NOW + patience
    ends = []
    for _ in range(2):
        with pytest.raises(RefreshTokenReuse) as caught:
            stage.access_token()
        assert caught.value.__context__ is None
        ends.append(caught.value)
    assert stage.session.ended is True
    # What it keeps has passed no frame, and nobody gets that one.
    assert stage.session._state._refusal.error.__traceback__ is None
    assert len({id(error) for error in (*ends, stage.session._state._refusal.error)}) == 3
    assert ["refresh-0"] == stage.used
    stage.now = NOW
    with pytest.raises(RefreshTokenReuse):
        stage.access_token()


def test_a_clock_that_is_set_back(kind: str) -> None:
    """A clock that is set back by hours after the refusal does not prolong the patience by hours."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=-7200), reload=True)
    stage.stored = [None]
    with pytest.raises(TransportError):
        stage.access_token()
    stage.now -= 3600

    with pytest.raises(RefreshTokenReuse):
        stage.access_token()


@pytest.mark.parametrize("error", [RefreshTokenReuse(), NotAuthorized("revoked")])
def test_an_end_that_the_store_takes_back(kind: str, error: NotAuthorized) -> None:
    """A session that has ended reads the store at each call, and goes on with what comes there."""
    stage = Stage(kind, error, refreshed(8)).begin(tokens(lives=0), reload=True, patience=0)
    stage.stored = [tokens(lives=0)]
    with pytest.raises(type(error)):
        stage.access_token()
    assert stage.session.ended is True
    stage.stored = [tokens(7, lives=30)]

    assert stage.access_token() == "access-8"
    assert stage.session.ended is False
    assert ["refresh-0", "refresh-7"] == stage.used
    assert [tokens(8)] == stage.saved


def test_a_revoked_token_is_not_waited_for(kind: str) -> None:
    """Cognito tells a revoked refresh token from one that is used up: then there is nobody to wait for."""
    stage = Stage(kind, NotAuthorized("Refresh Token has been revoked"))
    stage.begin(tokens(lives=30), reload=True)
    stage.stored = [tokens(lives=30)]

    with pytest.raises(NotAuthorized, match="revoked"):
        stage.access_token()
    assert stage.session.ended is True


def test_losing_a_race_without_a_winner_in_the_store(kind: str) -> None:
    """With nothing newer in the store the access token is used for as long as it lives; then it is over."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=30), reload=True)
    stage.stored = [None]

    for moment in (0, 5, 15, 29):
        stage.now = NOW + moment
        assert stage.access_token() == "access-0"
    assert stage.session.ended is False
    stage.now += 1
    with pytest.raises(RefreshTokenReuse):
        stage.access_token()
    assert stage.session.ended is True
    assert ["refresh-0"] == stage.used


def test_a_winner_that_stores_while_the_token_lives(kind: str) -> None:
    """The loser's token is used meanwhile, and the store is read again after a pause."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=30), reload=True)
    stage.stored = [tokens(lives=30)]
    assert stage.access_token() == "access-0"
    stage.stored = [tokens(9)]

    assert stage.access_token() == "access-0"
    stage.now += 5
    assert stage.access_token() == "access-9"
    assert ["refresh-0"] == stage.used


def test_the_same_tokens_without_the_id_token(kind: str) -> None:
    """A store that keeps less than all of the tokens holds nothing newer: no refresh token is sent twice."""
    first = Tokens.from_dict({**tokens(lives=0).to_dict(), "id_token": "id-0"})
    stage = Stage(kind, RefreshTokenReuse()).begin(first, reload=True)
    stage.stored = [tokens(lives=0)]

    with pytest.raises(TransportError):
        stage.access_token()
    assert ["refresh-0"] == stage.used


def test_reuse_without_a_store(kind: str) -> None:
    """Without a store to re-read, reuse ends the session once the access token has expired, at once."""
    stage = Stage(kind, RefreshTokenReuse()).begin(tokens(lives=30))

    assert stage.access_token() == "access-0"
    stage.now += 30
    for _ in range(2):
        with pytest.raises(RefreshTokenReuse):
            stage.access_token()
    assert stage.session.ended is True
    assert ["refresh-0"] == stage.used


def test_a_store_that_keeps_changing(kind: str) -> None:
    """A store that never holds tokens that work is given up on."""
    stage = Stage(kind, *[RefreshTokenReuse()] * 5).begin(tokens(lives=0), reload=True)
    stage.stored = [tokens(number, lives=0) for number in range(1, 20)]

    with pytest.raises(CognitoKitError, match="faster"):
        stage.access_token()
    assert len(stage.used) == 3


@pytest.mark.parametrize(
    "stored", ["refresh-0", Tokens(access_token="a", expires_in=1, expires_at=1)]
)
def test_a_store_that_holds_something_else(kind: str, stored: Any) -> None:
    """What reload returns must be tokens that can be refreshed."""
    stage = Stage(kind).begin(tokens(lives=0), reload=True)
    stage.stored = [stored]

    with pytest.raises(ConfigurationError, match="reload"):
        stage.access_token()


@pytest.mark.parametrize(
    ("first", "options"),
    [
        ("refresh-0", {}),
        (Tokens(access_token="a", expires_in=1, expires_at=1), {}),
        (tokens(), {"refresh_before": -1}),
        (tokens(), {"patience": -1}),
    ],
)
def test_what_no_session_begins_with(kind: str, first: Any, options: dict[str, Any]) -> None:
    """A session needs tokens with a refresh token, a margin and a patience that are not negative."""
    with pytest.raises(ConfigurationError):
        Stage(kind).begin(first, **options)


def test_reprs(kind: str) -> None:
    """The repr says what it is and whether it is over."""
    shown = repr(Stage(kind).begin(tokens()).session)

    assert "ended=False" in shown
    assert "access-0" not in shown


def gate(stage: Stage, entered: Callable[[], Any], leave: Callable[[], Any]) -> None:
    """Have the stage's answer wait between two events."""
    answer = stage.answer

    def gated(call: Call) -> Mapping[str, Any]:
        entered()
        leave()
        return answer(call)

    stage.answer = gated  # type: ignore[method-assign]


def test_one_refresh_for_many_threads() -> None:
    """A hundred threads cause one refresh, and all get its tokens, after they were stored."""
    stage = Stage("threads", refreshed(1))
    entered, leave = threading.Event(), threading.Event()
    gate(stage, entered.set, lambda: leave.wait(10))
    stage.begin(tokens(lives=0))
    got: list[tuple[str, int]] = []
    threads = [
        threading.Thread(target=lambda: got.append((stage.access_token(), len(stage.saved))))
        for _ in range(100)
    ]

    for thread in threads:
        thread.start()
    entered.wait(10)
    leave.set()
    for thread in threads:
        thread.join(10)

    assert [("access-1", 1)] * 100 == got
    assert ["refresh-0"] == stage.used


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_refresh_for_many_tasks(backend: str) -> None:
    """The same for a hundred tasks."""
    stage = Stage(backend, refreshed(1)).begin(tokens(lives=0))
    got: list[tuple[str, int]] = []

    async def one() -> None:
        got.append((await stage.session.access_token(), len(stage.saved)))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)

    anyio.run(main, backend=backend)

    assert [("access-1", 1)] * 100 == got
    assert ["refresh-0"] == stage.used


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_task_does_not_take_the_refresh_with_it(backend: str) -> None:
    """A refresh that is under way ends, and is stored, though the task that began it was cancelled."""
    stage = Stage(backend, refreshed(1)).begin(tokens(lives=0))
    got: list[str] = []

    async def main() -> None:
        on_the_way, go_on = anyio.Event(), anyio.Event()
        send = stage.session._state._refresh

        async def slow(used: Tokens) -> Tokens:
            on_the_way.set()
            await go_on.wait()
            renewed: Tokens = await send(used)
            return renewed

        stage.session._state._refresh = slow
        scope = anyio.CancelScope()

        async def first() -> None:
            with scope:
                await stage.session.access_token()

        async def second() -> None:
            await on_the_way.wait()
            scope.cancel()
            go_on.set()
            got.append(await stage.session.access_token())

        async with anyio.create_task_group() as group:
            group.start_soon(first)
            group.start_soon(second)

    anyio.run(main, backend=backend)

    assert ["access-1"] == got
    assert [tokens(1)] == stage.saved
    assert ["refresh-0"] == stage.used


def test_an_event_loop_that_ends_in_the_middle() -> None:
    """A refresh that the end of the event loop cuts off disturbs nobody."""
    stage = Stage("asyncio").begin(tokens(lives=0))
    complaints: list[Any] = []

    async def never(used: Tokens) -> Tokens:
        await asyncio.Event().wait()
        return used

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        stage.session._state._refresh = never
        task = asyncio.create_task(stage.session.access_token())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())

    assert [] == complaints
    assert stage.session.ended is False


def test_a_token_that_an_api_refuses(kind: str) -> None:
    """A living token that an API refused is replaced, but not when it is only seconds old."""
    stage = Stage(kind, refreshed(1)).begin(tokens())

    def replaced(token: str) -> str:
        if kind == "threads":
            return str(stage.session.access_token(rejected=token))
        return str(anyio.run(lambda: stage.session.access_token(rejected=token), backend=kind))

    def replaced_tokens(token: str) -> Any:
        if kind == "threads":
            return stage.session.tokens(rejected=token)
        return anyio.run(lambda: stage.session.tokens(rejected=token), backend=kind)

    assert replaced("another") == "access-0"
    assert replaced("access-0") == "access-0"
    stage.now += 10
    assert replaced("access-0") == "access-1"
    assert replaced("access-1") == "access-1"
    stage.now += 10
    stage.answers.append(refreshed(2))
    assert replaced_tokens("access-1").access_token == "access-2"
    assert ["refresh-0", "refresh-1"] == stage.used


def test_a_failure_that_nobody_waits_for() -> None:
    """When the only task that waited was cancelled, a failing refresh disturbs nobody."""
    stage = Stage("asyncio", RequestTimeout()).begin(tokens(lives=0))

    async def main() -> None:
        task = asyncio.create_task(stage.session.access_token())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(20):
            await asyncio.sleep(0)

    complaints: list[Any] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: complaints.append(context)
        )
        await main()

    asyncio.run(run())

    assert [] == complaints
    assert ["refresh-0"] == stage.used
