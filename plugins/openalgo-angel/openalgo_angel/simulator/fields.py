"""What may stand in a request's body: the field tables of the documentation as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from .envelopes import Refusal

__all__ = ["Body", "Field", "Fields", "Undocumented", "choice", "integer", "many", "number", "optional", "text"]

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


class Undocumented(Exception):
    """A request that no reading of the documentation allows; the text says what is off."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: which JSON types it may have, which texts, and the code that refuses any other text."""

    types: tuple[type, ...] = (str,)
    required: bool = True
    choices: frozenset[str] = frozenset()
    numeric: bool = False
    code: str = "AB1007"

    def check(self, name: str, value: Any) -> None:
        """Raises `Undocumented` for a wrong type and `Refusal` for a wrong value."""
        if type(value) not in self.types:
            wanted = " or ".join(kind.__name__ for kind in self.types)
            raise Undocumented(f"{name} is {type(value).__name__}, not {wanted}")
        if self.choices and value not in self.choices:
            raise Refusal(self.code)
        if self.numeric and not _NUMBER.fullmatch(str(value)):
            raise Refusal(self.code, f"INVALID PARAMETERS: {name}")


Fields = Mapping[str, Field]


def text() -> Field:
    return Field()


def choice(*words: str, code: str = "AB1007") -> Field:
    return Field(choices=frozenset(words), code=code)


def number(*types: type) -> Field:
    """A number, as text or as whatever JSON types are named."""
    return Field(types or (str,), numeric=True)


def integer() -> Field:
    return Field((int,))


def many(kind: type) -> Field:
    """A list or an object, whose inside the handler checks."""
    return Field((kind,))


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
            ("missing", _required(fields) - values.keys()),
        ):
            if names:
                raise Undocumented(f"{problem} in the body: {', '.join(sorted(names))}")
        for name, value in values.items():
            fields[name].check(name, value)
        return cls(values)

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
            raise Refusal("AB1007", f"INVALID PARAMETERS: {name}")
        return int(value)


def _required(fields: Fields) -> set[str]:
    return {name for name, given in fields.items() if given.required}
