"""The rows from which a broker's instrument table is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

__all__ = ["Master", "MasterFields", "MasterRow"]

#: The fields of a `MasterRow`, every one and in its order. A plain tuple of them is as good a row, and is made in a
#: sixth of the time: worth it where nearly all rows of a master are made, in the line that makes the options.
MasterFields = tuple[
    str, str, str, str, str | None, str | None, int, str | None, int | None, str, str, str, str, int, str | None
]  # fmt: skip


class MasterRow(NamedTuple):
    """One row on its way into the instrument table: a plain tuple, because a master has some 180 000 of them.

    `expiry` is `YYYY-MM-DD`, `strike` and `tick_size` are decimal text without trailing zeros. Where several rows
    claim the same (exchange, symbol) the lowest `rank` keeps it; a loser is stored under `other_symbol` if it has
    one, else it is left out and counted.
    """

    symbol: str
    exchange: str
    name: str
    kind: str
    expiry: str | None
    strike: str | None
    lot_size: int
    tick_size: str | None
    freeze_quantity: int | None
    multiplier: str
    broker_symbol: str
    broker_exchange: str
    token: str
    rank: int = 0
    other_symbol: str | None = None


@dataclass(slots=True)
class Master:
    """A broker's instrument file, being read.

    `rows` are `MasterRow`s or plain tuples of their fields, consumed once, while downloading where possible. `stamp`
    is opaque text of the plugin (an ETag, a Last-Modified, a date) that comes back as `Known.stamp` at the next sync.
    `skipped` counts the rows that are no tradable instrument, by reason; the plugin fills it while `rows` is consumed.
    """

    rows: Iterable[MasterFields]
    stamp: str | None = None
    source_time: datetime | None = None
    skipped: dict[str, int] = field(default_factory=dict)
