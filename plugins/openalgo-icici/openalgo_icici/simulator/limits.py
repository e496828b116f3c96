"""How often a customer may call: rolling windows and a day, as Breeze counts them."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from openalgo_core.clock import Clock, day_of

from .envelopes import refusal

__all__ = ["RateLimits"]

_PER_DAY: Final = 5000
_PER_MINUTE: Final = 100
#: Placing, changing, withdrawing and squaring off, all together: the exchanges' own rule of 2026.
_WRITES_PER_SECOND: Final = 10


@dataclass(slots=True)
class _Tally:
    """What one customer has called."""

    day: date
    today: int = 0
    calls: deque[float] = field(default_factory=deque)
    writes: deque[float] = field(default_factory=deque)


class RateLimits:
    """Counts every call of a customer, refused ones too: who goes on calling stays locked out, as it is live.

    `scale` 10 makes the windows a tenth as long; the day stays one, and begins at midnight IST.
    """

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._scale = scale
        self._tallies: defaultdict[str, _Tally] = defaultdict(lambda: _Tally(self._today()))

    def count(self, customer: str, *, write: bool) -> None:
        """Counts a call. Raises `Refusal` when it is one too many."""
        tally = self._tallies[customer]
        if tally.day != self._today():
            tally.day, tally.today = self._today(), 0
        tally.today += 1
        in_minute = self._called(tally.calls, 60)
        in_second = self._called(tally.writes, 1) if write else 0
        if tally.today > _PER_DAY:
            raise refusal("limit-day")
        if in_minute > _PER_MINUTE:
            raise refusal("limit-minute")
        if in_second > _WRITES_PER_SECOND:
            raise refusal("limit-second")

    def _today(self) -> date:
        return day_of(self._clock.now())

    def _called(self, times: deque[float], seconds: int) -> int:
        """How many calls the window holds with this one."""
        now = self._clock.monotonic()
        while times and times[0] <= now - seconds / self._scale:
            times.popleft()
        times.append(now)
        return len(times)
