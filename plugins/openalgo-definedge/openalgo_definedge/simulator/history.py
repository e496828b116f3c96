"""Candles and ticks as CSV without a header line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from openalgo_core.clock import IST
from openalgo_core.exchange import Bar

from .desk import Call, Desk
from .envelopes import Refusal, error
from .fields import Undocumented
from .master import Listing

__all__ = ["history"]

#: Seconds of a row, and how far back there are any. A tick is what happened in a second.
_TIMEFRAMES: Final = {
    "day": (86400, timedelta(days=20 * 365)),
    "minute": (60, timedelta(days=183)),
    "tick": (1, timedelta(days=1)),
}
_FORMAT: Final = "%d%m%Y%H%M"


def history(desk: Desk, call: Call) -> str:
    """What began from the first moment to the last, both included. Nothing in between is an HTTP 400."""
    timeframe = call.path["timeframe"]
    if timeframe not in _TIMEFRAMES:
        raise Undocumented(f"{timeframe} is none of {', '.join(_TIMEFRAMES)}")
    seconds, reach = _TIMEFRAMES[timeframe]
    start, end = _moment(call.path["start"]), _moment(call.path["end"])
    listing = desk.master.find(call.path["segment"], call.path["token"])
    if listing is None:
        raise _nothing("Token Not Found")
    start = max(start, desk.setup.clock.now() - reach)
    rows = [_row(listing, bar, timeframe) for bar in desk.exchange.bars(listing.contract, seconds, start, end)]
    if not rows:
        raise _nothing("No Data Found")
    return "\n".join(rows) + "\n"


def _row(listing: Listing, bar: Bar, timeframe: str) -> str:
    if timeframe == "tick":
        return f"{int(bar.time.timestamp())},{listing.price(bar.close)},{bar.volume},{bar.oi or 0}"
    prices = ",".join(listing.price(value) for value in (bar.open, bar.high, bar.low, bar.close))
    interest = f",{bar.oi}" if listing.row.is_derivative else ""
    return f"{bar.time:{_FORMAT}},{prices},{bar.volume}{interest}"


def _nothing(message: str) -> Refusal:
    return error(message, http_status=400)


def _moment(text: str) -> datetime:
    """The minute that `201120260915` names, by the clock on an Indian wall."""
    try:
        moment = datetime.strptime(text, _FORMAT)
    except ValueError:
        moment = None
    if moment is None or len(text) != len("ddMMyyyyHHmm"):  # strptime takes single digits as well
        raise Undocumented(f"{text} is not ddMMyyyyHHmm")
    return moment.replace(tzinfo=IST)
