"""Prices: quotes, depth, candles.

One code that INDmoney cannot quote makes a whole batch fail, so a batch refused for that is cut in half until the bad
code stands alone. Some indices answer to the prefix of the share segment instead of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import price, record_of, rows_of
from openalgo_core.clock import IST, epoch
from openalgo_core.errors import InstrumentNotFound, NotSupported
from openalgo_core.models import Candle, Depth, DepthLevel, Exchange, Quote, QuoteFailure
from openalgo_core.numbers import money, optional_units, units

from . import tables, wire
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, Interval

__all__ = ["candles", "depth", "last_price", "last_prices", "quotes"]

_NO_DATA = "INDmoney has no data for this symbol."
#: The text of the one refusal that means a single bad code.
_BAD_CODE = "invalid scrip"

#: What was answered by instrument, and the reasons for what was not.
_Answers = tuple[dict["Instrument", Mapping[str, Any]], dict["Instrument", str]]


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """Up to 500 instruments in one request, in more only where one of them is bad; that one becomes a failure."""
    rows, reasons = _ask(account, "full", instruments)
    return [_quote(one, rows.get(one), reasons.get(one, _NO_DATA)) for one in instruments]


def last_prices(account: Account, instruments: Sequence[Instrument]) -> dict[tuple[Exchange, str], Decimal]:
    """The last prices of those instruments that have one."""
    rows, _ = _ask(account, "ltp", instruments)
    found = {one: _ltp(row) for one, row in rows.items()}
    return {(one.exchange, one.symbol): ltp for one, ltp in found.items() if ltp is not None}


def last_price(account: Account, instrument: Instrument) -> Decimal:
    """The last traded price. Raises `InstrumentNotFound` where there is none."""
    found = last_prices(account, [instrument])
    if not found:
        raise InstrumentNotFound(f"{instrument}: {_NO_DATA}", hint="Give a price.", broker="indmoney")
    return found[instrument.exchange, instrument.symbol]


def depth(account: Account, instrument: Instrument) -> Depth:
    """The best five levels of each side. Raises `InstrumentNotFound` where INDmoney has no data for it."""
    rows, reasons = _ask(account, "mkt", [instrument])
    if instrument not in rows:
        raise InstrumentNotFound(f"{instrument}: {reasons.get(instrument, _NO_DATA)}", broker="indmoney")
    row = rows[instrument]
    book = _book(row)
    totals = book.get("aggregate")
    sums = totals if isinstance(totals, Mapping) else {}
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=_ltp(row),
        bids=_levels(book, "buy"),
        asks=_levels(book, "sell"),
        total_buy_quantity=optional_units(sums.get("total_buy")),
        total_sell_quantity=optional_units(sums.get("total_sell")),
        time=None,
    )


# --- Asking ---


def _ask(account: Account, mode: str, instruments: Sequence[Instrument]) -> _Answers:
    codes = {_code(one): one for one in instruments}
    rows, reasons = _fetched(account, mode, list(codes))
    missing = {code: one for code, one in codes.items() if code not in rows and one.exchange in tables.INDEX_PREFIXES}
    if missing:
        others = {_other_code(one): code for code, one in missing.items()}
        more, _ = _fetched(account, mode, list(others))
        rows |= {others[code]: row for code, row in more.items()}
    return (
        {codes[code]: row for code, row in rows.items()},
        {codes[code]: reason for code, reason in reasons.items()},
    )


def _fetched(account: Account, mode: str, codes: Sequence[str]) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    """What is known of those codes, and why not of the others; a batch that one bad code spoils is asked in halves."""
    try:
        data = wire.read(account, f"/market/quotes/{mode}", "quotes", {"scrip-codes": ",".join(codes)})
    except InstrumentNotFound as error:
        if _BAD_CODE not in error.message.lower():
            raise
        if len(codes) == 1:
            return {}, {codes[0]: error.message}
        middle = len(codes) // 2
        rows, reasons = _fetched(account, mode, codes[:middle])
        more_rows, more_reasons = _fetched(account, mode, codes[middle:])
        return rows | more_rows, reasons | more_reasons
    answers = record_of({} if data is None else data, "quotes")
    return {code: answers[code] for code in codes if isinstance(answers.get(code), Mapping)}, {}


def _code(instrument: Instrument) -> str:
    return f"{instrument.broker_exchange}_{instrument.token}"


def _other_code(instrument: Instrument) -> str:
    return f"{tables.INDEX_PREFIXES[instrument.exchange]}_{instrument.token}"


# --- Quotes and depth ---


def _quote(instrument: Instrument, row: Mapping[str, Any] | None, reason: str) -> Quote | QuoteFailure:
    if row is None:
        return QuoteFailure(instrument.symbol, instrument.exchange, reason)
    book = _book(row)
    bids, asks = _levels(book, "buy"), _levels(book, "sell")
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=_ltp(row),
        open=price(row.get("day_open")),
        high=price(row.get("day_high")),
        low=price(row.get("day_low")),
        prev_close=price(row.get("prev_close")) or price(row.get("close")),
        volume=optional_units(row.get("volume")),
        bid=bids[0].price if bids else price(row.get("best_bid_price")),
        ask=asks[0].price if asks else price(row.get("best_ask_price")),
        oi=_open_interest(row),
        time=None,
    )


def _ltp(row: Mapping[str, Any]) -> Decimal | None:
    return price(row.get("live_price")) or price(row.get("ltp"))


def _open_interest(row: Mapping[str, Any]) -> int | None:
    found = optional_units(row.get("oi"))
    return optional_units(row.get("open_interest")) if found is None else found


def _book(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The depth of a row, which is flat in the documentation and stands one level deeper, under its code, in life."""
    found = row.get("market_depth")
    if not isinstance(found, Mapping):
        return {}
    if "depth" in found or "aggregate" in found:
        return found
    inner = [value for value in found.values() if isinstance(value, Mapping)]
    return inner[0] if len(inner) == 1 else {}


