"""What a request may hold: the field tables of the documentation as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from .envelopes import bad_input, rule

__all__ = [
    "Field",
    "Fields",
    "Input",
    "Undocumented",
    "check_price",
    "choice",
    "digits",
    "flag",
    "number",
    "optional",
    "text",
    "whole",
]

_DIGITS: Final = re.compile(r"[0-9]{1,15}")
_DECIMALS: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_TYPE_NAMES: Final = {str: "a text", int: "a whole number", Decimal: "a number", bool: "true or false"}


class Undocumented(Exception):
    """A request that no reading of the documentation allows; the text says what is off."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: which JSON types it may have, and which texts."""

    types: tuple[type, ...] = (str,)
    required: bool = True
    choices: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None

    def check(self, name: str, value: Any) -> None:
        """Raises `Undocumented` for a wrong type and `Refusal` for a wrong value."""
        if type(value) not in self.types:
            raise Undocumented(f"{name} is {type(value).__name__}, not {_TYPE_NAMES[self.types[-1]]}")
        if self.choices and value not in self.choices:
            raise bad_input(f"{name} is not one of {', '.join(sorted(self.choices))}")
        if self.pattern and not self.pattern.fullmatch(value):
            raise bad_input(f"{name} is not a number")


Fields = Mapping[str, Field]


def text() -> Field:
    return Field()


def choice(*words: str) -> Field:
    """One of these words, in these letters: capitals count everywhere."""
    return Field(choices=frozenset(words))


def digits() -> Field:
    """A whole number that is sent as a text: epochs, page numbers, quantities of the margin call."""
    return Field(pattern=_DIGITS)


def decimals() -> Field:
    """A price that is sent as a text."""
    return Field(pattern=_DECIMALS)


def whole() -> Field:
    return Field((int,))


def number() -> Field:
    """A JSON number, with a point or without one."""
    return Field((int, Decimal))


def flag() -> Field:
    return Field((bool,))


def optional(given: Field) -> Field:
    return replace(given, required=False)


@dataclass(frozen=True, slots=True)
class Input:
    """The body or the query of a request that passed its table."""

    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any], fields: Fields) -> Input:
        """Raises `Undocumented` for an unknown or missing field or a wrong type, `Refusal` for a wrong value."""
        for problem, names in (
            ("unknown", values.keys() - fields.keys()),
            ("missing", {name for name, given in fields.items() if given.required} - values.keys()),
        ):
            if names:
                raise Undocumented(f"{problem} in the request: {', '.join(sorted(names))}")
        for name, value in values.items():
            fields[name].check(name, value)
        return cls(values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A field as text, empty where it was left out."""
        return str(self.values.get(name, ""))

    def count(self, name: str) -> int:
        """A whole number, 0 where it was left out."""
        return int(self.values.get(name, 0))

    def amount(self, name: str) -> Decimal | None:
        """A number as it was written, `None` where it was left out."""
        value = self.values.get(name)
        return None if value is None else Decimal(value)


def check_price(price: Decimal | None, name: str = "LimitPriceMustBeAboveZero") -> Decimal:
    """A price that must be there. Raises the `Refusal` of the rule that says so."""
    if price is None or price <= 0:
        raise rule(name)
    return price
