"""The names under which settings are looked up: environment variables and framework configuration.

Each setting has one name of ours, and those that other libraries' users have already.
"""

from __future__ import annotations

import os
from typing import cast

from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Protocol

    class Source(Protocol):
        """Where settings are looked up: os.environ, a framework's configuration, or Known."""

        def get(self, name: str, /) -> object:
            """Return a value; None where there is none."""
            ...


SETTINGS: Mapping[str, tuple[str, ...]] = {
    "user_pool_id": ("COGNITO_USER_POOL_ID", "AWS_COGNITO_USER_POOL_ID"),
    "client_id": ("COGNITO_CLIENT_ID", "AWS_COGNITO_USER_POOL_CLIENT_ID"),
    "client_secret": ("COGNITO_CLIENT_SECRET", "AWS_COGNITO_USER_POOL_CLIENT_SECRET"),
    "domain": ("COGNITO_DOMAIN", "AWS_COGNITO_DOMAIN"),
    "redirect_uri": ("COGNITO_REDIRECT_URI", "AWS_COGNITO_REDIRECT_URL"),
    "logout_uri": ("COGNITO_LOGOUT_URI", "AWS_COGNITO_LOGOUT_URL"),
    "region": ("COGNITO_REGION",),
    "issuers": ("COGNITO_ISSUERS",),
    "jwks_uri": ("COGNITO_JWKS_URI",),
    "endpoint_url": ("COGNITO_ENDPOINT_URL",),
    "allow_http": ("COGNITO_ALLOW_HTTP",),
}
"""Setting -> the names it is read from; the first one that is set wins."""

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


class Known:
    """The variables of a mapping that are settings of ours; its repr shows none of their values.

    What reads settings holds this and not os.environ: a traceback may show every local, and a
    process keeps all kinds of secrets in its environment.

    Args:
        environ: What to read; os.environ where it is None.
    """

    __slots__ = ("_values",)

    def __init__(self, environ: Mapping[str, object] | None = None) -> None:
        source = os.environ if environ is None else environ
        self._values = {name: source.get(name) for names in SETTINGS.values() for name in names}

    def get(self, name: str, /) -> object:
        """Return a variable's value; None where it is not set."""
        return self._values.get(name)

    def __repr__(self) -> str:
        return f"Known({', '.join(name for name in self._values if self.get(name))})"


def read(source: Source, setting: str) -> str | None:
    """Return a setting's text from os.environ or a framework's configuration; None where unset or empty."""
    for name in SETTINGS[setting]:
        value = source.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            del value  # a traceback shows what is in this frame
            raise ConfigurationError(f"{name} must be a string.")
        return value
    return None


def require(source: Source, setting: str) -> str:
    """Return a setting's text; ConfigurationError names the variable to set where there is none."""
    demand(source, setting)
    return cast("str", read(source, setting))


def demand(source: Source, *settings: str) -> None:
    """Refuse where settings are missing; ConfigurationError names the variables of all of them."""
    missing = [SETTINGS[setting][0] for setting in settings if read(source, setting) is None]
    if missing:
        *others, last = missing
        names = f"{', '.join(others)} and {last}" if others else last
        raise ConfigurationError(f"{names} {'are' if others else 'is'} not set.")


def read_list(source: Source, setting: str) -> tuple[str, ...] | None:
    """Return a setting of several values, separated by commas or white space; None where unset."""
    value = read(source, setting)
    return None if value is None else tuple(value.replace(",", " ").split())


def read_flag(source: Source, setting: str) -> bool:
    """Return a yes-or-no setting; False where unset."""
    value = (read(source, setting) or "").strip().lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise ConfigurationError(
        f"{SETTINGS[setting][0]} must be one of 1, true, yes, on, 0, false, no, off."
    )


def from_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a framework's settings as environment variables say them: switches and lists as text."""
    names = {name for names in SETTINGS.values() for name in names}
    return {name: _as_text(config[name]) for name in names if config.get(name) is not None}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, cast("Iterable[object]", value)))
    return value
