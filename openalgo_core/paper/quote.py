"""Quotes, depth and history, straight off the price path: no file is opened for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from openalgo_core.clock import IST
from openalgo_core.errors import NotSupported, UnreadableAnswer
from openalgo_core.exchange import Bar, Level, NoPrice, SimulatedPrices, simulated_prices
from openalgo_core.models import Account, Candle, Depth, DepthLevel, Instrument, Interval, Quote, QuoteFailure

from .tables import PERIODS, SECONDS
from .wire import contract_of, rules, seed

__all__ = ["depth", "history", "quotes"]

_DAY = 86400
_LAST_MOMENT = time(23, 59, 59)


def quotes(account: Account, instruments: Sequence[Instrument]) -> Sequence[Quote | QuoteFailure]:
    if account.prices is not None:
        return account.prices.quotes(list(instruments))
    prices, now = _prices(account), account.clock.now()
    return [_quote(prices, instrument, now) for instrument in instruments]


def depth(account: Account, instrument: Instrument) -> Depth:
    """Raises `NotSupported` where prices come from another broker: a quote has no depth to go on."""
    _refuse_foreign(account, "depth")
    try:
        snapshot = _prices(account).snapshot(contract_of(instrument), account.clock.now())
    except NoPrice as reason:
        raise UnreadableAnswer(f"There is no price for {instrument}: {reason}", broker=account.broker) from reason
    return Depth(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=snapshot.ltp,
        bids=_levels(snapshot.bids),
        asks=_levels(snapshot.asks),
        total_buy_quantity=snapshot.total_buy_quantity,
        total_sell_quantity=snapshot.total_sell_quantity,
        time=snapshot.time,
    )


def history(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> Sequence[Candle]:
    """Raises `NotSupported` where prices come from another broker."""
    _refuse_foreign(account, "history")
    if interval in SECONDS:
        return [_candle(bar) for bar in _bars(account, instrument, SECONDS[interval], start, end)]
    first_day = PERIODS[interval]
    # Whole periods: a candle is the same whichever part of it was asked for.
    last = _last_day(interval, end)
    bars = _bars(account, instrument, _DAY, first_day(start), last)
    periods = groupby(bars, key=lambda bar: first_day(bar.time.date()))
    return [_merged(first, list(group)) for first, group in periods]


def _prices(account: Account) -> SimulatedPrices:
    return simulated_prices(seed(account), around_the_clock=not rules().exchange_hours)


def _quote(prices: SimulatedPrices, instrument: Instrument, now: datetime) -> Quote | QuoteFailure:
    try:
        snapshot = prices.snapshot(contract_of(instrument), now)
    except NoPrice as reason:
        return QuoteFailure(instrument.symbol, instrument.exchange, str(reason))
    return Quote(
        symbol=instrument.symbol,
        exchange=instrument.exchange,
        ltp=snapshot.ltp,
        open=snapshot.open,
        high=snapshot.high,
        low=snapshot.low,
        prev_close=snapshot.prev_close,
        volume=None if instrument.exchange.is_index else snapshot.volume,
        bid=snapshot.bid,
        ask=snapshot.ask,
        oi=snapshot.oi,
        time=snapshot.time,
    )


def _levels(levels: tuple[Level, ...]) -> tuple[DepthLevel, ...]:
    return tuple(DepthLevel(level.price, level.quantity, level.orders) for level in levels)


def _bars(account: Account, instrument: Instrument, seconds: int, start: date, end: date) -> list[Bar]:
    begin, finish = datetime.combine(start, time(0), IST), datetime.combine(end, _LAST_MOMENT, IST)
    return _prices(account).bars(contract_of(instrument), seconds, begin, finish, account.clock.now())


def _candle(bar: Bar) -> Candle:
    return Candle(bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.oi)


def _merged(first: date, bars: list[Bar]) -> Candle:
    return Candle(
        time=datetime.combine(first, time(0), IST),
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=sum(bar.volume for bar in bars),
        oi=bars[-1].oi,
    )


def _last_day(interval: Interval, day: date) -> date:
    first_day = PERIODS[interval]
    while first_day(day + timedelta(days=1)) == first_day(day):
        day += timedelta(days=1)
    return day


def _refuse_foreign(account: Account, what: str) -> None:
    if account.prices is not None:
        raise NotSupported(
            f"Paper trading on another broker's prices has no {what} of its own.",
            hint=f"Ask that broker: openalgo {what} --broker NAME.",
            broker=account.broker,
        )
