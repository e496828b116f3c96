"""Prices: quotes and depth from one batch endpoint in its FULL mode, and candles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import price, record_of, rows_of, text_of
from openalgo_core.clock import ist
from openalgo_core.errors import InstrumentNotFound, InvalidRequest, NotSupported, UnreadableAnswer
from openalgo_core.models import Candle, Depth, DepthLevel, Exchange, InstrumentKind, Quote, QuoteFailure
from openalgo_core.numbers import money, optional_money, optional_units, units

from . import wire
from .tables import INTERVALS

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, Interval

__all__ = ["candles", "depth", "quotes"]

#: How the answers name an instrument: (segment, token). They come in any order.
_Key = tuple[str, str]

_WITHOUT_HISTORY = (Exchange.CDS, Exchange.NCDEX)
_WITH_OPEN_INTEREST = (InstrumentKind.FUT, InstrumentKind.CE, InstrumentKind.PE)


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """One request for up to 50 instruments; those that Angel One does not answer become failures."""
    try:
        fetched, reasons = _ask(account, instruments)
    except InstrumentNotFound as error:  # none of them could be fetched
        return [QuoteFailure(one.symbol, one.exchange, error.message) for one in instruments]
    return [_quote(one, fetched.get(_key(one)), reasons.get(_key(one))) for one in instruments]


def depth(account: Account, instrument: Instrument) -> Depth:
    """The best five levels of each side. Raises `InstrumentNotFound` where Angel One has no data for it."""
    fetched, reasons = _ask(account, [instrument])
    row = fetched.get(_key(instrument))
    if row is None:
        raise InstrumentNotFound(f"{instrument}: {reasons.get(_key(instrument), _NO_DATA)}", broker="angel")
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=optional_money(row.get("ltp")),
        bids=_levels(row, "buy"),
        asks=_levels(row, "sell"),
        total_buy_quantity=optional_units(row.get("totBuyQuan")),
        total_sell_quantity=optional_units(row.get("totSellQuan")),
        time=_time(row),
    )


def candles(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> list[Candle]:
    """One window. For futures and options a second request adds the open interest, which candles do not carry."""
    if instrument.exchange in _WITHOUT_HISTORY:
        raise NotSupported(f"Angel One has no history for {instrument.exchange}.", broker="angel")
    body = {
        "exchange": instrument.broker_exchange,
        "symboltoken": instrument.token,
        "interval": INTERVALS[interval][0],
        "fromdate": f"{start:%Y-%m-%d} 00:00",
        "todate": f"{end:%Y-%m-%d} 23:59",
    }
    rows = wire.read(account, "historical/v1/getCandleData", "history", body) or []
    interest = _open_interest(account, body) if rows and instrument.kind in _WITH_OPEN_INTEREST else {}
    try:
        return [_candle(row, interest) for row in rows]
    except (TypeError, ValueError) as error:
        raise UnreadableAnswer("Angel One sent a candle that is no candle.", broker="angel") from error


# --- Quotes and depth ---

_NO_DATA = "Angel One has no data for this symbol."


def _ask(account: Account, instruments: Sequence[Instrument]) -> tuple[dict[_Key, Mapping[str, Any]], dict[_Key, str]]:
    """What was fetched, and the broker's reasons for what was not."""
    tokens: dict[str, list[str]] = {}
    for one in instruments:
        tokens.setdefault(one.broker_exchange, []).append(one.token)
    # The trailing slash is the documented form.
    body = {"mode": "FULL", "exchangeTokens": tokens}
    data = record_of(wire.read(account, "market/v1/quote/", "quotes", body), "quotes")
    fetched = {_key_of(row): row for row in rows_of(data.get("fetched"))}
    reasons = {_key_of(row): text_of(row, "message") for row in rows_of(data.get("unfetched"))}
    return fetched, reasons


def _key(instrument: Instrument) -> _Key:
    return instrument.broker_exchange, instrument.token


def _key_of(row: Mapping[str, Any]) -> _Key:
    return text_of(row, "exchange"), text_of(row, "symbolToken")


def _quote(instrument: Instrument, row: Mapping[str, Any] | None, reason: str | None) -> Quote | QuoteFailure:
    if row is None:
        return QuoteFailure(instrument.symbol, instrument.exchange, reason or _NO_DATA)
    bids, asks = _levels(row, "buy"), _levels(row, "sell")
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=optional_money(row.get("ltp")),
        open=optional_money(row.get("open")),
        high=optional_money(row.get("high")),
        low=optional_money(row.get("low")),
        prev_close=optional_money(row.get("close")),
        volume=optional_units(row.get("tradeVolume")),
        bid=bids[0].price if bids else None,
        ask=asks[0].price if asks else None,
        oi=optional_units(row.get("opnInterest")),
        time=_time(row),
    )


def _levels(row: Mapping[str, Any], side: str) -> tuple[DepthLevel, ...]:
    """Best first. Angel One fills a side up with zeros; only the levels that exist are kept."""
    book = row.get("depth")
    levels = rows_of(book.get(side)) if isinstance(book, Mapping) else []
    return tuple(
        DepthLevel(money(level.get("price")), units(level.get("quantity")), optional_units(level.get("orders")))
        for level in levels
        if price(level.get("price"))
    )


def _time(row: Mapping[str, Any]) -> datetime | None:
    return wire.moment(text_of(row, "exchFeedTime")) or wire.moment(text_of(row, "exchTradeTime"))


# --- History ---


def _candle(row: Sequence[Any], interest: Mapping[datetime, int]) -> Candle:
    start, *prices, volume = row
    begins = ist(datetime.fromisoformat(start))
    opened, high, low, close = (money(value) for value in prices)
    return Candle(begins, opened, high, low, close, optional_units(volume), interest.get(begins))


def _open_interest(account: Account, body: Mapping[str, str]) -> dict[datetime, int]:
    try:
        rows = rows_of(wire.read(account, "historical/v1/getOIData", "history", body))
    except InvalidRequest:  # Angel One keeps it for live contracts only; candles without it are still candles
        return {}
    return {
        ist(datetime.fromisoformat(text_of(row, "time"))): units(row.get("oi"))
        for row in rows
        if row.get("oi") is not None
    }
