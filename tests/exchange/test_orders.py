"""Placing, matching, changing and refusing orders."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from clocks import FakeClock

from openalgo_core.exchange import (
    BookOrder,
    Contract,
    ExchangeAccount,
    ExchangeRefusal,
    ExchangeRules,
    RefusalKind,
    SimulatedExchange,
    Ticket,
)
from openalgo_core.models import Action, Exchange, InstrumentKind, OrderStatus, PriceType, Product, Validity

Make = Callable[..., Ticket]
ONE = Decimal(1)


def refused(account: ExchangeAccount, ticket: Ticket) -> ExchangeRefusal:
    with pytest.raises(ExchangeRefusal) as caught:
        account.place(ticket)
    assert account.orders() == []
    return caught.value


# -- filling -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", Action)
def test_a_market_order_gets_the_other_side(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract, action: Action
) -> None:
    quote = exchange.snapshot(share)
    order = account.place(ticket(action=action))
    assert (order.status, order.filled_quantity) == (OrderStatus.COMPLETE, 10)
    assert order.average_price == (quote.ask if action is Action.BUY else quote.bid)


@pytest.mark.parametrize(("action", "offset"), [(Action.BUY, 5), (Action.SELL, -5)])
def test_a_limit_that_can_trade_on_arrival_gets_the_last_price(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract, action: Action, offset: int
) -> None:
    ltp = exchange.snapshot(share).ltp
    order = account.place(ticket(action=action, price=ltp + offset))
    assert (order.status, order.average_price) == (OrderStatus.COMPLETE, ltp)


@pytest.mark.parametrize(("action", "offset"), [(Action.BUY, -1), (Action.SELL, 1)])
def test_a_resting_limit_is_filled_at_its_price_when_the_path_gets_there(
    exchange: SimulatedExchange,
    account: ExchangeAccount,
    clock: FakeClock,
    ticket: Make,
    share: Contract,
    action: Action,
    offset: int,
) -> None:
    limit = exchange.snapshot(share).ltp + offset
    placed = account.place(ticket(action=action, price=limit))
    assert placed.status is OrderStatus.OPEN
    order = _wait(account, clock, placed)
    assert order.average_price == limit
    (fill,) = account.trades()
    assert (fill.order_id, fill.price, fill.at) == (placed.order_id, limit, order.updated_at)
    ltp = exchange.snapshot(share, fill.at).ltp
    before = exchange.snapshot(share, fill.at - timedelta(seconds=1)).ltp
    assert (ltp - limit) * action.sign <= 0 < (before - limit) * action.sign


def test_a_stop_market_order_fires_at_its_trigger(
    exchange: SimulatedExchange, account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract
) -> None:
    trigger = exchange.snapshot(share).ltp - 1
    placed = account.place(ticket(action=Action.SELL, trigger_price=trigger))
    assert placed.status is OrderStatus.TRIGGER_PENDING
    order = _wait(account, clock, placed)
    assert order.average_price == exchange.snapshot(share, order.updated_at).ltp
    assert order.average_price <= trigger


def test_a_stop_limit_order_rests_if_the_price_has_run_away(
    exchange: SimulatedExchange, account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract
) -> None:
    """A trigger that is passed already, and a limit that is far below: the order waits as a limit order."""
    ltp = exchange.snapshot(share).ltp
    order = account.place(ticket(action=Action.SELL, trigger_price=ltp + 5, price=ltp + 1))
    assert order.status is OrderStatus.OPEN
    assert _wait(account, clock, order).average_price == ltp + 1


def test_a_stop_limit_order_that_can_trade_when_it_fires_gets_the_last_price(
    exchange: SimulatedExchange, account: ExchangeAccount, clock: FakeClock, ticket: Make, share: Contract
) -> None:
    ltp = exchange.snapshot(share).ltp
    placed = account.place(ticket(action=Action.SELL, trigger_price=ltp - 1, price=ltp - 20))
    assert placed.status is OrderStatus.TRIGGER_PENDING
    order = _wait(account, clock, placed)
    assert order.average_price == exchange.snapshot(share, order.updated_at).ltp


def _wait(account: ExchangeAccount, clock: FakeClock, order: BookOrder) -> BookOrder:
    for _ in range(60):
        clock.advance(600)
        now = account.order(order.order_id)
        if now.status is OrderStatus.COMPLETE:
            return now
    raise AssertionError(f"{order} was not filled")


def test_immediate_or_cancel(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract
) -> None:
    ltp = exchange.snapshot(share).ltp
    assert account.place(ticket(price=ltp, validity=Validity.IOC)).status is OrderStatus.COMPLETE
    order = account.place(ticket(price=ltp - 5, validity=Validity.IOC))
    assert (order.status, order.filled_quantity) == (OrderStatus.CANCELLED, 0)
    assert order.reason
    assert account.funds().used_margin == _margin(10, ltp)


def _margin(quantity: int, price: Decimal) -> Decimal:
    return (quantity * price / 5).quantize(Decimal("0.01"))


def test_large_orders_fill_in_pieces_where_the_rules_say_so(clock: FakeClock, ticket: Make, share: Contract) -> None:
    exchange = SimulatedExchange(clock=clock, rules=ExchangeRules(partial_fills=True))
    account = exchange.account("U1")
    touch = exchange.snapshot(share).asks[0].quantity
    assert account.place(ticket(quantity=touch)).status is OrderStatus.COMPLETE
    placed = account.place(ticket(quantity=40 * touch))
    assert (placed.status, placed.filled_quantity) == (OrderStatus.OPEN, 4 * touch)
    clock.advance(2)
    assert 4 * touch < account.order(placed.order_id).filled_quantity < 40 * touch
    clock.advance(60)
    order = account.order(placed.order_id)
    assert (order.status, order.filled_quantity) == (OrderStatus.COMPLETE, 40 * touch)
    fills = [fill for fill in account.trades() if fill.order_id == placed.order_id]
    assert len(fills) == 10
    value = sum((fill.quantity * fill.price for fill in fills), Decimal(0))
    assert order.average_price == (value / (40 * touch)).quantize(Decimal("0.0001"))


def test_a_piece_of_an_immediate_order_is_all_it_gets(clock: FakeClock, ticket: Make, share: Contract) -> None:
    exchange = SimulatedExchange(clock=clock, rules=ExchangeRules(partial_fills=True))
    order = exchange.account("U1").place(ticket(quantity=10000, validity=Validity.IOC))
    assert order.status is OrderStatus.CANCELLED
    assert 0 < order.filled_quantity < 10000


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_an_order_keeps_what_it_was_given(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    given = ticket(tag="OA1", wire={"variety": "NORMAL"}, disclosed_quantity=5, price=Decimal(850))
    order = account.place(given)
    assert account.order(order.order_id) == order
    assert account.orders() == [order]
    assert (order.contract, order.tag, order.wire, order.disclosed_quantity) == (
        given.contract,
        "OA1",
        {"variety": "NORMAL"},
        5,
    )
    assert (order.price, order.trigger_price, order.average_price, order.reason) == (Decimal(850), None, None, None)
    assert order.placed_at == order.updated_at == clock.now()


def test_order_ids_are_the_day_and_a_number_over_all_accounts(
    exchange: SimulatedExchange, clock: FakeClock, ticket: Make
) -> None:
    ids = [exchange.account(user).place(ticket()).order_id for user in ("U1", "U2", "U1")]
    assert ids == ["26112000000001", "26112000000002", "26112000000003"]
    clock.advance(86400)
    assert exchange.account("U2").place(ticket()).order_id == "26112100000001"


def test_accounts_do_not_see_each_other(exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket())
    other = exchange.account("U2")
    assert (other.orders(), other.trades(), other.positions()) == ([], [], [])
    assert other.funds().available_cash == Decimal(10000000)
    with pytest.raises(ExchangeRefusal) as caught:
        other.cancel(order.order_id)
    assert caught.value.kind is RefusalKind.NOT_FOUND


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"quantity": 0}, RefusalKind.INVALID, "positive"),
        ({"product": Product.NRML}, RefusalKind.INVALID, "NRML is not a product of NSE"),
        ({"price": Decimal("850.03")}, RefusalKind.TICK, "0.05"),
        ({"price": Decimal(500)}, RefusalKind.PRICE_BAND, "outside today's band"),
        ({"trigger_price": Decimal(2000)}, RefusalKind.PRICE_BAND, "2000"),
        ({"price": Decimal(0)}, RefusalKind.INVALID, "price above 0"),
        ({"trigger_price": Decimal(900), "price": Decimal(890)}, RefusalKind.INVALID, "at or below its price"),
        ({"price_type": PriceType.MARKET, "price": Decimal(890)}, RefusalKind.INVALID, "takes no price"),
        ({"price_type": PriceType.SL, "price": Decimal(890)}, RefusalKind.INVALID, "needs a trigger price"),
        ({"quantity": 1_000_000}, RefusalKind.FUNDS, "Insufficient funds"),
        ({"product": Product.CNC, "action": Action.SELL}, RefusalKind.HOLDINGS, "Only 0 of SBIN"),
        ({"disclosed_quantity": 11}, RefusalKind.INVALID, "disclosed"),
    ],
)
def test_refusals(
    account: ExchangeAccount, ticket: Make, changes: dict[str, object], kind: RefusalKind, words: str
) -> None:
    refusal = refused(account, ticket(**changes))
    assert refusal.kind is kind
    assert words in refusal.text


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"quantity": 64}, RefusalKind.LOT),
        ({"quantity": 65 * 28}, RefusalKind.FREEZE),
        ({"product": Product.CNC}, RefusalKind.INVALID),
    ],
)
def test_refusals_of_derivatives(
    account: ExchangeAccount, ticket: Make, future: Contract, changes: dict[str, object], kind: RefusalKind
) -> None:
    facts = {"contract": future, "product": Product.NRML, "quantity": 65} | changes
    assert refused(account, ticket(**facts)).kind is kind


def test_an_index_and_an_expired_contract_cannot_be_traded(
    account: ExchangeAccount, ticket: Make, index: Contract, option: Callable[..., Contract]
) -> None:
    assert "index" in refused(account, ticket(contract=index)).text
    old = option(25000, InstrumentKind.CE, date(2026, 11, 17))
    refusal = refused(account, ticket(contract=old, product=Product.NRML, quantity=65))
    assert (refusal.kind, refusal.text) == (RefusalKind.INVALID, f"{old.symbol} expired on 17 Nov 2026.")


def test_a_price_without_a_known_tick_is_not_checked(account: ExchangeAccount, ticket: Make, share: Contract) -> None:
    loose = dataclasses.replace(share, tick_size=None)
    assert account.place(ticket(contract=loose, price=Decimal("850.03"))).status is OrderStatus.OPEN


def test_a_refusal_can_be_booked_as_risk_checks_do(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(quantity=1_000_000, tag="T"), refuse="book")
    assert order.status is OrderStatus.REJECTED
    assert order.reason is not None
    assert "Insufficient funds" in order.reason
    assert account.orders() == [order]
    assert account.funds().used_margin == 0


def test_a_refused_order_leaves_no_gap_in_the_numbers(account: ExchangeAccount, ticket: Make) -> None:
    refused(account, ticket(quantity=1_000_000))
    assert account.place(ticket()).order_id.endswith("00000001")


# -- modify and cancel -------------------------------------------------------------------------------------------------


def test_modify_changes_what_is_given_and_keeps_the_rest(
    account: ExchangeAccount, clock: FakeClock, ticket: Make
) -> None:
    placed = account.place(ticket(price=Decimal(850), tag="T"))
    clock.advance(5)
    changed = account.modify(placed.order_id, quantity=20, price=Decimal(840), wire={"amo": "NO"})
    expected = dataclasses.replace(placed, quantity=20, price=Decimal(840), wire={"amo": "NO"}, updated_at=clock.now())
    assert changed == account.order(placed.order_id) == expected
    assert account.funds().used_margin == _margin(20, Decimal(840))


def test_a_modified_order_that_can_trade_does(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract
) -> None:
    ltp = exchange.snapshot(share).ltp
    by_price = account.place(ticket(price=ltp - 9))
    assert account.modify(by_price.order_id, price=ltp + 3).average_price == ltp
    by_type = account.place(ticket(price=ltp - 9))
    market = account.modify(by_type.order_id, price_type=PriceType.MARKET)
    assert (market.status, market.price, market.average_price) == (
        OrderStatus.COMPLETE,
        None,
        exchange.snapshot(share).ask,
    )


def test_a_limit_order_becomes_a_stop_and_back(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract
) -> None:
    ltp = exchange.snapshot(share).ltp
    order = account.place(ticket(price=ltp - 9))
    stop = account.modify(order.order_id, price_type=PriceType.SL, trigger_price=ltp + 5, price=ltp + 6)
    assert (stop.status, stop.trigger_price) == (OrderStatus.TRIGGER_PENDING, ltp + 5)
    limit = account.modify(order.order_id, price_type=PriceType.LIMIT, price=ltp - 8)
    assert (limit.status, limit.trigger_price, limit.price) == (OrderStatus.OPEN, None, ltp - 8)


def test_a_refused_modification_changes_nothing(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    wrong: list[dict[str, Any]] = [
        {"price": Decimal("850.01")},
        {"quantity": 1_000_000},
        {"price_type": PriceType.SL},
    ]
    for changes in wrong:
        with pytest.raises(ExchangeRefusal):
            account.modify(order.order_id, **changes)
    assert account.order(order.order_id) == order


def test_a_modification_needs_no_more_than_the_difference(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(quantity=58000, price=Decimal(850)))
    assert account.funds().available_cash < _margin(58000, Decimal(850))
    assert account.modify(order.order_id, price=Decimal(845)).price == Decimal(845)


def test_a_partly_filled_order_cannot_shrink_below_what_is_filled(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    account.force(order.order_id, OrderStatus.OPEN, fill=4)
    with pytest.raises(ExchangeRefusal, match="4 of order"):
        account.modify(order.order_id, quantity=4)
    assert account.modify(order.order_id, quantity=6).filled_quantity == 4


def test_the_trigger_of_an_order_that_has_fired_is_past(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make, share: Contract
) -> None:
    ltp = exchange.snapshot(share).ltp
    order = account.place(ticket(action=Action.SELL, trigger_price=ltp + 5, price=ltp + 5))
    assert order.status is OrderStatus.OPEN
    with pytest.raises(ExchangeRefusal, match="triggered"):
        account.modify(order.order_id, trigger_price=ltp + 6, price=ltp + 4)


def test_cancel_frees_the_margin_and_is_final(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    clock.advance(3)
    cancelled = account.cancel(order.order_id)
    assert (cancelled.status, cancelled.updated_at) == (OrderStatus.CANCELLED, clock.now())
    assert account.funds().available_cash == Decimal(10000000)
    for act in (account.cancel, lambda order_id: account.modify(order_id, quantity=5)):
        with pytest.raises(ExchangeRefusal) as caught:
            act(order.order_id)
        assert (caught.value.kind, caught.value.order_id) == (RefusalKind.FINAL, order.order_id)


def test_an_unknown_order_is_not_found(account: ExchangeAccount) -> None:
    for act in (account.cancel, account.order, account.modify):
        with pytest.raises(ExchangeRefusal) as caught:
            act("nonsense")
        assert caught.value.kind is RefusalKind.NOT_FOUND


# -- what simulators force ---------------------------------------------------------------------------------------------


def test_force_fills_in_part_and_rejects_later(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    part = account.force(order.order_id, OrderStatus.OPEN, fill=4)
    assert (part.filled_quantity, part.average_price) == (4, Decimal(850))
    rejected = account.force(order.order_id, OrderStatus.REJECTED, "RMS: blocked")
    assert (rejected.status, rejected.reason, rejected.filled_quantity) == (OrderStatus.REJECTED, "RMS: blocked", 4)
    assert account.positions()[0].quantity == 4
    assert account.funds().used_margin == _margin(4, Decimal(850))


def test_force_completes(account: ExchangeAccount, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    assert account.force(order.order_id, OrderStatus.COMPLETE).filled_quantity == 10


def test_an_order_in_flight_is_not_matched(account: ExchangeAccount, clock: FakeClock, ticket: Make) -> None:
    order = account.place(ticket(price=Decimal(850)))
    account.force(order.order_id, OrderStatus.PENDING)
    clock.advance(3600)
    assert account.order(order.order_id).status is OrderStatus.PENDING
    assert account.cancel(order.order_id).status is OrderStatus.CANCELLED


# -- margin ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("product", "leverage"), [(Product.MIS, 5), (Product.CNC, 1)])
def test_margin_of_shares(account: ExchangeAccount, ticket: Make, product: Product, leverage: int) -> None:
    estimate = account.margin(ticket(product=product, price=Decimal(850)))
    assert estimate.required_margin == Decimal(8500) / leverage
    assert estimate.components["order_value"] == Decimal(8500)


def test_margin_of_derivatives(
    exchange: SimulatedExchange,
    account: ExchangeAccount,
    ticket: Make,
    future: Contract,
    option: Callable[..., Contract],
) -> None:
    ltp = exchange.snapshot(future).ltp
    nrml = {"product": Product.NRML, "quantity": 65}
    assert account.margin(ticket(contract=future, **nrml)).required_margin == (65 * ltp / 10).quantize(Decimal("0.01"))
    premium = exchange.snapshot(option()).ltp
    for action in Action:
        estimate = account.margin(ticket(contract=option(), action=action, **nrml))
        assert estimate.required_margin == 65 * premium


def test_a_multiplier_counts_in_margin_and_profit(
    exchange: SimulatedExchange, account: ExchangeAccount, ticket: Make
) -> None:
    expiry = date(2026, 12, 4)
    gold = Contract(
        "GOLD04DEC26FUT", Exchange.MCX, "GOLD", InstrumentKind.FUT, expiry, None, 1, ONE, None, multiplier=Decimal(100)
    )
    ltp = exchange.snapshot(gold).ltp
    order = ticket(contract=gold, product=Product.NRML, quantity=2)
    assert account.margin(order).required_margin == 2 * ltp * 100 / 10
    account.place(order)
    (position,) = account.positions()
    assert position.unrealised_pnl == (ltp - position.average_price) * 2 * 100
    assert position.buy_value == position.average_price * 2 * 100


def test_only_what_exceeds_the_opposite_position_is_charged(account: ExchangeAccount, ticket: Make) -> None:
    account.place(ticket(quantity=10))
    used = account.funds().used_margin
    for quantity, charged in ((4, 0), (10, 0), (25, 15)):
        estimate = account.margin(ticket(action=Action.SELL, quantity=quantity, price=Decimal(900)))
        assert estimate.required_margin == _margin(charged, Decimal(900))
    account.place(ticket(action=Action.SELL, quantity=10, price=Decimal(990)))
    assert account.funds().used_margin == used
    # The position is spoken for: a second order of that side would open a new one.
    second = account.margin(ticket(action=Action.SELL, quantity=10, price=Decimal(990)))
    assert second.required_margin == _margin(10, Decimal(990))


def test_margin_refuses_what_can_never_be_right(account: ExchangeAccount, ticket: Make) -> None:
    with pytest.raises(ExchangeRefusal):
        account.margin(ticket(price=Decimal("850.01")))


def test_delivery_sells_only_what_is_there(account: ExchangeAccount, ticket: Make, share: Contract) -> None:
    account.give_holding(share, 30, Decimal(700))
    account.place(ticket(product=Product.CNC, quantity=5))
    sell = {"product": Product.CNC, "action": Action.SELL}
    assert account.margin(ticket(quantity=35, price=Decimal(900), **sell)).required_margin == 0
    account.place(ticket(quantity=20, price=Decimal(990), **sell))
    with pytest.raises(ExchangeRefusal, match="Only 15 of SBIN"):
        account.place(ticket(quantity=16, **sell))
    assert account.place(ticket(quantity=15, **sell)).status is OrderStatus.COMPLETE
