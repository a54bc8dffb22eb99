"""The Filter of ListUsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cognitokit.testing.fake.refusal import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.testing.fake.users import User

_FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.ASCII | re.DOTALL)
_ATTRIBUTES = frozenset(
    {
        "email",
        "family_name",
        "given_name",
        "name",
        "phone_number",
        "preferred_username",
        "sub",
    }
)


def matcher(text: str | None) -> Callable[[User], bool]:
    """Return what tells the users that a filter selects, for instance: email ^= "jane".

    Cognito searches one attribute for equality or a prefix, and only standard ones. Only the
    user's status is compared without case.
    """
    if not text or not text.strip():
        return lambda _user: True
    parsed = _FILTER.fullmatch(text)
    if parsed is None:
        raise invalid_parameter("Error while parsing filter.")
    name, operator, quoted = parsed.groups()
    wanted = re.sub(r"\\(.)", r"\1", quoted)
    read = _reader(name)
    if name == "cognito:user_status":
        wanted = wanted.lower()
    if operator == "=":
        return lambda user: read(user) == wanted
    return lambda user: (read(user) or "").startswith(wanted) if wanted else read(user) is not None


def _reader(name: str) -> Callable[[User], str | None]:
    if name == "username":
        return lambda user: user.username
    if name == "cognito:user_status":
        return lambda user: user.status.lower()
    if name == "status":
        return lambda user: "Enabled" if user.enabled else "Disabled"
    if name in _ATTRIBUTES:
        return lambda user: user.attributes.get(name)
    raise invalid_parameter(f"Invalid search attribute: {name}")
