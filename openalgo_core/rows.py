"""Rows of a long book, of which only the fields are read that are wanted.

A book may hold thousands of orders of seventy fields each. A plugin names the fields it wants in a subclass of `Row`,
and hands `Reply.json` a `TypedDict` of the answer in which that class stands for the rows. msgspec, which reads them,
costs a start 20 ms: import this, and what stands on it, where a book is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from msgspec import Struct

__all__ = ["Row"]


class Row(Struct, gc=False):
    """Base of a row's class, whose fields all are `Any = None`: what a broker leaves out is `None`, as null is.

    `gc=False`: nothing that JSON holds refers back to its row.
    """

    @classmethod
    def each(cls, rows: Iterable[Any]) -> list[Self]:
        """The rows of an answer, even of one that came whole, because it did not fit its shape."""
        return [cls.of(row) if isinstance(row, dict) else row for row in rows]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """One row that came by itself."""
        return cls(**{name: row[name] for name in cls.__struct_fields__ if name in row})
