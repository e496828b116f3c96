"""Paper trading on another broker's prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from clocks import TRADING_DAY, FakeClock
from makers import request

from openalgo_core import paper
from openalgo_core.errors import LoginRequired, NotSupported, OrderRejected
from openalgo_core.models import (
    Account,
    Action,
    Instrument,
    Interval,
    Order,
    OrderStatus,
    PriceType,
    Quote,
    QuoteFailure,
)


class RealBroker:
    """Quotes that a test sets."""

    def __init__(self) -> None:
        self.quote = Quote(
            symbol="SBIN",
            exchange="NSE",  # type: ignore[arg-type]
            ltp=Decimal(800),
            open=None,
            high=None,
            low=None,
            prev_close=None,
            volume=None,
            bid=Decimal("799.5"),
            ask=Decimal("800.5"),
            oi=None,
            time=None,
        )
        self.failure: str | None = None
        self.logged_in = True

    def quotes(self, instruments: list[Instrument]) -> list[Quote | QuoteFailure]:
        if not self.logged_in:
            raise LoginRequired("The session with Angel One expired.")
        return [
            replace(self.quote, symbol=one.symbol, exchange=one.exchange)
            if self.failure is None
            else QuoteFailure(one.symbol, one.exchange, self.failure)
            for one in instruments
        ]


@pytest.fixture
def real() -> RealBroker:
    return RealBroker()


@pytest.fixture
def account(make_account: Callable[..., Account], real: RealBroker) -> Account:
    return make_account(prices=real)


def book(account: Account) -> list[Order]:
    return list(paper.order_book(account))


def test_orders_trade_at_the_other_brokers_prices(account: Account, sbin: Instrument) -> None:
    paper.place_order(account, request(price_type=PriceType.MARKET), sbin, "T1")
    paper.place_order(account, request(price_type=PriceType.MARKET, action=Action.SELL, quantity=4), sbin, "T2")
    assert [row.average_price for row in book(account)] == [Decimal("800.5"), Decimal("799.5")]
    (position,) = paper.positions(account)
    assert (position.quantity, position.ltp) == (6, Decimal(800))
    assert position.pnl == 4 * Decimal(-1) + 6 * Decimal("-0.5")


def test_quotes_are_passed_on(account: Account, real: RealBroker, sbin: Instrument) -> None:
    assert list(paper.quotes(account, [sbin])) == real.quotes([sbin])


def test_a_resting_order_fills_at_the_next_look(
    account: Account, real: RealBroker, sbin: Instrument, clock: FakeClock
) -> None:
    paper.place_order(account, request(price=Decimal(790)), sbin, "T")
    real.quote = replace(real.quote, ltp=Decimal("789.95"))
    clock.advance(1)
    (row,) = book(account)
    assert (row.status, row.average_price) == (OrderStatus.COMPLETE, Decimal(790))


@pytest.mark.parametrize("trouble", ["failure", "no ltp", "logged out", "not listed"])
def test_without_a_quote_a_market_order_is_refused_with_the_reason(
    account: Account, real: RealBroker, sbin: Instrument, trouble: str
) -> None:
    instrument, words = sbin, "token expired"
    if trouble == "failure":
        real.failure = words
    elif trouble == "no ltp":
        real.quote, words = replace(real.quote, ltp=None), "no last price"
    elif trouble == "logged out":
        real.logged_in, words = False, "session with Angel One expired"
    else:
        instrument, words = replace(sbin, symbol="NEWCOMER"), "does not list it"
    with pytest.raises(OrderRejected, match=f"needs a price, and there is none: .*{words}"):
        paper.place_order(account, request(price_type=PriceType.MARKET), instrument, "T")
    assert book(account) == []


def test_the_books_can_be_read_and_orders_cancelled_while_the_feed_is_down(
    account: Account, real: RealBroker, sbin: Instrument, clock: FakeClock
) -> None:
    paper.place_order(account, request(price_type=PriceType.MARKET), sbin, "T1")
    real.logged_in = False
    paper.place_order(account, request(price=Decimal(700)), sbin, "T2")
    clock.advance(60)
    paper.cancel_order(account, book(account)[1])
    assert book(account)[1].status is OrderStatus.CANCELLED
    (position,) = paper.positions(account)
    assert (position.ltp, position.pnl) == (None, None)
    assert paper.funds(account).unrealised_pnl is None


def test_depth_and_history_are_not_made_up(account: Account, sbin: Instrument) -> None:
    with pytest.raises(NotSupported, match="no depth of its own"):
        paper.depth(account, sbin)
    with pytest.raises(NotSupported, match="no history of its own"):
        paper.history(account, sbin, Interval.DAY, TRADING_DAY.date(), TRADING_DAY.date())


def test_the_account_is_the_same_with_and_without(
    make_account: Callable[..., Account], real: RealBroker, sbin: Instrument
) -> None:
    paper.place_order(make_account(prices=real), request(price=Decimal(700)), sbin, "T")
    assert [row.tag for row in paper.order_book(make_account())] == ["T"]
