"""Prices: quotes, the best level of the book, history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import price, rows_of, text_of
from openalgo_core.clock import ist
from openalgo_core.errors import InstrumentNotFound, InvalidRequest, NotSupported, UnreadableAnswer
from openalgo_core.models import Candle, Depth, DepthLevel, Exchange, Interval, Quote, QuoteFailure
from openalgo_core.numbers import money, optional_units, units

from . import wire
from .contract import Contract
from .tables import INTERVALS

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument

__all__ = ["candles", "depth", "last_price", "quotes"]

#: ICICI Direct lists and charts them, and answers quotes with an internal error.
_WITHOUT_QUOTES = (Exchange.MCX, Exchange.CDS)


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """One request each; there is no batch. What ICICI Direct has no price for becomes a failure."""
    return [_quote(account, instrument) for instrument in instruments]


def depth(account: Account, instrument: Instrument) -> Depth:
    """The best level of each side; more come with streaming only. Raises `InstrumentNotFound` where there is none."""
    row = _ask(account, instrument)
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        bids=_level(row, "best_bid"),
        asks=_level(row, "best_offer"),
        total_buy_quantity=None,
        total_sell_quantity=None,
        time=wire.moment(text_of(row, "ltt")),
    )


def last_price(account: Account, instrument: Instrument) -> Decimal:
    """The last traded price. Raises `InstrumentNotFound` where there is none."""
    found = price(_ask(account, instrument).get("ltp"))
    if found is None:
        raise InstrumentNotFound(f"{instrument}: {_NO_DATA}", broker="icici")
    return found


def candles(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> list[Candle]:
    """One window; on MCX and CDS, whose days are longer, in the smaller parts that 1000 candles allow."""
    word, _, long_days = INTERVALS[interval]
    days = long_days if instrument.exchange in _WITHOUT_QUOTES else (end - start).days + 1
    contract = Contract.of(instrument)
    query = {
        "interval": word,
        "stock_code": contract.stock_code,
        "exch_code": instrument.broker_exchange,
        "product_type": contract.product,
        **contract.fields(hour="07"),
    }
    found: list[Candle] = []
    for first, last in _parts(start, end, days):
        # IST in spite of the Z.
        span = {"from_date": f"{first}T00:00:00.000Z", "to_date": f"{last}T23:59:59.000Z"}
        rows = rows_of(wire.read_candles(account, {**query, **span}))
        found += [_candle(row, interval) for row in rows]
    return found


# --- Quotes and depth ---

_NO_DATA = "ICICI Direct has no data for this symbol."


def _ask(account: Account, instrument: Instrument) -> Mapping[str, Any]:
    """The row of the instrument's own exchange: shares come with one row for each exchange that lists them."""
    if instrument.exchange in _WITHOUT_QUOTES:
        raise NotSupported(f"ICICI Direct has no quotes for {instrument.exchange}, only history.", broker="icici")
    contract = Contract.of(instrument)
    body = {
        "stock_code": contract.stock_code,
        "exchange_code": instrument.broker_exchange,
        "product_type": contract.product,
        **contract.fields(),
    }
    for row in rows_of(wire.read(account, "quotes", body)):
        if text_of(row, "exchange_code").upper() == instrument.broker_exchange:
            return row
    raise InstrumentNotFound(f"{instrument}: {_NO_DATA}", broker="icici")


def _quote(account: Account, instrument: Instrument) -> Quote | QuoteFailure:
    try:
        row = _ask(account, instrument)
    except (InvalidRequest, NotSupported) as error:
        return QuoteFailure(instrument.symbol, instrument.exchange, error.message)
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        open=price(row.get("open")),
        high=price(row.get("high")),
        low=price(row.get("low")),
        prev_close=price(row.get("previous_close")),
        volume=optional_units(row.get("total_quantity_traded")),
        bid=price(row.get("best_bid_price")),
        ask=price(row.get("best_offer_price")),
        oi=None,
        time=wire.moment(text_of(row, "ltt")),
    )


def _level(row: Mapping[str, Any], side: str) -> tuple[DepthLevel, ...]:
    at = price(row.get(f"{side}_price"))
    return () if at is None else (DepthLevel(at, units(row.get(f"{side}_quantity")), None),)


# --- History ---


def _parts(start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
    while start <= end:
        last = min(end, start + timedelta(days=days - 1))
        yield start, last
        start = last + timedelta(days=1)


def _candle(row: Mapping[str, Any], interval: Interval) -> Candle:
    try:
        begins = ist(datetime.fromisoformat(text_of(row, "datetime")))
    except ValueError as error:
        raise UnreadableAnswer("ICICI Direct sent a candle without a time.", broker="icici") from error
    if interval is Interval.DAY:
        begins = datetime.combine(begins.date(), time(0), begins.tzinfo)
    opened, high, low, close = (money(row.get(name)) for name in ("open", "high", "low", "close"))
    volume, interest = optional_units(row.get("volume")), optional_units(row.get("open_interest"))
    return Candle(begins, opened, high, low, close, volume, interest)
