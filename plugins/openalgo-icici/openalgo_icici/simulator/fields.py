"""What may stand in a request: the field tables of the documentation as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from .dates import read_day, read_moment
from .envelopes import Refusal

__all__ = ["Body", "Field", "Fields", "Undocumented", "many", "number", "optional", "text", "word"]

_NUMBER: Final = re.compile(r"-?\d+(\.\d*)?")
#: The official client reckons prices in floating point: 0.1 + 0.2 is what it sends.
_PRECISION: Final = Decimal("0.0001")


class Undocumented(Exception):
    """A request that no reading of the documentation allows; the text says what is off."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in Breeze's sentences, its JSON types, its words. Words are compared without case."""

    label: str
    types: tuple[type, ...] = (str,)
    required: bool = True
    words: tuple[str, ...] = ()
    wrong: str = ""
    numeric: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raises `Undocumented` for a wrong type and `Refusal` for a wrong value."""
        if type(value) not in self.types:
            wanted = " or ".join(kind.__name__ for kind in self.types)
            raise Undocumented(f"{name} is {type(value).__name__}, not {wanted}")
        if value == "":
            if self.required:
                raise self.missing()
        elif self.words and value.lower() not in self.words:
            raise Refusal(self.wrong or f"{self.label} should be either {_listed(self.words)}")
        elif self.numeric and not _NUMBER.fullmatch(str(value)):
            raise Refusal(f"{self.label} should only contain digits")

    def missing(self) -> Refusal:
        return Refusal(f"{self.label} cannot be empty")


Fields = Mapping[str, Field]


def text(label: str) -> Field:
    return Field(label)


def word(label: str, *words: str, wrong: str = "") -> Field:
    """One of some words in lower case; `wrong` is the sentence for any other, where Breeze has one of its own."""
    return Field(label, words=words, wrong=wrong)


def number(label: str) -> Field:
    """A number as text, or as a JSON number."""
    return Field(label, (str, int, float), numeric=True)


def many(label: str) -> Field:
    """A list, whose inside the handler checks."""
    return Field(label, (list,))


def optional(given: Field) -> Field:
    """May be left out or be empty."""
    return replace(given, required=False)


@dataclass(frozen=True, slots=True)
class Body:
    """A body that passed its table. What is empty counts as left out."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any], fields: Fields) -> Body:
        """Raises `Undocumented` for an unknown field or a wrong type, `Refusal` for a missing field or wrong value."""
        unknown = values.keys() - fields.keys()
        if unknown:
            raise Undocumented(f"unknown in the request: {', '.join(sorted(unknown))}")
        for name, given in fields.items():
            if name in values:
                given.check(name, values[name])
            elif given.required:
                raise given.missing()
        return cls(values)

    def text(self, name: str) -> str:
        """A field as text, empty where it was left out."""
        return str(self.values.get(name, ""))

    def word(self, name: str) -> str:
        """A field in lower case."""
        return self.text(name).lower()

    def amount(self, name: str) -> Decimal | None:
        """A number that says something: `None` where it is left out or 0."""
        value = self.values.get(name, "")
        if value == "":
            return None
        exact = Decimal(str(value))
        return (exact.quantize(_PRECISION) if isinstance(value, float) else exact) or None

    def count(self, name: str) -> int:
        """A whole number from 0 up. Raises `Refusal` for any other."""
        value = self.amount(name) or Decimal(0)
        if value != value.to_integral_value() or value < 0:
            raise Refusal(f"{name} should be a whole number")
        return int(value)

    def day(self, name: str) -> date | None:
        """The day of a date, `None` where it was left out. Raises `Refusal` for a text that is none."""
        given = self.text(name)
        try:
            return read_day(given) if given else None
        except ValueError:
            raise Refusal(f"{name} is not a valid date") from None

    def moment(self, name: str) -> datetime:
        """A moment, read as Indian time. Raises `Refusal` for a text that is none."""
        try:
            return read_moment(self.text(name))
        except ValueError:
            raise Refusal(f"{name} is not a valid date") from None


def _listed(words: tuple[str, ...]) -> str:
    *first, last = (f"'{word}'" for word in words)
    return f"{', '.join(first)} or {last}" if first else last
