"""Instruments, quotes, depth and history through the hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from clocks import FakeClock
from makers import request

from openalgo_core import paper
from openalgo_core.clock import IST
from openalgo_core.errors import UnreadableAnswer
from openalgo_core.models import (
    Account,
    Candle,
    Exchange,
    Instrument,
    Interval,
    Known,
    Master,
    PriceType,
    Product,
    Quote,
    QuoteFailure,
)

TODAY = date(2026, 11, 20)


def quote(account: Account, instrument: Instrument) -> Quote:
    (answer,) = paper.quotes(account, [instrument])
    assert isinstance(answer, Quote)
    return answer


# -- instruments -------------------------------------------------------------------------------------------------------


def test_the_master_is_of_today_and_fetched_once_a_day(account: Account, clock: FakeClock) -> None:
    first = paper.instruments(account, None)
    assert isinstance(first, Master)
    assert (first.stamp, first.source_time) == ("2026-11-20", datetime(2026, 11, 20, tzinfo=IST))
    known = Known(first.stamp, clock.now())
    assert paper.instruments(account, known) is False
    clock.advance(86400)
    assert isinstance(paper.instruments(account, known), Master)


def test_rows_are_as_the_store_wants_them(account: Account) -> None:
    master = paper.instruments(account, None)
    assert isinstance(master, Master)
    rows = {(row.exchange, row.symbol): row for row in master.rows}
    option = next(row for row in rows.values() if row.name == "VEDL" and row.strike and "." in row.strike)
    assert option.kind in ("CE", "PE")
    assert (option.expiry, option.tick_size, option.multiplier, option.lot_size) == ("2026-11-23", "0.05", "1", 1150)
    assert rows["NSE", "M&M"][1:7] == ("NSE", "MAHINDRA & MAHINDRA", "EQ", None, None, 1)
    assert master.skipped == {}


def test_a_strike_that_is_held_stays_listed(account: Account, clock: FakeClock) -> None:
    """Strikes move on with the price; whoever holds one must still be able to sell it."""
    far = account.instruments.get("NFO", "NIFTY08DEC2625500CE")
    odd = replace(far, symbol="NIFTY08DEC2619950CE", strike=Decimal(19950))
    for instrument in (far, odd):
        order = request(
            symbol=instrument.symbol,
            exchange=Exchange.NFO,
            quantity=65,
            product=Product.NRML,
            price_type=PriceType.MARKET,
        )
        paper.place_order(account, order, instrument, "T")
    master = paper.instruments(account, None)
    assert isinstance(master, Master)
    symbols = [row.symbol for row in master.rows]
    assert (symbols.count(far.symbol), symbols.count(odd.symbol)) == (1, 1)


# -- quotes ------------------------------------------------------------------------------------------------------------


def test_quotes_of_a_whole_batch(account: Account) -> None:
    master = paper.instruments(account, None)
    assert isinstance(master, Master)
    batch = [account.instruments.get(row.exchange, row.symbol) for row in master.rows][:500]
    answers = paper.quotes(account, batch)
    assert [(answer.symbol, answer.exchange) for answer in answers] == [(one.symbol, one.exchange) for one in batch]
    assert all(isinstance(answer, Quote) for answer in answers)


def test_what_an_index_does_not_have_is_null(account: Account) -> None:
    found = quote(account, account.instruments.get("NSE_INDEX", "NIFTY"))
    assert (found.bid, found.ask, found.volume, found.oi) == (None, None, None, None)
    assert found.ltp is not None


def test_one_that_fails_does_not_spoil_the_rest(account: Account, sbin: Instrument) -> None:
    option = replace(account.instruments.get("NFO", "NIFTY08DEC2625500CE"), strike=None)
    good, bad = paper.quotes(account, [sbin, option])
    assert isinstance(good, Quote)
    assert isinstance(bad, QuoteFailure)
    assert "without a strike" in bad.error
    with pytest.raises(UnreadableAnswer, match="without a strike"):
        paper.depth(account, option)


def test_depth_agrees_with_the_quote(account: Account, sbin: Instrument) -> None:
    depth, found = paper.depth(account, sbin), quote(account, sbin)
    assert (depth.bids[0].price, depth.asks[0].price, depth.ltp) == (found.bid, found.ask, found.ltp)
    assert len(depth.bids) == len(depth.asks) == 5
    assert depth.total_buy_quantity is not None
    assert depth.total_buy_quantity >= sum(level.quantity for level in depth.bids)


# -- history -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", paper.describe().history_windows)
def test_every_declared_interval(account: Account, sbin: Instrument, interval: Interval) -> None:
    candles = paper.history(account, sbin, interval, TODAY, TODAY)
    assert candles
    assert candles[-1].close == quote(account, sbin).ltp
    assert [candle.time for candle in candles] == sorted({candle.time for candle in candles})


def test_a_day_of_minutes(account: Account, sbin: Instrument, clock: FakeClock) -> None:
    yesterday = paper.history(account, sbin, Interval.M1, date(2026, 11, 19), date(2026, 11, 19))
    assert len(yesterday) == 375
    assert yesterday[0].time == datetime(2026, 11, 19, 9, 15, tzinfo=IST)
    today = paper.history(account, sbin, Interval.M1, TODAY, TODAY + timedelta(days=5))
    assert today[-1].time == clock.now()


def test_days_are_stamped_at_midnight_and_weekends_are_not_there(account: Account, sbin: Instrument) -> None:
    days = paper.history(account, sbin, Interval.DAY, date(2026, 11, 9), TODAY)
    assert [candle.time.day for candle in days] == [9, 11, 12, 13, 16, 17, 18, 19, 20]  # the 10th is a holiday
    assert all(candle.time.time() == datetime.min.time() for candle in days)


def test_longer_candles_are_made_of_days(account: Account, sbin: Instrument) -> None:
    days = paper.history(account, sbin, Interval.DAY, date(2026, 10, 1), TODAY)
    months = paper.history(account, sbin, Interval.MONTH, date(2026, 10, 15), TODAY)
    assert [candle.time.date() for candle in months] == [date(2026, 10, 1), date(2026, 11, 1)]
    for month in months:
        assert month == _merged(month.time, [day for day in days if day.time.month == month.time.month])


def _merged(time: datetime, days: list[Candle]) -> Candle:
    return Candle(
        time,
        days[0].open,
        max(day.high for day in days),
        min(day.low for day in days),
        days[-1].close,
        sum(day.volume or 0 for day in days),
        None,
    )


def test_a_week_is_the_same_whichever_part_of_it_is_asked_for(account: Account, sbin: Instrument) -> None:
    weeks = [
        paper.history(account, sbin, Interval.WEEK, date(2026, 11, first), date(2026, 11, last))
        for first, last in ((9, 13), (11, 11), (13, 13))
    ]
    assert weeks[0] == weeks[1] == weeks[2]
    assert weeks[0][0].time.date() == date(2026, 11, 9)


def test_history_and_quotes_are_one_market(make_account: Callable[..., Account], sbin: Instrument) -> None:
    account = make_account()
    (today,) = paper.history(account, sbin, Interval.DAY, TODAY, TODAY)
    found = quote(account, sbin)
    assert (today.open, today.high, today.low, today.close, today.volume) == (
        found.open,
        found.high,
        found.low,
        found.ltp,
        found.volume,
    )
