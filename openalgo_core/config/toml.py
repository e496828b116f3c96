"""Reading a TOML table so that nothing in it goes unread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, TypeVar

from ..errors import ConfigurationError

__all__ = ["Kind", "TableReader", "addresses", "amount", "choice", "count", "names", "seconds", "text"]

T = TypeVar("T")
D = TypeVar("D")

#: Turns a TOML value into ours, or raises `ValueError` saying what it must be.
Kind = Callable[[Any], T]


class TableReader:
    """One table of a file; every error names the file and the key path."""

    def __init__(self, file: str, table: Mapping[str, Any], path: str = "") -> None:
        self._file = file
        self._path = path
        self._unread = dict(table)
        self._known: list[str] = []

    def get(self, key: str, kind: Kind[T], default: D) -> T | D:
        """The value of a key, `default` where it is absent. Raises `ConfigurationError` for a wrong kind."""
        self._known.append(key)
        if key not in self._unread:
            return default
        try:
            return kind(self._unread.pop(key))
        except ValueError as error:
            raise self.error(key, f"must be {error}") from None

    def table(self, key: str) -> TableReader:
        """The table of that name, an empty one where it is absent."""
        value = self.get(key, _table, {})
        return TableReader(self._file, value, f"{self._path}{key}.")

    def rest(self) -> dict[str, Any]:
        """Everything that was not read yet, untouched."""
        rest, self._unread = self._unread, {}
        return rest

    def finish(self, *, why: str = "") -> None:
        """Raise `ConfigurationError` if anything was not read; `why` is added to what it says of the name."""
        for key in self._unread:
            raise self.error(key, f"is not known{why}", self._meant(key))

    def error(self, key: str, what: str, hint: str = "") -> ConfigurationError:
        return ConfigurationError(f"{self._file}: {self._path}{key} {what}.", hint=hint or "Correct the file.")

    def _meant(self, key: str) -> str:
        from difflib import get_close_matches  # only who mistypes pays for it

        near = get_close_matches(key, self._known, n=1)
        return f"Did you mean {self._path}{near[0]}?" if near else f"Known here: {', '.join(sorted(self._known))}."


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text in quotes")
    return value.strip()


def names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("an array of names in quotes")
    return tuple(value)


def count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("a whole number above 0")
    return value


def amount(below: int | None = None) -> Kind[Decimal]:
    """A number above 0, and under `below` where that is given."""

    def read(value: Any) -> Decimal:
        number = _number(value)
        if number is None or number <= 0 or (below is not None and number >= below):
            raise ValueError("a number above 0" + (f" and below {below}" if below is not None else ""))
        return number

    return read


def seconds(value: Any) -> float:
    number = _number(value)
    if number is None or not 0 < number <= 600:
        raise ValueError("a number of seconds above 0 and at most 600")
    return float(number)


def choice(*words: str) -> Kind[Any]:
    """One of the words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(" or ".join(f'"{word}"' for word in words))
        return str(value)

    return read


def addresses(value: Any) -> tuple[str, ...]:
    """One IP address, or an array of them."""
    try:
        return tuple(str(ip_address(item)) for item in names([value] if isinstance(value, str) else value))
    except ValueError:
        raise ValueError("an IP address in quotes, or an array of them") from None


def _table(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ValueError("a table")


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None
