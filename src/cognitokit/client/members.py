"""JSON objects read with types: what Cognito answers and what from_dict() is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from cognitokit.client.texts import Texts
from cognitokit.errors import InvalidData, UnexpectedReply

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Members:
    """The members of one JSON object. A member of a wrong type is refused, its value never shown."""

    __slots__ = ("_refusal", "_values")

    def __init__(
        self, values: object, refusal: Callable[[str], Exception] = UnexpectedReply
    ) -> None:
        self._refusal = refusal
        if not isinstance(values, Mapping):
            raise refusal("An object of named members was expected.")
        self._values = cast("Mapping[str, Any]", values)

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
        texts = [item for item in self._list(name) if isinstance(item, str)]
        if len(texts) != len(self._list(name)):
            self._refuse(name, "is not a list of strings")
        return tuple(texts)

    def text_map(self, name: str) -> Mapping[str, str]:
        """Return a read-only map of strings; empty where it is absent."""
        items = self._object(name).items() if name in self else ()
        texts = {
            key: value for key, value in items if isinstance(key, str) and isinstance(value, str)
        }
        if len(texts) != len(items):
            self._refuse(name, "is not a map of strings")
        return Texts(texts)

    def members(self, name: str) -> Members:
        """Return a member that must be an object."""
        value = self.optional_members(name)
        return self._refuse(name, "is missing") if value is None else value

    def optional_members(self, name: str) -> Members | None:
        """Return an object; None where it is absent."""
        return Members(self._object(name), self._refusal) if name in self else None

    def each(self, name: str) -> tuple[Members, ...]:
        """Return a list of objects; empty where it is absent."""
        return tuple(Members(item, self._refusal) for item in self._list(name))

    def attributes(self, name: str) -> Mapping[str, str]:
        """Return a list of Name and Value objects as a read-only map; empty where it is absent."""
        return Texts(
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

    def json_list(self, name: str) -> list[object]:
        """Return the list that a string member holds as JSON; an empty one where it is absent."""
        value = self._json(name, "[]")
        return (
            cast("list[object]", value)
            if isinstance(value, list)
            else self._refuse(name, "is not a JSON list")
        )

    def json_object(self, name: str) -> dict[str, object]:
        """Return the object that a string member holds as JSON; an empty one where it is absent."""
        value = self._json(name, "{}")
        if isinstance(value, dict):
            return cast("dict[str, object]", value)
        return self._refuse(name, "is not a JSON object")

    def json_object_text(self, name: str) -> str:
        """Return the JSON text of an object, as a string member holds it; "{}" where it is absent."""
        self.json_object(name)
        return self.optional_text(name) or "{}"

    def document(self, name: str) -> dict[str, object]:
        """Return a copy of a free-form JSON object that must be there."""
        return {str(key): value for key, value in self._object(name).items()}

    def _json(self, name: str, empty: str) -> object:
        try:
            return cast("object", json.loads(self.optional_text(name) or empty))
        except (ValueError, RecursionError):
            return None

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        if value is None:
            return []
        return (
            cast("list[object]", value)
            if isinstance(value, list)
            else self._refuse(name, "is not a list")
        )

    def _object(self, name: str) -> Mapping[object, object]:
        value = self._values.get(name)
        if isinstance(value, Mapping):
            return cast("Mapping[object, object]", value)
        return self._refuse(name, "is not an object")

    def _optional(self, name: str, kind: type[T], fault: str) -> T | None:
        value = self._values.get(name)
        if value is None or isinstance(value, kind):
            return value
        return self._refuse(name, fault)

    def _refuse(self, name: str, fault: str) -> NoReturn:
        raise self._refusal(f"{name} {fault}.")
