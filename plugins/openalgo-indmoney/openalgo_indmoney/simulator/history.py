"""Candles: asked for in milliseconds, answered in seconds. Too wide a window loses its older part in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from openalgo_core.clock import epoch
from openalgo_core.exchange import Bar

from .desk import Call, Desk
from .envelopes import debug, number
from .fields import Fields, Undocumented, digits, text
from .master import DERIVATIVE, Listing
from .quotes import wanted

__all__ = ["WINDOW", "candles"]

WINDOW: Final[Fields] = {"scrip-codes": text(), "start_time": digits(), "end_time": digits()}
_MOST_CODES: Final = 5
_MINUTE: Final = 60
_DAY: Final = 86400
_WEEK: Final = timedelta(days=7)
#: The documentation has said 14 and 15: the narrower one loses no candle of whoever keeps to it.
_FORTNIGHT: Final = timedelta(days=14)
_YEAR: Final = timedelta(days=365)
#: Seconds of a candle, and the widest window.
_INTERVALS: Final = {
    **{f"{minutes}minute": (minutes * _MINUTE, _WEEK) for minutes in (1, 2, 3, 4, 5, 10, 15, 30)},
    **{f"{minutes}minute": (minutes * _MINUTE, _FORTNIGHT) for minutes in (60, 120, 180, 240)},
    **dict.fromkeys(("1day", "1week", "1month"), (_DAY, _YEAR)),
}
#: From when on there are daily candles.
_BEGIN: Final = datetime(2013, 1, 1, tzinfo=UTC)
#: A time in seconds has fewer digits for centuries to come, one in microseconds has more.
_DIGITS: Final = 13


def candles(desk: Desk, call: Call) -> dict[str, Any]:
    """For each code its candles from the start to before the end; null where there are none."""
    interval = call.path["interval"]
    if interval not in _INTERVALS:
        raise debug("invalid interval.")
    start, end = _moment(call, "start_time"), _moment(call, "end_time")
    if start > end:
        raise debug("start_time must not be after end_time.")
    codes = wanted(call)
    if len(codes) > _MOST_CODES:
        raise debug("Invalid scrip codes")
    seconds, widest = _INTERVALS[interval]
    start = max(start, end - widest, _BEGIN)
    found = [(code, _listing(desk, code)) for code in codes]
    rows = {code: _rows(desk, listing, seconds, start, end) for code, listing in found if listing is not None}
    period = _PERIODS.get(interval)
    joined = rows if period is None else {code: _joined(given, period) for code, given in rows.items()}
    return {"success": True, "data": {code: {"candles": given or None} for code, given in joined.items()}}


def _moment(call: Call, name: str) -> datetime:
    if len(call.query.text(name)) != _DIGITS:
        raise Undocumented(f"{name} is not in milliseconds")
    return epoch(call.query.count(name) / 1000)


def _listing(desk: Desk, code: str) -> Listing | None:
    """`None` for a derivative of NSE behind the prefix of its exchange: silence. Those of BSE have no candles."""
    listing = desk.master.coded(code)
    if code.startswith("NSE_") and listing is None and desk.master.is_misnamed(code):
        return None
    if listing is None or (listing.segment, listing.exchange) == (DERIVATIVE, "BSE"):
        raise debug("Invalid scrip codes")
    return listing


def _rows(desk: Desk, listing: Listing, seconds: int, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """No open interest. A daily candle is stamped midnight UTC of its day, half past five in India."""
    bars = desk.exchange.bars(listing.contract, seconds, start - timedelta(days=1), end)
    rows = [_row(bar, daily=seconds == _DAY) for bar in bars]
    return [row for row in rows if start.timestamp() <= row["ts"] < end.timestamp()]


def _row(bar: Bar, *, daily: bool) -> dict[str, Any]:
    moment = bar.time.replace(tzinfo=UTC) if daily else bar.time
    return {
        "ts": int(moment.timestamp()),
        "o": number(bar.open),
        "h": number(bar.high),
        "l": number(bar.low),
        "c": number(bar.close),
        "v": bar.volume,
    }


def _joined(rows: Iterable[dict[str, Any]], period: Callable[[date], date]) -> list[dict[str, Any]]:
    """Days put together, stamped with the first day of their week or month."""
    joined = []
    for first, group in groupby(rows, lambda row: period(datetime.fromtimestamp(row["ts"], UTC).date())):
        days = list(group)
        stamp = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
        joined.append(
            {
                "ts": stamp,
                "o": days[0]["o"],
                "h": max(day["h"] for day in days),
                "l": min(day["l"] for day in days),
                "c": days[-1]["c"],
                "v": sum(day["v"] for day in days),
            }
        )
    return joined


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first(day: date) -> date:
    return day.replace(day=1)


_PERIODS: Final[dict[str, Callable[[date], date]]] = {"1week": _monday, "1month": _first}
