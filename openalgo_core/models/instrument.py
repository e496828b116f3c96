"""An instrument, and the rows from which a broker's instrument table is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from .vocabulary import Exchange, InstrumentKind

__all__ = ["Instrument", "InstrumentLookup", "Known", "Master", "MasterRow", "SyncResult"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable contract, share or index.

    Prices in rupees, quantities in units. `tick_size` and `freeze_quantity` are `None` where the broker gives none.
    `multiplier` is rupees per point per unit (1 but for some commodities). `broker_symbol` is opaque text of the
    plugin, unique within `broker_exchange`; `token` is unique within `broker_exchange` too.
    """

    symbol: str
    exchange: Exchange
    name: str
    kind: InstrumentKind
    expiry: date | None
    strike: Decimal | None
    lot_size: int
    tick_size: Decimal | None
    freeze_quantity: int | None
    multiplier: Decimal
    broker_symbol: str
    broker_exchange: str
    token: str

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"


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


@dataclass(frozen=True, slots=True)
class Known:
    """What the core already holds of a broker's instruments, so that a plugin can answer "unchanged"."""

    stamp: str | None
    synced_at: datetime


@dataclass(slots=True)
class Master:
    """A broker's instrument file, being read.

    `rows` is consumed once, while downloading where possible. `stamp` is opaque text of the plugin (an ETag, a
    Last-Modified, a date) that comes back as `Known.stamp` at the next sync. `skipped` counts the rows that are no
    tradable instrument, by reason; the plugin fills it while `rows` is consumed.
    """

    rows: Iterable[MasterRow]
    stamp: str | None = None
    source_time: datetime | None = None
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did. `rows` are in the table now; `skipped` counts the rows left out, by reason."""

    broker: str
    rows: int
    seconds: float
    unchanged: bool
    source_time: datetime | None
    skipped: Mapping[str, int]


class InstrumentLookup(Protocol):
    """The unified ↔ broker dictionary that an account offers to its plugin; both directions, from a local table."""

    def get(self, exchange: str, symbol: str) -> Instrument:
        """The instrument of a unified symbol. Raises `InstrumentNotFound`."""

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        """Like `get`, with `None` for an unknown symbol."""

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The instrument behind a broker's (segment, token), or `None`."""

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The instrument behind a broker's (segment, trading symbol), or `None`."""
