"""What may stand in a request: the field tables of the documentation as data.

Every value is a text. An official client sends `null` for what it does not use, which is the same as leaving it out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from .envelopes import Refusal, coded

__all__ = ["Body", "Field", "Fields", "Undocumented", "choice", "flag", "form", "number", "optional", "price", "text"]

_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
#: How a zero price may be spelt: `0.0` is refused live, `0.00` is what the oldest official client sends.
_ZEROS: Final = ("0", "0.00")


class Undocumented(Exception):
    """A request that no reading of the documentation allows; the text says what is off."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: which texts it may have, and how any other is refused."""

    kind: type = str
    required: bool = True
    choices: frozenset[str] = frozenset()
    numeric: bool = False
    plain_zero: bool = False
    code: int = 1009
    message: str = ""

    def check(self, name: str, value: Any) -> None:
        """Raises `Undocumented` for a wrong type and `Refusal` for a wrong value."""
        if type(value) is not self.kind:
            raise Undocumented(f"{name} is {type(value).__name__}, not {self.kind.__name__}")
        if isinstance(value, str) and not self._allows(value):
            raise self.refusal()

    def _allows(self, value: str) -> bool:
        if self.choices:
            return value in self.choices
        if not self.numeric:
            return bool(value)
        number = _NUMBER.fullmatch(value)
        return number is not None and (not self.plain_zero or Decimal(value) != 0 or value in _ZEROS)

    def refusal(self) -> Refusal:
        return coded(self.code, self.message)


Fields = Mapping[str, Field]


def text(message: str = "", code: int = 1009) -> Field:
    """Anything but nothing."""
    return Field(message=message, code=code)


def choice(*words: str, message: str = "", code: int = 1009) -> Field:
    return Field(choices=frozenset(words), message=message, code=code)


def number() -> Field:
    return Field(numeric=True)


def price() -> Field:
    """Rupees. An empty one is answered as a wrong quantity is."""
    return Field(numeric=True, plain_zero=True)


def flag() -> Field:
    """True or false."""
    return Field(kind=bool)


def optional(given: Field) -> Field:
    return replace(given, required=False)


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a request that passed their table; those that were null are not there."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any], fields: Fields) -> Body:
        """Raises `Undocumented` for an unknown field or a wrong type, `Refusal` for a missing one or a wrong value."""
        unknown = values.keys() - fields.keys()
        if unknown:
            raise Undocumented(f"unknown fields: {', '.join(sorted(unknown))}")
        told = {name: value for name, value in values.items() if value is not None}
        for name, given in fields.items():
            if name in told:
                given.check(name, told[name])
            elif given.required:
                raise given.refusal()
        return cls(told)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """A field, empty where it was left out."""
        return self.values.get(name, "")

    def amount(self, name: str) -> Decimal | None:
        """A number that says something: `None` where it is left out or 0."""
        return Decimal(self.values.get(name) or 0) or None

    def count(self, name: str) -> int:
        """A whole number. Raises `Refusal` for any other."""
        value = Decimal(self.values.get(name) or 0)
        if value != value.to_integral_value():
            raise coded(1009)
        return int(value)


def form(raw: bytes) -> Mapping[str, Any]:
    """The JSON object in the one form field `jData`; blanks may be written as `+` or `%20`. Raises `Undocumented`."""
    pairs = parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True)
    if [name for name, _ in pairs] != ["jData"]:
        raise Undocumented("the body is not the one form field jData")
    try:
        values = json.loads(pairs[0][1])
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Undocumented("jData is no JSON object")
    return values
