"""Prices: quotes and depth from one batch endpoint, candles. An index is asked for by its name, never by its token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as encoded

from openalgo_core.answers import price, rows_of, text_of
from openalgo_core.clock import epoch, ist
from openalgo_core.errors import InstrumentNotFound, NotSupported
from openalgo_core.models import Candle, Depth, DepthLevel, Exchange, Quote, QuoteFailure
from openalgo_core.numbers import money, optional_units, units

from . import wire
from .flows import dialect_of
from .tables import INDEX_SYMBOLS, INTERVALS
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, Interval

__all__ = ["candles", "depth", "quotes"]

_WITHOUT_HISTORY = (Exchange.MCX,)
_NO_DATA = "Kotak has no data for this symbol."
#: What codes mean here and nowhere else.
_REFUSED = {"1009": InstrumentNotFound, "1006": InstrumentNotFound}

#: An instrument, with the name that it is asked for by.
_Asked = tuple["Instrument", str]
_Rows = dict["Instrument", Mapping[str, Any]]


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """One request for up to 50 instruments, more only where one of them is refused: that fails the whole request, which
    is then cut in halves. An index of doubtful spelling is asked for again under its other names."""
    found = _fetch(account, [(one, _names(one)[0]) for one in instruments])
    for one in instruments:
        for name in _names(one)[1:]:
            if one not in found:
                found |= _fetch(account, [(one, name)])
    return [_quote(one, found.get(one)) for one in instruments]


def depth(account: Account, instrument: Instrument) -> Depth:
    """The best five levels of each side. Raises `InstrumentNotFound` where Kotak has no data for it."""
    rows: _Rows = {}
    for name in _names(instrument):
        rows = rows or _fetch(account, [(instrument, name)])
    if not rows:
        raise InstrumentNotFound(f"{instrument}: {_NO_DATA}", broker="kotak")
    row = rows[instrument]
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        bids=_levels(row, "buy"),
        asks=_levels(row, "sell"),
        total_buy_quantity=optional_units(row.get("total_buy")),
        total_sell_quantity=optional_units(row.get("total_sell")),
        time=_time(row),
    )


def candles(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> list[Candle]:
    """One window. The open interest of a candle is never filled in. Raises `NotSupported` where there are none."""
    session = account.require_session()
    if instrument.exchange in _WITHOUT_HISTORY:
        raise NotSupported(f"Kotak has no history for {instrument.exchange}.", broker="kotak")
    if not dialect_of(session).is_live:
        raise NotSupported("Kotak has history in its live API only.", hint="Log in without KOTAK_FLOW.", broker="kotak")
    params = {
        "neosymbol": f"{instrument.broker_exchange}|{_names(instrument)[0]}",
        "interval": INTERVALS[interval][0],
        "fromdate": start.isoformat(),
        "todate": end.isoformat(),
    }
    url = wire.url_of(account, "market-data/1.0/historical/details")
    reply = account.http.request("GET", url, headers=wire.market_headers(session), params=params, limit="reads")
    if reply.status in (403, 404):
        raise NotSupported(
            "Kotak gives this account no history.",
            hint="It is new, and may not have been opened for every account.",
            broker="kotak",
            http_status=reply.status,
        )
    return _candles(wire.judge(reply))


# --- Quotes and depth ---


def _names(instrument: Instrument) -> tuple[str, ...]:
    """What to ask for: the token, of an index its name with other spellings of it."""
    if not instrument.exchange.is_index:
        return (instrument.token,)
    return INDEX_SYMBOLS[instrument.broker_exchange].get(instrument.symbol, (instrument.name,))


def _fetch(account: Account, asked: Sequence[_Asked]) -> _Rows:
    """The rows of those that there are. Whatever is refused is left out."""
    try:
        return _matched(asked, _ask(account, asked))
    except InstrumentNotFound:
        if len(asked) == 1:
            return {}
    half = len(asked) // 2
    return _fetch(account, asked[:half]) | _fetch(account, asked[half:])


def _ask(account: Account, asked: Sequence[_Asked]) -> list[Mapping[str, Any]]:
    session = account.require_session()
    names = ",".join(f"{one.broker_exchange}|{encoded(name, safe='')}" for one, name in asked)
    url = wire.url_of(account, f"{dialect_of(session).quotes}quotes/neosymbol/{names}/all")
    reply = account.http.request("GET", url, headers=wire.market_headers(session), limit="reads")
    rows = wire.judge(reply, refused=_REFUSED)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise unreadable("Kotak sent something else than a list of quotes.", reply)
    return rows


def _matched(asked: Sequence[_Asked], rows: Iterable[Mapping[str, Any]]) -> _Rows:
    """Rows come in any order. The row of an index may be known by its name only."""
    places: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        segment = text_of(row, "exchange")
        for key in ("display_symbol", "exchange_token"):
            places[segment, text_of(row, key).lower()] = row
    found: _Rows = {}
    for one, name in asked:
        names = (name, one.token, one.name) if one.exchange.is_index else (name,)
        for text in names:
            if (one.broker_exchange, text.lower()) in places:
                found.setdefault(one, places[one.broker_exchange, text.lower()])
    return found


def _quote(instrument: Instrument, row: Mapping[str, Any] | None) -> Quote | QuoteFailure:
    """`last_volume` is the day's volume, `close` the close of the day before."""
    if row is None:
        return QuoteFailure(instrument.symbol, instrument.exchange, _NO_DATA)
    day = row.get("ohlc")
    day = day if isinstance(day, Mapping) else {}
    bids, asks = _levels(row, "buy"), _levels(row, "sell")
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        open=price(day.get("open")),
        high=price(day.get("high")),
        low=price(day.get("low")),
        prev_close=price(day.get("close")),
        volume=optional_units(row.get("last_volume")),
        bid=bids[0].price if bids else None,
        ask=asks[0].price if asks else None,
        oi=optional_units(row.get("open_int")),
        time=_time(row),
    )


def _levels(row: Mapping[str, Any], side: str) -> tuple[DepthLevel, ...]:
    """Best first; only the levels that exist. An index has null or an empty object for a book."""
    book = row.get("depth")
    levels = book.get(side) if isinstance(book, Mapping) else None
    return tuple(
        DepthLevel(at, units(level.get("quantity")), optional_units(level.get("orders")))
        for level in rows_of(levels)
        if (at := price(level.get("price")))
    )


def _time(row: Mapping[str, Any]) -> datetime | None:
    seconds = text_of(row, "lstup_time")
    return epoch(int(seconds)) if seconds.isdecimal() and int(seconds) else None


# --- History ---


def _candles(body: Any) -> list[Candle]:
    data = body.get("data") if isinstance(body, Mapping) else None
    rows = data.get("candles") if isinstance(data, Mapping) else None
    if rows is None:
        raise unreadable("Kotak sent a history without candles.")
    try:
        return sorted((_candle(row) for row in rows), key=lambda candle: candle.time)
    except (TypeError, ValueError, IndexError) as error:
        raise unreadable("Kotak sent a candle that is no candle.") from error


def _candle(row: Sequence[Any]) -> Candle:
    opened, high, low, close = (money(value) for value in row[1:5])
    return Candle(ist(datetime.fromisoformat(row[0])), opened, high, low, close, optional_units(row[5]), None)
