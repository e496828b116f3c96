"""Last prices. Prices in rupees, quantities in units, times in IST; `None` where the broker does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .vocabulary import Exchange

__all__ = ["Quote", "QuoteFailure"]


@dataclass(frozen=True, slots=True)
class Quote:
    """What an instrument trades at, and what it did today."""

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
