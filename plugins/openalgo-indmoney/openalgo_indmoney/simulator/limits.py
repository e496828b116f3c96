"""How often an account may call what: so many in any second, so many between two midnights."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import date
from typing import Final, NamedTuple

from openalgo_core.clock import Clock, day_of

__all__ = ["DATA", "NON_TRADING", "ORDER", "QUOTE", "TOKEN", "Limit", "RateLimits"]


class Limit(NamedTuple):
    """At most `most` requests of a category in any `seconds`, and `per_day` of them on an Indian day."""

    category: str
    most: int
    seconds: int = 1
    per_day: int | None = 100_000


ORDER: Final = Limit("order", 10, per_day=None)
DATA: Final = Limit("data", 5)
QUOTE: Final = Limit("quote", 5)
NON_TRADING: Final = Limit("non-trading", 15)
TOKEN: Final = Limit("token", 1, seconds=60, per_day=None)


class RateLimits:
    """Counts what was admitted, for each account apart. `scale` 10 makes a second a tenth as long, not the day."""

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._scale = scale
        self._recent: defaultdict[tuple[str, Limit], deque[float]] = defaultdict(deque)
        self._days: dict[tuple[str, Limit], tuple[date, int]] = {}

    def admit(self, account: str, limit: Limit) -> bool:
        """Whether one more request fits; if so it is counted."""
        now, recent = self._clock.monotonic(), self._recent[account, limit]
        while recent and recent[0] <= now - limit.seconds / self._scale:
            recent.popleft()
        today = day_of(self._clock.now())
        day, count = self._days.get((account, limit), (today, 0))
        count = count if day == today else 0
        if len(recent) >= limit.most or (limit.per_day is not None and count >= limit.per_day):
            return False
        recent.append(now)
        self._days[account, limit] = today, count + 1
        return True
