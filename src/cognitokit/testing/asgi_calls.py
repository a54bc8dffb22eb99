"""Requests straight into an ASGI application, to see what it answers first (ASGI 3.0)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

from cognitokit.testing.clients import Answer
from cognitokit.testing.found_routes import REFUSED_SOCKET

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

ACCEPTED_SOCKET = 101
"""What it answers to one that the application accepts."""

_SERVER_ERROR = 500

_PATIENCE = 10
"""Seconds until a route that says nothing counts as failed."""


class Target(Protocol):
    """What to ask for."""

    @property
    def method(self) -> str:
        """GET, POST, ..., or WEBSOCKET."""
        ...

    @property
    def path(self) -> str:
        """The path, without a query, encoded as a URL's."""
        ...

    @property
    def host(self) -> str | None:
        """Whom to ask; None for the usual one."""
        ...


def ask_asgi(app: Any, targets: Sequence[Target], *, lifespan: bool) -> list[Answer]:
    """Ask for each target without credentials and return what the application answers.

    Runs in a loop and thread of its own, so that it can be called from within a running loop.

    Args:
        app: The ASGI application.
        targets: What to ask for.
        lifespan: Start the application before and shut it down after.
    """
    answers: list[Answer] = []

    async def ask_all() -> None:
        async with contextlib.AsyncExitStack() as stack:
            state = await stack.enter_async_context(_started(app)) if lifespan else {}
            answers.extend([await _ask(app, target, state) for target in targets])

    def run() -> None:
        try:
            asyncio.run(ask_all())
        except Exception as error:  # noqa: BLE001 - whatever a startup may raise
            answers[:] = [Answer(_SERVER_ERROR, error) for _ in targets]

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers


def request_scope(method: str, path: str, host: str | None = None) -> dict[str, Any]:
    """Return the scope of a request that carries nothing.

    Args:
        method: GET, POST, ..., or WEBSOCKET.
        path: The path, encoded as a URL's.
        host: Whom it asks; None for Starlette's test server.
    """
    is_socket = method == "WEBSOCKET"
    scope: dict[str, Any] = {
        "type": "websocket" if is_socket else "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        # An application that redirects from http would never come to its routes.
        "scheme": "wss" if is_socket else "https",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", (host or "testserver").encode())],
        "client": ("testclient", 50000),
        "server": ("testserver", 443),
        "extensions": {"websocket.http.response": {}},
    }
    scope |= {"subprotocols": list[str]()} if is_socket else {"method": method}
    return scope


async def _ask(app: Any, target: Target, state: dict[str, Any]) -> Answer:
    is_socket = target.method == "WEBSOCKET"
    scope = request_scope(target.method, target.path, target.host) | {"state": dict(state)}
    arriving = itertools.chain(
        [{"type": "websocket.connect"} if is_socket else {"type": "http.request", "body": b""}],
        itertools.repeat(
            {"type": "websocket.disconnect", "code": 1001}
            if is_socket
            else {"type": "http.disconnect"}
        ),
    )
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def receive() -> Mapping[str, Any]:
        return next(arriving)

    async def send(message: Mapping[str, Any]) -> None:
        status = _status(message)
        if status is not None and not answered.done():
            answered.set_result(status)
        # A stream may have no end, and nothing else in it that lets others have a turn.
        await asyncio.sleep(0)

    call: asyncio.Future[object] = asyncio.ensure_future(app(scope, receive, send))
    # The first word is enough: what follows may be an endless stream.
    first: set[asyncio.Future[Any]] = {call, answered}
    await asyncio.wait(first, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    if answered.done() and answered.result() == _SERVER_ERROR:
        # The error comes after the answer to it.
        await asyncio.wait({call}, timeout=_PATIENCE)
    call.cancel()
    outcome: object = (await asyncio.gather(call, return_exceptions=True))[0]
    status = answered.result() if answered.done() else _SERVER_ERROR
    if status == _SERVER_ERROR and isinstance(outcome, Exception):
        return Answer(status, outcome)
    return Answer(status)


def _status(message: Mapping[str, Any]) -> int | None:
    match message:
        case {
            "type": "http.response.start" | "websocket.http.response.start",
            "status": int(status),
        }:
            return status
        case {"type": "websocket.accept"}:
            return ACCEPTED_SOCKET
        case {"type": "websocket.close"}:
            return REFUSED_SOCKET
        case _:
            return None


@contextlib.asynccontextmanager
async def _started(app: Any) -> AsyncGenerator[dict[str, Any]]:
    """Start the application (ASGI lifespan); yield its state; shut it down."""
    state: dict[str, Any] = {}
    to_app: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    running = asyncio.ensure_future(app(scope, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    await _next(running, from_app)
    try:
        yield state
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await _next(running, from_app)


async def _next(running: asyncio.Future[Any], from_app: asyncio.Queue[Mapping[str, Any]]) -> None:
    """Wait for the application's word that it is done; raise what it raised instead."""
    word = asyncio.ensure_future(from_app.get())
    await asyncio.wait({running, word}, return_when=asyncio.FIRST_COMPLETED)
    if not word.done():
        word.cancel()
        running.result()
    elif word.result()["type"].endswith(".failed"):
        # Starlette says so and then raises; what was raised tells more.
        await running
