"""The order book around a price, and the volume behind it: decoration, yet deterministic and consistent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .contracts import Contract
from .noise import pick
from .path import MICRO
from .quotes import Level

__all__ = ["Depth", "depth_at", "open_interest", "touch_quantity", "traded"]

_LEVELS = 5
#: Turnover of a day, in rupees.
_TURNOVER = (20_000_000, 5_000_000_000)
#: Value of what stands at one level, in rupees.
_STANDING = 400_000


@dataclass(frozen=True, slots=True)
class Depth:
    """Best levels first; a side may be empty."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    total_buy_quantity: int
    total_sell_quantity: int


def depth_at(contract: Contract, key: int, stamp: int, ticks: int, tick: Decimal, band: tuple[int, int]) -> Depth:
    """The book at second `stamp` around a price of `ticks`, inside `band` (in ticks, both ends included)."""
    if contract.exchange.is_index:
        return Depth((), (), 0, 0)
    spread = 1 + ticks // 4000 + pick(key, stamp, 0, 1)
    best_bid = ticks - pick(key, ~stamp, 0, spread)
    low, high = band
    bids = _side(contract, key, stamp, range(best_bid, best_bid - _LEVELS, -1), tick, low, high, 0)
    best_ask = best_bid + spread
    asks = _side(contract, key, stamp, range(best_ask, best_ask + _LEVELS), tick, low, high, _LEVELS)
    return Depth(bids, asks, 7 * sum(level.quantity for level in bids), 6 * sum(level.quantity for level in asks))


def touch_quantity(contract: Contract, key: int, stamp: int, price: int, level: int) -> int:
    """Units standing at one of the ten levels (bids first), a whole number of lots. `price` is in `MICRO`s."""
    lots = max(1, _STANDING * MICRO // (price * contract.lot_size))
    return pick(key, stamp * 2 * _LEVELS + level, max(1, lots // 8), lots) * contract.lot_size


def traded(contract: Contract, key: int, day: int, price: int, second: int, seconds: int) -> int:
    """Units traded from the opening up to and including `second`: more at both ends of the day than in the middle."""
    if contract.exchange.is_index:
        return 0
    lots = max(1, pick(key, day, *_TURNOVER) * MICRO // (price * contract.lot_size))
    minute, within = divmod(second + 1, 60)
    early = _share(key, day, lots, minute, seconds // 60)
    late = _share(key, day, lots, min(minute + 1, seconds // 60), seconds // 60)
    return (early + (late - early) * within // 60) * contract.lot_size


def open_interest(contract: Contract, key: int, day: int, second: int) -> int | None:
    """Contracts open, in units; `None` where there is no such thing."""
    if contract.expiry is None:
        return None
    # One step every quarter of an hour, around a level that drifts by the day.
    lots = pick(key, ~day, 900, 1100) * pick(key, day * 128 + second // 900, 980, 1020) // 100
    return lots * contract.lot_size


def _share(key: int, day: int, lots: int, minute: int, minutes: int) -> int:
    """Lots traded before a minute begins. The fraction x of the day becomes (x + ((2x - 1)³ + 1) / 2) / 2: steep, flat,
    steep. A jitter of less than a minute makes the minutes uneven and keeps the sum growing."""
    jitter = pick(key, (day << 11) + minute, 0, 63) if 0 < minute < minutes else 0
    done, whole = minute * 64 + jitter, minutes * 64
    return lots * (2 * done * whole**2 + (2 * done - whole) ** 3 + whole**3) // (4 * whole**3)


def _side(
    contract: Contract, key: int, stamp: int, prices: range, tick: Decimal, low: int, high: int, first: int
) -> tuple[Level, ...]:
    micros = int(tick * MICRO)
    return tuple(
        Level(
            tick * price,
            touch_quantity(contract, key, stamp, max(1, prices[0]) * micros, first + index),
            pick(key, stamp + index, 1, 24),
        )
        for index, price in enumerate(prices)
        if low <= price <= high
    )
