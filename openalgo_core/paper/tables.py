"""Candle lengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from openalgo_core.models import Interval

__all__ = ["PERIODS", "SECONDS", "WINDOWS"]

#: Candles within the day, in seconds.
SECONDS: Mapping[Interval, int] = {
    Interval.M1: 60,
    Interval.M2: 120,
    Interval.M3: 180,
    Interval.M5: 300,
    Interval.M10: 600,
    Interval.M15: 900,
    Interval.M20: 1200,
    Interval.M30: 1800,
    Interval.H1: 3600,
    Interval.H2: 7200,
    Interval.H3: 10800,
    Interval.H4: 14400,
}

#: Longer candles, by the first day of the period that a day lies in.
PERIODS: Mapping[Interval, Callable[[date], date]] = {
    Interval.DAY: lambda day: day,
    Interval.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Interval.MONTH: lambda day: day.replace(day=1),
    Interval.QUARTER: lambda day: day.replace(month=day.month - (day.month - 1) % 3, day=1),
    Interval.YEAR: lambda day: day.replace(month=1, day=1),
}

#: Days that one request may ask for.
WINDOWS: Mapping[Interval, int] = dict.fromkeys(SECONDS, 60) | dict.fromkeys(PERIODS, 2000)
