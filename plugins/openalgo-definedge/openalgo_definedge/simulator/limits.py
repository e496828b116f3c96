"""How often a client may call. Definedge publishes no figures: ten in any second, for each host apart, is the pace
that OpenAlgo has kept in production."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from openalgo_core.clock import Clock

__all__ = ["RateLimits"]

_MOST: Final = 10


class RateLimits:
    """Counts what was admitted, for each client and host. `scale` 10 makes the second a tenth as long."""

    def __init__(self, clock: Clock, scale: float) -> None:
        self._clock = clock
        self._seconds = 1 / scale
        self._admitted: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(self, client: str, host: str) -> bool:
        """Whether one more request fits; if so it is counted."""
        now, times = self._clock.monotonic(), self._admitted[client, host]
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= _MOST:
            return False
        times.append(now)
        return True
