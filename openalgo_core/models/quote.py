"""Market data. Prices in rupees, quantities in units, times in IST; `None` where the broker does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .vocabulary import Exchange

__all__ = ["Candle", "Depth", "DepthLevel", "Quote", "QuoteFailure"]


@dataclass(frozen=True, slots=True)
class Quote:
    symbol: str
    exchange: Exchange
    ltp: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    prev_close: Decimal | None
    volume: int | None
    bid: Decimal | None
    ask: Decimal | None
    oi: int | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class QuoteFailure:
    """One symbol of a batch that has no quote, with the broker's reason. The rest of the batch still comes."""

    symbol: str
    exchange: Exchange
    error: str


@dataclass(frozen=True, slots=True)
class DepthLevel:
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


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar. `time` is its start; a daily bar starts at 00:00 IST of its trading day."""

    time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int | None
    oi: int | None
