"""What a session's on_refresh and reload may be, and what they may do."""

import asyncio
import functools
import gc
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from cognitokit import AsyncCognitoClient, CognitoClient, Tokens
from cognitokit.errors import ConfigurationError
from tests.client.scripted import CLIENT, POOL, SHELLS
from tests.client.test_session import Stage, refreshed, tokens


async def awaited(*_: object) -> None:
    """A callback for the async client."""


class Awaited:
    """A callable object for the async client."""

    async def __call__(self, *_: object) -> None:
        """Do nothing."""


COROUTINE_FUNCTIONS = [awaited, Awaited(), functools.partial(awaited, 1), Awaited().__call__]


@pytest.mark.parametrize("name", ["on_refresh", "reload"])
@pytest.mark.parametrize("callback", COROUTINE_FUNCTIONS)
def test_coroutine_functions(name: str, callback: Any) -> None:
    """A sync session refuses what it would have to await when it is made; the async one takes it."""
    with pytest.raises(ConfigurationError, match=f"^{name} is a coroutine function"):
        CognitoClient(POOL, client_id=CLIENT).session(tokens(), **{name: callback})

    session = AsyncCognitoClient(POOL, client_id=CLIENT).session(tokens(), **{name: callback})
    assert not session.ended


def ordinary(callback: Callable[..., Any], *arguments: object) -> Any:
    """Call a callback: a function of which nothing tells what it returns."""
    return callback(*arguments)


@pytest.mark.parametrize("kind", SHELLS)
def test_a_function_that_returns_an_awaitable(kind: str) -> None:
    """What only its result shows is refused then, the new tokens are kept, and no warning follows."""
    stored: list[Tokens] = []

    async def store(new: Tokens) -> None:
        stored.append(new)

    stage = Stage(kind, refreshed(1)).begin(
        tokens(lives=0), on_refresh=functools.partial(ordinary, store)
    )

    if kind != "threads":
        assert stage.access_token() == "access-1"
        assert [tokens(1)] == stored
        return
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="use the async client"):
            stage.access_token()
    assert ([], ["refresh-0"]) == (stored, stage.used)


def test_an_awaitable_that_is_no_coroutine() -> None:
    """A task or a future is refused as well: nobody would learn whether it failed."""

    class Future:
        def __await__(self) -> Any:
            yield

    stage = Stage("threads", refreshed(1)).begin(tokens(lives=0), on_refresh=lambda _: Future())

    with pytest.raises(ConfigurationError, match="returns an awaitable"):
        stage.access_token()


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("options", "cure"),
    [
        ({"on_refresh": "x"}, "on_refresh must be a function"),
        ({"reload": 5}, "reload must be a function"),
        ({"refresh_before": "60"}, "refresh_before must be a number of seconds, 0 or more"),
        ({"refresh_before": float("nan")}, "refresh_before must be a number"),
        ({"refresh_before": float("inf")}, "refresh_before must be a number"),
        ({"refresh_before": True}, "refresh_before must be a number"),
        ({"refresh_before": -1}, "refresh_before must be a number"),
        ({"patience": "10"}, "patience must be a number of seconds, 0 or more"),
        ({"patience": -0.1}, "patience must be a number"),
        ({"client_metadata": {"a": 1}}, "client_metadata must be a mapping of strings"),
    ],
)
def test_options_of_wrong_types(kind: str, options: dict[str, Any], cure: str) -> None:
    """An option that cannot work is refused when the session is made, not at the first refresh."""
    assert Stage(kind).begin(tokens(), refresh_before=0.5, patience=0).session
    with pytest.raises(ConfigurationError, match=f"^{cure}"):
        Stage(kind).begin(tokens(), **options)


@pytest.mark.parametrize("kind", SHELLS)
def test_client_metadata(kind: str) -> None:
    """Metadata for the pre token generation trigger goes with every refresh, as it was at first."""
    stage, seen = Stage(kind, refreshed(1), refreshed(2)), []
    answer = stage.answer

    def noting(call: Any) -> Any:
        seen.append(call.params.get("ClientMetadata"))
        return answer(call)

    stage.answer = noting  # type: ignore[method-assign]
    metadata = {"tenant": "acme"}

    stage.begin(tokens(lives=0), client_metadata=metadata)
    metadata["tenant"] = "other"
    stage.access_token()
    stage.now += 3600
    stage.access_token()

    assert [{"tenant": "acme"}] * 2 == seen


def within(kind: str, stage: Stage, *, seconds: float = 5) -> str:
    """Ask for the access token; a session that hangs fails the test."""
    if kind == "threads":
        return stage.access_token()

    async def run() -> str:
        with anyio.fail_after(seconds):
            return str(await stage.session.access_token())

    return anyio.run(run, backend=kind)


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("name", ["on_refresh", "reload"])
def test_asking_from_within(kind: str, name: str) -> None:
    """A callback that asks the session for tokens is told so, rather than to wait for itself."""
    stage = Stage(kind, refreshed(1))

    async def ask_async(*_: object) -> None:
        await stage.session.access_token()

    def ask(*_: object) -> None:
        stage.session.access_token()

    callback: Callable[..., Any] = ask if kind == "threads" else ask_async
    stage.begin(tokens(lives=0), **{name: callback})

    for _ in range(2):
        with pytest.raises(ConfigurationError, match="must not ask the session for tokens"):
            within(kind, stage)


@pytest.mark.parametrize("kind", SHELLS)
def test_asking_another_session_from_within(kind: str) -> None:
    """A callback may use another session: of a store, for instance, that needs tokens itself."""
    store = Stage(kind, refreshed(7)).begin(tokens(6, lives=0))
    stage = Stage(kind, refreshed(1))

    async def save_async(_: Tokens) -> None:
        seen.append(await store.session.access_token())

    def save(_: Tokens) -> None:
        seen.append(store.session.access_token())

    seen: list[str] = []
    stage.begin(tokens(lives=0), on_refresh=save if kind == "threads" else save_async)

    assert "access-1" == within(kind, stage)
    assert ["access-7"] == seen
    stage.now += 3600
    stage.answers.append(refreshed(2))
    assert "access-2" == within(kind, stage)


def test_a_loop_that_is_closed_in_the_middle_of_a_refresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A renewal that nobody takes to its end is cleared away without a word."""
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    async def load() -> None:
        await asyncio.get_running_loop().create_future()

    stage = Stage("asyncio").begin(tokens(lives=0), reload=load)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it says that a task was pending
    waiting = loop.create_task(stage.session.access_token())
    for _ in range(10):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    del waiting, loop, stage
    gc.collect()

    assert [] == complaints


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_that_is_forked_in_the_middle_of_a_refresh() -> None:
    """A thread of the child is not taken for the parent's, though it may have the same identity."""
    stage = Stage("threads", refreshed(1), refreshed(2))
    renewing, go_on = threading.Event(), threading.Event()

    def load() -> None:
        renewing.set()
        go_on.wait(10)

    stage.begin(tokens(lives=0), reload=load)
    parents = threading.Thread(target=stage.access_token)
    parents.start()
    renewing.wait(10)
    child = os.fork()
    if child == 0:
        go_on.set()
        got: list[str] = []
        for _ in range(3):
            forked = threading.Thread(target=lambda: got.append(stage.access_token()))
            forked.start()
            forked.join()
        os._exit(0 if got == ["access-1"] * 3 else 1)
    _, status = os.waitpid(child, 0)
    go_on.set()
    parents.join()

    assert 0 == os.waitstatus_to_exitcode(status)
