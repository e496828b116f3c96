"""Prices: quotes and depth from one call for one instrument, candles from a host of their own as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openalgo_core.answers import price, text_of
from openalgo_core.clock import IST, day_of
from openalgo_core.errors import InvalidRequest
from openalgo_core.models import Candle, Depth, DepthLevel, Quote, QuoteFailure
from openalgo_core.numbers import money, optional_units, units

from . import wire
from .tables import INTERVALS, SESSION_STARTS
from .wire import unreadable

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, Interval

__all__ = ["candles", "depth", "quotes"]

_LEVELS = range(1, 6)
#: Fields of a candle; the open interest comes seventh, for futures and options.
_FIELDS = 6


def quotes(account: Account, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]:
    """One request each: there is no batch. What Definedge refuses becomes a failure."""
    return [_quote(account, instrument) for instrument in instruments]


def depth(account: Account, instrument: Instrument) -> Depth:
    """The best five levels of each side. Raises `InstrumentNotFound` where Definedge does not know it."""
    row = _ask(account, instrument)
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        bids=_levels(row, "bid"),
        asks=_levels(row, "ask"),
        total_buy_quantity=None,
        total_sell_quantity=None,
        time=wire.time_today(account.clock.now(), text_of(row, "last_trade_time")),
    )


def candles(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> list[Candle]:
    """One window of whole days, because MCX and CDS trade longer than shares. Only minutes and days come from the
    broker; longer candles are put together from minutes."""
    timeframe, minutes, _ = INTERVALS[interval]
    now = account.clock.now()
    last = f"{now:%d%m%Y%H%M}" if end >= day_of(now) else f"{end:%d%m%Y}2359"
    segment, token = instrument.broker_exchange, quote(instrument.token, safe="")
    text = wire.read_candles(account, f"{segment}/{token}/{timeframe}/{start:%d%m%Y}0000/{last}")
    # The end of a span has not always been heeded, the order never was promised.
    found = {candle.time: candle for candle in _parsed(text) if start <= candle.time.date() <= end}
    bars = [found[moment] for moment in sorted(found)]
    return list(_joined(bars, minutes, SESSION_STARTS[segment])) if minutes > 1 else bars


# --- Quotes and depth ---


def _ask(account: Account, instrument: Instrument) -> Mapping[str, Any]:
    return wire.read(account, f"quotes/{instrument.broker_exchange}/{quote(instrument.token, safe='')}")


def _quote(account: Account, instrument: Instrument) -> Quote | QuoteFailure:
    """Neither the previous close nor the open interest is in the answer, for any instrument."""
    try:
        row = _ask(account, instrument)
    except InvalidRequest as error:
        return QuoteFailure(instrument.symbol, instrument.exchange, error.message)
    bids, asks = _levels(row, "bid"), _levels(row, "ask")
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=price(row.get("ltp")),
        open=price(row.get("day_open")),
        high=price(row.get("day_high")),
        low=price(row.get("day_low")),
        prev_close=None,
        volume=optional_units(row.get("volume")),
        bid=bids[0].price if bids else None,
        ask=asks[0].price if asks else None,
        oi=None,
        time=wire.time_today(account.clock.now(), text_of(row, "last_trade_time")),
    )


def _levels(row: Mapping[str, Any], side: str) -> tuple[DepthLevel, ...]:
    """Best first; only the levels that exist."""
    return tuple(
        DepthLevel(at, units(row.get(f"best_{side}_qty{level}")), optional_units(row.get(f"best_{side}_orders{level}")))
        for level in _LEVELS
        if (at := price(row.get(f"best_{side}_price{level}")))
    )


# --- History ---


def _parsed(text: str) -> Iterator[Candle]:
    for line in text.splitlines():
        if not line.strip():
            continue
        fields = line.strip().split(",")
        if len(fields) not in (_FIELDS, _FIELDS + 1):
            raise unreadable("Definedge sent a candle that is no candle.")
        opened, high, low, close = map(money, fields[1:5])
        interest = optional_units(fields[6]) if len(fields) > _FIELDS else None
        yield Candle(_begins(fields[0]), opened, high, low, close, optional_units(fields[5]), interest)


def _begins(stamp: str) -> datetime:
    """`210820260915`, IST. A program that reads it as a number takes the zero from the first nine days of a month."""
    digits = stamp.strip().zfill(12)
    day = _day(digits[:8])
    if day is None or len(digits) != 12 or not digits.isdecimal():
        raise unreadable("Definedge sent a candle without a time.")
    try:
        return datetime.combine(day, time(int(digits[8:10]), int(digits[10:])), IST)
    except ValueError:
        raise unreadable("Definedge sent a candle without a time.") from None


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None


def _joined(bars: Sequence[Candle], minutes: int, session_start: int) -> Iterator[Candle]:
    """Longer candles, counted from the start of the session, each as long as its minutes go."""

    def begins(bar: Candle) -> datetime:
        midnight = datetime.combine(bar.time.date(), time(0), IST)
        since = bar.time.hour * 60 + bar.time.minute - session_start
        return midnight + timedelta(minutes=session_start + since // minutes * minutes)

    for start, group in groupby(bars, begins):
        part = list(group)
        volumes = [bar.volume for bar in part if bar.volume is not None]
        yield Candle(
            time=start,
            open=part[0].open,
            high=max(bar.high for bar in part),
            low=min(bar.low for bar in part),
            close=part[-1].close,
            volume=sum(volumes) if len(volumes) == len(part) else None,
            oi=part[-1].oi,
        )
