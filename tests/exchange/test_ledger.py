"""Money: nothing appears, nothing vanishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from clocks import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.clock import next_ist
from openalgo_core.exchange import (
    BookPosition,
    Contract,
    ExchangeAccount,
    ExchangeRefusal,
    ExchangeRules,
    Fill,
    SimulatedExchange,
    Snapshot,
    Ticket,
    simulated_prices,
)
from openalgo_core.models import Action, Exchange, InstrumentKind, PriceType, Product

CAPITAL = Decimal(10000000)
SHARE = Contract("SBIN", Exchange.NSE, "SBIN", InstrumentKind.EQ, None, None, 1, None, None)
GOLD = Contract(
    "GOLD04DEC26FUT",
    Exchange.MCX,
    "GOLD",
    InstrumentKind.FUT,
    date(2026, 12, 4),
    None,
    1,
    Decimal(1),
    None,
    multiplier=Decimal("0.1"),
)


# -- the formulas of domain.md, section 11.6 ---------------------------------------------------------------------------


class OnePrice:
    """Everything costs `ltp`; nobody stands on either side of the book."""

    ltp = Decimal(800)

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        like = simulated_prices(1).snapshot(contract, at)
        return replace(like, ltp=self.ltp, low=self.ltp, high=self.ltp, bid=None, ask=None)


@pytest.fixture
def price() -> OnePrice:
    return OnePrice()


@pytest.fixture
def account(clock: FakeClock, price: OnePrice) -> Iterator[ExchangeAccount]:
    with closing(SimulatedExchange(clock=clock, prices=price)) as exchange:
        yield exchange.account("U1")


@pytest.fixture
def trade(account: ExchangeAccount, price: OnePrice) -> Callable[[Action, int, int], BookPosition]:
    """Trade so many units at that price, and show the position at a last price of 900."""

    def do(action: Action, quantity: int, at: int) -> BookPosition:
        price.ltp = Decimal(at)
        account.place(Ticket(SHARE, action, quantity, Product.MIS, PriceType.MARKET))
        price.ltp = Decimal(900)
        (position,) = account.positions()
        return position

    return do


def test_adding_averages_by_weight(trade: Callable[[Action, int, int], BookPosition]) -> None:
    trade(Action.BUY, 10, 800)
    position = trade(Action.BUY, 30, 840)
    assert (position.quantity, position.average_price) == (40, Decimal(830))
    assert position.unrealised_pnl == position.pnl == (900 - 830) * 40


def test_reducing_realises_and_keeps_the_average(trade: Callable[[Action, int, int], BookPosition]) -> None:
    trade(Action.BUY, 10, 800)
    trade(Action.BUY, 30, 840)
    position = trade(Action.SELL, 10, 950)
    assert (position.quantity, position.average_price, position.realised_pnl) == (30, Decimal(830), Decimal(1200))
    assert position.pnl == 1200 + (900 - 830) * 30
    assert (position.buy_quantity, position.sell_quantity) == (40, 10)
    assert (position.buy_value, position.sell_value) == (Decimal(33200), Decimal(9500))


def test_a_reversal_closes_all_and_opens_the_rest(trade: Callable[[Action, int, int], BookPosition]) -> None:
    trade(Action.BUY, 10, 800)
    position = trade(Action.SELL, 25, 950)
    assert (position.quantity, position.average_price, position.realised_pnl) == (-15, Decimal(950), Decimal(1500))
    assert position.unrealised_pnl == (950 - 900) * 15
    position = trade(Action.BUY, 15, 850)
    assert (position.quantity, position.average_price, position.realised_pnl) == (0, Decimal(0), Decimal(3000))
    assert position.unrealised_pnl == 0


def test_margin_is_released_in_proportion(
    account: ExchangeAccount, trade: Callable[[Action, int, int], BookPosition]
) -> None:
    trade(Action.BUY, 40, 850)
    assert account.funds().used_margin == 40 * 850 / Decimal(5)
    trade(Action.SELL, 10, 950)
    assert account.funds().used_margin == 30 * 850 / Decimal(5)
    assert account.funds().available_cash == CAPITAL + 1000 - 5100
    trade(Action.SELL, 30, 950)
    assert account.funds().used_margin == 0
    assert account.funds().available_cash == CAPITAL + 4000 == CAPITAL + account.funds().realised_pnl


# -- conservation ------------------------------------------------------------------------------------------------------

#: seconds to wait, contract, side, units, limit as rupees away from the last price (`None`: market)
moves = st.tuples(
    st.integers(0, 50_000),
    st.sampled_from([(SHARE, Product.MIS), (SHARE, Product.CNC), (GOLD, Product.NRML), (GOLD, Product.MIS)]),
    st.sampled_from(Action),
    st.integers(1, 40),
    st.none() | st.integers(-9, 9),
)


@given(st.lists(moves, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_cash_positions_and_trades_always_agree(
    plan: list[tuple[int, tuple[Contract, Product], Action, int, int | None]],
) -> None:
    """After any trading over any days: cash is the capital, plus what was sold, less what was bought, plus what the
    open positions cost; holdings are what was delivered; and what is blocked belongs to something that is open."""
    clock, fills = FakeClock(), dict[str, Fill]()
    with closing(SimulatedExchange(clock=clock, rules=ExchangeRules(partial_fills=True))) as exchange:
        account = exchange.account("U1")
        for wait, (contract, product), action, quantity, offset in plan:
            until = clock.now() + timedelta(seconds=wait)
            while (end_of_day := next_ist(clock.now(), time(2, 59, 59))) < until:  # then the trade book begins anew
                clock.advance((end_of_day - clock.now()).total_seconds())
                fills |= {fill.trade_id: fill for fill in account.trades()}
            clock.advance((until - clock.now()).total_seconds())
            _trade(exchange, account, contract, product, action, quantity, offset)
            fills |= {fill.trade_id: fill for fill in account.trades()}
            _check(account, list(fills.values()))


def _trade(
    exchange: SimulatedExchange,
    account: ExchangeAccount,
    contract: Contract,
    product: Product,
    action: Action,
    quantity: int,
    offset: int | None,
) -> None:
    price = None if offset is None else (exchange.snapshot(contract).ltp + offset).quantize(Decimal(1))
    kind = PriceType.MARKET if price is None else PriceType.LIMIT
    with suppress(ExchangeRefusal):  # selling what is not there, mostly; refusals must not move money either
        account.place(Ticket(contract, action, quantity, product, kind, price))


def _check(account: ExchangeAccount, fills: list[Fill]) -> None:
    funds, positions, holdings = account.funds(), account.positions(), account.holdings()
    flow = sum(
        (-fill.action.sign * fill.quantity * fill.price * fill.contract.multiplier for fill in fills), Decimal(0)
    )
    invested = sum((row.quantity * row.average_price * row.contract.multiplier for row in positions), Decimal(0))
    # An average is shown to a hundredth of a paisa; what is behind it is exact.
    shown = sum(abs(row.quantity) for row in positions) * Decimal("0.0001")
    assert abs(funds.available_cash + funds.used_margin - (CAPITAL + flow + invested)) <= shown
    for contract in (SHARE, GOLD):
        traded = sum(fill.action.sign * fill.quantity for fill in fills if fill.contract == contract)
        held = sum(row.quantity for row in positions if row.contract == contract)
        held += sum(row.quantity for row in holdings if row.contract == contract)
        assert traded == held
    assert funds.used_margin >= 0
    open_orders = [order for order in account.orders() if not order.status.is_final]
    if not open_orders and not any(row.quantity for row in positions):
        assert funds.used_margin == 0
