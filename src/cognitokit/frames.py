"""Taking the frames out of exceptions: those below a public method hold passwords and tokens."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from cognitokit.errors import CognitoKitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


def without_frames(error: E) -> E:
    """Return the error, the same object, without the frames that it passed.

    What is none of our errors says in a note where it was raised. A cause stays where it is one of
    ours. The context goes, but for that of a cancellation which came of another: event loops look
    there for the one that they sent. What stays has no frames either, nor have a group's parts.
    """
    cause, context, traceback = error.__cause__, error.__context__, error.__traceback__
    if traceback is not None and not isinstance(error, CognitoKitError):
        error.add_note(f"Raised at {_place(traceback)}; frames with secrets are left out.")
    error.__traceback__ = error.__cause__ = error.__context__ = None
    if isinstance(cause, CognitoKitError):
        error.__cause__ = without_frames(cause)
    if not isinstance(error, Exception) and isinstance(context, type(error)):
        error.__context__ = without_frames(context)
    for part in _parts(error):
        without_frames(part)
    return error


def without_inner_frames(work: Callable[[], T]) -> T:
    """Return what some work returns; what it raises comes out without the frames that it passed."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a caller's mistake must not leak secrets either
        failure = without_frames(error)
    try:
        raise failure
    finally:
        del failure  # or the error and this frame would keep each other alive


class Outcome(Generic[T]):
    """How something ends: with a result, or with a failure that is raised anew, with none of its frames.

    As a context it catches whatever fails within, a cancellation and an exit of the process included.
    """

    __slots__ = ("_ended", "_failure")

    def __init__(self) -> None:
        self._ended: T | None = None
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is not None:
            self._fail(error)
        return True

    def result(self) -> T:
        """Return what came of it, or raise what it failed with."""
        failure, self._failure = self._failure, None
        try:
            if failure is not None:
                raise failure
            return cast("T", self._ended)
        finally:
            del failure  # or the error and this frame would keep each other alive

    def _fail(self, error: BaseException) -> None:
        """End with an error, and without its frames."""
        self._failure = without_frames(error)


def without_our_frames(error: E) -> E:
    """Return the error, the same object, without our own frames, where passwords and tokens are arguments.

    Of our own errors nothing is left. Those of a store, a check or a hook of the caller's keep what
    their authors need.
    """
    if isinstance(error, CognitoKitError):
        return error.with_traceback(None)
    frames: list[TracebackType] = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    for link in reversed(frames):
        if not link.tb_frame.f_globals.get("__name__", "").startswith("cognitokit."):
            traceback = TracebackType(traceback, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return error.with_traceback(traceback)


def _parts(error: BaseException) -> tuple[BaseException, ...]:
    if not isinstance(error, BaseExceptionGroup):
        return ()
    return cast("BaseExceptionGroup[BaseException]", error).exceptions


def _place(traceback: TracebackType) -> str:
    """Return the file and line where an exception was raised, which its traceback can no longer tell."""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
