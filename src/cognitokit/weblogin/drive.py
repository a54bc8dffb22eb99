"""The only two loops over a login's flow, one of them with await."""

from __future__ import annotations

import inspect
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, cast

from cognitokit.errors import CognitoKitError

if TYPE_CHECKING:
    from cognitokit.weblogin.exchange import Flow

T = TypeVar("T")


def run(flow: Flow[T]) -> T:
    """Run a flow to its end and return its result."""
    try:
        step = next(flow)
        while True:
            try:
                result = step()
            except Exception as error:  # noqa: BLE001 - it goes on, without the secrets of our frames
                step = flow.throw(error.with_traceback(_foreign_frames(error)))
            else:
                step = flow.send(result)
    except StopIteration as end:
        return cast("T", end.value)
    finally:
        flow.close()


async def run_async(flow: Flow[T]) -> T:
    """Same as run; what is awaitable is awaited."""
    try:
        step = next(flow)
        while True:
            try:
                result = step()
                if inspect.isawaitable(result):
                    result = await result
            except Exception as error:  # noqa: BLE001 - it goes on, without the secrets of our frames
                step = flow.throw(error.with_traceback(_foreign_frames(error)))
            else:
                step = flow.send(result)
    except StopIteration as end:
        return cast("T", end.value)
    finally:
        flow.close()


def _foreign_frames(error: Exception) -> TracebackType | None:
    """The traceback of an error without our own frames, where passwords and tokens are arguments.

    Of our own errors nothing is left. Those of a store or of a check keep what their authors need.
    """
    if isinstance(error, CognitoKitError):
        return None
    frames: list[TracebackType] = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    for link in reversed(frames):
        if not link.tb_frame.f_globals.get("__name__", "").startswith("cognitokit."):
            traceback = TracebackType(traceback, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return traceback
