"""A read-only map of strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typing_extensions import override


class Texts(Mapping[str, str]):
    """A read-only map of strings that can be hashed, copied and pickled. Its repr shows the names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    @override
    def __getitem__(self, name: str) -> str:
        return self._values[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    @override
    def __len__(self) -> int:
        return len(self._values)

    @override
    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    @override
    def __repr__(self) -> str:
        return f"Texts({', '.join(f'{name}=...' for name in self._values)})"


NOTHING = Texts()
"""The empty map."""


def freeze_texts(owner: object, *names: str) -> None:
    """Put read-only copies in place of the mappings that a frozen dataclass was made with."""
    for name in names:
        value = getattr(owner, name, NOTHING)
        if not isinstance(value, Texts):
            object.__setattr__(owner, name, Texts(value))
