"""What the clock does: delivery, days, squaring off, expiry, and looks that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from clocks import TRADING_DAY, FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.exchange import (
    Contract,
    ExchangeAccount,
    ExchangeRefusal,
    ExchangeRules,
    RefusalKind,
    SimulatedExchange,
    Ticket,
)
from openalgo_core.models import Action, Exchange, InstrumentKind, OrderStatus, PriceType, Product

Make = Callable[..., Ticket]
CAPITAL = Decimal(10000000)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


def go_to(clock: FakeClock, moment: datetime) -> None:
    clock.advance((moment - clock.now()).total_seconds())


@pytest.fixture
def strict(clock: FakeClock) -> Iterator[ExchangeAccount]:
    """An account where exchange hours are kept."""
    with closing(SimulatedExchange(clock=clock, rules=ExchangeRules(exchange_hours=True))) as exchange:
        yield exchange.account("U1")


# -- days --------------------------------------------------------------------------------------------------------------


def test_books_begin_anew_at_three(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    filled, resting = account.place(ticket()), account.place(ticket(price=Decimal(750)))
    go_to(clock, at(21, 2, 59))
    assert len(account.orders()) == 2
    assert account.order(resting.order_id).status is OrderStatus.OPEN
    go_to(clock, at(21, 3))
    assert (account.orders(), account.trades()) == ([], [])
    lapsed = account.order(resting.order_id)
    assert (lapsed.status, lapsed.updated_at) == (OrderStatus.CANCELLED, at(21, 3))
    assert account.order(filled.order_id).status is OrderStatus.COMPLETE


def test_profits_are_those_of_the_day_and_positions_carry(
    account: ExchangeAccount, clock: FakeClock, ticket: Make, future: Contract
) -> None:
    nrml = {"contract": future, "product": Product.NRML}
    account.place(ticket(quantity=130, **nrml))
    account.place(ticket(quantity=65, action=Action.SELL, **nrml))
    account.place(ticket())
    account.place(ticket(action=Action.SELL))
    before = {row.contract.symbol: row for row in account.positions()}
    assert set(before) == {future.symbol, "SBIN"}
    assert (before["SBIN"].quantity, before["SBIN"].average_price) == (0, Decimal(0))
    cash = account.funds().available_cash + account.funds().used_margin
    go_to(clock, at(21, 3))
    (row,) = account.positions()
    assert (row.quantity, row.average_price) == (65, before[future.symbol].average_price)
    assert (row.realised_pnl, row.buy_quantity, row.buy_value, row.sell_quantity) == (Decimal(0), 0, Decimal(0), 0)
    assert account.funds().realised_pnl == 0
    assert account.funds().available_cash + account.funds().used_margin == cash


# -- delivery ----------------------------------------------------------------------------------------------------------


def test_bought_shares_become_holdings_at_midnight(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    price = account.place(ticket(product=Product.CNC)).average_price
    assert price is not None
    assert account.holdings() == []
    go_to(clock, at(21, 0))
    (holding,) = account.holdings()
    assert (holding.quantity, holding.average_price) == (10, price)
    assert holding.ltp is not None
    assert holding.pnl == (holding.ltp - price) * 10
    funds = account.funds()
    assert (funds.available_cash, funds.used_margin) == (CAPITAL - 10 * price, Decimal(0))


def test_sold_shares_leave_and_are_paid_at_midnight(
    account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract
) -> None:
    account.give_holding(share, 10, Decimal(700))
    price = account.place(ticket(product=Product.CNC, action=Action.SELL, quantity=4)).average_price
    assert price is not None
    assert [(row.quantity, row.average_price) for row in account.positions()] == [(-4, price)]
    assert account.funds().available_cash == CAPITAL
    go_to(clock, at(21, 0))
    assert [(row.quantity, row.average_price) for row in account.holdings()] == [(6, Decimal(700))]
    assert account.funds().available_cash == CAPITAL + 4 * price


def test_holdings_average_by_weight(account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract) -> None:
    account.give_holding(share, 30, Decimal(700))
    price = account.place(ticket(product=Product.CNC)).average_price
    assert price is not None
    go_to(clock, at(21, 0))
    (holding,) = account.holdings()
    assert holding.average_price == ((30 * 700 + 10 * price) / 40).quantize(Decimal("0.0001"))


# -- expiry ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", Action)
def test_contracts_settle_at_the_last_price_on_expiry(
    exchange: SimulatedExchange,
    account: ExchangeAccount,
    clock: FakeClock,
    ticket: Make,
    future: Contract,
    action: Action,
) -> None:
    order = account.place(ticket(contract=future, product=Product.NRML, quantity=65, action=action))
    resting = account.place(ticket(contract=future, product=Product.NRML, quantity=65, price=Decimal(24000)))
    assert resting.status is OrderStatus.OPEN
    close = at(23, 15, 40)
    go_to(clock, close + timedelta(hours=3))
    (settled,) = account.orders()
    assert (settled.tag, settled.action, settled.updated_at) == ("EXPIRY", Action(_other(action)), close)
    assert settled.average_price == exchange.snapshot(future, close).ltp
    (row,) = account.positions()
    assert order.average_price is not None
    assert settled.average_price is not None
    profit = (settled.average_price - order.average_price) * 65 * action.sign
    assert (row.quantity, row.realised_pnl) == (0, profit)
    funds = account.funds()
    assert (funds.available_cash, funds.used_margin) == (CAPITAL + profit, Decimal(0))


def _other(action: Action) -> Action:
    return Action.SELL if action is Action.BUY else Action.BUY


def test_an_option_ends_near_its_intrinsic_value(
    exchange: SimulatedExchange,
    account: ExchangeAccount,
    clock: FakeClock,
    ticket: Make,
    option: Callable[..., Contract],
    index: Contract,
) -> None:
    contracts = [option(strike, kind) for strike in (24000, 27000) for kind in (InstrumentKind.CE, InstrumentKind.PE)]
    for contract in contracts:
        account.place(ticket(contract=contract, product=Product.NRML, quantity=65))
    go_to(clock, at(23, 16))
    spot = exchange.snapshot(index, at(23, 15, 40)).ltp
    settled = {order.contract: order.average_price for order in account.orders()}
    assert set(settled) == set(contracts)
    for contract, price in settled.items():
        assert price is not None
        assert contract.strike is not None
        worth = (spot - contract.strike) * (1 if contract.kind is InstrumentKind.CE else -1)
        assert abs(price - max(worth, Decimal(0))) < Decimal("0.001") * spot


# -- exchange hours ----------------------------------------------------------------------------------------------------


def test_a_closed_exchange_refuses_and_says_when_it_opens(
    strict: ExchangeAccount, clock: FakeClock, ticket: Make
) -> None:
    go_to(clock, at(20, 15, 30))
    with pytest.raises(ExchangeRefusal, match=r"NSE is closed. It opens on Mon 23 Nov at 09:15") as caught:
        strict.place(ticket())
    assert caught.value.kind is RefusalKind.MARKET_CLOSED


def test_orders_lapse_at_the_close_of_their_exchange(
    strict: ExchangeAccount, clock: FakeClock, ticket: Make, future: Contract
) -> None:
    share = strict.place(ticket(product=Product.CNC, price=Decimal(750)))
    derivative = strict.place(ticket(contract=future, product=Product.NRML, quantity=65, price=Decimal(24000)))
    go_to(clock, at(20, 15, 35))
    assert strict.order(share.order_id).updated_at == at(20, 15, 30)
    assert strict.order(derivative.order_id).status is OrderStatus.OPEN
    go_to(clock, at(20, 15, 45))
    assert strict.order(derivative.order_id).status is OrderStatus.CANCELLED
    assert strict.funds().used_margin == 0


def test_intraday_positions_are_squared_off(strict: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    strict.place(ticket())
    resting = strict.place(ticket(price=Decimal(750)))
    delivery = strict.place(ticket(product=Product.CNC))
    go_to(clock, at(20, 15, 20))
    squared = strict.orders()[-1]
    assert (squared.tag, squared.action, squared.quantity) == ("AUTO_SQUARE_OFF", Action.SELL, 10)
    assert squared.updated_at == at(20, 15, 15)
    assert strict.order(resting.order_id).status is OrderStatus.CANCELLED
    positions = {row.product: row.quantity for row in strict.positions()}
    assert positions == {Product.MIS: 0, Product.CNC: 10}
    assert strict.funds().used_margin == _cost(strict, delivery.order_id)


def _cost(account: ExchangeAccount, order_id: str) -> Decimal:
    """Margin of a delivery order: blocked at the last price of its moment, which the position took over."""
    order = account.order(order_id)
    quote = account._exchange.snapshot(order.contract, order.placed_at)
    return quote.ltp * order.quantity


def test_no_new_intraday_positions_after_squaring_off(strict: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    go_to(clock, at(20, 15, 16))
    with pytest.raises(ExchangeRefusal, match="squared off today") as caught:
        strict.place(ticket())
    assert caught.value.kind is RefusalKind.MARKET_CLOSED
    assert strict.place(ticket(product=Product.CNC)).status is OrderStatus.COMPLETE


def test_without_hours_nothing_is_squared_off(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    account.place(ticket())
    go_to(clock, at(22, 12))
    assert [row.quantity for row in account.positions()] == [10]
    assert account.place(ticket()).status is OrderStatus.COMPLETE


def test_a_resting_order_fills_at_night_where_there_are_no_hours(
    exchange: SimulatedExchange, account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract
) -> None:
    go_to(clock, at(20, 22))
    limit = exchange.snapshot(share).low
    order = account.place(ticket(price=limit))
    go_to(clock, at(21, 2))
    filled = account.order(order.order_id)
    assert (filled.status, filled.average_price) == (OrderStatus.COMPLETE, limit)


# -- looks -------------------------------------------------------------------------------------------------------------

_SHARE = Contract("SBIN", Exchange.NSE, "SBIN", InstrumentKind.EQ, None, None, 1, Decimal("0.05"), None)
_CALL = Contract(
    "NIFTY23NOV2625700CE",
    Exchange.NFO,
    "NIFTY",
    InstrumentKind.CE,
    datetime(2026, 11, 23).date(),
    Decimal(25700),
    65,
    Decimal("0.05"),
    1800,
)


@st.composite
def tickets(draw: st.DrawFn) -> tuple[Contract, Action, Product, PriceType, int, int]:
    """A contract and an order in it; price and trigger as ticks away from the last price."""
    contract, products = draw(
        st.sampled_from([(_SHARE, [Product.MIS, Product.CNC]), (_CALL, [Product.NRML, Product.MIS])])
    )
    return (
        contract,
        draw(st.sampled_from(Action)),
        draw(st.sampled_from(products)),
        draw(st.sampled_from(PriceType)),
        draw(st.integers(-40, 40)),
        draw(st.integers(1, 20)),
    )


Order = tuple[Contract, Action, Product, PriceType, int, int]
#: Orders by the second, counted from the start, at which they are placed.
plans = st.dictionaries(st.integers(0, 100_000), tickets(), min_size=1, max_size=6)


def _play(plan: dict[int, Order], looks: list[int], rules: ExchangeRules) -> list[object]:
    """Place the orders at their times, look at other times, and say how the next days go."""
    clock = FakeClock()
    with closing(SimulatedExchange(clock=clock, rules=rules)) as exchange:
        account = exchange.account("U1")
        for second in sorted({*plan, *looks}):
            go_to(clock, TRADING_DAY + timedelta(seconds=second))
            if second in plan:
                _try(exchange, account, plan[second])
            else:
                account.positions()
        go_to(clock, TRADING_DAY + timedelta(seconds=100_000))
        told: list[object] = []
        for _ in range(8):
            told += [account.orders(), account.trades(), account.positions(), account.holdings(), account.funds()]
            clock.advance(43_200)
        return told


def _try(exchange: SimulatedExchange, account: ExchangeAccount, order: Order) -> None:
    contract, action, product, price_type, ticks, lots = order
    tick = contract.tick_size
    assert tick is not None
    price = max(tick, exchange.snapshot(contract).ltp + ticks * tick)
    ticket = Ticket(
        contract,
        action,
        lots * contract.lot_size,
        product,
        price_type,
        price if price_type.needs_price else None,
        price if price_type.needs_trigger else None,
    )
    account.place(ticket, refuse="book")


@pytest.mark.parametrize("hours", [False, True])
@pytest.mark.parametrize("pieces", [False, True])
@given(plan=plans, looks=st.lists(st.integers(0, 100_000), max_size=12))
@settings(max_examples=12, deadline=None)
def test_the_result_does_not_depend_on_when_somebody_looks(
    plan: dict[int, Order], looks: list[int], hours: bool, pieces: bool
) -> None:
    rules = ExchangeRules(exchange_hours=hours, partial_fills=pieces)
    assert _play(plan, looks, rules) == _play(plan, [], rules)
