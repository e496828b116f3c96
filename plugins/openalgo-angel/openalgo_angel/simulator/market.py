"""Quotes, last prices, candles, open interest, search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from openalgo_core.clock import IST
from openalgo_core.exchange import Bar, Level, Snapshot

from .desk import Call, Desk, moment_text, number
from .envelopes import MESSAGES, Refusal
from .fields import Body, Fields, Undocumented, choice, many, text
from .master import Listing
from .orders import SEGMENTS

__all__ = ["CANDLES", "LTP", "QUOTE", "SEARCH", "candles", "last_price", "open_interest", "quote", "search"]

QUOTE: Final[Fields] = {"mode": choice("LTP", "OHLC", "FULL"), "exchangeTokens": many(dict)}
LTP: Final[Fields] = {"exchange": choice(*SEGMENTS), "tradingsymbol": text(), "symboltoken": text()}
SEARCH: Final[Fields] = {"exchange": choice(*SEGMENTS), "searchscrip": text()}
CANDLES: Final[Fields] = {
    "exchange": choice("NSE", "BSE", "NFO", "BFO", "MCX"),
    "symboltoken": text(),
    "interval": text(),
    "fromdate": text(),
    "todate": text(),
}

_MOST_TOKENS: Final = 50
#: Seconds of each interval, and the longest span of days that one request may ask for.
_INTERVALS: Final = {
    "ONE_MINUTE": (60, 30),
    "THREE_MINUTE": (180, 60),
    "FIVE_MINUTE": (300, 100),
    "TEN_MINUTE": (600, 100),
    "FIFTEEN_MINUTE": (900, 200),
    "THIRTY_MINUTE": (1800, 200),
    "ONE_HOUR": (3600, 400),
    "ONE_DAY": (86400, 2000),
}


def quote(desk: Desk, call: Call) -> dict[str, list[dict[str, Any]]]:
    """What is listed is fetched, everything else unfetched."""
    wanted = list(_tokens(call.body.values["exchangeTokens"]))
    if len(wanted) > _MOST_TOKENS:
        raise Refusal("AB1007", f"INVALID PARAMETERS: more than {_MOST_TOKENS} tokens")
    fetched, unfetched = [], []
    for segment, token in wanted:
        listing = desk.master.find(segment, token)
        if listing is None:
            missing = {"exchange": segment, "symbolToken": token}
            unfetched.append(missing | {"message": MESSAGES["AB4018"], "errorCode": "AB4018"})
        else:
            fetched.append(_quoted(listing, desk.exchange.snapshot(listing.contract), call.body.text("mode")))
    return {"fetched": fetched, "unfetched": unfetched}


def last_price(desk: Desk, call: Call) -> dict[str, Any]:
    body = call.body
    listing = desk.listing(body.text("exchange"), body.text("symboltoken"), body.text("tradingsymbol"))
    prices = _ohlc(desk.exchange.snapshot(listing.contract))
    names = {"exchange": listing.segment, "tradingsymbol": listing.symbol, "symboltoken": listing.token}
    return {**names, **prices}


def candles(desk: Desk, call: Call) -> list[list[Any]]:
    """Rows of start, open, high, low, close and volume."""
    return [
        [
            bar.time.isoformat(),
            number(bar.open),
            number(bar.high),
            number(bar.low),
            number(bar.close),
            bar.volume,
        ]
        for bar in _bars(desk, call.body)
    ]


def open_interest(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Nothing for what has none."""
    return [{"time": bar.time.isoformat(), "oi": bar.oi} for bar in _bars(desk, call.body) if bar.oi is not None]


def search(desk: Desk, call: Call) -> list[dict[str, str]] | None:
    """Symbols of an exchange that begin so; none is null."""
    found = desk.master.search(call.body.text("exchange"), call.body.text("searchscrip"))
    return [{"exchange": row.segment, "tradingsymbol": row.symbol, "symboltoken": row.token} for row in found] or None


def _tokens(wanted: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for segment, tokens in wanted.items():
        if segment not in SEGMENTS:
            raise Refusal("AB1007", f"INVALID PARAMETERS: {segment} is no exchange")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise Undocumented(f"exchangeTokens.{segment} is no list of texts")
        for token in tokens:
            yield segment, token


def _quoted(listing: Listing, snapshot: Snapshot, mode: str) -> dict[str, Any]:
    row = {"exchange": listing.segment, "tradingSymbol": listing.symbol, "symbolToken": listing.token}
    if mode == "LTP":
        return {**row, "ltp": number(snapshot.ltp)}
    row |= _ohlc(snapshot)
    return row if mode == "OHLC" else {**row, **_full(snapshot)}


def _ohlc(snapshot: Snapshot) -> dict[str, Any]:
    """`close` is the previous day's."""
    return {
        "ltp": number(snapshot.ltp),
        "open": number(snapshot.open),
        "high": number(snapshot.high),
        "low": number(snapshot.low),
        "close": number(snapshot.prev_close),
    }


def _full(snapshot: Snapshot) -> dict[str, Any]:
    time, change = moment_text(snapshot.time), snapshot.ltp - snapshot.prev_close
    return {
        "lastTradeQty": snapshot.last_quantity,
        "exchFeedTime": time,
        "exchTradeTime": time,
        "netChange": number(change),
        "percentChange": round(number(change / snapshot.prev_close * 100), 2),
        "avgPrice": number(snapshot.average_price),
        "tradeVolume": snapshot.volume,
        "opnInterest": snapshot.oi or 0,
        "lowerCircuit": number(snapshot.lower_circuit),
        "upperCircuit": number(snapshot.upper_circuit),
        "totBuyQuan": snapshot.total_buy_quantity,
        "totSellQuan": snapshot.total_sell_quantity,
        "52WeekLow": round(number(snapshot.low) * 0.75, 2),  # the exchange keeps no year
        "52WeekHigh": round(number(snapshot.high) * 1.25, 2),
        "depth": {"buy": _levels(snapshot.bids), "sell": _levels(snapshot.asks)},
    }


def _levels(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"price": number(level.price), "quantity": level.quantity, "orders": level.orders} for level in levels]


def _bars(desk: Desk, body: Body) -> list[Bar]:
    """Raises `Refusal` AB1004 for dates that are none, the wrong way round or too far apart."""
    listing = desk.listing(body.text("exchange"), body.text("symboltoken"))
    if body.text("interval") not in _INTERVALS:
        raise Refusal("AB1007", "INVALID PARAMETERS: interval")
    seconds, most_days = _INTERVALS[body.text("interval")]
    start, end = _moment(body.text("fromdate")), _moment(body.text("todate"))
    if start > end or end - start > timedelta(days=most_days):
        raise Refusal("AB1004")
    return desk.exchange.bars(listing.contract, seconds, start, end)


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=IST)
    except ValueError:
        raise Refusal("AB1004") from None
