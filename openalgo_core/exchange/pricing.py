"""From the price of an underlying to that of a contract on it, in ticks.

Every function here grows (or, for a put, falls) with the underlying and does not depend on the time of day: so the
highs, lows and crossings of a contract are those of its underlying's path. Time value therefore falls overnight only.
"""

from __future__ import annotations

from datetime import date
from math import isqrt

from ..models.vocabulary import InstrumentKind
from .contracts import Contract
from .path import MICRO

__all__ = ["Pricing", "tick_micros"]

#: Where a broker's file gives no tick (icici's shares) the path needs one all the same.
_USUAL_TICK = 50_000
#: Cost of carry, thousandths a year.
_CARRY = 65
_DAYS = 365
#: Yearly volatility of a share, thousandths; others in proportion.
_YEARLY = 280


def tick_micros(contract: Contract) -> int:
    """The tick in millionths of a rupee."""
    return _USUAL_TICK if not contract.tick_size else int(contract.tick_size * MICRO)


class Pricing:
    """A contract's price on one day as a function of its underlying's. All values are in `MICRO`s but the result.

    `reference` is the underlying's first price of the day, `volatility` its liveliness in per cent of a share's.
    """

    __slots__ = ("_carried", "_kind", "_squared_width", "_strike", "_tick", "falls")

    def __init__(self, contract: Contract, day: date, reference: int, volatility: int) -> None:
        self._kind = contract.kind
        self._tick = tick_micros(contract)
        days = 0 if contract.expiry is None else max(0, (contract.expiry - day).days)
        self._carried = days if contract.kind is InstrumentKind.FUT else 0
        self._strike = int((contract.strike or 0) * MICRO)
        #: Whether the contract's price falls when the underlying rises.
        self.falls = contract.kind is InstrumentKind.PE
        self._squared_width = 4 * _at_the_money(reference, volatility, days) ** 2 if contract.kind.is_option else 0

    def ticks(self, value: int) -> int:
        """The price in whole ticks, at least one."""
        if self._squared_width:
            value = self._option(value)
        elif self._carried:
            value += value * _CARRY * self._carried // (1000 * _DAYS)
        return max(1, (value + self._tick // 2) // self._tick)

    def _option(self, value: int) -> int:
        """A hyperbola with the intrinsic value as its asymptotes: above it everywhere, widest at the money, and call
        less put is exactly underlying less strike. Black and Scholes with whole numbers and a root."""
        inside = self._strike - value if self.falls else value - self._strike
        return (inside + isqrt(inside * inside + self._squared_width)) // 2


def _at_the_money(reference: int, volatility: int, days: int) -> int:
    """Price of an at-the-money option: 0.4 · σ · S · √T (Brenner and Subrahmanyam 1988). On expiry day a sixteenth of a
    day is left, so that little but the intrinsic value remains to be settled."""
    sixteenths = max(1, 16 * days)
    root = isqrt(sixteenths * 10**12 // (16 * _DAYS))  # √T in millionths
    return reference * _YEARLY * volatility * root * 4 // (10 * 1000 * 100 * 10**6)
