"""How often an account may call: 25 a second of each call, 10 a second of the three order calls together.

As the broker stated in July 2026; the older documentation has 10 a second over everything.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from openalgo_core.clock import Clock

__all__ = ["ORDERS", "RateLimits"]

#: The group of placing, changing and withdrawing.
ORDERS: Final = "orders"

_ORDERS_PER_SECOND: Final = 10
_CALLS_PER_SECOND: Final = 25


class RateLimits:
    """Counts what was admitted, for each group of calls. `scale` 10 makes the second a tenth as long."""

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._seconds = 1 / scale
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)

    @staticmethod
    def most(group: str) -> int:
        return _ORDERS_PER_SECOND if group == ORDERS else _CALLS_PER_SECOND

    def admit(self, group: str) -> bool:
        """Whether one more request fits; if so it is counted."""
        now, times = self._clock.monotonic(), self._admitted[group]
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self.most(group):
            return False
        times.append(now)
        return True
