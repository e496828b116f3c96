"""How often a client code may call what: rolling windows, as SmartAPI counts them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

from openalgo_core.clock import Clock

__all__ = ["Limit", "RateLimits"]


class Limit(NamedTuple):
    """At most `most` requests of a group in any `seconds`."""

    group: str
    most: int
    seconds: int

    @classmethod
    def of(
        cls, group: str, second: int | None = None, minute: int | None = None, hour: int | None = None
    ) -> tuple[Limit, ...]:
        """A line of the documentation's table."""
        windows = ((second, 1), (minute, 60), (hour, 3600))
        return tuple(cls(group, most, seconds) for most, seconds in windows if most is not None)


class RateLimits:
    """Counts what was admitted, for each client code apart. `scale` 10 makes every window a tenth as long."""

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._scale = scale
        self._admitted: defaultdict[tuple[str, Limit], deque[float]] = defaultdict(deque)

    def admit(self, client: str, limits: Sequence[Limit]) -> bool:
        """Whether one more request fits all of `limits`; if so it is counted."""
        now = self._clock.monotonic()
        windows = [(limit, self._admitted[client, limit]) for limit in limits]
        for limit, times in windows:
            while times and times[0] <= now - limit.seconds / self._scale:
                times.popleft()
        if any(len(times) >= limit.most for limit, times in windows):
            return False
        for _, times in windows:
            times.append(now)
        return True
