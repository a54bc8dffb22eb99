"""Exceptions that leave their frames behind."""

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.errors import InternalError, NotAuthorized
from cognitokit.frames import without_frames, without_inner_frames, without_our_frames


def fail(error: BaseException, during: BaseException | None) -> None:
    """Raise the error, while the other one is being handled."""
    if during is None:
        raise error
    try:
        fail(during, None)
    except BaseException:  # noqa: BLE001 - whatever it is
        raise error  # noqa: B904 - its context is what the tests are about


def raised(error: BaseException, *, during: BaseException | None = None) -> BaseException:
    """The error after it was raised, with a traceback and a context."""
    with pytest.raises(type(error)):
        fail(error, during)
    return error


def test_one_of_ours() -> None:
    """It is the same object, without frames, context or note; a cause of ours stays, as bare as it."""
    cause = raised(NotAuthorized())
    error = raised(InternalError("no"), during=KeyError())
    error.__cause__ = cause

    bare = without_frames(error)

    assert error is bare
    assert [None, None] == [bare.__traceback__, bare.__context__]
    assert cause is bare.__cause__
    assert cause.__traceback__ is None
    assert not hasattr(bare, "__notes__")


def test_a_foreign_one() -> None:
    """It says in a note where it was raised; a cause that is not ours goes."""
    error = raised(ValueError("no"), during=KeyError())
    error.__cause__ = raised(KeyError())

    bare = without_frames(error)

    assert [None, None, None] == [bare.__traceback__, bare.__context__, bare.__cause__]
    assert [True] == [__file__ in note for note in bare.__notes__]


def test_one_that_was_never_raised() -> None:
    """It has no place to tell of."""
    assert not hasattr(without_frames(ValueError("no")), "__notes__")


def test_cancellations() -> None:
    """A cancellation keeps the cancellation that it came of, and no other context."""
    first = asyncio.CancelledError("first")
    second = raised(asyncio.CancelledError("second"), during=first)
    other = raised(asyncio.CancelledError(), during=KeyError())

    assert first is without_frames(second).__context__
    assert first.__traceback__ is None
    assert without_frames(other).__context__ is None


def test_groups() -> None:
    """The parts of a group, groups among them, lose their frames as well."""
    parts = [raised(ValueError()), raised(SystemExit())]
    group = BaseExceptionGroup("several", [parts[0], BaseExceptionGroup("one", [parts[1]])])

    without_frames(raised(group))

    assert [None, None] == [part.__traceback__ for part in parts]


def test_some_work() -> None:
    """Its result is returned; what it raises comes out as itself, with no frame of the work's."""
    error = NotAuthorized()

    with pytest.raises(NotAuthorized) as refused:
        without_inner_frames(lambda: fail(error, None))

    assert error is refused.value
    assert "fail" not in [frame.name for frame in refused.traceback]
    assert "done" == without_inner_frames(lambda: "done")


def test_our_frames_alone_are_left_out() -> None:
    """A hook's own frames stay for its author; one of our errors keeps none."""

    def hook(raw: str) -> None:
        raise LookupError(len(raw))

    def caught(work: Callable[[str], None]) -> Exception:
        # As a module of ours would call it.
        ours: dict[str, Any] = {"__name__": "cognitokit.somewhere"}
        exec("def call(work):\n    raw = 'secret'\n    work(raw)", ours)  # noqa: S102 - a frame of ours
        with pytest.raises((LookupError, NotAuthorized)) as info:
            ours["call"](work)
        return info.value

    def refuse(raw: str) -> None:
        raise NotAuthorized(raw)

    def names(error: Exception) -> list[str]:
        return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

    foreign, own = caught(hook), caught(refuse)

    assert ["caught", "call", "hook"] == names(foreign)
    assert foreign is without_our_frames(foreign)
    assert ["caught", "hook"] == names(foreign)
    assert own is without_our_frames(own)
    assert [] == names(own)
