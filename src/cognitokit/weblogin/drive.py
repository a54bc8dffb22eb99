"""The only two loops over a login's flow, one of them with await."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeVar, cast

from cognitokit.frames import without_our_frames

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
                step = flow.throw(without_our_frames(error))
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
                step = flow.throw(without_our_frames(error))
            else:
                step = flow.send(result)
    except StopIteration as end:
        return cast("T", end.value)
    finally:
        flow.close()
