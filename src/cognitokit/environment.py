"""The names under which settings are looked up: environment variables and framework configuration.

Each setting has one name of ours, and those that other libraries' users have already.
"""

from __future__ import annotations

from typing import cast

from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

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


def read(source: Mapping[str, object], setting: str) -> str | None:
    """Return a setting's text from os.environ or a framework's configuration; None where unset or empty."""
    for name in SETTINGS[setting]:
        value = source.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise ConfigurationError(f"{name} must be a string.")
        return value
    return None


def require(source: Mapping[str, object], setting: str) -> str:
    """Return a setting's text; ConfigurationError names the variable to set where there is none."""
    demand(source, setting)
    return cast("str", read(source, setting))


def demand(source: Mapping[str, object], *settings: str) -> None:
    """Refuse where settings are missing; ConfigurationError names the variables of all of them."""
    missing = [SETTINGS[setting][0] for setting in settings if read(source, setting) is None]
    if missing:
        *others, last = missing
        names = f"{', '.join(others)} and {last}" if others else last
        raise ConfigurationError(f"{names} {'are' if others else 'is'} not set.")


def read_list(source: Mapping[str, object], setting: str) -> tuple[str, ...] | None:
    """Return a setting of several values, separated by commas or white space; None where unset."""
    value = read(source, setting)
    return None if value is None else tuple(value.replace(",", " ").split())


def read_flag(source: Mapping[str, object], setting: str) -> bool:
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
