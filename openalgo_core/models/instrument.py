"""An instrument, and how one is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from ._building import quick_to_build
from .vocabulary import Exchange, InstrumentKind

__all__ = ["Instrument", "InstrumentLookup"]


@quick_to_build
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
