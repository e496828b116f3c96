"""What may stand in a request's body: the field tables of the documentation as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from .envelopes import invalid

__all__ = ["Body", "Field", "Fields", "Undocumented", "choice", "many", "number", "optional", "text", "text_or_number"]

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Undocumented(Exception):
    """A request that no reading of the documentation allows; the text says what is off."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: which JSON types it may have, and which texts."""

    types: tuple[type, ...] = (str,)
    required: bool = True
    choices: frozenset[str] = frozenset()
    numeric: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raises `Undocumented` for a wrong type and `Refusal` for a wrong value."""
        if type(value) not in self.types:
            wanted = " or ".join(kind.__name__ for kind in self.types)
            raise Undocumented(f"{name} is {type(value).__name__}, not {wanted}")
        if self.choices and value not in self.choices:
            raise invalid(f"{name} is not one of {', '.join(sorted(self.choices))}")
        if self.numeric and not _NUMBER.fullmatch(str(value)):
            raise invalid(f"{name} is not a number")


Fields = Mapping[str, Field]


def text() -> Field:
    return Field()


def choice(*words: str) -> Field:
    return Field(choices=frozenset(words))


def number() -> Field:
    """A number, as text or as JSON number: both are taken everywhere."""
    return Field((str, int, float), numeric=True)


def text_or_number() -> Field:
    """An opaque word that some send as a number."""
    return Field((str, int))


def many() -> Field:
    """A list, whose inside the handler checks."""
    return Field((list,))


def optional(given: Field) -> Field:
    return replace(given, required=False)


@dataclass(frozen=True, slots=True)
class Body:
    """A body that passed its table."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any], fields: Fields) -> Body:
        """Raises `Undocumented` for an unknown or missing field or a wrong type, `Refusal` for a wrong value."""
        for problem, names in (
            ("unknown", values.keys() - fields.keys()),
            ("missing", {name for name, given in fields.items() if given.required} - values.keys()),
        ):
            if names:
                raise Undocumented(f"{problem} in the body: {', '.join(sorted(names))}")
        for name, value in values.items():
            fields[name].check(name, value)
        return cls(values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A field as text, empty where it was left out."""
        return str(self.values.get(name, ""))

    def amount(self, name: str) -> Decimal | None:
        """A number that says something: `None` where it is left out or 0."""
        value = self.values.get(name)
        return (Decimal(str(value)) or None) if value is not None else None

    def count(self, name: str) -> int:
        """A whole number from 0 up. Raises `Refusal` for any other."""
        value = self.amount(name) or Decimal(0)
        if value != value.to_integral_value() or value < 0:
            raise invalid(f"{name} is not a whole number")
        return int(value)
