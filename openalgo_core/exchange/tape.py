"""One contract through one session: what its quote, its bars and its fills are read off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from ..clock import IST
from .calendar import TradingSession
from .contracts import Contract
from .depth import open_interest, traded
from .path import MICRO, DayPath
from .pricing import Pricing
from .quotes import Bar

__all__ = ["Tape"]


@dataclass(frozen=True, slots=True)
class Tape:
    """One contract through one session."""

    contract: Contract
    session: TradingSession
    path: DayPath
    #: Seconds from the start of the path to the opening of the session.
    offset: int
    pricing: Pricing
    tick: Decimal
    key: int
    #: The last close, in ticks.
    previous: int

    def ticks(self, second: int) -> int:
        return self.pricing.ticks(self.path.value(self.offset + second))

    def extremes(self, last: int) -> tuple[int, int]:
        """Low and high in ticks from the opening to `last`."""
        begin = self.offset // 60  # sessions open on the minute
        low = self.pricing.ticks(self.path.extreme(begin, self.offset + last, -1))
        high = self.pricing.ticks(self.path.extreme(begin, self.offset + last, 1))
        return (high, low) if self.pricing.falls else (low, high)

    def volume(self, second: int) -> int:
        day = self.session.day.toordinal()
        return traded(
            self.contract, self.key, day, self.previous * int(self.tick * MICRO), second, self.session.seconds
        )

    def oi(self, second: int) -> int | None:
        return open_interest(self.contract, self.key, self.session.day.toordinal(), second)

    def band(self) -> tuple[int, int]:
        """Lower and upper circuit in ticks: a fifth of the last close, or a quarter of the underlying for an option."""
        if self.contract.kind.is_option:
            reach = self.path.start // (4 * int(self.tick * MICRO))
            return max(1, self.previous - reach), self.previous + reach
        return max(1, -(-self.previous * 4 // 5)), self.previous * 6 // 5

    def first(self, begin: int, end: int, ticks: int, *, rising: bool) -> int | None:
        """The first second from `begin` towards `end` at which the price is at or beyond `ticks`."""
        price = self.pricing.ticks
        found = self.path.first(
            self.offset + begin,
            self.offset + end,
            (lambda value: price(value) >= ticks) if rising else (lambda value: price(value) <= ticks),
            1 if rising is not self.pricing.falls else -1,
        )
        return None if found is None else found - self.offset

    def day_bar(self, last: int) -> Bar:
        """The candle of the whole session, as far as second `last`."""
        low, high = self.extremes(last)
        midnight = datetime.combine(self.session.day, time(0), IST)
        return self._bar(midnight, self.ticks(0), high, low, last, self.volume(last))

    def bars(self, last: int, seconds: int, start: datetime, end: datetime) -> Iterator[Bar]:
        """Candles of `seconds` as far as second `last`, those that begin from about `start` to `end`."""
        opening, price = self.session.open, self.pricing.ticks
        index = max(0, int((start - opening).total_seconds()) // seconds)
        before = self.volume(index * seconds - 1) if 0 < index * seconds <= last else 0
        for first in range(index * seconds, last + 1, seconds):
            stamp = opening + timedelta(seconds=first)
            if stamp > end:
                return
            final = min(first + seconds - 1, last)
            ends = [price(value) for value in self.path.span(self.offset + first, self.offset + final)]
            total = self.volume(final)
            yield self._bar(stamp, self.ticks(first), max(ends), min(ends), final, total - before)
            before = total

    def _bar(self, stamp: datetime, opening: int, high: int, low: int, final: int, volume: int) -> Bar:
        tick = self.tick
        return Bar(stamp, tick * opening, tick * high, tick * low, tick * self.ticks(final), volume, self.oi(final))
