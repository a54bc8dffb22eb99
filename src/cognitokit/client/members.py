"""JSON objects read with types: what Cognito answers and what from_dict() is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from cognitokit.errors import InvalidData, UnexpectedReply

if TYPE_CHECKING:
    from collections.abc import Callable

_EMPTY: Mapping[str, str] = MappingProxyType({})


class Members:
    """The members of one JSON object. A member of a wrong type is refused, its value never shown."""

    __slots__ = ("_refusal", "_values")

    def __init__(
        self, values: object, refusal: Callable[[str], Exception] = UnexpectedReply
    ) -> None:
        self._refusal = refusal
        if not isinstance(values, Mapping):
            raise refusal("An object of named members was expected.")
        self._values: Mapping[str, Any] = values

    @classmethod
    def of_data(cls, data: object) -> Members:
        """Read what a caller hands to from_dict(): faults are InvalidData."""
        return cls(data, InvalidData)

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a member that must be a string."""
        value = self.optional_text(name)
        return self._refuse(name, "is missing") if value is None else value

    def optional_text(self, name: str) -> str | None:
        """Return a string; None where it is absent."""
        return self._optional(name, str, "is not a string")

    def integer(self, name: str) -> int:
        """Return a member that must be a whole number."""
        value = self.optional_integer(name)
        return self._refuse(name, "is missing") if value is None else value

    def optional_integer(self, name: str) -> int | None:
        """Return a whole number; None where it is absent."""
        value = self._values.get(name)
        if isinstance(value, bool):
            self._refuse(name, "is not a whole number")
        return self._optional(name, int, "is not a whole number")

    def flag(self, name: str) -> bool:
        """Return true or false; False where it is absent."""
        return self._optional(name, bool, "is not true or false") or False

    def optional_flag(self, name: str) -> bool | None:
        """Return true or false; None where it is absent."""
        return self._optional(name, bool, "is not true or false")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings; empty where it is absent."""
        value = self._optional(name, (list, tuple), "is not a list")
        if value is None:
            return ()
        if not all(isinstance(item, str) for item in value):
            self._refuse(name, "is not a list of strings")
        return tuple(value)

    def text_map(self, name: str) -> Mapping[str, str]:
        """Return a read-only map of strings; empty where it is absent."""
        value = self._optional(name, Mapping, "is not an object")
        if value is None:
            return _EMPTY
        if not all(isinstance(key, str) and isinstance(item, str) for key, item in value.items()):
            self._refuse(name, "is not a map of strings")
        return MappingProxyType(dict(value))

    def members(self, name: str) -> Members:
        """Return a member that must be an object."""
        value = self.optional_members(name)
        return self._refuse(name, "is missing") if value is None else value

    def optional_members(self, name: str) -> Members | None:
        """Return an object; None where it is absent."""
        value = self._optional(name, Mapping, "is not an object")
        return None if value is None else Members(value, self._refusal)

    def each(self, name: str) -> tuple[Members, ...]:
        """Return a list of objects; empty where it is absent."""
        value = self._optional(name, (list, tuple), "is not a list")
        return tuple(Members(item, self._refusal) for item in value or ())

    def attributes(self, name: str) -> Mapping[str, str]:
        """Return a list of Name and Value objects as a read-only map; empty where it is absent."""
        return MappingProxyType(
            {item.text("Name"): item.optional_text("Value") or "" for item in self.each(name)}
        )

    def moment(self, name: str) -> datetime | None:
        """Return a point in time, aware; None where it is absent. Boto3 gives datetimes, JSON epoch seconds."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return datetime.fromtimestamp(value, UTC)
            except (OverflowError, ValueError, OSError):
                pass
        return self._refuse(name, "is not a point in time")

    def json(self, name: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """Return the list or object that a string member holds as JSON; an empty one where it is absent."""
        text = self.optional_text(name)
        if not text:
            return kind()
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        return (
            value if isinstance(value, kind) else self._refuse(name, "is not the JSON it should be")
        )

    def _optional(self, name: str, kind: Any, fault: str) -> Any:
        value = self._values.get(name)
        if value is None or isinstance(value, kind):
            return value
        return self._refuse(name, fault)

    def _refuse(self, name: str, fault: str) -> NoReturn:
        raise self._refusal(f"{name} {fault}.")
