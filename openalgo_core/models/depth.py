"""The book of an instrument. Prices in rupees, quantities in units, times in IST; `None` where the broker is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .vocabulary import Exchange

__all__ = ["Depth", "DepthLevel"]


@dataclass(frozen=True, slots=True)
class DepthLevel:
    """One price of the book, and what stands there."""

    price: Decimal
    quantity: int
    orders: int | None


@dataclass(frozen=True, slots=True)
class Depth:
    """The best levels of each side, best first; only the levels that exist."""

    symbol: str
    exchange: Exchange
    ltp: Decimal | None
    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]
    total_buy_quantity: int | None
    total_sell_quantity: int | None
    time: datetime | None
