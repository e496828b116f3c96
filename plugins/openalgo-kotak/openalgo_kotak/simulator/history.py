"""Candles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final

from openalgo_core.clock import IST
from openalgo_core.exchange import Bar

from .desk import Call, Desk
from .fields import Field, Fields
from .market import bad_request, listing_at

__all__ = ["CANDLES", "history"]

_ANY: Final = Field(required=False)
CANDLES: Final[Fields] = dict.fromkeys(("neosymbol", "interval", "fromdate", "todate"), _ANY)

#: Seconds of each interval, and the longest span of days that one request may ask for.
_INTERVALS: Final = {
    "1min": (60, 30),
    "3min": (180, 30),
    "5min": (300, 30),
    "10min": (600, 60),
    "15min": (900, 60),
    "30min": (1800, 90),
    "60min": (3600, 90),
    "D": (86400, 180),
    "W": (86400, 180),
}
_WITHOUT: Final = ("mcx_fo", "nse_com")


def history(desk: Desk, call: Call) -> dict[str, Any]:
    """Rows of start, open, high, low, close, volume and an open interest that is always 0; both days included."""
    body, interval = call.body, call.body.text("interval")
    if interval not in _INTERVALS:
        raise bad_request("Invalid interval value")
    seconds, most_days = _INTERVALS[interval]
    key = body.text("neosymbol")
    if key.partition("|")[0] in _WITHOUT:
        raise bad_request("Historical data is not available for this exchange")
    first, last = _day(body.text("fromdate")), _day(body.text("todate"))
    if first > last or last - first > timedelta(days=most_days):
        raise bad_request("Invalid date range")
    start, end = _midnight(first), _midnight(last + timedelta(days=1)) - timedelta(seconds=1)
    bars = desk.exchange.bars(listing_at(desk, key).contract, seconds, start, end)
    rows = [_row(bar) for bar in (_weeks(bars) if interval == "W" else bars)]
    return {"status": "success", "interval": interval, "data": {"candles": rows}}


def _row(bar: Bar) -> list[Any]:
    prices = [float(value) for value in (bar.open, bar.high, bar.low, bar.close)]
    return [f"{bar.time:%Y-%m-%dT%H:%M:%S}+0530", *prices, bar.volume, 0]


def _weeks(days: Iterable[Bar]) -> list[Bar]:
    """Days of one calendar week together, under the first of them."""
    weeks = [list(week) for _, week in groupby(days, key=lambda bar: bar.time.isocalendar()[:2])]
    return [
        Bar(
            time=week[0].time,
            open=week[0].open,
            high=max(day.high for day in week),
            low=min(day.low for day in week),
            close=week[-1].close,
            volume=sum(day.volume for day in week),
            oi=week[-1].oi,
        )
        for week in weeks
    ]


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise bad_request("Invalid date value") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), IST)
