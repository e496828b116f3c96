"""Candles, in both versions of the call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from openalgo_core.clock import IST
from openalgo_core.exchange import Bar
from openalgo_core.numbers import decimal_text

from .dates import day_text
from .desk import Call, Desk, number
from .envelopes import Refusal
from .fields import Field, Fields, optional, text, word
from .fields import number as number_field
from .master import Listing

__all__ = ["CANDLES", "CANDLES_V2", "candles", "candles_v2"]

_DAY: Final = 86400
_INTERVALS: Final = {"minute": 60, "5minute": 300, "30minute": 1800, "day": _DAY}
_INTERVALS_V2: Final = {"1second": 1, "1minute": 60, "5minute": 300, "30minute": 1800, "1day": _DAY}
_COMMON: Final[Fields] = {
    "from_date": text("From-Date"),
    "to_date": text("To-Date"),
    "stock_code": text("Stock-Code"),
    "product_type": optional(word("Product-type", "cash", "futures", "options")),
    "expiry_date": optional(text("Expiry-Date")),
    "strike_price": optional(number_field("Strike-Price")),
    "right": optional(word("Right", "call", "put", "others")),
}
CANDLES: Final[Fields] = {
    **_COMMON,
    "interval": word("Interval", *_INTERVALS),
    "exchange_code": word(
        "Exchange-Code", "nse", "nfo", "ndx", "mcx",
        wrong="Exchange-Code should be either 'nse', or 'nfo' or 'ndx' or 'mcx'",
    ),
}  # fmt: skip
CANDLES_V2: Final[Fields] = {
    **_COMMON,
    "interval": word(
        "Interval", *_INTERVALS_V2,
        wrong="Interval should be either '1second','1minute', '5minute', '30minute', or '1day'",
    ),
    "exch_code": word(
        "Exchange-Code", "nse", "bse", "nfo", "ndx", "mcx", "bfo",
        wrong="Exchange-Code should be either 'nse', 'bse' ,'nfo', 'ndx', 'mcx' or 'bfo'",
    ),
}  # fmt: skip
_MOST: Final = 1000
#: When the day's own daily candle is published.
_NIGHT: Final = time(23, 30)


def candles_v2(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """At most a thousand, the oldest first; what comes after them must be asked for again."""
    listing = _listing(desk, call, call.body.text("exch_code").upper())
    bars = _bars(desk, call, listing, _INTERVALS_V2)
    return [_row_v2(listing, bar) for bar in bars[:_MOST]]


def candles(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """The same prices, but as text."""
    listing = _listing(desk, call, call.body.text("exchange_code").upper())
    return [_row(listing, bar) for bar in _bars(desk, call, listing, _INTERVALS)]


def _listing(desk: Desk, call: Call, segment: str) -> Listing:
    product = call.body.word("product_type")
    if segment in ("NSE", "BSE"):
        return desk.listing(segment, "cash", call.body)
    if product not in ("futures", "options"):
        raise Refusal(
            "Product-type should be either 'futures', 'options' for Exchange-Code 'NFO','NDX', 'MCX' or 'BFO'"
        )
    if product == "options" and not call.body.text("strike_price"):
        raise Field("Strike-Price").missing()
    return desk.listing(segment, product, call.body)


def _bars(desk: Desk, call: Call, listing: Listing, intervals: Mapping[str, int]) -> list[Bar]:
    """Oldest first. The day's own daily candle is made overnight."""
    start, end = call.body.moment("from_date"), call.body.moment("to_date")
    seconds = intervals[call.body.word("interval")]
    if seconds == _DAY:
        end = min(end, _latest_day(desk.setup.clock.now()))
    return desk.exchange.bars(listing.contract, seconds, start, end) if start <= end else []


def _latest_day(now: datetime) -> datetime:
    """The last day that has a daily candle."""
    midnight = datetime.combine(now.date(), time(0), IST)
    return midnight if now.time() >= _NIGHT else midnight - timedelta(days=1)


def _row_v2(listing: Listing, bar: Bar) -> dict[str, Any]:
    """Keys in the order of the alphabet; a share has none of a derivative's, a future no strike and no right."""
    contract = listing.contract
    row: dict[str, Any] = {
        "close": number(bar.close),
        "datetime": f"{bar.time:%Y-%m-%d %H:%M:%S}",
        "exchange_code": listing.segment,
        "high": number(bar.high),
        "low": number(bar.low),
        "open": number(bar.open),
        "stock_code": listing.code,
        "volume": bar.volume,
    }
    if contract.expiry is not None:
        row |= {
            "expiry_date": day_text(contract.expiry).upper(),
            "open_interest": bar.oi or 0,
            "product_type": listing.product,
        }
    if contract.strike is not None:
        row |= {"right": listing.right, "strike_price": float(contract.strike)}
    return dict(sorted(row.items()))


def _row(listing: Listing, bar: Bar) -> dict[str, Any]:
    contract = listing.contract
    expiry = day_text(contract.expiry).upper() if contract.expiry else None
    return {
        "close": f"{bar.close:.2f}",
        "count": 0,
        "datetime": f"{bar.time:%Y-%m-%d %H:%M:%S}",
        "exchange_code": listing.segment,
        "expiry_date": expiry and f"{expiry[:7]}{expiry[-2:]}",
        "high": f"{bar.high:.2f}",
        "low": f"{bar.low:.2f}",
        "open": f"{bar.open:.2f}",
        "open_interest": None if bar.oi is None else str(bar.oi),
        "product_type": listing.product,
        "right": listing.right,
        "stock_code": listing.code,
        "strike_price": None if contract.strike is None else decimal_text(contract.strike),
        "volume": str(bar.volume),
    }
