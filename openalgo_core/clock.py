"""Time as Indian markets count it: IST, UTC+05:30, no daylight saving.

Everything that asks for the time takes a `Clock`, so that a test can move it.
"""

from __future__ import annotations

import time as _time
from datetime import date, datetime, time, timedelta, timezone
from typing import Protocol

__all__ = ["IST", "Clock", "SystemClock", "day_of", "epoch", "ist", "next_ist"]

#: A fixed offset: India has had no daylight saving since 1945, and a fixed offset needs no zone files.
IST = timezone(timedelta(hours=5, minutes=30), "IST")


class Clock(Protocol):
    """What the core asks of a clock."""

    def now(self) -> datetime:
        """The wall clock, aware, in IST."""

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait, or pretend to."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(IST)

    def monotonic(self) -> float:
        return _time.monotonic()

    def sleep(self, seconds: float) -> None:
        _time.sleep(seconds)


def ist(moment: datetime) -> datetime:
    """The same moment with +05:30; a naive one is taken as IST already."""
    return moment.replace(tzinfo=IST) if moment.tzinfo is None else moment.astimezone(IST)


def next_ist(after: datetime, at: time) -> datetime:
    """The first moment later than `after` at which the clock on an Indian wall shows `at`."""
    local = after.astimezone(IST)
    candidate = datetime.combine(local.date(), at, IST)
    return candidate if candidate > local else candidate + timedelta(days=1)


def day_of(moment: datetime) -> date:
    """The IST calendar day of a moment."""
    return moment.astimezone(IST).date()


def epoch(seconds: float) -> datetime:
    """A Unix time as an IST moment."""
    return datetime.fromtimestamp(seconds, IST)
