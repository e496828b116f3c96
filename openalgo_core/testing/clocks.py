"""Clocks for tests: one that stands until it is moved, and one that runs faster than the world."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from ..clock import IST

__all__ = ["TRADING_DAY", "HurriedClock", "StandingClock"]

#: 10:15 IST on a Friday on which every Indian exchange trades.
TRADING_DAY = datetime(2026, 11, 20, 10, 15, tzinfo=IST)


class StandingClock:
    """Stands until it is moved; sleeping moves it and takes no time. Safe to use from several threads.

    `slept` lists how long anybody slept, in the order in which they did.
    """

    def __init__(self, now: datetime = TRADING_DAY) -> None:
        self._now = now
        self._monotonic = 1000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move it forward."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds


class HurriedClock:
    """Runs `factor` times as fast as the world: waits of seconds take fractions, on both sides of a simulated wire.

    It starts at `start`, or now. Time-outs of sockets are the world's and do not hurry.
    """

    def __init__(self, factor: float = 20.0, start: datetime | None = None) -> None:
        self._factor = factor
        self._begun = time.monotonic()
        self._start = start or datetime.now(IST)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._begun) * self._factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._factor)
