"""Prices of the past. In rupees, quantities in units, times in IST; `None` where the broker does not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = ["Candle"]


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
