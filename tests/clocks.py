"""A clock that a test moves."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from openalgo_core.clock import IST

TRADING_DAY = datetime(2026, 11, 20, 10, 15, tzinfo=IST)


class FakeClock:
    """Starts on a trading day at 10:15 IST; sleeping moves it and takes no time."""

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
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds


class HurriedClock:
    """Real time, so many times as fast: waits of seconds take fractions, on both sides of a simulated wire."""

    def __init__(self, factor: float = 20.0) -> None:
        self._factor = factor
        self._begun = time.monotonic()
        self._start = datetime.now(IST)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._begun) * self._factor

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self._factor)
