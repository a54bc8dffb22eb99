"""The verified token of the request that the function is working on."""

from __future__ import annotations

from contextvars import ContextVar
from typing import cast

from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognitokit.tokens import AccessToken, IdToken

CURRENT: ContextVar[AccessToken | IdToken | None] = ContextVar("cognitokit.aws_lambda.current")
"""Set while a guarded handler runs, and seen by the tasks and worker threads that copy its context."""


class _CurrentToken:
    """Stands for the token, whichever it is when something is asked of it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Tools that look through a module ask for such names, and there is no request then.
            raise AttributeError(name)
        return getattr(_current(), name)

    def _class(self) -> Any:
        token = CURRENT.get(self)
        return _CurrentToken if token is self else type(token)

    # For isinstance().
    __class__ = property(_class)  # pyright: ignore[reportIncompatibleMethodOverride]

    def __bool__(self) -> bool:
        return _current() is not None

    def __eq__(self, other: object) -> bool:
        return _current() == (_current() if type(other) is _CurrentToken else other)

    def __hash__(self) -> int:
        return hash(_current())

    def __copy__(self) -> Any:
        return _current()

    def __deepcopy__(self, memo: object) -> Any:
        return _current()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _current().__reduce_ex__(protocol)

    def __repr__(self) -> str:
        token = CURRENT.get(self)
        return "<no current token>" if token is self else repr(token)


def _current() -> AccessToken | IdToken | None:
    try:
        return CURRENT.get()
    except LookupError:
        raise ConfigurationError(
            "There is no current token here. Put @require_cognito(verifier) on the handler; a thread of "
            "its own sees the token where it is started with contextvars.copy_context().run."
        ) from None


current_token: AccessToken = cast("AccessToken", _CurrentToken())
"""The request's verified token; where authentication is optional and there is none, it is false."""

current_id_token: IdToken = cast("IdToken", current_token)
"""The same, typed for functions whose verifier takes id tokens."""
