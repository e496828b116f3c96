"""An exchange that trades on somebody else's prices: only the price of the moment is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from clocks import FakeClock

from openalgo_core.exchange import (
    Contract,
    ExchangeAccount,
    ExchangeRefusal,
    ExchangeRules,
    NoPrice,
    RefusalKind,
    SimulatedExchange,
    SimulatedPrices,
    Snapshot,
    Ticket,
)
from openalgo_core.models import Action, OrderStatus, Product

Make = Callable[..., Ticket]


class Ticker:
    """Prices that a test sets. `None`: no quote."""

    def __init__(self) -> None:
        self.ltp: Decimal | None = Decimal(800)
        self.low = Decimal(1)
        self.asked: list[int] = []

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        if self.ltp is None:
            raise NoPrice("the feed is down.")
        like = SimulatedPrices(1).snapshot(contract, at)
        return replace(
            like, ltp=self.ltp, bid=self.ltp - 1, ask=None, low=self.low, high=Decimal(9999), lower_circuit=Decimal(0)
        )


class BatchTicker(Ticker):
    def snapshots(self, contracts: Sequence[Contract], at: datetime) -> Mapping[Contract, Snapshot | NoPrice]:
        self.asked.append(len(contracts))
        if self.ltp is None:
            return {contract: NoPrice("the feed is down.") for contract in contracts}
        return {contract: self.snapshot(contract, at) for contract in contracts}


@pytest.fixture(params=[Ticker, BatchTicker])
def ticker(request: pytest.FixtureRequest) -> Ticker:
    made: Ticker = request.param()
    return made


@pytest.fixture
def account(clock: FakeClock, ticker: Ticker) -> ExchangeAccount:
    return SimulatedExchange(clock=clock, prices=ticker).account("U1")


def test_orders_fill_at_its_prices(account: ExchangeAccount, ticket: Make) -> None:
    assert account.place(ticket()).average_price == Decimal(800)  # no ask: the last price
    assert account.place(ticket(action=Action.SELL)).average_price == Decimal(799)


def test_a_resting_order_fills_when_somebody_looks(
    account: ExchangeAccount, clock: FakeClock, ticker: Ticker, ticket: Make
) -> None:
    order = account.place(ticket(price=Decimal(790)))
    ticker.ltp = Decimal(780)
    clock.advance(60)
    ticker.ltp = Decimal(795)  # nobody saw 780
    assert account.order(order.order_id).status is OrderStatus.OPEN
    ticker.ltp = Decimal(785)
    clock.advance(60)
    filled = account.order(order.order_id)
    assert (filled.average_price, filled.updated_at) == (Decimal(790), clock.now())


def test_without_a_price_market_orders_are_refused_and_the_rest_goes_on(
    account: ExchangeAccount, clock: FakeClock, ticker: Ticker, ticket: Make
) -> None:
    account.place(ticket())
    ticker.ltp = None
    with pytest.raises(ExchangeRefusal, match="needs a price, and there is none: the feed is down") as caught:
        account.place(ticket())
    assert caught.value.kind is RefusalKind.HALTED
    order = account.place(ticket(price=Decimal(790)))
    clock.advance(60)
    assert account.orders()[-1].status is OrderStatus.OPEN
    (position,) = account.positions()
    assert (position.ltp, position.unrealised_pnl, position.pnl) == (None, None, None)
    assert account.funds().unrealised_pnl is None
    assert account.cancel(order.order_id).status is OrderStatus.CANCELLED


def test_a_stale_quote_fills_nothing(account: ExchangeAccount, clock: FakeClock, ticker: Ticker, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(790)))
    ticker.ltp, ticker.low = Decimal(780), Decimal(785)
    clock.advance(60)
    assert account.order(order.order_id).status is OrderStatus.OPEN
    with pytest.raises(ExchangeRefusal, match="stale"):
        account.place(ticket())
    ticker.low = Decimal(780)
    clock.advance(60)
    assert account.order(order.order_id).status is OrderStatus.COMPLETE


def test_expiry_without_a_quote(
    account: ExchangeAccount,
    clock: FakeClock,
    ticker: Ticker,
    ticket: Make,
    future: Contract,
    option: Callable[..., Contract],
) -> None:
    """Nobody quotes an expired contract: an option is worth nothing, a future what was paid for it."""
    for contract in (future, option()):
        account.place(ticket(contract=contract, quantity=65, product=Product.NRML))
    ticker.ltp = None
    clock.advance(3 * 86400 + 6 * 3600)
    realised = {row.contract: row.realised_pnl for row in account.positions()}
    assert realised == {future: 0, option(): -65 * 800}


def test_one_request_for_all(clock: FakeClock, ticket: Make, future: Contract, option: Callable[..., Contract]) -> None:
    ticker = BatchTicker()
    account = SimulatedExchange(clock=clock, prices=ticker).account("U1")
    for contract in (future, option(25500), option(25600), option(25700)):
        account.place(ticket(contract=contract, quantity=65, product=Product.NRML, price=Decimal(700)))
    ticker.asked.clear()
    clock.advance(60)
    account.orders()
    assert ticker.asked == [4]


def test_squaring_off_waits_for_a_price(clock: FakeClock, ticket: Make) -> None:
    ticker = Ticker()
    account = SimulatedExchange(clock=clock, prices=ticker, rules=ExchangeRules(exchange_hours=True)).account("U1")
    account.place(ticket())
    ticker.ltp = None
    clock.advance(5 * 3600 + 600)
    assert [row.quantity for row in account.positions()] == [10]
    ticker.ltp = Decimal(810)
    clock.advance(3 * 86400)
    assert [row.quantity for row in account.positions()] == [0]


def test_a_stored_order_follows_whichever_prices_the_exchange_is_opened_with(
    clock: FakeClock, ticket: Make, share: Contract, tmp_path: object
) -> None:
    from pathlib import Path

    file = Path(str(tmp_path)) / "exchange.sqlite"
    path = SimulatedExchange(file, clock=clock)
    order = path.account("U1").place(ticket(price=path.snapshot(share).low - 30))
    path.close()
    clock.advance(60)
    looked = SimulatedExchange(file, clock=clock, prices=Ticker())
    assert looked.account("U1").order(order.order_id).status is OrderStatus.COMPLETE
    resting = looked.account("U1").place(ticket(price=Decimal("799.95")))
    looked.close()
    again = SimulatedExchange(file, clock=clock)
    assert again.account("U1").order(resting.order_id).status is OrderStatus.OPEN
    again.close()
