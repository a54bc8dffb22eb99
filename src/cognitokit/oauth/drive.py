"""The only two loops over an OAuth flow, one of them with await, and what both share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from typing_extensions import override

from cognitokit.errors import CognitoKitError
from cognitokit.frames import Outcome
from cognitokit.oauth.exchange import HttpRequest, Verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from cognitokit.oauth.exchange import AsyncVerifier, Flow, Step, Verifier
    from cognitokit.oauth.http import AsyncSender, Sender

T = TypeVar("T")


def run(flow: Flow[T], sender: Sender, verifier: Verifier | None = None) -> T:
    """Run a flow to its end and return its result.

    Raises:
        CognitoKitError: What the flow raised, without the frames in which it held secrets.
        BaseException: What ended it otherwise, such as a cancellation: the same object, and
            without those frames too.
    """
    with _Play(flow) as play:
        while play.step is not None:
            try:
                play.answered(_answer(play.step, sender, cast("Verifier", verifier)))
            except CognitoKitError as error:
                play.failed(error)
    return play.result()


async def run_async(flow: Flow[T], sender: AsyncSender, verifier: AsyncVerifier | None = None) -> T:
    """Same as run, awaited."""
    with _Play(flow) as play:
        while play.step is not None:
            try:
                play.answered(
                    await _answer_async(play.step, sender, cast("AsyncVerifier", verifier))
                )
            except CognitoKitError as error:
                play.failed(error)
    return play.result()


class _Play(Outcome[T]):
    """A flow under way: which step is due, and how the flow ended.

    The frames of a flow hold codes and tokens. Whatever ends it therefore leaves them behind, a
    cancellation and an exit of the process included: it is kept here, and raised anew by result().
    """

    __slots__ = ("_flow", "step")

    def __init__(self, flow: Flow[T]) -> None:
        super().__init__()
        self._flow = flow
        self.step: Step | None = None
        """What to do now; None when the flow has ended."""

    @override
    def __enter__(self) -> Self:
        self._resume(lambda: next(self._flow))
        return self

    def answered(self, answer: object) -> None:
        """Go on with the answer to the step."""
        self._resume(lambda: self._flow.send(answer))

    def failed(self, error: CognitoKitError) -> None:
        """Go on after the step failed, as the flow takes it."""
        self._resume(lambda: self._flow.throw(error))

    def _resume(self, go_on: Callable[[], Step]) -> None:
        self.step = None
        try:
            self.step = go_on()
        except StopIteration as end:
            self._ended = end.value
        except BaseException as error:  # noqa: BLE001 - a mistake or an exit must not leak secrets either
            self._fail(error)

    @override
    def _fail(self, error: BaseException) -> None:
        self._flow.close()
        super()._fail(error)


def _answer(step: Step, sender: Sender, verifier: Verifier) -> object:
    if isinstance(step, HttpRequest):
        return sender.send(step)
    if not isinstance(step, Verify):
        return verifier.prefetch()
    if step.nonce is None:
        return verifier.verify(step.token)
    return verifier.verify(step.token, nonce=step.nonce)


async def _answer_async(step: Step, sender: AsyncSender, verifier: AsyncVerifier) -> object:
    if isinstance(step, HttpRequest):
        return await sender.send(step)
    if not isinstance(step, Verify):
        return await verifier.prefetch()
    if step.nonce is None:
        return await verifier.verify(step.token)
    return await verifier.verify(step.token, nonce=step.nonce)