def _levels(book: Mapping[str, Any], side: str) -> tuple[DepthLevel, ...]:
    """Best first; only the levels that exist. Numbers are texts with Indian grouping."""
    levels = [level.get(side) for level in rows_of(book.get("depth"))]
    return tuple(
        DepthLevel(money(level["price"]), units(level.get("quantity")), None)
        for level in levels
        if isinstance(level, Mapping) and price(level.get("price"))
    )


# --- History ---


def candles(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> list[Candle]:
    """One window. Raises `NotSupported` for BFO, which INDmoney refuses under either of its codes."""
    if instrument.exchange is Exchange.BFO:
        raise NotSupported("INDmoney has no history for BFO.", broker="indmoney")
    word, _ = tables.INTERVALS[interval]
    # In milliseconds, the end excluded; both at IST midnight.
    span = {"start_time": _midnight(start), "end_time": _midnight(end + timedelta(days=1))}
    rows = _candle_rows(account, word, _code(instrument), span)
    if not rows and instrument.exchange in tables.INDEX_PREFIXES:
        rows = _candle_rows(account, word, _other_code(instrument), span)
    found = {candle.time: candle for candle in (_candle(row, daily=interval in tables.DAILY) for row in rows)}
    return [found[moment] for moment in sorted(found)]


def _candle_rows(account: Account, word: str, code: str, span: Mapping[str, str]) -> Sequence[Any]:
    """The rows of one code; none where INDmoney knows no such index, which is asked for under two codes."""
    try:
        data = wire.read(account, f"/market/historical/{word}", "data", {"scrip-codes": code, **span})
    except InstrumentNotFound:
        if code.startswith(("NIDX_", "BIDX_")):
            return []
        raise
    answer = record_of({} if data is None else data, "candles")
    # In July's layout the candles were not under the code.
    under = answer.get(code, answer)
    rows = under.get("candles") if isinstance(under, Mapping) else None
    if rows is not None and not isinstance(rows, list):
        raise unreadable("INDmoney sent something else than a list of candles.")
    return rows or []


def _midnight(day: date) -> str:
    return str(int(datetime.combine(day, time(0), IST).timestamp()) * 1000)


def _candle(row: Any, *, daily: bool) -> Candle:
    """An object with seconds, or, in July's layout, an array with milliseconds."""
    if isinstance(row, Mapping):
        seconds, *values = (row.get(key) for key in ("ts", "o", "h", "l", "c", "v"))
        begins = epoch(units(seconds))
    elif isinstance(row, list) and len(row) == 6:
        begins = epoch(units(row[0]) / 1000)
        values = row[1:]
    else:
        raise unreadable("INDmoney sent a candle that is no candle.")
    if daily:  # it carries midnight UTC of its day, which is 05:30 IST
        begins = datetime.combine(begins.date(), time(0), IST)
    opened, high, low, close = (money(value) for value in values[:4])
    return Candle(begins, opened, high, low, close, optional_units(values[4]), None)
