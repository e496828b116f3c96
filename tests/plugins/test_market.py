"""Batches and windows: what one request of a broker may ask for, and what a user asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import broker_info, instrument

from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, InvalidRequest, NotSupported, UnreadableAnswer, UsageError
from openalgo_core.models import Candle, Exchange, Instrument, Interval, Position, Product, Quote, QuoteFailure
from openalgo_core.plugins.market import fill_prices, interval_of, last_price, quotes_of, read_history


def quote(of: Instrument, ltp: Decimal | None = Decimal(100)) -> Quote:
    return Quote(of.symbol, of.exchange, ltp, None, None, None, None, None, None, None, None, None)


SHARES = [instrument(f"S{number}", token=str(number)) for number in range(7)]


def test_quotes_come_in_batches_and_in_the_order_asked() -> None:
    asked: list[int] = []

    def read(group: Sequence[Instrument]) -> Sequence[Quote]:
        asked.append(len(group))
        return [quote(one) for one in reversed(group)]

    answers = quotes_of([*SHARES, SHARES[0]], read, 3)
    assert asked == [3, 3, 1]
    assert [answer.symbol for answer in answers] == [share.symbol for share in [*SHARES, SHARES[0]]]


def test_a_symbol_that_the_broker_leaves_out_is_a_failure_of_its_own() -> None:
    answers = quotes_of(SHARES[:2], lambda group: [quote(group[0])], 10)
    assert isinstance(answers[0], Quote)
    assert isinstance(answers[1], QuoteFailure)
    assert answers[1].error == "the broker gave no quote"


@pytest.mark.parametrize(
    "answer", [QuoteFailure("SBIN", Exchange.NSE, "halted"), quote(instrument(), None), quote(instrument(), Decimal(0))]
)
def test_no_price_is_made_up_from_nothing(answer: Quote | QuoteFailure) -> None:
    with pytest.raises(UnreadableAnswer, match="No price for NSE:SBIN"):
        last_price(instrument(), lambda group: [answer])


def candle(day: date) -> Candle:
    price = Decimal(1)
    return Candle(datetime(day.year, day.month, day.day, tzinfo=IST), price, price, price, price, 0, None)


@given(start=st.dates(date(2024, 1, 1), date(2026, 11, 20)), length=st.integers(0, 400), window=st.integers(1, 120))
def test_windows_cover_the_span_once_and_never_exceed_the_limit(start: date, length: int, window: int) -> None:
    end = start + timedelta(days=length)
    windows: list[tuple[date, date]] = []

    def read(first: date, last: date) -> list[Candle]:
        windows.append((first, last))
        # One day more on each side, as brokers do: nothing may come twice.
        days = range(-1, (last - first).days + 2)
        return [candle(first + timedelta(days=day)) for day in days if start <= first + timedelta(days=day) <= end]

    candles = read_history(start, end, window, read)
    assert [one.time.date() for one in candles] == [start + timedelta(days=day) for day in range(length + 1)]
    assert all((last - first).days < window for first, last in windows)
    assert len(windows) == -(-(length + 1) // window)


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="ends before it begins"):
        read_history(date(2026, 2, 1), date(2026, 1, 1), 30, lambda first, last: [])


def test_an_interval_is_a_word_that_this_broker_has() -> None:
    assert interval_of("1m", broker_info()) is Interval.M1
    with pytest.raises(UsageError, match="'1w' is no interval"):
        interval_of("1w", broker_info())
    with pytest.raises(NotSupported) as caught:
        interval_of("5s", broker_info())
    assert caught.value.hint == "It has 1m, D."


def position(ltp: Decimal | None = None, pnl: Decimal | None = None) -> Position:
    return Position("SBIN", Exchange.NSE, Product.MIS, -10, Decimal(90), ltp, pnl)


def find(exchange: str, symbol: str) -> Instrument | None:
    return instrument(multiplier=Decimal(2)) if symbol == "SBIN" else None


def test_a_price_that_the_broker_leaves_out_is_filled_in() -> None:
    (row,) = fill_prices([position()], find, lambda group: [quote(one) for one in group], 10)
    assert (row.ltp, row.pnl) == (Decimal(100), Decimal(-200))


def test_what_the_broker_says_stays() -> None:
    said = position(Decimal(95), Decimal(-50))

    def never(group: Sequence[Instrument]) -> Sequence[Quote]:
        raise AssertionError("quotes were read for nothing")

    assert fill_prices([said], find, never, 10) == [said]
    (row,) = fill_prices([replace(said, ltp=None)], find, lambda group: [quote(one) for one in group], 10)
    assert (row.ltp, row.pnl) == (Decimal(100), Decimal(-50))


def test_a_price_that_cannot_be_had_stays_unknown() -> None:
    def down(group: Sequence[Instrument]) -> Sequence[Quote]:
        raise BrokerUnavailable("502")

    unlisted = replace(position(), symbol="GONE")
    assert fill_prices([position()], find, down, 10) == [position()]
    assert fill_prices([unlisted], find, lambda group: [], 10) == [unlisted]
