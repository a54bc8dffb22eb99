"""The triggers that a pool is given: handlers, or the source of modules that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cognitokit.errors import ConfigurationError
from cognitokit.testing.fake.refusal import NotInFakePool
from cognitokit.testing.fake.settings import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.testing.fake.settings import Trigger


def handlers(triggers: Mapping[str, Trigger | str]) -> dict[str, Trigger]:
    """Return the handlers of these triggers.

    Raises:
        ConfigurationError: One is no handler, and no source that has one.
        NotInFakePool: FakePool does not call a trigger of that name.
    """
    found: dict[str, Trigger] = {}
    for name, trigger in triggers.items():
        if name not in TRIGGERS:
            raise NotInFakePool(
                f"the trigger {name}", "Use LocalPool, which runs any Lambda trigger."
            )
        handler: object = _handler_of(name, trigger) if isinstance(trigger, str) else trigger
        if not callable(handler):
            raise ConfigurationError(
                f"The trigger {name} must be a function of event and context, or the source of a "
                "module that has one named handler."
            )
        found[name] = cast("Trigger", handler)
    return found


def _handler_of(name: str, source: str) -> object:
    module: dict[str, Any] = {}
    try:
        exec(source, module)  # noqa: S102 - the test's own source, as LocalPool takes it
    except Exception as error:
        raise ConfigurationError(
            f"The source of the trigger {name} cannot be run: {type(error).__name__}: {error}"
        ) from error
    return module.get("handler")
